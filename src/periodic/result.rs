//! What came of tasks, in the original's table: one row per run, from the moment it is asked for.
//!
//! The words of the states are Celery's. `SKIPPED` is ours: an occurrence that was missed and is not made up for.

use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::{
    Order, QueryOrder, QuerySelect, Set, UpdateMany,
    entity::prelude::*,
    sea_query::{Expr, OnConflict, Query, UnionType},
};
use serde_json::json;

use crate::{
    platform::store::{BATCH, Store},
    queue::{Noted, Step},
};

/// Asked for, and not begun.
pub const PENDING: &str = "PENDING";
/// Under way.
pub const STARTED: &str = "STARTED";
/// Failed, and about to be tried again.
pub const RETRY: &str = "RETRY";
/// Ended well.
pub const SUCCESS: &str = "SUCCESS";
/// Failed for good.
pub const FAILURE: &str = "FAILURE";
/// Called off.
pub const REVOKED: &str = "REVOKED";
/// Missed.
pub const SKIPPED: &str = "SKIPPED";

/// What the columns of the original hold.
const NAME_CHARS: usize = 255;
const WORKER_CHARS: usize = 100;

/// What came of a run.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "django_celery_results_taskresult")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The run; unique.
    pub task_id: String,
    /// How far it has come.
    pub status: String,
    /// The form of the result.
    pub content_type: String,
    /// Its encoding.
    pub content_encoding: String,
    /// The result, as JSON.
    pub result: Option<String>,
    /// When it ended, or took its last step.
    pub date_done: DateTimeUtc,
    /// Why it failed.
    pub traceback: Option<String>,
    /// More about it, as JSON.
    pub meta: Option<String>,
    /// Arguments by place.
    pub task_args: Option<String>,
    /// Arguments by name.
    pub task_kwargs: Option<String>,
    /// What is done.
    pub task_name: Option<String>,
    /// Who does it.
    pub worker: Option<String>,
    /// When it was asked for.
    pub date_created: DateTimeUtc,
    /// The scheduled task that asked.
    pub periodic_task_name: Option<String>,
    /// When it was begun.
    pub date_started: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// A run, as its row begins.
#[derive(Clone, Debug)]
pub(super) struct Run<'a> {
    pub(super) id: String,
    pub(super) status: &'static str,
    pub(super) task: &'a str,
    pub(super) periodic: Option<&'a str>,
    pub(super) args: String,
    pub(super) kwargs: String,
    pub(super) due: Option<DateTime<Utc>>,
}

