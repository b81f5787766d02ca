//! Keys: what serialises jobs. One row per key; it numbers the jobs and holds the lease.

use chrono::{DateTime, Utc};
use sea_orm::{
    ExprTrait, Set,
    entity::prelude::*,
    sea_query::{Expr, OnConflict},
};

/// A key of serialisation.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job_key")]
pub struct Model {
    /// Its name, such as `user:7`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// Raised by every claim, never lowered.
    pub fence: i64,
    /// The worker that holds it.
    pub holder: Option<String>,
    /// Until when it is held.
    pub lease_until: Option<DateTimeUtc>,
    /// The number of the next job.
    pub next_seq: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// Takes the next number of a key, making the key at its first use.
pub(super) async fn next_seq(db: &impl ConnectionTrait, key: &str) -> Result<i64, DbErr> {
    let first =
        ActiveModel { key: Set(key.to_owned()), fence: Set(0), next_seq: Set(0), ..ActiveModel::new() };
    let unless_there = OnConflict::column(Column::Key).do_nothing().to_owned();
    Entity::insert(first).on_conflict(unless_there).exec_without_returning(db).await?;
    let next = Entity::update_many().col_expr(Column::NextSeq, Expr::col(Column::NextSeq).add(1));
    let rows = next.filter(COLUMN.key.eq(key)).exec_with_returning(db).await?;
    let row = rows.first().ok_or_else(|| DbErr::RecordNotFound(format!("key {key}")))?;
    Ok(row.next_seq)
}

/// Hands the key to `holder`, raising its fence. `None` when somebody holds it.
pub(super) async fn take(
    db: &impl ConnectionTrait,
    key: &str,
    holder: &str,
    until: DateTime<Utc>,
) -> Result<Option<i64>, DbErr> {
    let taken = Entity::update_many()
        .col_expr(Column::Fence, Expr::col(Column::Fence).add(1))
        .col_expr(Column::Holder, Expr::value(holder))
        .col_expr(Column::LeaseUntil, Expr::value(until))
        .filter(COLUMN.key.eq(key))
        // A lease that ran out is not taken over here: expiry first puts its job back into the queue.
        .filter(COLUMN.lease_until.is_null());
    let rows = taken.exec_with_returning(db).await?;
    Ok(rows.first().map(|row| row.fence))
}

/// Extends the lease, if this fence still holds the key.
pub(super) async fn renew(
    db: &impl ConnectionTrait,
    key: &str,
    fence: i64,
    until: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let renewed = Entity::update_many().col_expr(Column::LeaseUntil, Expr::value(until));
    let renewed = renewed.filter(COLUMN.key.eq(key)).filter(COLUMN.fence.eq(fence));
    Ok(renewed.filter(COLUMN.lease_until.is_not_null()).exec(db).await?.rows_affected == 1)
}

/// Gives the key back, if this fence still holds it.
pub(super) async fn release(db: &impl ConnectionTrait, key: &str, fence: i64) -> Result<(), DbErr> {
    let released = Entity::update_many()
        .col_expr(Column::Holder, Expr::value(None::<String>))
        .col_expr(Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>));
    released.filter(COLUMN.key.eq(key)).filter(COLUMN.fence.eq(fence)).exec(db).await?;
    Ok(())
}
