//! Occurrences: each is claimed once, however many processes try.
//!
//! Who claims one inserts its row, in the transaction that asks for its work; so both happen, or neither.

use chrono::{DateTime, Utc};
use sea_orm::{QueryOrder, QuerySelect, Set, entity::prelude::*, sea_query::OnConflict};

/// An occurrence that has been claimed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cron_fire")]
pub struct Model {
    /// What occurs.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// When it was due.
    #[sea_orm(primary_key, auto_increment = false)]
    pub due_at: DateTimeUtc,
    /// When it was claimed.
    pub fired_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// Claims an occurrence. `false` when somebody has.
pub async fn claim(
    db: &impl ConnectionTrait,
    name: &str,
    due: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let occurrence = ActiveModel { name: Set(name.to_owned()), due_at: Set(due), fired_at: Set(now) };
    let unless_there = OnConflict::columns([Column::Name, Column::DueAt]).do_nothing().to_owned();
    let claimed = Entity::insert(occurrence).on_conflict(unless_there).exec_without_returning(db).await?;
    Ok(claimed > 0)
}

/// Whether an occurrence has been claimed: asked of the reader, so that looking writes nothing.
pub async fn is_claimed(db: &impl ConnectionTrait, name: &str, due: DateTime<Utc>) -> Result<bool, DbErr> {
    Ok(Entity::find_by_id((name.to_owned(), due)).one(db).await?.is_some())
}

/// When the latest claimed occurrence before `before` was due.
pub async fn latest(
    db: &impl ConnectionTrait,
    name: &str,
    before: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let latest = Entity::find().select_only().column(Column::DueAt).filter(COLUMN.name.eq(name));
    let latest = latest.filter(COLUMN.due_at.lt(before)).order_by_desc(Column::DueAt);
    latest.limit(1).into_tuple().one(db).await
}

/// Drops occurrences older than `before`, which has to lie further back than any that may still be claimed: what is
/// forgotten could be claimed again.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    Ok(Entity::delete_many().filter(COLUMN.due_at.lt(before)).exec(db).await?.rows_affected)
}
