//! Schedules: which occurrence is due, and that each fires once.
//!
//! An occurrence fires by inserting its row and its job in one transaction, so any number of processes may try.
//! After a pause only the latest missed occurrence fires.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::{Cron, parser::CronParser};
use sea_orm::{Set, entity::prelude::*, sea_query::OnConflict};

use super::enqueue::Enqueue;
use crate::platform::store::Store;

/// An occurrence that has fired.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cron_fire")]
pub struct Model {
    /// The schedule.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// When it was due.
    #[sea_orm(primary_key, auto_increment = false)]
    pub due_at: DateTimeUtc,
    /// When it fired.
    pub fired_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// A line of the cron table.
pub struct Schedule {
    /// Its name, unique in the table.
    pub name: &'static str,
    cron: Cron,
    job: fn() -> Enqueue,
}

impl Schedule {
    /// `job` is enqueued at every time that `cron` names, in five fields: minute, hour, day, month, weekday.
    ///
    /// # Panics
    /// When the text is no cron text: the table is part of the program, and a test reads all of it.
    pub fn new(name: &'static str, cron: &str, job: fn() -> Enqueue) -> Self {
        let parser = CronParser::builder().dom_and_dow(true).build();
        let cron = parser.parse(cron).expect("the cron table is checked by a test");
        Self { name, cron, job }
    }

    /// What it asks for.
    pub fn job(&self) -> Enqueue {
        (self.job)()
    }

    /// The latest occurrence at or before `now`.
    pub fn last_due(&self, now: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let local = now.with_timezone(&zone);
        self.cron.find_previous_occurrence(&local, true).ok().map(|due| due.with_timezone(&Utc))
    }

    /// The next `count` occurrences after `now`.
    pub fn next(&self, now: DateTime<Utc>, zone: Tz, count: usize) -> Vec<DateTime<Utc>> {
        let local = now.with_timezone(&zone);
        self.cron.iter_after(local).take(count).map(|due| due.with_timezone(&Utc)).collect()
    }
}

/// The cron table at work.
pub struct Scheduler {
    schedules: Vec<Schedule>,
    zone: Tz,
    /// The occurrences known to have fired: spares a look into the database at every tick.
    fired: Mutex<HashMap<&'static str, DateTime<Utc>>>,
}

impl Scheduler {
    /// A table whose times are meant in `zone`.
    pub fn new(schedules: Vec<Schedule>, zone: Tz) -> Self {
        Self { schedules, zone, fired: Mutex::default() }
    }

    /// Fires what is due. Answers the names of what fired here.
    pub async fn fire_due(&self, store: &Store, now: DateTime<Utc>) -> Result<Vec<&'static str>, DbErr> {
        let mut names = Vec::new();
        for schedule in &self.schedules {
            let Some(due) = schedule.last_due(now, self.zone) else { continue };
            if self.fired().get(schedule.name) == Some(&due) {
                continue;
            }
            if fire(store, schedule, due, now).await? {
                names.push(schedule.name);
            }
            self.fired().insert(schedule.name, due);
        }
        Ok(names)
    }

    fn fired(&self) -> std::sync::MutexGuard<'_, HashMap<&'static str, DateTime<Utc>>> {
        self.fired.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn fire(
    store: &Store,
    schedule: &Schedule,
    due: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let fired = Entity::find_by_id((schedule.name.to_owned(), due));
    if fired.one(store.read()).await?.is_some() {
        return Ok(false);
    }
    store
        .write(async |tx| {
            let occurrence =
                ActiveModel { name: Set(schedule.name.to_owned()), due_at: Set(due), fired_at: Set(now) };
            let unless_there = OnConflict::columns([Column::Name, Column::DueAt]).do_nothing().to_owned();
            let inserted =
                Entity::insert(occurrence).on_conflict(unless_there).exec_without_returning(&tx).await?;
            if inserted == 0 {
                return Ok(false);
            }
            schedule.job().save(&tx, now).await?;
            Ok(true)
        })
        .await
}

/// Drops occurrences older than `before`, which has to lie further back than any schedule pauses: what is forgotten
/// would fire again.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    Ok(Entity::delete_many().filter(COLUMN.due_at.lt(before)).exec(db).await?.rows_affected)
}
