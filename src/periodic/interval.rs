//! Intervals, in the original's table.

use chrono::Duration;
use sea_orm::entity::prelude::*;

/// Units that a schedule can be made of.
pub const PERIODS: [&str; 4] = ["days", "hours", "minutes", "seconds"];
/// The unit of the original that is only shown.
pub const MICROSECONDS: &str = "microseconds";

/// An interval.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "django_celery_beat_intervalschedule")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// How many units.
    pub every: i32,
    /// The unit.
    pub period: String,
    /// When it was last changed here: what was due before is not made up for.
    pub changed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Its length; `None` for one that never fires: of microseconds, of nothing, of a unit nobody knows.
    pub fn length(&self) -> Option<Duration> {
        length(self.every.into(), &self.period)
    }
}

/// So many of a unit.
pub fn length(every: i64, period: &str) -> Option<Duration> {
    let length = match period {
        "days" => Duration::try_days(every),
        "hours" => Duration::try_hours(every),
        "minutes" => Duration::try_minutes(every),
        "seconds" => Duration::try_seconds(every),
        _ => None,
    };
    length.filter(|length| *length > Duration::zero())
}

/// The interval that is like this, if there is one.
pub async fn like(db: &impl ConnectionTrait, every: i64, period: &str) -> Result<Option<i32>, DbErr> {
    let same = Entity::find().filter(COLUMN.every.eq(every)).filter(COLUMN.period.eq(period));
    Ok(same.one(db).await?.map(|row| row.id))
}
