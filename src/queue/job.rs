//! Jobs: the rows, their states, and how one is asked for.

use chrono::{DateTime, Utc};
use sea_orm::{Set, entity::prelude::*};
use serde::Serialize;

use super::key;

/// The id of a job: time-ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, DeriveValueType)]
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

/// A job to be asked for.
#[derive(Clone, Debug)]
pub struct Enqueue {
    kind: &'static str,
    key: String,
    payload: String,
    max_attempts: i32,
    dedupe: Option<String>,
}

impl Enqueue {
    /// Work of `kind` about `payload`, one at a time per `key`.
    pub fn new(kind: &'static str, key: impl Into<String>, payload: &impl Serialize) -> Self {
        let payload = serde_json::to_string(payload).unwrap_or_default();
        Self { kind, key: key.into(), payload, max_attempts: 5, dedupe: None }
    }

    /// How often it may be started; 5 unless told.
    #[must_use]
    pub fn max_attempts(mut self, attempts: i32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Names the work: while a job of this name is unfinished, asking again changes nothing.
    #[must_use]
    pub fn once(mut self, name: impl Into<String>) -> Self {
        self.dedupe = Some(name.into());
        self
    }

    /// Asks for it. Part of the caller's transaction; the caller wakes the workers after its commit.
    pub async fn save(self, db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<JobId, DbErr> {
        if let Some(name) = &self.dedupe {
            let same =
                Entity::find().filter(COLUMN.dedupe.eq(name.as_str())).filter(COLUMN.state.is_in(LIVE));
            if let Some(there) = same.one(db).await? {
                return Ok(there.id);
            }
        }
        let job = ActiveModel {
            id: Set(JobId(Uuid::now_v7())),
            kind: Set(self.kind.to_owned()),
            seq: Set(key::next_seq(db, &self.key).await?),
            key: Set(self.key),
            payload: Set(self.payload),
            state: Set(State::Queued),
            attempt: Set(0),
            max_attempts: Set(self.max_attempts),
            run_at: Set(now),
            dedupe: Set(self.dedupe),
            enqueued_at: Set(now),
            ..ActiveModel::new()
        };
        Ok(job.insert(db).await?.id)
    }
}

/// Whether the key has an unfinished job of this kind.
pub async fn is_pending(db: &impl ConnectionTrait, key: &str, kind: &str) -> Result<bool, DbErr> {
    let pending = Entity::find().filter(COLUMN.key.eq(key)).filter(COLUMN.kind.eq(kind));
    Ok(pending.filter(COLUMN.state.is_in(LIVE)).one(db).await?.is_some())
}

/// Where a job stands.
pub async fn state(db: &impl ConnectionTrait, id: JobId) -> Result<Option<State>, DbErr> {
    Ok(Entity::find_by_id(id).one(db).await?.map(|job| job.state))
}

/// Drops jobs that ended well or were called off before `before`. Dead ones stay until an operator acts.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let ended = Entity::delete_many().filter(COLUMN.state.is_in([State::Done, State::Cancelled]));
    Ok(ended.filter(COLUMN.finished_at.lt(before)).exec(db).await?.rows_affected)
}
