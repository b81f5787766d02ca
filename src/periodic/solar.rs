//! Schedules by the sun, in the original's table: rows that were carried over are shown, and never fire.

use sea_orm::entity::prelude::*;

/// A schedule by the sun.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "django_celery_beat_solarschedule")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// What the sun does.
    pub event: String,
    /// Where: degrees north. Read as text, which keeps its digits.
    #[sea_orm(column_type = "Decimal(Some((9, 6)))", select_as = "text")]
    pub latitude: String,
    /// Where: degrees east.
    #[sea_orm(column_type = "Decimal(Some((9, 6)))", select_as = "text")]
    pub longitude: String,
}

impl ActiveModelBehavior for ActiveModel {}
