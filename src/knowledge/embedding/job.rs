//! The job that has a document's chunks embedded, and the task that finds documents without vectors.
//!
//! A job is asked for in the transaction that gives a document its text. Its vectors are written in the transaction that
//! ends it, if the text is still the one they are of: another text has asked for a job of its own.

use std::{collections::HashSet, time::Duration};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{QuerySelect, entity::prelude::*};
use serde::{Deserialize, Serialize};

use super::{Embeddings, row};
use crate::{
    app::App,
    knowledge::{
        change, chunk,
        document::{self, DocumentId},
    },
    metrics::Served,
    periodic::Call,
    platform::{service::ServiceError, store::BATCH},
    queue::{Claimed, Done, Enqueue, Failure, Handled, State, job},
    search::encode,
};

/// The kind of this job.
pub const EMBED: &str = "document.embed";
/// The name of the task.
pub const BACKFILL: &str = "documents.embed";

/// The one key of these jobs: one at a time, so that a worker is left for what somebody waits for.
const KEY: &str = "embeddings";
/// Time for one request of a job. Nobody waits for it.
const PATIENCE: Duration = Duration::from_mins(1);
/// Chunks read from the database at a time.
const CHUNKS: u64 = 500;
/// Tries of a job while the service is away; the task comes back to the document later.
const TRIES: i32 = 3;
/// Documents of which the task asks for vectors at a time.
const ASKED_FOR: u64 = 500;
/// How long a document is left alone whose text the service has refused.
const SPARED: TimeDelta = TimeDelta::days(1);
/// Dead jobs that are looked at for this.
const MOST_DEAD: u64 = 10_000;
/// What the task asks the service with.
const PROBE: &str = "Is anybody there?";

/// Whether documents are to have vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vectors {
    /// They are.
    Wanted,
    /// There is no service that makes them.
    Unwanted,
}

impl Vectors {
    /// Asks for the vectors of a document that gets another text, as part of the caller's transaction. Has to come before
    /// the document is locked: whoever ends such a job holds its key and locks the document then.
    pub(in crate::knowledge) async fn ask(
        self,
        db: &impl ConnectionTrait,
        now: DateTime<Utc>,
        id: DocumentId,
    ) -> Result<(), DbErr> {
        match self {
            Self::Wanted => asked(id).save(db, now).await.map(drop),
            Self::Unwanted => Ok(()),
        }
    }
}

/// Which document.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Embed {
    document_id: i64,
}

fn asked(id: DocumentId) -> Enqueue {
    Enqueue::new(EMBED, KEY, &Embed { document_id: id.0 })
}

/// The document that a job of this kind is about.
fn subject(job: &job::Model) -> Option<i64> {
    serde_json::from_str::<Embed>(&job.payload).ok().map(|embed| embed.document_id)
}

/// Has a document embedded.
pub async fn embed(app: App, job: Claimed<Embed>) -> Handled {
    let Some(embeddings) = app.library.embeddings().cloned() else { return Ok(Done::nothing()) };
    match Box::pin(embedded(&app, &embeddings, DocumentId(job.payload.document_id))).await {
        Err(Stopped::Service(error)) if error.is_passing() && job.attempt >= TRIES => {
            Ok(Done::nothing().saying(format!("left to {BACKFILL}: {error}")))
        }
        Err(Stopped::Service(error)) if error.is_passing() => Err(Failure::for_now(error.word(), error)),
        Err(Stopped::Service(error)) => Err(Failure::for_good(error.word(), error)),
        Err(Stopped::Else(error)) => Err(error.into()),
        Ok(None) => Ok(Done::nothing()),
        Ok(Some(made)) => Ok(Done::with(move |tx| async move { made.keep(&tx).await })),
    }
}

/// Why there are no vectors.
enum Stopped {
    /// For the service's sake.
    Service(ServiceError),
    /// For another reason.
    Else(anyhow::Error),
}

