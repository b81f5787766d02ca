//! Single times, in the original's table.

use sea_orm::entity::prelude::*;

/// A time.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "django_celery_beat_clockedschedule")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The time.
    pub clocked_time: DateTimeUtc,
    /// When it was last changed here: what was due before is not made up for.
    pub changed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
