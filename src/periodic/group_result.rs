//! Results of groups of tasks, in the original's table. We make no groups: rows that were carried over are shown.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// What came of a group.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "django_celery_results_groupresult")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The group.
    pub group_id: String,
    /// When it was begun.
    pub date_created: DateTimeUtc,
    /// When it ended.
    pub date_done: DateTimeUtc,
    /// The form of the result.
    pub content_type: String,
    /// Its encoding.
    pub content_encoding: String,
    /// The result.
    pub result: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Drops results of before `before`. There are few, and no new ones.
pub(super) async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    Ok(Entity::delete_many().filter(COLUMN.date_done.lt(before)).exec(db).await?.rows_affected)
}
