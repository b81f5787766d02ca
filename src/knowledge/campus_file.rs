//! Files of campus documents that staff keep: their rows. A document has one such file at most.

use chrono::{DateTime, Utc};
use sea_orm::{
    QuerySelect, Set,
    entity::prelude::*,
    sea_query::{Expr, LockType},
};

use super::{document::DocumentId, extract::Format, reading::FileState, reason::Reason};
use crate::platform::store::BATCH;

/// The folder of their bytes.
pub(super) const FOLDER: &str = "campus";
/// What the collection of their documents is called.
pub const COLLECTION: &str = "dashboard";

/// The id of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType)]
#[sea_orm(try_from_u64)]
pub struct CampusFileId(pub i64);

/// A file of a campus document.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "campus_file")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: CampusFileId,
    /// The document that is read from it; there from the beginning, without text at first.
    pub document_id: DocumentId,
    /// The name it came with.
    pub filename: String,
    /// What it is called on the disk: a new name for every version.
    pub stored_name: String,
    /// What it is read as.
    pub format: Format,
    /// Its size in bytes.
    pub size: i64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// How far it has come. A document keeps the text it has when its file cannot be read.
    pub state: FileState,
    /// Why it is not ready, or not wholly; [`super::reason::sentence`] says it to people.
    pub reason: Option<String>,
    /// When the first version came.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// A version of a file, whose bytes are kept but which no row names yet.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) filename: String,
    pub(super) stored_name: String,
    pub(super) format: Format,
    pub(super) size_bytes: u64,
    pub(super) sha256: String,
}

impl Version {
    fn row(self, now: DateTime<Utc>) -> ActiveModel {
        ActiveModel {
            filename: Set(self.filename),
            stored_name: Set(self.stored_name),
            format: Set(self.format),
            size: Set(i64::try_from(self.size_bytes).unwrap_or(i64::MAX)),
            sha256: Set(self.sha256),
            state: Set(FileState::Queued),
            reason: Set(None),
            updated_at: Set(now),
            ..ActiveModel::new()
        }
    }
}

/// Gives a document its file.
pub(super) async fn insert(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    document: DocumentId,
    version: Version,
) -> Result<Model, DbErr> {
    let mut row = version.row(now);
    row.document_id = Set(document);
    row.created_at = Set(now);
    row.insert(db).await
}

/// Puts another version in the place of a file.
pub(super) async fn update(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    id: CampusFileId,
    version: Version,
) -> Result<Model, DbErr> {
    let mut row = version.row(now);
    row.id = Set(id);
    row.update(db).await
}

/// The files of documents.
pub async fn of_documents(db: &impl ConnectionTrait, documents: &[DocumentId]) -> Result<Vec<Model>, DbErr> {
    let mut files = Vec::new();
    for documents in documents.chunks(BATCH) {
        let of = Entity::find().filter(COLUMN.document_id.is_in(documents.iter().copied()));
        files.extend(of.all(db).await?);
    }
    Ok(files)
}

/// The file of a document, if it has one, locked.
pub(super) async fn lock_of(db: &impl ConnectionTrait, document: DocumentId) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(COLUMN.document_id.eq(document)).lock(LockType::Update).one(db).await
}

/// The version stored under this name, locked, if it is still the one.
pub(super) async fn lock_version(
    db: &impl ConnectionTrait,
    stored_name: &str,
) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(COLUMN.stored_name.eq(stored_name)).lock(LockType::Update).one(db).await
}

/// The version stored under this name, if it is still the one.
pub(super) async fn version(db: &impl ConnectionTrait, stored_name: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(COLUMN.stored_name.eq(stored_name)).one(db).await
}

/// Those of these names that a row has.
pub(super) async fn stored_among(db: &impl ConnectionTrait, names: &[String]) -> Result<Vec<String>, DbErr> {
    let kept = Entity::find().select_only().column(Column::StoredName);
    kept.filter(COLUMN.stored_name.is_in(names.iter().map(String::as_str))).into_tuple().all(db).await
}

/// Notes how far a version has come. Nothing happens when it is not the one any more.
pub(super) async fn note(
    db: &impl ConnectionTrait,
    stored_name: &str,
    state: FileState,
    reason: Option<Reason>,
) -> Result<(), DbErr> {
    let noted = noting(state, reason).filter(COLUMN.stored_name.eq(stored_name));
    noted.exec(db).await.map(drop)
}

/// Notes of the files of documents that they wait to be read. The caller has locked the keys of their jobs.
pub(super) async fn note_queued(db: &impl ConnectionTrait, documents: &[DocumentId]) -> Result<(), DbErr> {
    for documents in documents.chunks(BATCH) {
        let noted = noting(FileState::Queued, None);
        noted.filter(COLUMN.document_id.is_in(documents.iter().copied())).exec(db).await?;
    }
    Ok(())
}

fn noting(state: FileState, reason: Option<Reason>) -> sea_orm::UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state.word()))
        .col_expr(Column::Reason, Expr::value(reason.map(|reason| reason.code())))
}

/// Removes the rows of documents. The caller has locked the keys of their jobs.
pub(super) async fn remove_of(db: &impl ConnectionTrait, documents: &[DocumentId]) -> Result<(), DbErr> {
    for documents in documents.chunks(BATCH) {
        let gone = Entity::delete_many().filter(COLUMN.document_id.is_in(documents.iter().copied()));
        gone.exec(db).await?;
    }
    Ok(())
}
