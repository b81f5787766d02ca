//! The use case: a question comes in, its answer is made and stored.
//!
//! The question and an empty answer are stored in one transaction, which also takes the conversation: one answer at
//! a time. From then on a task of its own makes the answer, saves it every two seconds and at the end, and renews
//! its hold. A process that dies leaves an answer whose hold runs out; the sweep marks it as interrupted.

use std::{
    panic::AssertUnwindSafe,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{FutureExt, StreamExt};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{
    citation,
    conversation::{self, ConversationId},
    message::{self, MessageId, Status},
    run::{Permit, Run},
    spool::{self, Spooled},
    summary,
    trace::{self, Recorder, Trace},
};
use crate::{
    accounts::{UserId, user},
    answering::{self, Depth, Outcome, Piece, Question, memory, provisional_title},
    app::App,
    error::{Error, Result},
    knowledge::Scope,
    metrics::Made,
};

/// How long a question waits for the answer before it in the same conversation.
const TURN: Duration = Duration::from_secs(30);
const TURN_LOOK: Duration = Duration::from_millis(200);
const SAVE_EVERY: Duration = Duration::from_secs(2);
const SAVE_BYTES: usize = 4 * 1024;
/// A piece this long is saved before it is shown: it is a whole answer rather than a word of one.
const WHOLE_BYTES: usize = 256;
/// Longest answer kept.
const MAX_ANSWER_BYTES: usize = 256 * 1024;
/// How long the end of an answer is tried to be saved.
const SAVE_FOR: Duration = Duration::from_mins(1);

/// A question to a conversation.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Where it is asked.
    pub conversation: ConversationId,
    /// The question, not blank.
    pub text: String,
    /// What may be searched.
    pub scope: Scope,
    /// How much may be looked up.
    pub depth: Depth,
}

/// Stores the question and starts its answer. Waits its turn when an answer is under way in the conversation.
pub async fn ask(app: &App, by: UserId, ask: Ask) -> Result<Arc<Run>> {
    let before = conversation::owned(app.store.read(), by, ask.conversation).await?;
    let mut permit = app.runs.permit(by)?;
    let waiting = Instant::now();
    let (run_id, begun) = loop {
        let run_id = Uuid::new_v4();
        if let Some(begun) = begin(app, by, &ask, &before, run_id).await? {
            break (run_id, begun);
        }
        if waiting.elapsed() >= TURN {
            return Err(Error::Conflict("An answer is under way in this conversation."));
        }
        tokio::time::sleep(TURN_LOOK).await;
    };
    // The question and its answer.
    app.metrics.made(Made::Message, 2);
    let run = Arc::new(Run::new(ask.conversation, begun.question, begun.answer));
    permit.announce(&run);
    let question = Question {
        text: ask.text,
        history: message::turns(begun.history),
        summary: before.summary,
        scope: ask.scope,
        today: app.today(),
        depth: ask.depth,
    };
    let work = Work { app: app.clone(), by, run: run.clone(), run_id, _permit: permit };
    app.tasks.spawn(work.answer(question));
    Ok(run)
}

/// Opens a conversation, or gives back an empty one.
pub async fn open(app: &App, by: UserId) -> Result<ConversationId> {
    let now = app.clock.now();
    let (id, new) = app.store.write(async |tx| conversation::create(&tx, by, now).await).await?;
    app.metrics.made(Made::Conversation, u64::from(new));
    Ok(id)
}

struct Begun {
    question: message::MessageId,
    answer: message::MessageId,
    history: Vec<message::Model>,
}

/// One transaction: take the conversation, store the question and its empty answer, give the first title. `None`
/// when another answer is under way.
async fn begin(
    app: &App,
    by: UserId,
    ask: &Ask,
    before: &conversation::Model,
    run_id: Uuid,
) -> Result<Option<Begun>> {
    let (id, now) = (ask.conversation, app.clock.now());
    app.store
        .write(async |tx| {
            if !conversation::take(&tx, by, id, run_id, now).await? {
                // Gone, or taken.
                conversation::owned(&tx, by, id).await?;
                return Ok(None);
            }
            // Taken over from a process that died: what it left behind is as whole as it will be.
            message::interrupt(&tx, id).await?;
            let covered = before.summary_upto.map(MessageId);
            let history =
                message::newest(&tx, id, covered, (memory::WINDOW + memory::AT_ONCE) as u64).await?;
            conversation::title_once(&tx, id, provisional_title(&ask.text)).await?;
            let (question, answer) = message::begin(&tx, id, ask.text.trim(), now).await?;
            Ok(Some(Begun { question, answer, history }))
        })
        .await
}

/// Looks for a better title than the first question, unless somebody has given one.
async fn refine_title(app: App, conversation: ConversationId, question: String) {
    let Some(title) = app.answering.title(&question).await else { return };
    let old = provisional_title(&question);
    let saved =
        app.store.write(async |tx| conversation::retitle(&tx, conversation, &old, title.clone()).await);
    if let Err(error) = saved.await {
        tracing::warn!(error = %error, "a title could not be saved");
    }
}

/// The task that makes one answer.
struct Work {
    app: App,
    by: UserId,
    run: Arc<Run>,
    run_id: Uuid,
    _permit: Permit,
}

