//! The scheduler: looks at the rows, fires what is due, notes what was missed.
//!
//! Every instance looks, every second, at the rows as they are; nothing is kept from one look to the next but what is known
//! to have fired. An occurrence is claimed in the transaction that asks for its run, so it fires once.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use sea_orm::DbErr;

use super::{
    plan::{self, Plan},
    registry::{Known, Registry},
    result::{self, Run, SKIPPED},
    run::{self, Asked},
    task,
};
use crate::{
    platform::store::{Store, Transaction},
    queue::occurrence,
};

/// Missed occurrences of one pause that are noted one by one; older ones are not.
const NOTED: usize = 50;

/// The scheduler of one instance.
pub struct Scheduler {
    registry: Registry,
    /// The occurrences known to have fired: spares a look into the database each second.
    fired: Mutex<HashMap<i32, DateTime<Utc>>>,
}

impl Scheduler {
    /// One that fires what is in this list.
    pub fn new(registry: Registry) -> Self {
        Self { registry, fired: Mutex::default() }
    }

    /// Fires what is due. Answers the names of the tasks that fired here.
    pub async fn fire_due(&self, store: &Store, now: DateTime<Utc>) -> Result<Vec<String>, DbErr> {
        let plans = store.patient(async { plan::of(store.read(), task::enabled(store.read()).await?).await });
        let plans = plans.await?;
        if plans.iter().any(|plan| plan.task.expires.is_some_and(|end| end <= now)) {
            store.write(async |tx| task::end_expired(&tx, now).await).await?;
        }
        let mut names = Vec::new();
        for plan in &plans {
            // What nobody here knows is never run.
            let Some(known) = self.registry.named(&plan.task.task) else { continue };
            if plan.task.expires.is_some_and(|end| end <= now) {
                continue;
            }
            match plan.due(now) {
                Some(due) if !self.has_fired(plan.task.id, due) => {
                    let fate = fire(store, known, plan, due, now).await?;
                    if fate == Fate::Fired {
                        names.push(plan.task.name.clone());
                    }
                    if fate != Fate::Changed {
                        self.fired().insert(plan.task.id, due);
                    }
                }
                _ => foretell(store, plan, now).await?,
            }
        }
        Ok(names)
    }

    fn has_fired(&self, id: i32, due: DateTime<Utc>) -> bool {
        self.fired().get(&id) == Some(&due)
    }

    fn fired(&self) -> std::sync::MutexGuard<'_, HashMap<i32, DateTime<Utc>>> {
        self.fired.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name under which the occurrences of a task are claimed.
fn occurrence_name(id: i32) -> String {
    format!("periodic:{id}")
}

/// Keeps the time at which the row says that it fires next, when that has changed.
async fn foretell(store: &Store, plan: &Plan, now: DateTime<Utc>) -> Result<(), DbErr> {
    let next = plan.next(now, 1).first().copied();
    if next == plan.task.next_run_at {
        return Ok(());
    }
    store.write(async |tx| task::note_next(&tx, plan.task.id, next).await).await
}

async fn fire(
    store: &Store,
    known: &Known,
    plan: &Plan,
    due: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Fate, DbErr> {
    let name = occurrence_name(plan.task.id);
    if store.patient(occurrence::is_claimed(store.read(), &name, due)).await? {
        return Ok(Fate::Claimed);
    }
    match store.write(async |tx| fire_in(&tx, known, plan, due, now).await).await {
        Ok(fate) => Ok(fate),
        Err(Unfired::Changed) => Ok(Fate::Changed),
        Err(Unfired::Database(error)) => Err(error),
    }
}

/// What becomes of an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It fires here.
    Fired,
    /// It is somebody else's.
    Claimed,
    /// The task was changed since it was read: the next look decides.
    Changed,
}

/// Why nothing of a transaction has happened.
#[derive(Debug)]
enum Unfired {
    Changed,
    Database(DbErr),
}

impl From<DbErr> for Unfired {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

async fn fire_in(
    tx: &Transaction,
    known: &Known,
    plan: &Plan,
    due: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Fate, Unfired> {
    let (task, name) = (&plan.task, occurrence_name(plan.task.id));
    if !occurrence::claim(tx, &name, due, now).await? {
        return Ok(Fate::Claimed);
    }
    // The key of its jobs before the rows of tasks: the order in which everybody locks.
    run::ask(tx, now, &[(known, Asked::due(task, due))]).await?;
    let next = plan.next(now, 1).first().copied().filter(|_| !task.one_off);
    if !task::note_fired(tx, task, now, next).await? {
        return Err(Unfired::Changed);
    }
    result::unmiss(tx, &result::missed_id(&name, due)).await?;
    let last = occurrence::latest(tx, &name, due).await?;
    let missed = plan.missed(last, due, NOTED);
    if !missed.is_empty() {
        tracing::warn!(
            task = task.task,
            missed = missed.len(),
            "occurrences were missed; the latest is made up for"
        );
    }
    let missed = missed.into_iter().map(|due| Run {
        id: result::missed_id(&name, due),
        status: SKIPPED,
        task: &task.task,
        periodic: Some(&task.name),
        args: task.args.clone(),
        kwargs: task.kwargs.clone(),
        due: Some(due),
    });
    result::begin(tx, now, missed).await?;
    Ok(Fate::Fired)
}
