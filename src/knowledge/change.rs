//! The numbered list of changes to documents, which every index follows.
//!
//! A transaction that changes a document appends here as its last statement. The number comes from a row, not from
//! a sequence: the row lock makes numbers commit in order, so an index that has followed number n has missed
//! nothing below it.

use sea_orm::{ExprTrait, QueryOrder, QuerySelect, Set, entity::prelude::*, sea_query::Expr};

use super::document::DocumentId;
use crate::platform::store::BATCH;

const HEAD: i16 = 1;
/// Changes dropped by one statement.
const FORGOTTEN_AT_ONCE: i64 = 100_000;
const VECTORS: &str = "vectors";

/// A change.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "index_change")]
pub struct Model {
    /// Its number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// The document that changed.
    pub document_id: DocumentId,
    /// `put`, `delete` or `vectors`.
    pub kind: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// The last number given.
pub mod head_row {
    use sea_orm::entity::prelude::*;

    /// The one row.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "index_head")]
    pub struct Model {
        /// Always 1.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i16,
        /// The last number given.
        pub seq: i64,
        /// Which database these numbers belong to: a random name, made with it.
        pub lineage: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// What happened to a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Put,
    Delete,
    /// It has got vectors; all else about it is as it was.
    Vectors,
}

impl Model {
    /// Whether the keyword index has nothing to follow in it.
    pub(super) fn is_of_vectors(&self) -> bool {
        self.kind == VECTORS
    }
}

/// Appends a change. Must be the last statement of its transaction: it holds the row that all others wait for.
pub(super) async fn append(db: &impl ConnectionTrait, document: DocumentId, kind: Kind) -> Result<(), DbErr> {
    append_all(db, &[document], kind).await
}

/// Appends the same change of several documents. Must be the last of its transaction.
pub(super) async fn append_all(
    db: &impl ConnectionTrait,
    documents: &[DocumentId],
    kind: Kind,
) -> Result<(), DbErr> {
    let count = i64::try_from(documents.len()).unwrap_or(i64::MAX);
    if count == 0 {
        return Ok(());
    }
    let next = head_row::Entity::update_many()
        .col_expr(head_row::Column::Seq, Expr::col(head_row::Column::Seq).add(count))
        .filter(head_row::COLUMN.id.eq(HEAD))
        .exec_with_returning(db)
        .await?;
    let last = next.first().ok_or_else(|| DbErr::RecordNotFound("index_head has no row".to_owned()))?.seq;
    let kind = match kind {
        Kind::Put => "put",
        Kind::Delete => "delete",
        Kind::Vectors => VECTORS,
    };
    let change = |(seq, document): (i64, &DocumentId)| ActiveModel {
        seq: Set(seq),
        document_id: Set(*document),
        kind: Set(kind.to_owned()),
    };
    let mut changes = (last - count + 1..).zip(documents).map(change).peekable();
    while changes.peek().is_some() {
        Entity::insert_many(changes.by_ref().take(BATCH)).exec_without_returning(db).await?;
    }
    Ok(())
}

/// The last number given, and which database it belongs to.
pub async fn head(db: &impl ConnectionTrait) -> Result<head_row::Model, DbErr> {
    let head = head_row::Entity::find_by_id(HEAD).one(db).await?;
    head.ok_or_else(|| DbErr::RecordNotFound("index_head has no row".to_owned()))
}

/// Writes the head as it is: proof that the database takes writes.
pub async fn touch_head(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let same = Expr::col(head_row::Column::Seq);
    head_row::Entity::update_many()
        .col_expr(head_row::Column::Seq, same)
        .filter(head_row::COLUMN.id.eq(HEAD))
        .exec(db)
        .await?;
    Ok(())
}

/// Begins another history, as after a backup was brought back: indexes that have followed the old one are built anew.
pub async fn begin_lineage(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    head_row::Entity::update_many()
        .col_expr(head_row::Column::Lineage, Expr::value(uuid::Uuid::new_v4().to_string()))
        .filter(head_row::COLUMN.id.eq(HEAD))
        .exec(db)
        .await?;
    Ok(())
}

/// The changes after number `seq`, oldest first, at most `limit`.
pub(super) async fn after(db: &impl ConnectionTrait, seq: i64, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(COLUMN.seq.gt(seq)).order_by_asc(Column::Seq).limit(limit).all(db).await
}

/// The number of the oldest change still listed.
pub(super) async fn oldest(db: &impl ConnectionTrait) -> Result<Option<i64>, DbErr> {
    Ok(Entity::find().order_by_asc(Column::Seq).one(db).await?.map(|change| change.seq))
}

/// Drops changes that are more than `keep` behind the head, the oldest of them: an index that far behind is rebuilt from the
/// rows.
pub async fn forget_old(db: &impl ConnectionTrait, keep: i64) -> Result<u64, DbErr> {
    let oldest_kept = head(db).await?.seq - keep;
    let Some(oldest) = oldest(db).await? else { return Ok(0) };
    let last = Ord::min(oldest_kept, oldest + FORGOTTEN_AT_ONCE);
    Ok(Entity::delete_many().filter(COLUMN.seq.lte(last)).exec(db).await?.rows_affected)
}
