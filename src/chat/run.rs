//! An answer under way in this process: the text so far, its log, and who is following.
//!
//! An answer is made by a task that owns it; requests only read along. Whoever goes away loses nothing, and any
//! number may follow. The text of an answer is bounded, so no reader can fall behind by more than that.
//!
//! Text is made harmless here, once, before anybody is told of it. The log is cut from it: an event for the first words,
//! then one for all that has gathered since, as often as the log is written.

use std::{
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    conversation::ConversationId,
    event::{self, Kind, Stage},
    generation::GenerationId,
    message::{MessageId, Status},
    neutral::Neutral,
};

/// An answer under way.
#[derive(Debug)]
pub struct Run {
    /// Its generation.
    pub id: GenerationId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The answer's row.
    pub answer: MessageId,
    progress: Mutex<Progress>,
    /// Rises with every change of `progress`.
    changes: watch::Sender<u64>,
    cut: CancellationToken,
}

#[derive(Debug, Default)]
struct Progress {
    /// As it was written.
    text: String,
    /// The same, harmless.
    safe: String,
    neutral: Neutral,
    events: Vec<Entry>,
    /// Bytes of `safe` that the events hold.
    sealed: usize,
    /// How many events the database has.
    logged: usize,
    ended: Option<Status>,
}

/// An event whose number is its place.
#[derive(Debug)]
struct Entry {
    kind: Kind,
    stage: Stage,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Line(String),
    /// Bytes of the harmless text.
    Text(Range<usize>),
}

/// What is new since a reader last looked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// Thinking lines.
    pub thinking: Vec<String>,
    /// Text, made harmless.
    pub text: String,
    /// How the answer ended, if it has.
    pub ended: Option<Status>,
}

/// A reader's place in an answer.
#[derive(Debug)]
pub(super) struct Reader {
    run: Arc<Run>,
    changes: watch::Receiver<u64>,
    events: usize,
    bytes: usize,
}

impl Run {
    pub(super) fn new(id: GenerationId, conversation: ConversationId, answer: MessageId) -> Self {
        let start = event::Model::start(id);
        let start = Entry { kind: start.kind, stage: start.stage, content: Content::Line(start.content) };
        let progress = Mutex::new(Progress { events: vec![start], ..Progress::default() });
        let (changes, cut) = (watch::Sender::new(0), CancellationToken::new());
        Self { id, conversation, answer, progress, changes, cut }
    }

    /// The text so far, as it was written.
    pub fn text(&self) -> String {
        self.locked().text.clone()
    }

    /// The length of the text so far, in bytes.
    pub(super) fn length(&self) -> usize {
        self.locked().text.len()
    }

    /// Ends the making of it, with the text that there is.
    pub(super) fn cut_off(&self) {
        self.cut.cancel();
    }

    /// Whether that was done.
    pub(super) fn is_cut_off(&self) -> bool {
        self.cut.is_cancelled()
    }

    /// Resolves when it is.
    pub(super) async fn cut(&self) {
        self.cut.cancelled().await;
    }

    /// Follows the answer from its beginning.
    pub(super) fn follow(self: &Arc<Self>) -> Reader {
        Reader { run: self.clone(), changes: self.changes.subscribe(), events: 0, bytes: 0 }
    }

