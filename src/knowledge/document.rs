//! Documents: campus ones by folder and path, a person's own by uploaded file.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{QueryOrder, QuerySelect, Set, entity::prelude::*};

use super::{change, chunk};
use crate::{accounts::UserId, search::Piece};

/// The id of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType)]
#[sea_orm(try_from_u64)]
pub struct DocumentId(pub i64);

/// A document.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "document")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: DocumentId,
    /// Whose it is; `None` for campus documents.
    pub owner_id: Option<UserId>,
    /// The uploaded file it was read from.
    pub file_id: Option<i32>,
    /// The ingested folder it came from.
    pub collection: Option<String>,
    /// Its path in that folder.
    pub path: Option<String>,
    /// How references name it.
    pub title: String,
    /// Where people find it.
    pub url: Option<String>,
    /// Who may read a campus document. Only `public` today.
    pub access: String,
    /// From when it holds.
    pub valid_from: Option<NaiveDate>,
    /// Until when it holds.
    pub valid_to: Option<NaiveDate>,
    /// SHA-256 of the file it was read from, in hexadecimal.
    pub sha256: String,
    /// How many pages it has, where pages exist.
    pub pages: Option<i32>,
    /// How many chunks it has.
    pub chunks: i32,
    /// When it came.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// What makes a document the same document when it comes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A campus document.
    Campus {
        /// The ingested folder.
        collection: String,
        /// The path in it.
        path: String,
    },
    /// A person's uploaded file.
    Upload {
        /// Whose.
        owner: UserId,
        /// Which.
        file_id: i32,
    },
}

/// A document as it was read.
#[derive(Clone, Debug)]
pub struct Source {
    /// What it is the new version of.
    pub origin: Origin,
    /// How references name it.
    pub title: String,
    /// Where people find it.
    pub url: Option<String>,
    /// From when it holds.
    pub valid_from: Option<NaiveDate>,
    /// Until when it holds.
    pub valid_to: Option<NaiveDate>,
    /// SHA-256 of its file.
    pub sha256: String,
    /// How many pages it has, where pages exist.
    pub pages: Option<i32>,
    /// Its text in chunks, with the page of each.
    pub chunks: Vec<(Option<i32>, Piece)>,
}

/// Puts a document in place of what was there of the same origin. Readers see the old one or the new one, whole.
pub async fn replace(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    source: Source,
) -> Result<DocumentId, DbErr> {
    let there = of_origin(db, &source.origin).await?;
    let mut row = ActiveModel {
        title: Set(source.title),
        url: Set(source.url),
        access: Set("public".to_owned()),
        valid_from: Set(source.valid_from),
        valid_to: Set(source.valid_to),
        sha256: Set(source.sha256),
        pages: Set(source.pages),
        chunks: Set(i32::try_from(source.chunks.len()).unwrap_or(i32::MAX)),
        updated_at: Set(now),
        ..ActiveModel::new()
    };
    match source.origin {
        Origin::Campus { collection, path } => {
            row.collection = Set(Some(collection));
            row.path = Set(Some(path));
        }
        Origin::Upload { owner, file_id } => {
            row.owner_id = Set(Some(owner));
            row.file_id = Set(Some(file_id));
        }
    }
    let id = match there {
        Some(there) => {
            chunk::remove_of(db, there.id).await?;
            row.id = Set(there.id);
            row.update(db).await?.id
        }
        None => {
            row.created_at = Set(now);
            row.insert(db).await?.id
        }
    };
    chunk::insert_all(db, id, source.chunks).await?;
    change::append(db, id, change::Kind::Put).await?;
    Ok(id)
}

/// Changes what is said about a document, its text staying as it is.
pub async fn describe(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    there: &Model,
    title: String,
    url: Option<String>,
    valid: (Option<NaiveDate>, Option<NaiveDate>),
) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Set(there.id),
        title: Set(title),
        url: Set(url),
        valid_from: Set(valid.0),
        valid_to: Set(valid.1),
        updated_at: Set(now),
        ..ActiveModel::new()
    };
    row.update(db).await?;
    change::append(db, there.id, change::Kind::Put).await
}

/// Removes a document with its chunks.
pub async fn remove(db: &impl ConnectionTrait, id: DocumentId) -> Result<(), DbErr> {
    remove_rows(db, id).await?;
    Removed(id).announce(db).await
}

async fn remove_rows(db: &impl ConnectionTrait, id: DocumentId) -> Result<(), DbErr> {
    chunk::remove_of(db, id).await?;
    Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

/// A document that is gone and of which the indexes have still to hear.
#[derive(Debug)]
#[must_use = "every index goes on finding the document until its removal is announced"]
pub struct Removed(DocumentId);

impl Removed {
    /// Tells the indexes. Must be the last statement of its transaction.
    pub async fn announce(self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        change::append(db, self.0, change::Kind::Delete).await
    }
}

/// Removes the document read from an uploaded file, if there is one.
pub async fn remove_of_file(db: &impl ConnectionTrait, file_id: i32) -> Result<Option<Removed>, DbErr> {
    let Some(there) = Entity::find().filter(COLUMN.file_id.eq(file_id)).one(db).await? else {
        return Ok(None);
    };
    remove_rows(db, there.id).await?;
    Ok(Some(Removed(there.id)))
}

/// The documents read from a person's files: those of other people are not found, whatever ids are given.
pub async fn of_files(
    db: &impl ConnectionTrait,
    owner: UserId,
    file_ids: &[i32],
) -> Result<Vec<DocumentId>, DbErr> {
    let ids = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(COLUMN.owner_id.eq(owner))
        .filter(COLUMN.file_id.is_in(file_ids.iter().copied()));
    ids.into_tuple().all(db).await
}

/// The campus documents of an ingested folder.
pub async fn of_collection(db: &impl ConnectionTrait, collection: &str) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(COLUMN.collection.eq(collection)).all(db).await
}

/// Whether there is any campus document.
pub async fn any_campus(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(Entity::find().filter(COLUMN.owner_id.is_null()).one(db).await?.is_some())
}

/// The documents whose ids come after `last`, in order, at most `limit`.
pub async fn after(db: &impl ConnectionTrait, last: DocumentId, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(COLUMN.id.gt(last)).order_by_asc(Column::Id).limit(limit).all(db).await
}

/// The documents of these ids.
pub async fn by_ids(db: &impl ConnectionTrait, ids: &[DocumentId]) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(COLUMN.id.is_in(ids.iter().copied())).all(db).await
}

async fn of_origin(db: &impl ConnectionTrait, origin: &Origin) -> Result<Option<Model>, DbErr> {
    let found = match origin {
        Origin::Campus { collection, path } => Entity::find()
            .filter(COLUMN.collection.eq(collection.as_str()))
            .filter(COLUMN.path.eq(path.as_str())),
        Origin::Upload { file_id, .. } => Entity::find().filter(COLUMN.file_id.eq(*file_id)),
    };
    found.one(db).await
}
