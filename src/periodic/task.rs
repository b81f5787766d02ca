//! Scheduled tasks, in the original's table.

use chrono::{DateTime, Utc};
use sea_orm::{ExprTrait, QueryOrder, entity::prelude::*, sea_query::Expr};

/// A task with its schedule.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "django_celery_beat_periodictask")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// What it is called; unique.
    pub name: String,
    /// What is done: a name that the program knows.
    pub task: String,
    /// Arguments by place: a list as JSON.
    pub args: String,
    /// Arguments by name: an object as JSON.
    pub kwargs: String,
    /// Of the original alone.
    pub queue: Option<String>,
    /// Of the original alone.
    pub exchange: Option<String>,
    /// Of the original alone.
    pub routing_key: Option<String>,
    /// Nothing is done from then on.
    pub expires: Option<DateTimeUtc>,
    /// Whether it fires.
    pub enabled: bool,
    /// When it last fired.
    pub last_run_at: Option<DateTimeUtc>,
    /// How often it has fired.
    pub total_run_count: i32,
    /// When the row was last changed.
    pub date_changed: DateTimeUtc,
    /// What it is for.
    pub description: String,
    /// Its crontab.
    pub crontab_id: Option<i32>,
    /// Its interval.
    pub interval_id: Option<i32>,
    /// Its schedule by the sun, which never fires.
    pub solar_id: Option<i32>,
    /// Whether it fires once and is then disabled.
    pub one_off: bool,
    /// It does not fire before.
    pub start_time: Option<DateTimeUtc>,
    /// Of the original alone.
    pub priority: Option<i32>,
    /// Of the original alone.
    pub headers: String,
    /// Its single time.
    pub clocked_id: Option<i32>,
    /// A run that has not begun by then, counted from when it was due, is called off.
    pub expire_seconds: Option<i32>,
    /// When it fires next, as far as was known at the last look.
    pub next_run_at: Option<DateTimeUtc>,
    /// Since when it has been scheduled as it is: what was due before is not made up for.
    pub scheduled_from: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The task of this name.
pub async fn named(db: &impl ConnectionTrait, name: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(COLUMN.name.eq(name)).one(db).await
}

/// Some tasks, in the order of their numbers.
pub async fn by_ids(db: &impl ConnectionTrait, ids: &[i32]) -> Result<Vec<Model>, DbErr> {
    let some = Entity::find().filter(COLUMN.id.is_in(ids.iter().copied()));
    some.order_by_asc(Column::Id).all(db).await
}

pub(super) async fn enabled(db: &impl ConnectionTrait) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(COLUMN.enabled.eq(true)).order_by_asc(Column::Id).all(db).await
}

/// Notes that a task fires; one that is to fire once is disabled with it. `false` when it has been changed since it was
/// read.
pub(super) async fn note_fired(
    db: &impl ConnectionTrait,
    task: &Model,
    now: DateTime<Utc>,
    next: Option<DateTime<Utc>>,
) -> Result<bool, DbErr> {
    let fired = Entity::update_many()
        .col_expr(Column::LastRunAt, Expr::value(now))
        .col_expr(Column::TotalRunCount, Expr::col(Column::TotalRunCount).add(1))
        .col_expr(Column::NextRunAt, Expr::value(next))
        .col_expr(Column::Enabled, Expr::value(!task.one_off))
        .filter(COLUMN.id.eq(task.id))
        .filter(COLUMN.enabled.eq(true))
        .filter(COLUMN.date_changed.eq(task.date_changed));
    Ok(fired.exec(db).await?.rows_affected == 1)
}

pub(super) async fn note_next(
    db: &impl ConnectionTrait,
    id: i32,
    next: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    let noted = Entity::update_many().col_expr(Column::NextRunAt, Expr::value(next));
    noted.filter(COLUMN.id.eq(id)).exec(db).await.map(drop)
}

/// Disables tasks whose time is over, as the original does.
pub(super) async fn end_expired(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let ended = Entity::update_many()
        .col_expr(Column::Enabled, Expr::value(false))
        .col_expr(Column::NextRunAt, Expr::value(None::<DateTime<Utc>>))
        .filter(COLUMN.enabled.eq(true))
        .filter(COLUMN.expires.lte(now));
    Ok(ended.exec(db).await?.rows_affected)
}

/// Enables or disables tasks. Who is disabled forgets when it last ran, as in the original; who is enabled is scheduled
/// from now on.
pub async fn set_enabled(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    ids: &[i32],
    enabled: bool,
) -> Result<u64, DbErr> {
    let mut set = Entity::update_many()
        .col_expr(Column::Enabled, Expr::value(enabled))
        .col_expr(Column::DateChanged, Expr::value(now));
    set = if enabled {
        set.col_expr(Column::ScheduledFrom, Expr::value(now))
    } else {
        let nothing = || Expr::value(None::<DateTime<Utc>>);
        set.col_expr(Column::LastRunAt, nothing()).col_expr(Column::NextRunAt, nothing())
    };
    let set = set.filter(COLUMN.id.is_in(ids.iter().copied())).filter(COLUMN.enabled.eq(!enabled));
    Ok(set.exec(db).await?.rows_affected)
}

/// Enables those that are disabled, and the other way round.
pub async fn toggle(db: &impl ConnectionTrait, now: DateTime<Utc>, ids: &[i32]) -> Result<u64, DbErr> {
    let tasks = by_ids(db, ids).await?;
    let of = |enabled: bool| -> Vec<i32> {
        tasks.iter().filter(|task| task.enabled == enabled).map(|task| task.id).collect()
    };
    let off = set_enabled(db, now, &of(true), false).await?;
    Ok(off + set_enabled(db, now, &of(false), true).await?)
}
