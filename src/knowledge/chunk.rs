//! Chunks: the pieces of documents that are found and cited.

use sea_orm::{QueryOrder, QuerySelect, Set, entity::prelude::*};
use sha2::{Digest, Sha256};

use super::{
    document::{self, DocumentId},
    embedding::row,
};
use crate::search::Piece;

/// Rows per insert: SQLite binds at most 32 766 values in a statement, and there are eight to a row.
const INSERT_ROWS: usize = 500;

/// The id of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType)]
#[sea_orm(try_from_u64)]
pub struct ChunkId(pub i64);

/// A chunk.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "chunk")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: ChunkId,
    /// The document it is part of.
    pub document_id: DocumentId,
    /// Its place in the document.
    pub seq: i32,
    /// Its page, counted from 1, where pages exist. A chunk never crosses a page.
    pub page: Option<i32>,
    /// The headings it stands under.
    pub heading: Option<String>,
    /// The text.
    pub text: String,
    /// Where it begins in its page, in characters.
    pub char_start: i32,
    /// Where it ends in its page, in characters.
    pub char_end: i32,
    /// Names the text, so that a passage that stands in two places is shown once.
    pub content_hash: String,
}

impl ActiveModelBehavior for ActiveModel {}

pub(super) async fn insert_all(
    db: &impl ConnectionTrait,
    document: DocumentId,
    pieces: Vec<(Option<i32>, Piece)>,
) -> Result<(), DbErr> {
    let mut rows = (0..).zip(pieces).map(|(seq, (page, piece))| fresh(document, seq, page, piece)).peekable();
    while rows.peek().is_some() {
        Entity::insert_many(rows.by_ref().take(INSERT_ROWS)).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Removes chunks, and with them the vectors that are of them.
pub(super) async fn remove_of(db: &impl ConnectionTrait, documents: &[DocumentId]) -> Result<(), DbErr> {
    row::remove_of(db, documents).await?;
    let gone = Entity::delete_many().filter(COLUMN.document_id.is_in(documents.iter().copied()));
    gone.exec(db).await.map(drop)
}

/// The chunks of a document in order, at most `limit`, from the place `from` on.
pub(super) async fn of(
    db: &impl ConnectionTrait,
    document: DocumentId,
    from: i32,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let rows = Entity::find().filter(COLUMN.document_id.eq(document)).filter(COLUMN.seq.gte(from));
    rows.order_by_asc(Column::Seq).limit(limit).all(db).await
}

/// A part of a document.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stretch {
    /// These pages, both included.
    Pages(i32, i32),
    /// A chunk, with so many before it and after it.
    Around {
        /// The chunk's id.
        chunk: i64,
        /// How many before it.
        before: i32,
        /// How many after it.
        after: i32,
    },
}

/// The chunks of a part of a document, in order, at most `limit`.
pub(super) async fn stretch(
    db: &impl ConnectionTrait,
    document: DocumentId,
    stretch: Stretch,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let of = Entity::find().filter(COLUMN.document_id.eq(document));
    let part = match stretch {
        Stretch::Pages(first, last) => of.filter(COLUMN.page.between(first, last)),
        Stretch::Around { chunk, before, after } => {
            let Some(known) = of.clone().filter(COLUMN.id.eq(ChunkId(chunk))).one(db).await? else {
                return Ok(Vec::new());
            };
            of.filter(COLUMN.seq.between(known.seq.saturating_sub(before), known.seq.saturating_add(after)))
        }
    };
    part.order_by_asc(Column::Seq).limit(limit).all(db).await
}

/// The chunks of these ids, each with its document.
pub(super) async fn with_documents(
    db: &impl ConnectionTrait,
    ids: &[i64],
) -> Result<Vec<(Model, document::Model)>, DbErr> {
    let chunks = Entity::find().filter(COLUMN.id.is_in(ids.iter().copied().map(ChunkId))).all(db).await?;
    let mut documents: Vec<DocumentId> = chunks.iter().map(|chunk| chunk.document_id).collect();
    documents.sort_unstable();
    documents.dedup();
    let documents = document::by_ids(db, &documents).await?;
    let of = |id| documents.iter().find(|document| document.id == id).cloned();
    Ok(chunks
        .into_iter()
        .filter_map(|chunk| Some((of(chunk.document_id)?, chunk)))
        .map(|(d, c)| (c, d))
        .collect())
}

fn fresh(document: DocumentId, seq: i32, page: Option<i32>, piece: Piece) -> ActiveModel {
    ActiveModel {
        document_id: Set(document),
        seq: Set(seq),
        page: Set(page),
        content_hash: Set(content_hash(&piece.text)),
        heading: Set(piece.heading),
        char_start: Set(i32::try_from(piece.char_start).unwrap_or(i32::MAX)),
        char_end: Set(i32::try_from(piece.char_end).unwrap_or(i32::MAX)),
        text: Set(piece.text),
        ..ActiveModel::new()
    }
}

/// Half a SHA-256 over the words, white space apart.
fn content_hash(text: &str) -> String {
    let mut hash = Sha256::new();
    for word in text.split_whitespace() {
        hash.update(word);
        hash.update(b" ");
    }
    hex::encode(&hash.finalize()[..16])
}
