//! Tasks on schedules: when they fire, over several instances and through changes of the clock, and what comes of it.

mod firing;
mod runs;
mod weeks;

use chatdku::{
    periodic::{
        Known, Registry, Scheduler,
        tables::{PeriodicTask, TaskResult, clocked, crontab, interval, result, task},
    },
    platform::store::Store,
    queue::{Done, occurrence},
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::support::{Scratch, noon, scratch};

/// What tasks of these tests do.
const NAME: &str = "tests.tasks.nothing";

/// A database with three instances on it, each with its own connections and its own memory of what has fired.
pub struct Instances {
    pub stores: Vec<Store>,
    schedulers: Vec<Scheduler>,
    _folder: tempfile::TempDir,
    _database: Scratch,
}

pub fn registry() -> Registry {
    Registry::new([Known::new(NAME, |_, _| async { Ok(Done::nothing()) })])
}

impl Instances {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = scratch(folder.path());
        let (mut stores, mut schedulers) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            stores.push(Store::open(&database.settings).await.unwrap());
            schedulers.push(Scheduler::new(registry()));
        }
        Self { stores, schedulers, _folder: folder, _database: database }
    }

    pub fn store(&self) -> &Store {
        &self.stores[0]
    }

    /// All of them look, at about the same time. Answers the names of what fired.
    pub async fn look(&self, now: DateTime<Utc>) -> Vec<String> {
        let looks = self.stores.iter().zip(&self.schedulers).zip(0..).map(|((store, scheduler), late)| {
            let now = now + TimeDelta::milliseconds(300 * late);
            async move { scheduler.fire_due(store, now).await.unwrap() }
        });
        let mut fired: Vec<String> = futures::future::join_all(looks).await.concat();
        fired.sort_unstable();
        fired
    }

    /// They look at each step of a span.
    pub async fn pass(&self, from: DateTime<Utc>, to: DateTime<Utc>, step: TimeDelta) {
        let mut now = from;
        while now <= to {
            self.look(now).await;
            now += step;
        }
    }

    pub async fn add(&self, task: task::ActiveModel) -> i32 {
        self.store().write(async |tx| task.insert(&tx).await).await.unwrap().id
    }

    pub async fn change(&self, task: task::ActiveModel) {
        self.store().write(async |tx| task.update(&tx).await).await.unwrap();
    }

    pub async fn crontab(&self, text: &str, zone: &str) -> i32 {
        let fields: Vec<String> = text.split(' ').map(str::to_owned).collect();
        let row = crontab::ActiveModel {
            minute: Set(fields[0].clone()),
            hour: Set(fields[1].clone()),
            day_of_month: Set(fields[2].clone()),
            month_of_year: Set(fields[3].clone()),
            day_of_week: Set(fields[4].clone()),
            timezone: Set(zone.to_owned()),
            ..Default::default()
        };
        self.store().write(async |tx| row.insert(&tx).await).await.unwrap().id
    }

    pub async fn interval(&self, every: i32, period: &str) -> i32 {
        let row =
            interval::ActiveModel { every: Set(every), period: Set(period.to_owned()), ..Default::default() };
        self.store().write(async |tx| row.insert(&tx).await).await.unwrap().id
    }

    pub async fn clocked(&self, at: DateTime<Utc>) -> i32 {
        let row = clocked::ActiveModel { clocked_time: Set(at), ..Default::default() };
        self.store().write(async |tx| row.insert(&tx).await).await.unwrap().id
    }

    pub async fn task(&self, id: i32) -> task::Model {
        PeriodicTask::find_by_id(id).one(self.store().read()).await.unwrap().unwrap()
    }

    /// When the occurrences of a task were due that have fired.
    pub async fn fired(&self, id: i32) -> Vec<DateTime<Utc>> {
        let of = occurrence::Entity::find().filter(occurrence::Column::Name.eq(format!("periodic:{id}")));
        let of = of.order_by_asc(occurrence::Column::DueAt).all(self.store().read()).await.unwrap();
        of.into_iter().map(|row| row.due_at).collect()
    }

    /// The results of a task, in the order in which they were written.
    pub async fn results(&self, name: &str) -> Vec<result::Model> {
        let of = TaskResult::find().filter(result::Column::PeriodicTaskName.eq(name));
        of.order_by_asc(result::Column::Id).all(self.store().read()).await.unwrap()
    }
}

/// A task of this name, scheduled since just before noon.
pub fn new_task(name: &str) -> task::ActiveModel {
    task::ActiveModel {
        name: Set(name.to_owned()),
        task: Set(NAME.to_owned()),
        args: Set("[]".to_owned()),
        kwargs: Set("{}".to_owned()),
        headers: Set("{}".to_owned()),
        description: Set(String::new()),
        enabled: Set(true),
        one_off: Set(false),
        total_run_count: Set(0),
        date_changed: Set(noon() - TimeDelta::seconds(1)),
        scheduled_from: Set(Some(noon() - TimeDelta::seconds(1))),
        ..Default::default()
    }
}
