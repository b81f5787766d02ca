//! What must hold in the tables of the queue, looked up in a live database.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    Condition, ExprTrait, JoinType, QueryOrder, QuerySelect,
    entity::prelude::*,
    sea_query::{Alias, Expr, Query},
};

use super::{
    job::{self, COLUMN, Column, Entity, State},
    key,
};

/// An expired lease is taken back within this time of its end.
const TAKEN_BACK: Duration = Duration::seconds(6);
/// Violations named of each kind.
const NAMED: u64 = 20;

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant.
    pub rule: &'static str,
    /// The job or key it is seen at.
    pub at: String,
}

/// Every violation there is, at most twenty of a kind.
pub async fn violations(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Violation>, DbErr> {
    let mut found = Vec::new();
    for (rule, condition) in of_jobs(now) {
        let jobs = Entity::find().filter(condition).order_by_asc(Column::Id).limit(NAMED).all(db).await?;
        found.extend(jobs.into_iter().map(|job| Violation { rule, at: format!("job {}", job.id) }));
    }
    for (rule, condition) in of_keys() {
        let keys = key::Entity::find().filter(condition).limit(NAMED).all(db).await?;
        found.extend(keys.into_iter().map(|key| Violation { rule, at: format!("key {}", key.key) }));
    }
    let twice = Entity::find().select_only().column(Column::Key).filter(COLUMN.state.eq(State::Running));
    let twice = twice.group_by(Column::Key).having(COLUMN.id.count().gt(1)).limit(NAMED);
    let twice: Vec<String> = twice.into_tuple().all(db).await?;
    let rule = "Q2: at most one job of a key runs";
    found.extend(twice.into_iter().map(|key| Violation { rule, at: format!("key {key}") }));
    Ok(found)
}

fn of_jobs(now: DateTime<Utc>) -> Vec<(&'static str, Condition)> {
    let running = || COLUMN.state.eq(State::Running);
    let held = || COLUMN.lease_owner.is_not_null().and(COLUMN.lease_until.is_not_null());
    let ended = || COLUMN.state.is_in([State::Done, State::Dead, State::Cancelled]);
    let all = |condition: Expr| Condition::all().add(condition);
    vec![
        (
            "Q3: no job has a fence above that of its key",
            all(COLUMN.id.in_subquery(
                Query::select()
                    .column((Entity, Column::Id))
                    .from(Entity)
                    .join(JoinType::LeftJoin, key::Entity, same_key())
                    .and_where(Expr::col((key::Entity, key::Column::Key)).is_null().or(
                        Expr::col((Entity, Column::Fence)).gt(Expr::col((key::Entity, key::Column::Fence))),
                    ))
                    .to_owned(),
            )),
        ),
        ("Q4: what has ended has the time of its end", all(ended().and(COLUMN.finished_at.is_null()))),
        ("Q5: jobs of a key start in order", all(running().and(Expr::exists(earlier_unfinished())))),
        (
            "Q6: a running job has an owner, a lease and a fence, and no other has a lease",
            Condition::any().add(running().and(held().and(COLUMN.fence.is_not_null()).not())).add(
                running().not().and(COLUMN.lease_owner.is_not_null().or(COLUMN.lease_until.is_not_null())),
            ),
        ),
        ("Q7: no job is started more often than it may be", {
            all(Expr::col((Entity, Column::Attempt)).gt(Expr::col((Entity, Column::MaxAttempts))))
        }),
        (
            "Q9: a lease that has ended is taken back",
            all(running().and(COLUMN.lease_until.lt(now - TAKEN_BACK))),
        ),
    ]
}

fn of_keys() -> Vec<(&'static str, Condition)> {
    let at_work = Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::Key)).equals((key::Entity, key::Column::Key)))
        .and_where(COLUMN.state.eq(State::Running))
        .and_where(Expr::col((Entity, Column::Fence)).equals((key::Entity, key::Column::Fence)))
        .to_owned();
    let idle = Expr::exists(at_work).not();
    let held = Condition::all().add(key::COLUMN.lease_until.is_not_null()).add(idle);
    vec![("Q6: a key is held by a running job with its fence", held)]
}

fn same_key() -> Condition {
    let same = Expr::col((Entity, Column::Key)).equals((key::Entity, key::Column::Key));
    Condition::all().add(same)
}

fn earlier_unfinished() -> sea_orm::sea_query::SelectStatement {
    let earlier = Alias::new("earlier");
    let of_earlier = |column: Column| Expr::col((earlier.clone(), column));
    Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, earlier.clone())
        .and_where(of_earlier(Column::Key).equals((Entity, Column::Key)))
        .and_where(of_earlier(Column::Seq).lt(Expr::col((Entity, Column::Seq))))
        .and_where(
            of_earlier(Column::State).is_in(job::LIVE.map(|state| sea_orm::ActiveEnum::to_value(&state))),
        )
        .to_owned()
}
