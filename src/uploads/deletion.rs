//! Removing files: rows, documents and chunks at once, bytes by jobs of the same transaction.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};

use super::{file, ingest};
use crate::{
    app::App,
    knowledge,
    queue::{Claimed, Done, Enqueue, Failure, Handled},
};

/// The kind of the job that removes the bytes.
pub const DELETE: &str = "file.delete";

/// Old files removed by one transaction: each has up to thousands of chunks.
const FORGOTTEN_AT_ONCE: u64 = 20;

/// Which bytes to remove.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delete {
    folder: String,
    name: String,
}

/// Removes files, whosever they are: rows, documents, chunks, and their bytes by jobs. Must be the last of the caller's
/// transaction, which wakes the workers after its commit; answers how many files there were.
pub async fn remove(db: &impl ConnectionTrait, now: DateTime<Utc>, ids: &[i32]) -> Result<u64, DbErr> {
    // Rows are locked in the order of a job that ends: the accounts' keys, files, documents, the head of the index. So a
    // file that is just being read is removed after it has been read, and neither waits for the other forever.
    let files = file::with_folders_of(db, ids).await?;
    let bytes = |(row, folder): &(file::Model, String)| {
        let bytes = Delete { folder: folder.clone(), name: row.on_disk().to_owned() };
        Enqueue::new(DELETE, ingest::key(row.user_id), &bytes)
    };
    Enqueue::save_all(db, now, files.iter().map(bytes).collect()).await?;
    let ids = file::lock(db, ids).await?;
    let documents = knowledge::remove_of_files(db, &ids).await?;
    file::remove_rows(db, &ids).await?;
    documents.announce(db).await?;
    Ok(ids.len() as u64)
}

/// Removes files uploaded before `before`, the oldest first: a batch, as [`remove`] does.
pub async fn forget(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let ids = file::uploaded_before(db, before, FORGOTTEN_AT_ONCE).await?;
    if ids.is_empty() { Ok(0) } else { remove(db, now, &ids).await }
}

/// Removes the bytes. Doing it again does nothing.
pub async fn delete_bytes(app: App, job: Claimed<Delete>) -> Handled {
    let removed = app.files.remove(&job.payload.folder, &job.payload.name).await;
    removed.map(|()| Done::nothing()).map_err(|error| Failure::for_now("disk", error))
}
