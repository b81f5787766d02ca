//! Crontab schedules, in the original's table.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sea_orm::{Set, entity::prelude::*};

use crate::queue::crontab::{BadField, Crontab, Field};

/// A crontab schedule.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "django_celery_beat_crontabschedule")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// 0 to 59.
    pub minute: String,
    /// 0 to 23.
    pub hour: String,
    /// 0 to 6, from Sunday; 7 is Sunday, too.
    pub day_of_week: String,
    /// 1 to 31.
    pub day_of_month: String,
    /// 1 to 12.
    pub month_of_year: String,
    /// The zone in which it is meant.
    pub timezone: String,
    /// When it was last changed here: what was due before is not made up for.
    pub changed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The fields in the order of crontabs.
    pub fn fields(&self) -> [&str; 5] {
        [&self.minute, &self.hour, &self.day_of_month, &self.month_of_year, &self.day_of_week]
    }

    /// The schedule, read.
    pub fn parsed(&self) -> Result<Crontab, BadField> {
        Crontab::parse(self.fields())
    }

    /// Its zone; `None` when nobody knows it.
    pub fn zone(&self) -> Option<Tz> {
        self.timezone.parse().ok()
    }
}

/// The column of a field.
pub fn column(field: Field) -> Column {
    match field {
        Field::Minute => Column::Minute,
        Field::Hour => Column::Hour,
        Field::DayOfMonth => Column::DayOfMonth,
        Field::Month => Column::MonthOfYear,
        Field::Weekday => Column::DayOfWeek,
    }
}

/// The schedule with these fields, which is made when it is not there.
pub(super) async fn planted(
    db: &impl ConnectionTrait,
    fields: [&str; 5],
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<i32, DbErr> {
    let [minute, hour, day, month, weekday] = fields;
    let same = Entity::find()
        .filter(COLUMN.minute.eq(minute))
        .filter(COLUMN.hour.eq(hour))
        .filter(COLUMN.day_of_month.eq(day))
        .filter(COLUMN.month_of_year.eq(month))
        .filter(COLUMN.day_of_week.eq(weekday))
        .filter(COLUMN.timezone.eq(zone.name()));
    if let Some(there) = same.one(db).await? {
        return Ok(there.id);
    }
    let new = ActiveModel {
        minute: Set(minute.to_owned()),
        hour: Set(hour.to_owned()),
        day_of_month: Set(day.to_owned()),
        month_of_year: Set(month.to_owned()),
        day_of_week: Set(weekday.to_owned()),
        timezone: Set(zone.name().to_owned()),
        changed_at: Set(Some(now)),
        ..ActiveModel::new()
    };
    Ok(new.insert(db).await?.id)
}
