//! Deleting a file: its row, document and chunks at once, its bytes by a job of the same transaction.

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

/// Which bytes to remove.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delete {
    folder: String,
    name: String,
}

/// Deletes a file. Part of the caller's transaction.
pub(super) async fn delete(
    db: &impl ConnectionTrait,
    now: chrono::DateTime<chrono::Utc>,
    row: &file::Model,
    folder: &str,
) -> Result<(), DbErr> {
    // Rows are locked in the order of a job that ends: the account's key, the document, the head of the index. So a
    // file that is just being read is deleted after it has been read, and neither waits for the other forever.
    let bytes = Delete { folder: folder.to_owned(), name: row.on_disk().to_owned() };
    Enqueue::new(DELETE, ingest::key(row.user_id), &bytes).save(db, now).await?;
    let removed = knowledge::remove_of_file(db, row.id).await?;
    file::remove(db, row.id).await?;
    match removed {
        Some(removed) => removed.announce(db).await,
        None => Ok(()),
    }
}

/// Removes the bytes. Doing it again does nothing.
pub async fn delete_bytes(app: App, job: Claimed<Delete>) -> Handled {
    let removed = app.files.remove(&job.payload.folder, &job.payload.name).await;
    removed.map(|()| Done::nothing()).map_err(|error| Failure::for_now("disk", error))
}