impl Work {
    async fn answer(self, question: Question) {
        let mut recorder = Recorder::start();
        let first = question.history.is_empty().then(|| question.text.clone());
        // With this question and its answer, enough have fallen out of the window.
        let long = question.history.len() + 2 >= memory::WINDOW + memory::AT_ONCE;
        let made = AssertUnwindSafe(self.make(question, &mut recorder)).catch_unwind().await;
        let (status, citations) = made.unwrap_or_else(|_| {
            tracing::error!(message.id = self.run.answer.0, "making an answer panicked");
            (Status::Failed, Vec::new())
        });
        let model = self.app.config.model.as_ref().map(|model| model.name.as_str());
        let trace = recorder.end(model);
        self.app.metrics.answered(trace.figures(status));
        self.save_end(status, &citations, &trace).await;
        self.run.end(status);
        if let Some(asked) = first {
            let (app, conversation) = (self.app.clone(), self.run.conversation);
            self.app.tasks.spawn(refine_title(app, conversation, asked));
        }
        if long {
            self.app.tasks.spawn(summary::refresh(self.app.clone(), self.run.conversation));
        }
    }

    /// Makes the answer, saving as it goes.
    async fn make(&self, question: Question, recorder: &mut Recorder) -> (Status, Vec<answering::Citation>) {
        let mut pieces = pin!(self.app.answering.clone().answer(question));
        let mut saves = tokio::time::interval(SAVE_EVERY);
        saves.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut cut = pin!(self.cut_by_shutdown());
        let mut unsaved = 0;
        loop {
            tokio::select! {
                piece = pieces.next() => match piece {
                    Some(Piece::Step(step)) => recorder.step(step),
                    Some(Piece::Found(findings)) => recorder.found(findings),
                    Some(Piece::Noted(note)) => recorder.noted(note),
                    Some(Piece::Used(tool, subject)) => recorder.used(tool, &subject),
                    Some(Piece::Spent(usage)) => recorder.spent(usage),
                    Some(Piece::Thinking(line)) => self.run.think(line),
                    Some(Piece::Text(text)) => {
                        unsaved += text.len();
                        if !self.take_text(&text, &mut unsaved).await {
                            return (Status::Stopped, Vec::new());
                        }
                        recorder.said();
                    }
                    Some(Piece::End(end)) => {
                        recorder.repaired(end.repairs);
                        let whole = end.outcome == Outcome::Complete;
                        return (if whole { Status::Complete } else { Status::Failed }, end.citations);
                    }
                    None => return (Status::Failed, Vec::new()),
                },
                _ = saves.tick() => {
                    unsaved = 0;
                    if !self.save_progress(&self.run.text()).await {
                        return (Status::Stopped, Vec::new());
                    }
                }
                () = &mut cut => return (Status::Stopped, Vec::new()),
            }
        }
    }

    /// Shows text, saving first what comes as a whole answer. `false` when the answer must end here.
    async fn take_text(&self, text: &str, unsaved: &mut usize) -> bool {
        let so_far = self.run.text();
        if so_far.len() + text.len() > MAX_ANSWER_BYTES {
            tracing::warn!(message.id = self.run.answer.0, "an answer was cut at its longest");
            return false;
        }
        if text.len() >= WHOLE_BYTES || *unsaved >= SAVE_BYTES {
            *unsaved = 0;
            if !self.save_progress(&(so_far + text)).await {
                return false;
            }
        }
        self.run.say(text);
        true
    }

    /// Saves the text so far and renews the hold. `false` when nobody may or can have the answer any more: its
    /// conversation is gone or taken over, or its account is closed.
    async fn save_progress(&self, text: &str) -> bool {
        let now = self.app.clock.now();
        let saved = self.app.store.write(async |tx| {
            let held = conversation::hold(&tx, self.run.conversation, self.run_id, now).await?;
            let saved = held && message::save(&tx, self.run.answer, text, Status::Streaming).await?;
            let allowed = saved && user::by_id(&tx, self.by).await?.is_some_and(|account| account.is_active);
            Ok::<_, DbErr>(allowed)
        });
        match saved.await {
            Ok(allowed) => allowed,
            Err(error) => {
                // The text goes on in memory; the next save may succeed.
                tracing::warn!(message.id = self.run.answer.0, error = %error, "an answer could not be saved yet");
                true
            }
        }
    }

    async fn save_end(&self, status: Status, citations: &[answering::Citation], trace: &Trace) {
        let began = Instant::now();
        let text = self.run.text();
        let mut pause = Duration::from_millis(200);
        loop {
            let now = self.app.clock.now();
            let saved = self.app.store.write(async |tx| {
                // Rows are locked from the conversation to the message, here as everywhere.
                let held = conversation::hold(&tx, self.run.conversation, self.run_id, now).await?;
                if held && message::save(&tx, self.run.answer, text.trim(), status).await? {
                    trace::save(&tx, self.run.answer, citations.len(), trace.clone(), now).await?;
                    citation::save(&tx, self.run.answer, citations.to_vec()).await?;
                }
                conversation::release(&tx, self.run.conversation, self.run_id, now).await
            });
            match saved.await {
                Ok(()) => return,
                Err(error) if began.elapsed() < SAVE_FOR => {
                    tracing::warn!(message.id = self.run.answer.0, error = %error, "saving an answer failed; trying again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(5));
                }
                Err(error) => {
                    tracing::error!(message.id = self.run.answer.0, error = %error, "an answer could not be saved");
                    return self.spool(text, status, citations).await;
                }
            }
        }
    }

    /// Leaves the text on the disk, for when the database is back.
    async fn spool(&self, text: String, status: Status, citations: &[answering::Citation]) {
        let (conversation, answer) = (self.run.conversation.0, self.run.answer.0);
        let (whole, citations) = (status == Status::Complete, citations.to_vec());
        let spooled = Spooled { conversation, answer, text, citations, whole };
        if let Err(error) = spool::keep(&self.app, &spooled).await {
            tracing::error!(message.id = answer, error = %error, "an answer is lost");
        }
    }

    /// Resolves when shutdown cannot wait for this answer any longer.
    async fn cut_by_shutdown(&self) {
        self.app.tasks.stopping().cancelled().await;
        tokio::time::sleep(self.app.config.limits.shutdown_grace).await;
    }
}