impl From<ServiceError> for Stopped {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

impl From<DbErr> for Stopped {
    fn from(error: DbErr) -> Self {
        Self::Else(error.into())
    }
}

/// Vectors that have been made, and the chunks that they are of.
struct Made {
    row: row::Model,
    chunks: Vec<i64>,
}

impl Made {
    /// Keeps them, if these are still the chunks of the document. The last of its transaction.
    async fn keep(self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        let id = self.row.document_id;
        if document::lock(db, id).await?.is_none() {
            return Ok(());
        }
        let there = row::chunk_ids(db, &[id]).await?;
        if !there.iter().map(|(_, chunk)| chunk).eq(&self.chunks) {
            return Ok(());
        }
        row::keep(db, self.row).await?;
        change::append(db, id, change::Kind::Vectors).await
    }
}

/// The vectors of a document; `None` when it has them, or is gone, or has no text.
async fn embedded(app: &App, embeddings: &Embeddings, id: DocumentId) -> Result<Option<Made>, Stopped> {
    let (inner, db) = (&*embeddings.0, app.store.read());
    let model = inner.client.model(PATIENCE).await?;
    let dimension = row::dimension(db, &model, id).await?;
    let mut made = Made {
        row: row::Model {
            document_id: id,
            made_by: model.to_string(),
            dim: 0,
            first_chunk: 0,
            data: Vec::new(),
        },
        chunks: Vec::new(),
    };
    let mut from = 0;
    loop {
        let chunks = chunk::of(db, id, from, CHUNKS).await?;
        let Some(last) = chunks.last() else { break };
        from = last.seq + 1;
        for chunks in chunks.chunks(inner.settings.batch) {
            let texts: Vec<String> = chunks.iter().map(text).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let vectors = inner.client.embed(&texts, PATIENCE, Served::Documents).await?;
            let dim = vectors.first().map_or(0, |vector| i32::try_from(vector.len()).unwrap_or(i32::MAX));
            if made.row.dim != 0 && made.row.dim != dim {
                return Err(ServiceError::Wrong("vectors of several dimensions".to_owned()).into());
            }
            if dimension == Some(dim) {
                // It has them. Had its text changed, they would be gone.
                return Ok(None);
            }
            made.row.dim = dim;
            for vector in &vectors {
                encode(vector, &mut made.row.data);
            }
            made.chunks.extend(chunks.iter().map(|chunk| chunk.id.0));
        }
    }
    let Some(first) = made.chunks.first() else { return Ok(None) };
    made.row.first_chunk = *first;
    Ok(Some(made))
}

/// What of a chunk is embedded.
fn text(chunk: &chunk::Model) -> String {
    match &chunk.heading {
        Some(heading) => format!("{heading}\n{}", chunk.text),
        None => chunk.text.clone(),
    }
}

/// Asks for the vectors that are missing, some documents at a time: those of documents that came while there was no
/// service, or it was away, or had another model. When none is missing, those of other models go.
pub async fn backfill(app: App, _: Call) -> Handled {
    let Some(embeddings) = app.library.embeddings().cloned() else { return Ok(Done::nothing()) };
    let client = &embeddings.0.client;
    // A service that is away is asked for nothing else, and no jobs pile up for it.
    let away = |error: ServiceError| Failure::for_now(error.word(), error);
    let model = client.model(PATIENCE).await.map_err(away)?;
    let probe = client.embed(&[PROBE], PATIENCE, Served::Probe).await.map_err(away)?;
    let dim = probe.first().and_then(|vector| i32::try_from(vector.len()).ok());
    let now = app.clock.now();
    let ids = unasked(app.store.read(), now, &model, dim).await;
    let ids = ids.context("looking for documents without vectors")?;
    if ids.is_empty() {
        let gone = app.store.write(async |tx| row::remove_others(&tx, &model, BATCH as u64).await).await?;
        return Ok(
            Done::nothing().saying(format!("all have vectors by {model}; {gone} by other models removed"))
        );
    }
    let jobs: Vec<Enqueue> = ids.iter().map(|id| asked(*id).once(format!("{EMBED}:{}", id.0))).collect();
    let report = format!("asked for {} documents by {model}", jobs.len());
    app.store.write(async |tx| Enqueue::save_all(&tx, now, jobs.clone()).await).await?;
    app.queue.wake();
    Ok(Done::nothing().saying(report))
}

/// Documents without vectors, without those whose job has died of late: nothing comes of asking for the same again at
/// once.
async fn unasked(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    model: &str,
    dim: Option<i32>,
) -> Result<Vec<DocumentId>, DbErr> {
    let mut last = DocumentId(0);
    let dead = job::Entity::find()
        .filter(job::COLUMN.kind.eq(EMBED))
        .filter(job::COLUMN.state.eq(State::Dead))
        .filter(job::COLUMN.finished_at.gt(now - SPARED))
        .limit(MOST_DEAD);
    let dead: HashSet<i64> = dead.all(db).await?.iter().filter_map(subject).collect();
    loop {
        let ids = row::missing(db, model, dim, last, ASKED_FOR).await?;
        let Some(end) = ids.last() else { return Ok(Vec::new()) };
        last = *end;
        let open: Vec<DocumentId> = ids.into_iter().filter(|id| !dead.contains(&id.0)).collect();
        if !open.is_empty() {
            return Ok(open);
        }
    }
}
