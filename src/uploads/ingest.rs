//! The job that reads a file into a document.
//!
//! Its effects, the document and the file's state, are written in the transaction that ends the job: a reader sees
//! the file as it was or as it is, never half of it.

use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, sea_query::LockType};
use serde::{Deserialize, Serialize};

use super::file::{self, State};
use crate::{
    accounts::{UserId, user},
    app::App,
    knowledge::{self, Format, Origin, Reading, Source, Text, embedding::Vectors, reason::Reason},
    platform::store::Transaction,
    queue::{Claimed, Done, Enqueue, Failure, Handled},
};

/// The kind of this job.
pub const INGEST: &str = "file.ingest";

/// Which file to read.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Ingest {
    file_id: i32,
}

/// What serialises the jobs of an account.
pub(super) fn key(owner: UserId) -> String {
    format!("user:{}", owner.0)
}

/// The keys of the jobs of these accounts.
pub fn lanes_of(owners: &[UserId]) -> Vec<String> {
    owners.iter().map(|owner| key(*owner)).collect()
}

/// Whose key this is.
pub(super) fn owner_of(key: &str) -> Option<UserId> {
    key.strip_prefix("user:")?.parse().ok().map(UserId)
}

pub(super) fn job(owner: UserId, file_id: i32) -> Enqueue {
    Enqueue::new(INGEST, key(owner), &Ingest { file_id }).once(format!("{INGEST}:{file_id}"))
}

/// Has files read again, whosever they are. Part of the caller's transaction, which wakes the workers after its commit;
/// answers how many there are.
pub async fn reingest(db: &impl ConnectionTrait, now: DateTime<Utc>, ids: &[i32]) -> Result<u64, DbErr> {
    let jobs = file::owners_of(db, ids).await?.into_iter().map(|(id, owner)| job(owner, id));
    Enqueue::save_all(db, now, jobs.collect()).await?;
    file::note_all(db, ids, State::Queued, None).await
}

/// Has files read that the original's program has stored and that nobody has read yet. Part of the caller's transaction,
/// which wakes the workers after its commit; answers how many there are.
pub async fn adopt(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let ids = file::of_the_original(db).await?;
    reingest(db, now, &ids).await
}

/// Reads the file.
pub async fn ingest(app: App, job: Claimed<Ingest>) -> Handled {
    let Some(row) = file::by_id(app.store.read(), job.payload.file_id).await? else {
        // Deleted before its turn came.
        return Ok(Done::nothing());
    };
    let owner = user::by_id(app.store.read(), row.user_id).await?.context("the file has no owner")?;
    app.store.write(async |tx| file::note(&tx, row.id, State::Processing, None, None).await).await?;
    let opened = match app.files.read(&owner.folder, row.on_disk()).await {
        Ok(opened) => opened,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(ended(row.id, State::Missing, Reason::Missing));
        }
        Err(error) => return Err(Failure::for_now("disk", error)),
    };
    let row = with_content(&app, row, &owner.folder).await?;
    match knowledge::read(&app.library.extractor, Format::Pdf, opened, job.attempt).await? {
        Reading::Text(text) => Ok(written(row, text, app.clock.now(), app.library.vectors())),
        Reading::Nothing(reason) => Ok(ended(row.id, State::Rejected, reason)),
    }
}

/// The file with its size and hash, which the original's program did not note.
async fn with_content(app: &App, mut row: file::Model, folder: &str) -> Result<file::Model, Failure> {
    if row.sha256.is_none() {
        let measured = app.files.measure(folder, row.on_disk()).await;
        let (size_bytes, sha256) = measured.map_err(|error| Failure::for_now("disk", error))?;
        app.store.write(async |tx| file::note_content(&tx, row.id, size_bytes, &sha256).await).await?;
        row.sha256 = Some(sha256);
    }
    Ok(row)
}

/// What happens to the file when its job is given up.
pub async fn gave_up(tx: Transaction, job: Ingest) -> Result<(), DbErr> {
    file::note(&tx, job.file_id, State::Failed, Some(Reason::Crashed.code()), None).await.map(drop)
}

fn written(row: file::Model, text: Text, now: DateTime<Utc>, vectors: Vectors) -> Done {
    let (state, reason, pages) = (text.state(), text.shortfall, text.pages);
    let source = Source {
        origin: Origin::Upload { owner: row.user_id, file_id: row.id },
        title: row.filename,
        url: None,
        valid_from: None,
        valid_to: None,
        sha256: row.sha256.unwrap_or_default(),
        pages,
        chunks: text.chunks,
    };
    Done::with(move |tx| async move {
        // The row is locked first: a file deleted meanwhile must not leave a document behind.
        if !still_there(&tx, row.id).await? {
            return Ok(());
        }
        file::note(&tx, row.id, state, reason.map(|reason| reason.code()), pages).await?;
        knowledge::replace(&tx, now, source, vectors).await.map(drop)
    })
}

async fn still_there(tx: &Transaction, id: i32) -> Result<bool, DbErr> {
    use sea_orm::{EntityTrait, QuerySelect};
    Ok(file::Entity::find_by_id(id).lock(LockType::Update).one(tx).await?.is_some())
}

fn ended(file_id: i32, state: State, reason: Reason) -> Done {
    Done::with(move |tx| async move {
        file::note(&tx, file_id, state, Some(reason.code()), None).await?;
        knowledge::remove_of_files(&tx, &[file_id]).await?.announce(&tx).await
    })
}
