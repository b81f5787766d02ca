//! Keys: what serialises jobs. One row per key; it numbers the jobs and holds the lease.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use sea_orm::{
    ExprTrait, QueryOrder, QuerySelect, Set,
    entity::prelude::*,
    sea_query::{Expr, LockType, OnConflict},
};

use crate::platform::store::BATCH;

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

/// Takes numbers of keys, as many as each needs or more, making the keys at their first use. Answers the first number
/// of each. The keys stay locked until the caller's transaction ends.
pub(super) async fn take_numbers(
    db: &impl ConnectionTrait,
    counts: BTreeMap<&str, i64>,
) -> Result<HashMap<String, i64>, DbErr> {
    let most = counts.values().copied().max().unwrap_or(0);
    let keys: Vec<&str> = counts.into_keys().collect();
    let mut firsts = HashMap::new();
    for keys in keys.chunks(BATCH) {
        let new = |key: &&str| ActiveModel {
            key: Set((*key).to_owned()),
            fence: Set(0),
            next_seq: Set(0),
            ..ActiveModel::new()
        };
        let unless_there = OnConflict::column(Column::Key).do_nothing().to_owned();
        Entity::insert_many(keys.iter().map(new))
            .on_conflict(unless_there)
            .exec_without_returning(db)
            .await?;
        let these = COLUMN.key.is_in(keys.iter().copied());
        if keys.len() > 1 {
            // An update of several rows locks them in any order; two of them must not wait for each other.
            let rows = Entity::find().filter(these.clone()).order_by_asc(Column::Key);
            rows.lock(LockType::NoKeyUpdate).all(db).await?;
        }
        // The same step for all: numbers have to rise, not to be without gaps.
        let next = Entity::update_many().col_expr(Column::NextSeq, Expr::col(Column::NextSeq).add(most));
        let rows = next.filter(these).exec_with_returning(db).await?;
        firsts.extend(rows.into_iter().map(|row| (row.key, row.next_seq - most + 1)));
    }
    Ok(firsts)
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
