//! A task together with its schedule: when it is due, and when it comes next.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use futures::try_join;
use sea_orm::entity::prelude::*;

use super::{clocked, crontab, interval, solar, task};
use crate::queue::timing::Timing;

/// What was due longer ago is not made up for. Occurrences are remembered for longer than this.
const LONGEST: Duration = Duration::days(370);

/// What a task is scheduled by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// A crontab.
    Crontab(crontab::Model),
    /// An interval.
    Interval(interval::Model),
    /// A single time.
    Clocked(clocked::Model),
    /// The sun.
    Solar(solar::Model),
}

/// A task and its schedule.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The task.
    pub task: task::Model,
    /// Its schedule; `None` when it has none.
    pub schedule: Option<Schedule>,
}

impl Schedule {
    /// The times it names; `None` when it never fires. Intervals are counted from `start`, or from 1970.
    fn timing(&self, start: Option<DateTime<Utc>>) -> Option<Timing> {
        Some(match self {
            Self::Crontab(row) => Timing::Crontab(Box::new(row.parsed().ok()?), row.zone()?),
            Self::Interval(row) => {
                Timing::Every { from: start.unwrap_or(DateTime::UNIX_EPOCH), step: row.length()? }
            }
            Self::Clocked(row) => Timing::At(row.clocked_time),
            Self::Solar(_) => return None,
        })
    }

    fn changed_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Crontab(row) => row.changed_at,
            Self::Interval(row) => row.changed_at,
            Self::Clocked(row) => row.changed_at,
            Self::Solar(_) => None,
        }
    }

    /// The zone in which it is meant.
    pub fn zone(&self) -> Tz {
        match self {
            Self::Crontab(row) => row.zone().unwrap_or(chrono_tz::UTC),
            _ => chrono_tz::UTC,
        }
    }
}

impl Plan {
    fn timing(&self) -> Option<Timing> {
        self.schedule.as_ref()?.timing(self.task.start_time)
    }

    /// Since when it has been scheduled as it is. A row that only the original has written was as it is when it was last
    /// changed, and has done what was due when it last ran.
    fn since(&self) -> DateTime<Utc> {
        let task = &self.task;
        let written = || task.last_run_at.map_or(task.date_changed, |ran| ran.max(task.date_changed));
        let task = task.scheduled_from.unwrap_or_else(written);
        self.schedule.as_ref().and_then(Schedule::changed_at).map_or(task, |changed| changed.max(task))
    }

    /// Whether a time is one at which it fires.
    fn admits(&self, due: DateTime<Utc>) -> bool {
        due > self.since()
            && self.task.start_time.is_none_or(|start| due >= start)
            && self.task.expires.is_none_or(|end| due < end)
    }

    /// The latest time at or before `now` at which it had to fire.
    pub fn due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let due = self.timing()?.last(now)?;
        (self.task.enabled && due > now - LONGEST && self.admits(due)).then_some(due)
    }

    /// The times before `due` at which it had to fire, back to `last`: the newest of them, at most `count`.
    pub(super) fn missed(
        &self,
        last: Option<DateTime<Utc>>,
        due: DateTime<Utc>,
        count: usize,
    ) -> Vec<DateTime<Utc>> {
        let Some(timing) = self.timing() else { return Vec::new() };
        let before = |at: &DateTime<Utc>| timing.last(*at - Duration::microseconds(1));
        let times = std::iter::successors(before(&due), before);
        times.take_while(|at| self.admits(*at) && last.is_none_or(|last| *at > last)).take(count).collect()
    }

    /// The next times after `now`, at most `count`.
    pub fn next(&self, now: DateTime<Utc>, count: usize) -> Vec<DateTime<Utc>> {
        let Some(timing) = self.timing().filter(|_| self.task.enabled) else { return Vec::new() };
        // Before its start nothing counts; the start itself may.
        let start = self.task.start_time.map(|start| start - Duration::microseconds(1));
        let from = start.map_or(now, |start| start.max(now)).max(self.since());
        let times = std::iter::successors(timing.next(from), |at| timing.next(*at));
        let count = if self.task.one_off { count.min(1) } else { count };
        times.take_while(|at| self.admits(*at)).take(count).collect()
    }

    /// Whether its schedule names no time at all: the 31st of February, or something that cannot be read.
    pub fn never_comes(&self, now: DateTime<Utc>) -> bool {
        let timing = self.timing();
        timing.is_none_or(|timing| timing.next(now).is_none() && timing.last(now).is_none())
    }
}

/// Puts tasks and their schedules together: one query for each kind of schedule.
pub async fn of(db: &impl ConnectionTrait, tasks: Vec<task::Model>) -> Result<Vec<Plan>, DbErr> {
    let ids = |of: fn(&task::Model) -> Option<i32>| -> Vec<i32> { tasks.iter().filter_map(of).collect() };
    let (crontabs, intervals, clocked, solar) = try_join!(
        Box::pin(crontabs(db, ids(|task| task.crontab_id))),
        Box::pin(intervals(db, ids(|task| task.interval_id))),
        Box::pin(single_times(db, ids(|task| task.clocked_id))),
        Box::pin(by_the_sun(db, ids(|task| task.solar_id))),
    )?;
    let plans = tasks.into_iter().map(|task| {
        let crontab = task.crontab_id.and_then(|id| crontabs.get(&id));
        let interval = task.interval_id.and_then(|id| intervals.get(&id));
        let clocked = task.clocked_id.and_then(|id| clocked.get(&id));
        let solar = task.solar_id.and_then(|id| solar.get(&id));
        // A row should have one; of several the first counts in the order in which the original asks.
        let schedule = interval.or(crontab).or(solar).or(clocked).cloned();
        Plan { task, schedule }
    });
    Ok(plans.collect())
}

type Schedules = HashMap<i32, Schedule>;

async fn crontabs(db: &impl ConnectionTrait, ids: Vec<i32>) -> Result<Schedules, DbErr> {
    if ids.is_empty() {
        return Ok(Schedules::new());
    }
    let rows = crontab::Entity::find().filter(crontab::COLUMN.id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, Schedule::Crontab(row))).collect())
}

async fn intervals(db: &impl ConnectionTrait, ids: Vec<i32>) -> Result<Schedules, DbErr> {
    if ids.is_empty() {
        return Ok(Schedules::new());
    }
    let rows = interval::Entity::find().filter(interval::COLUMN.id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, Schedule::Interval(row))).collect())
}

async fn single_times(db: &impl ConnectionTrait, ids: Vec<i32>) -> Result<Schedules, DbErr> {
    if ids.is_empty() {
        return Ok(Schedules::new());
    }
    let rows = clocked::Entity::find().filter(clocked::COLUMN.id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, Schedule::Clocked(row))).collect())
}

async fn by_the_sun(db: &impl ConnectionTrait, ids: Vec<i32>) -> Result<Schedules, DbErr> {
    if ids.is_empty() {
        return Ok(Schedules::new());
    }
    let rows = solar::Entity::find().filter(solar::COLUMN.id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, Schedule::Solar(row))).collect())
}
