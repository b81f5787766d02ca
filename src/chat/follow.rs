//! Reading along with an answer, whichever instance makes it.
//!
//! What is made here is read from memory, word by word. What another instance makes is read from its log, which is
//! looked at a few times a second. Both tell the same events under the same numbers.

use std::{sync::Arc, time::Duration};

use async_stream::stream;
use futures::{Stream, StreamExt, stream::BoxStream};
use sea_orm::DbErr;
use tokio::time::Instant;

use super::{
    event::{self, Kind, Stage},
    generation::{self, GenerationId},
    message::{self, MessageId, Status},
    neutral::neutralise,
    run::{Run, Update},
};
use crate::app::App;

/// How often the log of another instance is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How often, while it has nothing new, is asked whether there is anything to wait for.
const DOUBT: Duration = Duration::from_secs(1);
/// Most events read at once.
const PAGE: u64 = 200;

/// An answer that can be read along with.
#[derive(Clone, Debug)]
pub struct Following {
    id: GenerationId,
    run: Option<Arc<Run>>,
}

impl Following {
    /// The generation with this id, wherever it is being made.
    pub(super) fn of(app: &App, id: GenerationId) -> Self {
        Self { id, run: app.runs.of(id) }
    }

    /// One that is being made here.
    pub(super) fn here(run: Arc<Run>) -> Self {
        Self { id: run.id, run: Some(run) }
    }

    /// Its generation.
    pub fn id(&self) -> GenerationId {
        self.id
    }

    /// What is new, again and again until it has ended. An answer that is gone, or out of reach, ends without a word.
    pub fn updates(&self, app: &App) -> BoxStream<'static, Update> {
        match &self.run {
            Some(run) => updates_here(run.clone()).boxed(),
            None => updates(events_there(app.clone(), self.id, 0)).boxed(),
        }
    }

    /// Its events after a number. The end is told in any case.
    pub(super) fn events(&self, app: &App, after: i64) -> BoxStream<'static, event::Model> {
        match &self.run {
            Some(run) => events_here(run.clone(), after).boxed(),
            None => events_there(app.clone(), self.id, after).boxed(),
        }
    }

    /// Waits for its end.
    pub async fn wait(&self, app: &App) {
        self.updates(app).for_each(|_| std::future::ready(())).await;
    }
}

/// The answer of a message, if it is being made.
pub async fn of_answer(app: &App, answer: MessageId) -> Result<Option<Following>, DbErr> {
    if let Some(run) = app.runs.of_answer(answer) {
        return Ok(Some(Following::here(run)));
    }
    let generation = generation::of_answer(app.store.read(), answer).await?;
    let under_way = generation.filter(|generation| !generation.has_ended());
    Ok(under_way.map(|generation| Following { id: generation.id, run: None }))
}

/// Fills in how far answers have come that are being made, wherever that is.
pub async fn fill_in(app: &App, messages: &mut [message::Model]) -> Result<(), DbErr> {
    let mut elsewhere = Vec::new();
    for row in messages.iter_mut().filter(|row| row.status() == Status::Streaming) {
        match app.runs.of_answer(row.id) {
            Some(run) => row.message = run.text(),
            None => elsewhere.push(row.id),
        }
    }
    if elsewhere.is_empty() {
        return Ok(());
    }
    let mut texts = event::texts(app.store.read(), &elsewhere).await?;
    for row in messages {
        if let Some(text) = texts.remove(&row.id) {
            row.message = text;
        }
    }
    Ok(())
}

fn updates_here(run: Arc<Run>) -> impl Stream<Item = Update> + Send {
    let mut reader = run.follow();
    stream! {
        loop {
            let update = reader.read();
            let ended = update.ended.is_some();
            yield update;
            if ended {
                break;
            }
            reader.changed().await;
        }
    }
}

fn updates(events: impl Stream<Item = event::Model> + Send) -> impl Stream<Item = Update> + Send {
    events.map(|event| match event.kind {
        Kind::Reasoning if event.stage == Stage::Start => Update::default(),
        Kind::Reasoning => Update { thinking: vec![event.content], ..Update::default() },
        Kind::Chunk | Kind::ChunkBatch => Update { text: event.content, ..Update::default() },
        Kind::Error => Update::default(),
        Kind::End => Update { ended: Some(Status::of_word(&event.content)), ..Update::default() },
    })
}

fn events_here(run: Arc<Run>, mut after: i64) -> impl Stream<Item = event::Model> + Send {
    let mut changes = run.changes();
    stream! {
        loop {
            changes.mark_unchanged();
            let (events, ended) = run.events_after(after);
            let told = events.iter().any(|event| event.kind == Kind::End);
            for event in events {
                after = event.seq;
                yield event;
            }
            if let Some(how) = ended {
                // Whoever has it all already is told that there is no more.
                if !told {
                    yield event::Model::end(run.id, after, how);
                }
                break;
            }
            if changes.changed().await.is_err() {
                break;
            }
        }
    }
}

fn events_there(app: App, id: GenerationId, mut after: i64) -> impl Stream<Item = event::Model> + Send {
    stream! {
        let mut doubt = Instant::now();
        loop {
            let events = match event::after(app.store.read(), id, after, Some(PAGE)).await {
                Ok(events) => events,
                Err(error) => {
                    tracing::warn!(error = %error, "the log of an answer could not be read");
                    return;
                }
            };
            let silent = events.is_empty();
            for event in events {
                after = event.seq;
                let last = event.kind == Kind::End;
                yield event;
                if last {
                    return;
                }
            }
            if !silent {
                continue;
            }
            if Instant::now() >= doubt {
                doubt = Instant::now() + DOUBT;
                match rest(&app, id, after).await {
                    Ok(Rest::ToCome) if !app.is_draining() => {}
                    Ok(Rest::Unread) => continue,
                    Ok(Rest::Is(events)) => {
                        for event in events {
                            yield event;
                        }
                        return;
                    }
                    // Another instance, or the page when it is loaded again, knows more.
                    Ok(Rest::ToCome | Rest::Gone) | Err(_) => return,
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// What is left to tell when the log has nothing new.
enum Rest {
    /// It is still being made.
    ToCome,
    /// It has ended, and its log has grown since.
    Unread,
    /// This.
    Is(Vec<event::Model>),
    /// It was deleted.
    Gone,
}

/// The log is gone some time after the end: then the message tells what there is, to whoever has nothing of it yet.
async fn rest(app: &App, id: GenerationId, after: i64) -> Result<Rest, DbErr> {
    let Some(generation) = generation::by_id(app.store.read(), id).await? else { return Ok(Rest::Gone) };
    if !generation.has_ended() {
        return Ok(Rest::ToCome);
    }
    let last = generation.last_seq;
    if after < last && generation.log_until.is_some() {
        return Ok(Rest::Unread);
    }
    let Some(message) = message::by_id(app.store.read(), generation.message_id).await? else {
        return Ok(Rest::Gone);
    };
    // It may have been completed after its generation was closed.
    let end = event::Model::end(id, last, message.status());
    if after > 0 {
        // Nobody knows any more which part of the text the reader has.
        return Ok(Rest::Is(vec![end]));
    }
    let whole = event::Model {
        generation_id: id,
        seq: last - 1,
        kind: Kind::ChunkBatch,
        stage: Stage::Generation,
        content: neutralise(&message.message),
    };
    Ok(Rest::Is(vec![whole, end]))
}
