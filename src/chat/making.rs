//! The task that makes one answer: it reads what the pipeline says, tells the run, and saves the end.
//!
//! It saves nothing on the way: that is the business of the log (`log.rs`).

use std::{
    panic::AssertUnwindSafe,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{FutureExt, StreamExt};
use sea_orm::{ConnectionTrait, DbErr};

use super::{
    citation,
    conversation::{self, ConversationId},
    event::{self, Stage},
    generation,
    message::{self, Status},
    run::Run,
    runs::Permit,
    spool::{self, Spooled},
    summary,
    trace::{self, Recorder, Trace},
};
use crate::{
    answering::{self, Outcome, Piece, Question, memory, provisional_title},
    app::App,
};

/// Longest answer kept.
const MAX_ANSWER_BYTES: usize = 256 * 1024;
/// How long the end of an answer is tried to be saved.
const SAVE_FOR: Duration = Duration::from_mins(1);
/// How long at most once shutdown has begun, which waits two seconds for what it has cut.
const SAVE_WHILE_STOPPING: Duration = Duration::from_millis(1500);

/// The task that makes one answer.
pub(super) struct Work {
    pub(super) app: App,
    pub(super) run: Arc<Run>,
    pub(super) permit: Permit,
}

impl Work {
    /// Makes the answer to its end.
    pub(super) async fn answer(self, question: Question) {
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
        // From here on the row and its log tell all there is.
        drop(self.permit);
        if let Some(asked) = first {
            let (app, conversation) = (self.app.clone(), self.run.conversation);
            self.app.tasks.spawn(refine_title(app, conversation, asked));
        }
        if long {
            self.app.tasks.spawn(summary::refresh(self.app.clone(), self.run.conversation));
        }
    }

    async fn make(&self, question: Question, recorder: &mut Recorder) -> (Status, Vec<answering::Citation>) {
        let mut pieces = pin!(self.app.answering.clone().answer(question));
        let mut shutdown = pin!(self.cut_by_shutdown());
        let mut stage = Stage::Planner;
        let mut citations = Vec::new();
        loop {
            tokio::select! {
                piece = pieces.next() => match piece {
                    Some(Piece::Step(step)) => {
                        stage = step.into();
                        recorder.step(step);
                    }
                    Some(Piece::Found(findings)) => recorder.found(findings),
                    Some(Piece::Used(tool, subject)) => recorder.used(tool, &subject),
                    Some(Piece::Noted(note)) => recorder.noted(note),
                    Some(Piece::Spent(usage)) => recorder.spent(usage),
                    Some(Piece::Cited(so_far)) => citations = so_far,
                    Some(Piece::Thinking(line)) => self.run.think(stage, line),
                    Some(Piece::Text(text)) => {
                        if self.run.length() + text.len() > MAX_ANSWER_BYTES {
                            tracing::warn!(message.id = self.run.answer.0, "an answer was cut at its longest");
                            return (Status::Stopped, citations);
                        }
                        self.run.say(&text);
                        recorder.said();
                    }
                    Some(Piece::End(end)) => {
                        recorder.repaired(end.repairs);
                        let whole = end.outcome == Outcome::Complete;
                        return (if whole { Status::Complete } else { Status::Failed }, end.citations);
                    }
                    None => return (Status::Failed, citations),
                },
                () = self.run.cut() => return (Status::Stopped, citations),
                () = &mut shutdown => return (Status::Stopped, citations),
            }
        }
    }

    async fn save_end(&self, status: Status, citations: &[answering::Citation], trace: &Trace) {
        let began = Instant::now();
        let text = self.run.text();
        let events = self.run.last_words(status);
        let last = events.last().map_or(0, |event| event.seq);
        let mut pause = Duration::from_millis(200);
        let stopping = self.app.tasks.stopping();
        let mut hurry = pin!(async {
            stopping.cancelled().await;
            tokio::time::sleep(SAVE_WHILE_STOPPING).await;
        });
        loop {
            let now = self.app.clock.now();
            let saving = Box::pin(self.app.store.write(async |tx| {
                // Rows are locked from the conversation to the message, here as everywhere.
                let held = conversation::release(&tx, self.run.conversation, self.run.id.0, now).await?;
                if !held {
                    return self.save_late(&tx, text.trim(), status, citations).await;
                }
                if message::save(&tx, self.run.answer, text.trim(), status).await? {
                    trace::save(&tx, self.run.answer, citations.len(), trace.clone(), now).await?;
                    citation::save(&tx, self.run.answer, citations.to_vec()).await?;
                    event::append(&tx, events.clone()).await?;
                    generation::end(&tx, self.run.id, status, last, now).await?;
                }
                Ok::<_, DbErr>(())
            }));
            let saved = tokio::select! {
                saved = saving => saved,
                () = &mut hurry => Err(DbErr::Custom("shutdown cannot wait for the database".to_owned())),
            };
            match saved {
                Ok(()) => return self.run.logged(last),
                Err(error) if began.elapsed() < SAVE_FOR && !self.app.tasks.is_stopping() => {
                    tracing::warn!(message.id = self.run.answer.0, error = %error, "saving an answer failed; trying again");
                    let _once_more = tokio::time::timeout(pause, stopping.cancelled()).await;
                    pause = (pause * 2).min(Duration::from_secs(5));
                }
                Err(error) => {
                    tracing::error!(message.id = self.run.answer.0, error = %error, "an answer could not be saved");
                    return self.spool(text, status, citations).await;
                }
            }
        }
    }

    /// Saves the end of an answer that was closed by somebody who took this process for dead, as happens when the database
    /// was away for longer than a lease: more of the answer may be here than was in its log.
    async fn save_late(
        &self,
        db: &impl ConnectionTrait,
        text: &str,
        status: Status,
        citations: &[answering::Citation],
    ) -> Result<(), DbErr> {
        // Losing the conversation is what cut it off, and not a person.
        let status = if status == Status::Stopped { Status::Interrupted } else { status };
        let (conversation, answer) = (self.run.conversation, self.run.answer);
        if message::complete_late(db, conversation, answer, text, status).await? {
            citation::save(db, answer, citations.to_vec()).await?;
        }
        Ok(())
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