/// The id of an occurrence that was missed.
pub(super) fn missed_id(occurrence: &str, due: DateTime<Utc>) -> String {
    format!("{occurrence}@{}", due.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// Writes rows for runs; those that are there stay.
pub(super) async fn begin(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    runs: impl IntoIterator<Item = Run<'_>>,
) -> Result<(), DbErr> {
    let rows: Vec<ActiveModel> = runs
        .into_iter()
        .map(|run| ActiveModel {
            task_id: Set(run.id),
            status: Set(run.status.to_owned()),
            content_type: Set("application/json".to_owned()),
            content_encoding: Set("utf-8".to_owned()),
            date_done: Set(now),
            meta: Set(run.due.map(|due| json!({ "due": due }).to_string())),
            task_args: Set(Some(run.args)),
            task_kwargs: Set(Some(run.kwargs)),
            task_name: Set(Some(cut(run.task, NAME_CHARS))),
            date_created: Set(now),
            periodic_task_name: Set(run.periodic.map(|name| cut(name, NAME_CHARS))),
            ..ActiveModel::new()
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let unless_there = OnConflict::column(Column::TaskId).do_nothing().to_owned();
    Entity::insert_many(rows).on_conflict(unless_there).exec_without_returning(db).await.map(drop)
}

/// Takes back that an occurrence was missed: it has come after all.
pub(super) async fn unmiss(db: &impl ConnectionTrait, id: &str) -> Result<(), DbErr> {
    let missed = Entity::delete_many().filter(COLUMN.task_id.eq(id)).filter(COLUMN.status.eq(SKIPPED));
    missed.exec(db).await.map(drop)
}

/// Notes a step of the job that does a run.
pub(super) async fn note(db: &impl ConnectionTrait, id: &str, noted: &Noted) -> Result<(), DbErr> {
    let mut row = Entity::update_many()
        .col_expr(Column::Status, Expr::value(status(&noted.step)))
        .col_expr(Column::DateDone, Expr::value(noted.at));
    row = match &noted.step {
        Step::Started => {
            let worker = noted.job.lease_owner.as_deref().map(|worker| cut(worker, WORKER_CHARS));
            row.col_expr(Column::DateStarted, Expr::value(noted.at))
                .col_expr(Column::Worker, Expr::value(worker))
        }
        Step::Done(report) => row
            .col_expr(Column::Result, Expr::value(json!(report).to_string()))
            .col_expr(Column::Traceback, Expr::value(None::<String>)),
        Step::Waits(code, cause) | Step::Dead(code, cause) => failed(row, code, cause),
        Step::HandedBack => row
            .col_expr(Column::DateStarted, Expr::value(None::<DateTime<Utc>>))
            .col_expr(Column::Worker, Expr::value(None::<String>)),
    };
    row.filter(COLUMN.task_id.eq(id)).exec(db).await.map(drop)
}

/// A failure, in the form in which Celery keeps it.
fn failed(row: UpdateMany<Entity>, code: &str, cause: &str) -> UpdateMany<Entity> {
    let result = json!({ "exc_type": code, "exc_message": [cause] }).to_string();
    row.col_expr(Column::Result, Expr::value(result)).col_expr(Column::Traceback, Expr::value(cause))
}

/// Notes that a run, which has done its work, found something wrong.
pub(super) async fn found_wrong(
    db: &impl ConnectionTrait,
    id: &str,
    code: &str,
    cause: &str,
) -> Result<(), DbErr> {
    let row = Entity::update_many().col_expr(Column::Status, Expr::value(FAILURE));
    failed(row, code, cause).filter(COLUMN.task_id.eq(id)).exec(db).await.map(drop)
}

fn status(step: &Step) -> &'static str {
    match step {
        Step::Started => STARTED,
        Step::Done(_) => SUCCESS,
        Step::Waits(..) => RETRY,
        Step::Dead(..) => FAILURE,
        Step::HandedBack => PENDING,
    }
}

/// Notes that a run was called off, unless it has ended.
pub(super) async fn revoke(db: &impl ConnectionTrait, id: &str) -> Result<(), DbErr> {
    let called_off = revoked(id, "called off").filter(COLUMN.status.is_in([PENDING, STARTED, RETRY]));
    called_off.exec(db).await.map(drop)
}

/// Notes that a run came too late to be begun.
pub(super) async fn expire(db: &impl ConnectionTrait, id: &str) -> Result<(), DbErr> {
    revoked(id, "expired").exec(db).await.map(drop)
}

fn revoked(id: &str, why: &str) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(REVOKED))
        .col_expr(Column::Result, Expr::value(json!(why).to_string()))
        .filter(COLUMN.task_id.eq(id))
}

/// The latest runs of some scheduled tasks, newest first, at most `each` of every one: one query.
pub async fn latest_of(db: &impl ConnectionTrait, names: &[String], each: u64) -> Result<Vec<Model>, DbErr> {
    // Of each name a few rows, by the index of names, where a window over all would be a look at every row.
    let mut latest = names.iter().map(|name| {
        let mut of = Query::select();
        of.column(Column::Id).from(Entity).and_where(COLUMN.periodic_task_name.eq(name.as_str()));
        of.order_by(Column::DateCreated, Order::Desc).order_by(Column::Id, Order::Desc).limit(each);
        Query::select().column(Column::Id).from_subquery(of, "latest").to_owned()
    });
    let Some(mut all) = latest.next() else { return Ok(Vec::new()) };
    for of in latest {
        all.union(UnionType::All, of);
    }
    let rows = Entity::find().filter(COLUMN.id.in_subquery(all));
    rows.order_by_desc(Column::DateCreated).order_by_desc(Column::Id).all(db).await
}

/// Why a run has failed; `None` when it has not.
pub async fn failure(db: &impl ConnectionTrait, id: &str) -> Result<Option<String>, DbErr> {
    let failed = Entity::find().filter(COLUMN.task_id.eq(id)).filter(COLUMN.status.eq(FAILURE));
    Ok(failed.one(db).await?.map(|row| row.traceback.unwrap_or_default()))
}

/// Whether the newest `count` runs of what a task does have all failed, those under way left out.
pub async fn keeps_failing(db: &impl ConnectionTrait, task: &str, count: u64) -> Result<bool, DbErr> {
    let ended =
        Entity::find().filter(COLUMN.task_name.eq(task)).filter(COLUMN.status.is_in([SUCCESS, FAILURE]));
    let ended = ended.order_by_desc(Column::DateCreated).order_by_desc(Column::Id).limit(count);
    let ended = ended.all(db).await?;
    Ok(ended.len() as u64 == count && ended.iter().all(|run| run.status == FAILURE))
}

/// How many runs failed in a span of time.
pub async fn failures(
    db: &impl ConnectionTrait,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<i64, DbErr> {
    let failed = Entity::find().filter(COLUMN.status.eq(FAILURE));
    let failed = failed.filter(COLUMN.date_done.gte(from)).filter(COLUMN.date_done.lt(to));
    Ok(failed.count(db).await?.cast_signed())
}

/// Some results, in the order of their numbers.
pub async fn by_ids(db: &impl ConnectionTrait, ids: &[i32]) -> Result<Vec<Model>, DbErr> {
    let some = Entity::find().filter(COLUMN.id.is_in(ids.iter().copied()));
    some.order_by_asc(Column::Id).all(db).await
}

/// Drops results that ended before `before`, a batch per transaction. What is under way stays.
pub async fn forget(store: &Store, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let mut forgotten = 0;
    loop {
        let old = Entity::find().select_only().column(Column::Id).filter(COLUMN.date_done.lt(before));
        let old = old.filter(COLUMN.status.is_not_in([PENDING, STARTED, RETRY]));
        let old = old.order_by_asc(Column::DateDone).limit(BATCH as u64);
        let ids: Vec<i32> = old.into_tuple().all(store.read()).await?;
        if ids.is_empty() {
            return Ok(forgotten);
        }
        let dropped = store.write(async |tx| {
            Entity::delete_many().filter(COLUMN.id.is_in(ids.iter().copied())).exec(&tx).await
        });
        forgotten += dropped.await?.rows_affected;
    }
}

fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}
