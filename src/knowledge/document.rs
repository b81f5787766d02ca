//! Documents: campus ones by folder and path, a person's own by uploaded file.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    QueryOrder, QuerySelect, Set,
    entity::prelude::*,
    sea_query::{Expr, LockType},
};
use serde::{Deserialize, Serialize};

use super::{
    change, chunk,
    description::{Description, MAX_TITLE_CHARS},
    embedding::Vectors,
};
use crate::{accounts::UserId, platform::store::BATCH, search::Piece};

/// The id of a document.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, DeriveValueType,
)]
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

/// A document that is written and of which the indexes have still to hear.
#[derive(Debug)]
#[must_use = "no index finds the document until it is announced"]
pub struct Written(DocumentId);

impl Written {
    /// Its id.
    pub fn id(&self) -> DocumentId {
        self.0
    }

    /// Tells the indexes. Must be the last of its transaction: it locks the head of the index, for which all others
    /// wait.
    pub async fn announce(self, db: &impl ConnectionTrait) -> Result<DocumentId, DbErr> {
        change::append(db, self.0, change::Kind::Put).await?;
        Ok(self.0)
    }
}

/// Puts a document in place of what was there of the same origin, as the last of its transaction. Readers see the old one
/// or the new one, whole; the vectors of its text, if there are to be any, come later.
pub async fn replace(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    source: Source,
    vectors: Vectors,
) -> Result<DocumentId, DbErr> {
    write(db, now, source, vectors).await?.announce(db).await
}

/// As [`replace`], for a transaction that writes more before the indexes hear of it.
pub async fn write(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    source: Source,
    vectors: Vectors,
) -> Result<Written, DbErr> {
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
            vectors.ask(db, now, there.id).await?;
            // Whoever puts vectors of the old text there holds this, or comes later and sees the new text.
            lock(db, there.id).await?;
            chunk::remove_of(db, &[there.id]).await?;
            row.id = Set(there.id);
            row.update(db).await?.id
        }
        None => {
            row.created_at = Set(now);
            let id = row.insert(db).await?.id;
            // Nobody else sees it yet, or could lock it.
            vectors.ask(db, now, id).await?;
            id
        }
    };
    chunk::insert_all(db, id, source.chunks).await?;
    Ok(Written(id))
}

/// A campus document without text, to be read from a file of its own.
pub(super) async fn begin(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    collection: &str,
    said: Description,
) -> Result<DocumentId, DbErr> {
    let row = ActiveModel {
        collection: Set(Some(collection.to_owned())),
        title: Set(said.title),
        url: Set(said.url),
        access: Set("public".to_owned()),
        valid_from: Set(said.valid_from),
        valid_to: Set(said.valid_to),
        sha256: Set(String::new()),
        chunks: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
        ..ActiveModel::new()
    };
    Ok(row.insert(db).await?.id)
}

/// A document's text, read anew.
pub(super) struct Rewrite {
    /// Another title, if it is to have one.
    pub(super) title: Option<String>,
    pub(super) sha256: String,
    pub(super) pages: Option<i32>,
    pub(super) chunks: Vec<(Option<i32>, Piece)>,
}

/// Puts new text into a document that the caller has locked; what is said about it stays.
pub(super) async fn rewrite(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    there: Model,
    text: Rewrite,
) -> Result<(), DbErr> {
    let title = text.title.map(|title| title.chars().take(MAX_TITLE_CHARS).collect());
    let row = ActiveModel {
        id: Set(there.id),
        title: Set(title.unwrap_or(there.title)),
        sha256: Set(text.sha256),
        pages: Set(text.pages),
        chunks: Set(i32::try_from(text.chunks.len()).unwrap_or(i32::MAX)),
        updated_at: Set(now),
        ..ActiveModel::new()
    };
    row.update(db).await?;
    chunk::remove_of(db, &[there.id]).await?;
    chunk::insert_all(db, there.id, text.chunks).await?;
    change::append(db, there.id, change::Kind::Put).await
}

/// Changes what is said about a document, its text staying as it is.
pub(super) async fn describe(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    id: DocumentId,
    said: Description,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Set(id),
        title: Set(said.title),
        url: Set(said.url),
        valid_from: Set(said.valid_from),
        valid_to: Set(said.valid_to),
        updated_at: Set(now),
        ..ActiveModel::new()
    };
    row.update(db).await?;
    change::append(db, id, change::Kind::Put).await
}

/// Gives a document another title, if it still has the title `before`.
pub(super) async fn retitle(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    id: DocumentId,
    before: &str,
    after: String,
) -> Result<(), DbErr> {
    let titled = Entity::update_many()
        .col_expr(Column::Title, Expr::value(after))
        .col_expr(Column::UpdatedAt, Expr::value(now));
    let titled = titled.filter(COLUMN.id.eq(id)).filter(COLUMN.title.eq(before)).exec(db).await?;
    if titled.rows_affected == 0 { Ok(()) } else { change::append(db, id, change::Kind::Put).await }
}

/// The document of this id, locked.
pub(super) async fn lock(db: &impl ConnectionTrait, id: DocumentId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).lock(LockType::Update).one(db).await
}

/// The campus documents among these.
pub(super) async fn campus_among(db: &impl ConnectionTrait, ids: &[DocumentId]) -> Result<Vec<Model>, DbErr> {
    let mut found = Vec::new();
    for ids in ids.chunks(BATCH) {
        let rows =
            Entity::find().filter(COLUMN.id.is_in(ids.iter().copied())).filter(COLUMN.owner_id.is_null());
        found.extend(rows.order_by_asc(Column::Id).all(db).await?);
    }
    Ok(found)
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
