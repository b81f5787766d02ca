//! Events. Read-only here: another program owns the table.

use chrono::{NaiveDate, NaiveTime};
use sea_orm::{Order, QueryOrder, QuerySelect, SelectExt, entity::prelude::*, sea_query::NullOrdering};

/// Most events of one answer.
const MOST: u64 = 5_000;

/// An event.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "weekly_events")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What it is.
    pub title: String,
    /// Its day.
    pub event_date: NaiveDate,
    /// When it begins; `None` for all day.
    pub start_time: Option<NaiveTime>,
    /// When it ends.
    pub end_time: Option<NaiveTime>,
    /// Where it is.
    pub location: String,
    /// Who holds it.
    pub sponsor: String,
    /// Who may come.
    pub open_to: String,
    /// Who speaks.
    pub speaker: String,
    /// Where more is said.
    pub url: String,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row was last written.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// An event, as other slices call it.
pub type Event = Model;

/// Whether there is any event from `first` on.
pub async fn any_from(db: &impl ConnectionTrait, first: NaiveDate) -> Result<bool, DbErr> {
    Entity::find().filter(COLUMN.event_date.gte(first)).exists(db).await
}

/// The events of the days from `first` to `last`, by day and time; without a time last.
pub async fn between(
    db: &impl ConnectionTrait,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(COLUMN.event_date.between(first, last))
        .order_by_asc(Column::EventDate)
        .order_by_with_nulls(Column::StartTime, Order::Asc, NullOrdering::Last)
        .order_by_asc(Column::Id)
        .limit(MOST)
        .all(db)
        .await
}
