//! The steps of a job's life, each one guarded change.
//!
//! All of them run inside a transaction of the caller and take the time as an argument.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    Condition, ExprTrait, JoinType, QueryOrder, QuerySelect,
    entity::prelude::*,
    sea_query::{Alias, Expr, LockBehavior, LockType, Query},
};

use super::{
    job::{self, State},
    key,
    pace::Pace,
};

/// How long a claim is believed without a heartbeat.
pub const LEASE: Duration = Duration::seconds(30);

/// Claims the next job that may run, of one of `kinds`, for `worker`.
///
/// A key with a lease gives nothing, and of a key only the first unfinished job can be claimed: jobs of a key start
/// in order.
pub async fn claim(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    worker: &str,
    kinds: &[&str],
) -> Result<Option<job::Model>, DbErr> {
    let first =
        runnable(now, kinds).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).one(db).await?;
    let Some(first) = first else { return Ok(None) };
    let until = now + LEASE;
    let Some(fence) = key::take(db, &first.key, worker, until).await? else { return Ok(None) };
    let claimed = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(State::Running))
        .col_expr(job::Column::Attempt, Expr::col(job::Column::Attempt).add(1))
        .col_expr(job::Column::LeaseOwner, Expr::value(worker))
        .col_expr(job::Column::LeaseUntil, Expr::value(until))
        .col_expr(job::Column::Fence, Expr::value(fence))
        .col_expr(job::Column::StartedAt, Expr::value(now))
        .filter(job::COLUMN.id.eq(first.id))
        .filter(job::COLUMN.state.eq(State::Queued));
    let mut rows = claimed.exec_with_returning(db).await?;
    if rows.is_empty() {
        key::release(db, &first.key, fence).await?;
    }
    Ok(rows.pop())
}

/// Whether a claim would find something: asked of the reader, so that idle polling writes nothing.
pub async fn has_runnable(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    kinds: &[&str],
) -> Result<bool, DbErr> {
    Ok(runnable(now, kinds).one(db).await?.is_some())
}

fn runnable(now: DateTime<Utc>, kinds: &[&str]) -> Select<job::Entity> {
    let earlier = Alias::new("earlier");
    let of_earlier = |column: job::Column| Expr::col((earlier.clone(), column));
    let blocked = Query::select()
        .expr(Expr::val(1))
        .from_as(job::Entity, earlier.clone())
        .and_where(of_earlier(job::Column::Key).equals((job::Entity, job::Column::Key)))
        .and_where(of_earlier(job::Column::Seq).lt(Expr::col((job::Entity, job::Column::Seq))))
        .and_where(of_earlier(job::Column::State).is_in(job::LIVE.map(state_text)))
        .to_owned();
    job::Entity::find()
        .join_rev(
            JoinType::InnerJoin,
            key::Entity::belongs_to(job::Entity).from(key::Column::Key).to(job::Column::Key).into(),
        )
        .filter(key::COLUMN.lease_until.is_null())
        .filter(job::COLUMN.state.eq(State::Queued))
        .filter(job::COLUMN.run_at.lte(now))
        .filter(job::COLUMN.kind.is_in(kinds.iter().copied()))
        .filter(Condition::all().not().add(Expr::exists(blocked)))
        .order_by_asc(job::Column::RunAt)
        .order_by_asc(job::Column::Id)
        .limit(1)
}

fn state_text(state: State) -> String {
    sea_orm::ActiveEnum::to_value(&state)
}

/// Extends the lease of a claimed job. `false` means that it was lost and the work must stop.
pub async fn heartbeat(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    job: &job::Model,
) -> Result<bool, DbErr> {
    let Some(fence) = job.fence else { return Ok(false) };
    let until = now + LEASE;
    if !key::renew(db, &job.key, fence, until).await? {
        return Ok(false);
    }
    let renewed = mine(job).col_expr(job::Column::LeaseUntil, Expr::value(until)).exec(db).await?;
    Ok(renewed.rows_affected == 1)
}

/// Ends a claimed job well. `false` means that the claim was lost: the caller's transaction must not commit.
pub async fn finish(db: &impl ConnectionTrait, now: DateTime<Utc>, job: &job::Model) -> Result<bool, DbErr> {
    end(db, job, State::Done, None, now).await
}

