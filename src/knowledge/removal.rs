//! Documents removed: rows and chunks at once, and word of it to every index.

use chrono::{DateTime, Utc};
use sea_orm::{Condition, QueryOrder, QuerySelect, entity::prelude::*, sea_query::LockType};

use super::{
    campus_bytes, campus_file, change, chunk,
    document::{COLUMN, Column, DocumentId, Entity},
};
use crate::{platform::store::BATCH, queue::Enqueue};

/// Documents that are gone and of which the indexes have still to hear.
#[derive(Debug)]
#[must_use = "every index goes on finding the documents until their removal is announced"]
pub struct Removed(Vec<DocumentId>);

impl Removed {
    /// Tells the indexes. Must be the last of its transaction: it locks the head of the index, for which all others
    /// wait.
    pub async fn announce(self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        change::append_all(db, &self.0, change::Kind::Delete).await
    }
}

/// Removes documents with their chunks, and the files that staff keep for them: rows at once, bytes by jobs. Must be the
/// last of the caller's transaction, which wakes the workers after its commit; answers how many documents there were.
///
/// One that came from a folder comes back when that folder is loaded again and still has it.
pub async fn remove(db: &impl ConnectionTrait, now: DateTime<Utc>, ids: &[DocumentId]) -> Result<u64, DbErr> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    // Rows are locked in the order of a job that ends: keys, files, documents, the head of the index.
    let files = campus_file::of_documents(db, &ids).await?;
    let bytes = files.iter().map(|file| campus_bytes::removal(file.document_id, &file.stored_name));
    Enqueue::save_all(db, now, bytes.collect()).await?;
    campus_file::remove_of(db, &ids).await?;
    let found = lock(db, &ids).await?;
    let removed = remove_rows(db, found).await?;
    let count = removed.0.len() as u64;
    removed.announce(db).await?;
    Ok(count)
}

/// Removes the documents read from uploaded files, whose rows the caller has locked.
pub async fn remove_of_files(db: &impl ConnectionTrait, files: &[i32]) -> Result<Removed, DbErr> {
    let mut found = Vec::new();
    for files in files.chunks(BATCH) {
        found.extend(locked(db, COLUMN.file_id.is_in(files.iter().copied()).into()).await?);
    }
    remove_rows(db, found).await
}

/// Locks those of these documents that are still there, and says which they are.
pub async fn lock(db: &impl ConnectionTrait, ids: &[DocumentId]) -> Result<Vec<DocumentId>, DbErr> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    let mut found = Vec::new();
    for ids in ids.chunks(BATCH) {
        found.extend(locked(db, COLUMN.id.is_in(ids.iter().copied()).into()).await?);
    }
    Ok(found)
}

/// Locks documents, in the order of their ids so that two who do this never wait for each other.
async fn locked(db: &impl ConnectionTrait, which: Condition) -> Result<Vec<DocumentId>, DbErr> {
    let rows = Entity::find().select_only().column(Column::Id).filter(which).order_by_asc(Column::Id);
    rows.lock(LockType::Update).into_tuple().all(db).await
}

async fn remove_rows(db: &impl ConnectionTrait, ids: Vec<DocumentId>) -> Result<Removed, DbErr> {
    for ids in ids.chunks(BATCH) {
        chunk::remove_of(db, ids).await?;
        Entity::delete_many().filter(COLUMN.id.is_in(ids.iter().copied())).exec(db).await?;
    }
    Ok(Removed(ids))
}
