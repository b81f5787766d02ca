//! Jobs: the rows, their states, and what an operator may do about them.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sea_orm::{
    Condition, ExprTrait, QueryOrder, QuerySelect,
    entity::prelude::*,
    sea_query::{Expr, LockType, Query, SelectStatement},
};

use super::enqueue::Enqueue;
use crate::platform::store::BATCH;

/// The id of a job: time-ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType)]
pub struct JobId(pub Uuid);

/// Ids are made by us, never counted.
impl sea_orm::TryFromU64 for JobId {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("JobId"))
    }
}

impl std::fmt::Display for JobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "snake_case")]
pub enum State {
    /// Waits for its turn and its time.
    Queued,
    /// A worker holds it.
    Running,
    /// Failed, and waits for another try.
    RetryWait,
    /// Ended well. Final.
    Done,
    /// Failed for good; waits for an operator. Final.
    Dead,
    /// Called off. Final.
    Cancelled,
}

/// The states that are not final.
pub const LIVE: [State; 3] = [State::Queued, State::Running, State::RetryWait];

/// A job.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// What it must not run beside of.
    pub key: String,
    /// Its place among the jobs of its key.
    pub seq: i64,
    /// What it is about, as JSON.
    pub payload: String,
    /// Where it stands.
    pub state: State,
    /// How often it was started.
    pub attempt: i32,
    /// How often it may be started.
    pub max_attempts: i32,
    /// Not before this time.
    pub run_at: DateTimeUtc,
    /// The worker that runs it.
    pub lease_owner: Option<String>,
    /// Until when that worker is believed alive.
    pub lease_until: Option<DateTimeUtc>,
    /// The fence of its claim.
    pub fence: Option<i64>,
    /// Names the work, so that it is not asked for twice while unfinished.
    pub dedupe: Option<String>,
    /// When it was asked for.
    pub enqueued_at: DateTimeUtc,
    /// When it was last started.
    pub started_at: Option<DateTimeUtc>,
    /// When it ended.
    pub finished_at: Option<DateTimeUtc>,
    /// Why it failed last.
    pub error_code: Option<String>,
    /// The dead job this one repeats.
    pub parent_id: Option<JobId>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Whether the key has an unfinished job of this kind.
pub async fn is_pending(db: &impl ConnectionTrait, key: &str, kind: &str) -> Result<bool, DbErr> {
    let pending = Entity::find().filter(COLUMN.key.eq(key)).filter(COLUMN.kind.eq(kind));
    Ok(pending.filter(COLUMN.state.is_in(LIVE)).one(db).await?.is_some())
}

/// The keys that have an unfinished job of this kind.
pub async fn pending_keys(db: &impl ConnectionTrait, kind: &str) -> Result<Vec<String>, DbErr> {
    let pending = Entity::find().select_only().column(Column::Key).distinct();
    pending.filter(COLUMN.kind.eq(kind)).filter(COLUMN.state.is_in(LIVE)).into_tuple().all(db).await
}

/// The jobs of these keys that no worker holds.
pub async fn waiting_of(db: &impl ConnectionTrait, keys: &[String]) -> Result<Vec<JobId>, DbErr> {
    let mut waiting = Vec::new();
    for keys in keys.chunks(BATCH) {
        let ids = Entity::find().select_only().column(Column::Id).filter(COLUMN.key.is_in(keys));
        let ids = ids.filter(COLUMN.state.is_in([State::Queued, State::RetryWait]));
        waiting.extend(ids.into_tuple::<JobId>().all(db).await?);
    }
    Ok(waiting)
}

/// Where a job stands.
pub async fn state(db: &impl ConnectionTrait, id: JobId) -> Result<Option<State>, DbErr> {
    Ok(Entity::find_by_id(id).one(db).await?.map(|job| job.state))
}

/// What came of asking for ended jobs again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redriven {
    /// The jobs that do the work now.
    pub jobs: Vec<JobId>,
    /// Those that are neither dead nor called off: they stay as they are.
    pub refused: Vec<JobId>,
}

/// Asks for the work of dead and cancelled jobs again, each as a new job. The old rows stay: what is final does not
/// change. Part of the caller's transaction; the caller wakes the workers after its commit.
pub async fn redrive(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    ids: &[JobId],
) -> Result<Redriven, DbErr> {
    let mut ended = Vec::new();
    for ids in ids.chunks(BATCH) {
        let rows = Entity::find().filter(COLUMN.id.is_in(ids.iter().copied()));
        let rows = rows.filter(COLUMN.state.is_in([State::Dead, State::Cancelled]));
        ended.extend(rows.order_by_asc(Column::Id).all(db).await?);
    }
    let again: HashSet<JobId> = ended.iter().map(|job| job.id).collect();
    let refused = ids.iter().copied().filter(|id| !again.contains(id)).collect();
    let jobs = Enqueue::save_all(db, now, ended.into_iter().map(Enqueue::again).collect()).await?;
    Ok(Redriven { jobs, refused })
}

/// Calls off jobs that no worker holds. Part of the caller's transaction; answers those that it has called off.
pub async fn cancel(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    ids: &[JobId],
) -> Result<Vec<Model>, DbErr> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let mut cancelled = Vec::new();
    for ids in ids.chunks(BATCH) {
        let waiting = Entity::find().filter(COLUMN.id.is_in(ids.iter().copied()));
        let waiting = waiting.filter(COLUMN.state.is_in([State::Queued, State::RetryWait]));
        // Locked in the order of their ids, so that two who do this never wait for each other.
        let waiting = waiting.order_by_asc(Column::Id).lock(LockType::Update).all(db).await?;
        let called_off = Entity::update_many()
            .col_expr(Column::State, Expr::value(State::Cancelled))
            .col_expr(Column::FinishedAt, Expr::value(now));
        called_off.filter(COLUMN.id.is_in(waiting.iter().map(|job| job.id))).exec(db).await?;
        cancelled.extend(waiting);
    }
    Ok(cancelled)
}

/// Drops jobs that ended well, were called off, or have been asked for again, before `before`. Dead ones stay until an
/// operator acts. At most [`BATCH`]; answers how many.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let ended = Condition::any()
        .add(COLUMN.state.is_in([State::Done, State::Cancelled]))
        .add(COLUMN.state.eq(State::Dead).and(COLUMN.id.in_subquery(repeated())));
    let old = Entity::find().select_only().column(Column::Id).filter(ended);
    let old = old.filter(COLUMN.finished_at.lt(before));
    let old = old.order_by_asc(Column::FinishedAt).order_by_asc(Column::Id).limit(BATCH as u64);
    let ids: Vec<JobId> = old.into_tuple().all(db).await?;
    Ok(Entity::delete_many().filter(COLUMN.id.is_in(ids)).exec(db).await?.rows_affected)
}

/// Drops the jobs of these keys that have ended, however they did.
pub async fn forget_ended_of(db: &impl ConnectionTrait, keys: &[String]) -> Result<(), DbErr> {
    for keys in keys.chunks(BATCH) {
        let ended = Entity::delete_many().filter(COLUMN.key.is_in(keys));
        ended.filter(COLUMN.state.is_in([State::Done, State::Dead, State::Cancelled])).exec(db).await?;
    }
    Ok(())
}

/// The ids of jobs that have been asked for again.
pub(super) fn repeated() -> SelectStatement {
    Query::select().column(Column::ParentId).from(Entity).and_where(COLUMN.parent_id.is_not_null()).to_owned()
}