/// Notes a failure: another try later, at its pace, or dead when there is none left. Answers the new state.
pub async fn fail(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    job: &job::Model,
    code: &str,
    retry: Option<Pace>,
) -> Result<Option<State>, DbErr> {
    let Some(pace) = retry.filter(|_| job.attempt < job.max_attempts) else {
        return Ok(end(db, job, State::Dead, Some(code), now).await?.then_some(State::Dead));
    };
    let waits = free(mine(job))
        .col_expr(job::Column::State, Expr::value(State::RetryWait))
        .col_expr(job::Column::RunAt, Expr::value(now + pace.delay(job.attempt)))
        .col_expr(job::Column::ErrorCode, Expr::value(code));
    let noted = waits.exec(db).await?.rows_affected == 1;
    release_key(db, job).await?;
    Ok(noted.then_some(State::RetryWait))
}

/// Hands a claimed job back untouched, at shutdown: the attempt does not count. `false` when it was somebody else's by
/// then.
pub async fn hand_back(db: &impl ConnectionTrait, job: &job::Model) -> Result<bool, DbErr> {
    let handed_back = free(mine(job))
        .col_expr(job::Column::State, Expr::value(State::Queued))
        .col_expr(job::Column::Attempt, Expr::col(job::Column::Attempt).sub(1))
        .exec(db)
        .await?;
    release_key(db, job).await?;
    Ok(handed_back.rows_affected > 0)
}

/// The running jobs whose worker has gone silent.
pub async fn silent(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<job::Model>, DbErr> {
    let running = job::Entity::find().filter(job::COLUMN.state.eq(State::Running));
    running.filter(job::COLUMN.lease_until.lt(now)).limit(100).all(db).await
}

/// Takes a silent job away from its worker: back into the queue, or dead after its last attempt. `None` when the
/// worker has spoken up or somebody else was faster.
pub async fn expire(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    job: &job::Model,
) -> Result<Option<State>, DbErr> {
    let next = if job.attempt >= job.max_attempts { State::Dead } else { State::Queued };
    let ended = (next == State::Dead).then_some(now);
    let expired = free(mine(job))
        .col_expr(job::Column::State, Expr::value(next))
        .col_expr(job::Column::FinishedAt, Expr::value(ended))
        .col_expr(job::Column::ErrorCode, Expr::value("lease_expired"))
        .filter(job::COLUMN.lease_until.lt(now))
        .exec(db)
        .await?;
    if expired.rows_affected == 0 {
        return Ok(None);
    }
    release_key(db, job).await?;
    Ok(Some(next))
}

/// Whether a retry has come due.
pub async fn has_due_retry(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let due = job::Entity::find().filter(job::COLUMN.state.eq(State::RetryWait));
    Ok(due.filter(job::COLUMN.run_at.lte(now)).one(db).await?.is_some())
}

/// Puts due retries back into the queue.
pub async fn queue_due_retries(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let due = job::Entity::update_many().col_expr(job::Column::State, Expr::value(State::Queued));
    let due = due.filter(job::COLUMN.state.eq(State::RetryWait)).filter(job::COLUMN.run_at.lte(now));
    Ok(due.exec(db).await?.rows_affected)
}

async fn end(
    db: &impl ConnectionTrait,
    job: &job::Model,
    state: State,
    code: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let ended = free(mine(job))
        .col_expr(job::Column::State, Expr::value(state))
        .col_expr(job::Column::FinishedAt, Expr::value(now))
        .col_expr(job::Column::ErrorCode, Expr::value(code))
        .exec(db)
        .await?;
    release_key(db, job).await?;
    Ok(ended.rows_affected == 1)
}

/// The row of a claim, as long as it is still this claim's.
fn mine(job: &job::Model) -> sea_orm::UpdateMany<job::Entity> {
    job::Entity::update_many()
        .filter(job::COLUMN.id.eq(job.id))
        .filter(job::COLUMN.state.eq(State::Running))
        .filter(job::COLUMN.fence.eq(job.fence))
}

fn free(update: sea_orm::UpdateMany<job::Entity>) -> sea_orm::UpdateMany<job::Entity> {
    update
        .col_expr(job::Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(job::Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
}

async fn release_key(db: &impl ConnectionTrait, job: &job::Model) -> Result<(), DbErr> {
    match job.fence {
        Some(fence) => key::release(db, &job.key, fence).await,
        None => Ok(()),
    }
}
