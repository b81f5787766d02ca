//! Vectors of documents: a row for each document and model, the vectors of all chunks in their order.

use sea_orm::{
    Condition, QueryOrder, QuerySelect, Set,
    entity::prelude::*,
    sea_query::{OnConflict, Query},
};

use crate::{
    accounts::UserId,
    knowledge::{
        chunk,
        document::{self, DocumentId},
    },
    platform::store::BATCH,
};

/// The vectors of a document by a model.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "embedding")]
pub struct Model {
    /// The document.
    #[sea_orm(primary_key, auto_increment = false)]
    pub document_id: DocumentId,
    /// The name of the model that made them.
    #[sea_orm(primary_key, auto_increment = false, column_name = "model")]
    pub made_by: String,
    /// How many numbers a vector has.
    pub dim: i32,
    /// The id of the document's first chunk. Ids are never given twice, so it names the text that the vectors are of.
    pub first_chunk: i64,
    /// The vectors, in half precision.
    #[sea_orm(column_type = "Blob")]
    pub data: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Where a document's vectors are, without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) document: DocumentId,
    pub(super) dim: i32,
    pub(super) first_chunk: i64,
}

/// Which documents' vectors are meant.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of<'a> {
    /// Those of all campus documents.
    Campus,
    /// Those of the campus documents among these.
    CampusAmong(&'a [DocumentId]),
    /// Those of a person's own documents among these.
    Own(UserId, &'a [DocumentId]),
}

/// Where the vectors by this model are.
pub(super) async fn places(db: &impl ConnectionTrait, model: &str, of: Of<'_>) -> Result<Vec<Place>, DbErr> {
    let (owner, ids) = match of {
        Of::Campus => (document::COLUMN.owner_id.is_null(), None),
        Of::CampusAmong(ids) => (document::COLUMN.owner_id.is_null(), Some(ids)),
        Of::Own(owner, ids) => (document::COLUMN.owner_id.eq(owner), Some(ids)),
    };
    let mut documents = Query::select();
    documents.column(document::Column::Id).from(document::Entity).and_where(owner);
    let some = |ids: Option<&[DocumentId]>| {
        let condition = Condition::all()
            .add(COLUMN.made_by.eq(model))
            .add(COLUMN.document_id.in_subquery(documents.clone()));
        condition.add_option(ids.map(|ids| COLUMN.document_id.is_in(ids.iter().copied())))
    };
    let all = match ids {
        None => found(db, some(None)).await?,
        Some(ids) => {
            let mut all = Vec::new();
            for ids in ids.chunks(BATCH) {
                all.extend(found(db, some(Some(ids))).await?);
            }
            all
        }
    };
    Ok(all)
}

async fn found(db: &impl ConnectionTrait, which: Condition) -> Result<Vec<Place>, DbErr> {
    let rows = Entity::find().select_only().columns([Column::DocumentId, Column::Dim, Column::FirstChunk]);
    let rows = rows.filter(which).order_by_asc(Column::DocumentId);
    let rows: Vec<(DocumentId, i32, i64)> = rows.into_tuple().all(db).await?;
    Ok(rows.into_iter().map(|(document, dim, first_chunk)| Place { document, dim, first_chunk }).collect())
}

/// The rows of these documents by this model.
pub(super) async fn of_documents(
    db: &impl ConnectionTrait,
    model: &str,
    ids: &[DocumentId],
) -> Result<Vec<Model>, DbErr> {
    let rows = Entity::find().filter(COLUMN.document_id.is_in(ids.iter().copied()));
    rows.filter(COLUMN.made_by.eq(model)).all(db).await
}

/// The dimension of a document's vectors by this model, if it has any.
pub(super) async fn dimension(
    db: &impl ConnectionTrait,
    model: &str,
    id: DocumentId,
) -> Result<Option<i32>, DbErr> {
    let row = Entity::find().select_only().column(Column::Dim).filter(COLUMN.document_id.eq(id));
    row.filter(COLUMN.made_by.eq(model)).into_tuple().one(db).await
}

/// Keeps the vectors of a document, in place of those that it had by the same model.
pub(super) async fn keep(db: &impl ConnectionTrait, row: Model) -> Result<(), DbErr> {
    let row = ActiveModel {
        document_id: Set(row.document_id),
        made_by: Set(row.made_by),
        dim: Set(row.dim),
        first_chunk: Set(row.first_chunk),
        data: Set(row.data),
    };
    let anew = OnConflict::columns([Column::DocumentId, Column::MadeBy])
        .update_columns([Column::Dim, Column::FirstChunk, Column::Data])
        .to_owned();
    Entity::insert(row).on_conflict(anew).exec_without_returning(db).await.map(drop)
}

/// Removes all vectors of documents whose text changes or that go.
pub(in crate::knowledge) async fn remove_of(
    db: &impl ConnectionTrait,
    documents: &[DocumentId],
) -> Result<(), DbErr> {
    let gone = Entity::delete_many().filter(COLUMN.document_id.is_in(documents.iter().copied()));
    gone.exec(db).await.map(drop)
}

/// Documents that have text and no vectors by this model, or those of another dimension, at most `limit`, from the id
/// `after` on.
pub(super) async fn missing(
    db: &impl ConnectionTrait,
    model: &str,
    dim: Option<i32>,
    after: DocumentId,
    limit: u64,
) -> Result<Vec<DocumentId>, DbErr> {
    let mut there = Query::select();
    there.column(Column::DocumentId).from(Entity).and_where(COLUMN.made_by.eq(model));
    if let Some(dim) = dim {
        there.and_where(COLUMN.dim.eq(dim));
    }
    let rows = document::Entity::find().select_only().column(document::Column::Id);
    let rows = rows
        .filter(document::COLUMN.chunks.gt(0))
        .filter(document::COLUMN.id.gt(after))
        .filter(document::COLUMN.id.not_in_subquery(there));
    rows.order_by_asc(document::Column::Id).limit(limit).into_tuple().all(db).await
}

/// Removes vectors by other models than this one, those of `limit` documents at most. Answers how many rows went.
pub(super) async fn remove_others(db: &impl ConnectionTrait, model: &str, limit: u64) -> Result<u64, DbErr> {
    let ids = Entity::find().select_only().column(Column::DocumentId).distinct();
    let ids = ids.filter(COLUMN.made_by.ne(model)).order_by_asc(Column::DocumentId).limit(limit);
    let ids: Vec<DocumentId> = ids.into_tuple().all(db).await?;
    if ids.is_empty() {
        return Ok(0);
    }
    let gone = Entity::delete_many().filter(COLUMN.document_id.is_in(ids)).filter(COLUMN.made_by.ne(model));
    Ok(gone.exec(db).await?.rows_affected)
}

/// The ids of the chunks of these documents, by document and place.
pub(super) async fn chunk_ids(
    db: &impl ConnectionTrait,
    documents: &[DocumentId],
) -> Result<Vec<(DocumentId, i64)>, DbErr> {
    let rows = chunk::Entity::find().select_only().columns([chunk::Column::DocumentId, chunk::Column::Id]);
    let rows = rows.filter(chunk::COLUMN.document_id.is_in(documents.iter().copied()));
    let rows = rows.order_by_asc(chunk::Column::DocumentId).order_by_asc(chunk::Column::Seq);
    rows.into_tuple().all(db).await
}