    /// Tells of every change from now on.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(super) fn think(&self, stage: Stage, line: String) {
        self.change(|progress| {
            // Events stand in the order in which things were said.
            progress.seal(Kind::ChunkBatch);
            progress.events.push(Entry { kind: Kind::Reasoning, stage, content: Content::Line(line) });
        });
    }

    pub(super) fn say(&self, text: &str) {
        self.change(|progress| {
            progress.text.push_str(text);
            let shown = progress.neutral.push(text);
            progress.safe.push_str(&shown);
            if progress.sealed == 0 {
                // Nobody waits for the first words.
                progress.seal(Kind::Chunk);
            }
        });
    }

    /// Makes an event of the text that has gathered.
    pub(super) fn seal(&self) {
        let mut progress = self.locked();
        if progress.seal(Kind::ChunkBatch) {
            drop(progress);
            self.changes.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    /// The events that the database does not have.
    pub(super) fn unlogged(&self) -> Vec<event::Model> {
        let progress = self.locked();
        progress.rows(self.id, progress.logged)
    }

    /// Notes that the database has the events up to this number.
    pub(super) fn logged(&self, seq: i64) {
        let mut progress = self.locked();
        progress.logged = progress.logged.max(usize::try_from(seq).unwrap_or(0));
    }

    /// The events after this number.
    pub(super) fn events_after(&self, seq: i64) -> (Vec<event::Model>, Option<Status>) {
        let progress = self.locked();
        (progress.rows(self.id, usize::try_from(seq).unwrap_or(0)), progress.ended)
    }

    /// The end of the log as it is to be saved: all that the database does not have, and what closes it. Nothing may be
    /// said any more; readers learn of the end by [`Self::end`].
    pub(super) fn last_words(&self, how: Status) -> Vec<event::Model> {
        self.change(|progress| {
            let rest = progress.neutral.finish();
            progress.safe.push_str(&rest);
            let kind = if progress.sealed == 0 { Kind::Chunk } else { Kind::ChunkBatch };
            progress.seal(kind);
        });
        let mut rows = self.unlogged();
        let last = i64::try_from(self.locked().events.len()).unwrap_or(i64::MAX);
        rows.extend(event::closing(self.id, last, how));
        rows
    }

    /// Tells readers how it ended.
    pub(super) fn end(&self, how: Status) {
        self.change(|progress| {
            let last = i64::try_from(progress.events.len()).unwrap_or(i64::MAX);
            for closing in event::closing(self.id, last, how) {
                let content = Content::Line(closing.content);
                progress.events.push(Entry { kind: closing.kind, stage: closing.stage, content });
            }
            progress.ended = Some(how);
        });
    }

    fn change(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.locked());
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn locked(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress {
    /// Whether there was something to make an event of.
    fn seal(&mut self, kind: Kind) -> bool {
        let gathered = self.sealed..self.safe.len();
        if gathered.is_empty() {
            return false;
        }
        self.sealed = gathered.end;
        self.events.push(Entry { kind, stage: Stage::Generation, content: Content::Text(gathered) });
        true
    }

    /// The events from this place on.
    fn rows(&self, of: GenerationId, from: usize) -> Vec<event::Model> {
        let row = |(at, entry): (usize, &Entry)| event::Model {
            generation_id: of,
            seq: i64::try_from(at + 1).unwrap_or(i64::MAX),
            kind: entry.kind,
            stage: entry.stage,
            content: match &entry.content {
                Content::Line(line) => line.clone(),
                Content::Text(range) => self.safe[range.clone()].to_owned(),
            },
        };
        self.events.iter().enumerate().skip(from).map(row).collect()
    }
}

impl Reader {
    /// What is new, possibly nothing.
    pub(super) fn read(&mut self) -> Update {
        self.changes.mark_unchanged();
        let progress = self.run.locked();
        let line = |entry: &Entry| match &entry.content {
            Content::Line(line) if entry.kind == Kind::Reasoning && entry.stage != Stage::Start => {
                Some(line.clone())
            }
            _ => None,
        };
        let update = Update {
            thinking: progress.events[self.events..].iter().filter_map(line).collect(),
            text: progress.safe[self.bytes..].to_owned(),
            ended: progress.ended,
        };
        self.events = progress.events.len();
        self.bytes = progress.safe.len();
        update
    }

    /// Waits until there may be something new.
    pub(super) async fn changed(&mut self) {
        // An error means that the answer's task is gone; `read` then tells how it ended.
        let _ = self.changes.changed().await;
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn run() -> Run {
        Run::new(GenerationId(Uuid::nil()), ConversationId(Uuid::nil()), MessageId(1))
    }

    fn told(rows: &[event::Model]) -> Vec<(i64, Kind, &str)> {
        rows.iter().map(|row| (row.seq, row.kind, row.content.as_str())).collect()
    }

    #[test]
    fn a_log_has_the_first_words_at_once_and_then_what_gathers() {
        let run = run();
        run.think(Stage::Planner, "Searching…".to_owned());
        for word in ["The ", "library ", "opens."] {
            run.say(word);
        }
        assert_eq!(
            told(&run.unlogged()),
            [(1, Kind::Reasoning, ""), (2, Kind::Reasoning, "Searching…"), (3, Kind::Chunk, "The ")]
        );
        run.seal();
        run.seal();
        run.logged(3);
        assert_eq!(told(&run.unlogged()), [(4, Kind::ChunkBatch, "library opens.")]);
        let last = run.last_words(Status::Complete);
        assert_eq!(told(&last), [(4, Kind::ChunkBatch, "library opens."), (5, Kind::End, "complete")]);
        run.end(Status::Complete);
        assert_eq!(told(&run.events_after(4).0), [(5, Kind::End, "complete")]);
    }

    #[test]
    fn what_reaches_the_log_is_harmless_even_where_it_is_split() {
        let run = run();
        for piece in ["So <", "img src=x onerror=a", "lert(1)> [a](java", "script:x) <", "b"] {
            run.say(piece);
            run.seal();
        }
        let log: String = run.last_words(Status::Stopped).into_iter().map(|row| row.content).collect();
        assert!(log.starts_with("So &lt;img") && !log.contains('<') && !log.contains("javascript:"), "{log}");
        assert!(run.text().starts_with("So <img"), "what was written is kept as it was");
    }

    #[test]
    fn a_bad_end_is_told_before_the_end() {
        let run = run();
        let last = run.last_words(Status::Failed);
        assert_eq!(
            told(&last)[1..],
            [(2, Kind::Error, "failed"), (3, Kind::End, "failed")],
            "an answer without any text"
        );
    }
}
