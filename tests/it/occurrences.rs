//! Schedules against chance: instances that are killed, and whose clocks jump, fire each occurrence exactly once.

use std::{collections::BTreeSet, time::Duration};

use chatdku::{
    config::DatabaseSettings,
    periodic::{Known, Registry, Scheduler, plant},
    platform::store::Store,
    queue::{Done, job, occurrence},
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::EntityTrait;

use crate::support::{noon, scratch};

const OCCURRENCES: i64 = 2_000;
const INSTANCES: usize = 3;
/// One look in so many is cut off by a kill, if it is not faster.
const KILLED: u32 = 4;
/// The longest life of an instance that is going to be killed, from the moment at which it looks.
const LIFE: Duration = Duration::from_millis(8);
/// One look in so many is made by a clock that has jumped.
const JUMPING: u32 = 10;
/// How far, in either direction.
const JUMP_SECONDS: i64 = 2 * 60 * 60;

/// An instance: its own connections, and its own memory of what has fired.
struct Instance {
    settings: DatabaseSettings,
    store: Store,
    scheduler: Scheduler,
    kills: usize,
    jumps: usize,
}

impl Instance {
    async fn start(settings: DatabaseSettings) -> Self {
        let store = Store::open(&settings).await.unwrap();
        Self { settings, store, scheduler: scheduler(), kills: 0, jumps: 0 }
    }

    /// Looks until it has done so once without being killed.
    async fn look(&mut self, now: DateTime<Utc>) {
        if rand::random_range(0..JUMPING) == 0 {
            self.jumps += 1;
            let jump = TimeDelta::seconds(rand::random_range(-JUMP_SECONDS..=JUMP_SECONDS));
            self.scheduler.fire_due(&self.store, now + jump).await.unwrap();
        }
        while rand::random_range(0..KILLED) == 0 && self.is_killed_at(now).await {}
        self.scheduler.fire_due(&self.store, now).await.unwrap();
    }

    /// Looks, and may not get to the end: whatever it is at, it stops there, and another comes in its place.
    async fn is_killed_at(&mut self, now: DateTime<Utc>) -> bool {
        let life = rand::random_range(Duration::ZERO..LIFE);
        if tokio::time::timeout(life, self.scheduler.fire_due(&self.store, now)).await.is_ok() {
            return false;
        }
        self.kills += 1;
        self.store = Store::open(&self.settings).await.unwrap();
        self.scheduler = scheduler();
        true
    }
}

fn scheduler() -> Scheduler {
    Scheduler::new(registry())
}

fn registry() -> Registry {
    Registry::new([Known::new("count", |_, _| async { Ok(Done::nothing()) }).at("* * * * *")])
}

#[rocket::async_test]
async fn each_occurrence_fires_once_whoever_is_killed_and_whichever_clock_jumps() {
    let folder = tempfile::tempdir().unwrap();
    let database = scratch(folder.path());
    let mut instances = Vec::new();
    for _ in 0..INSTANCES {
        instances.push(Instance::start(database.settings.clone()).await);
    }
    let minute = |number: i64| noon() + TimeDelta::minutes(number);
    plant(&instances[0].store, &registry(), minute(-1)).await.unwrap();
    for number in 0..OCCURRENCES {
        let looks = instances.iter_mut().map(|instance| {
            // They do not look at the same second of it.
            instance.look(minute(number) + TimeDelta::seconds(rand::random_range(0..60)))
        });
        futures::future::join_all(looks).await;
    }
    let store = &instances[0].store;
    let fired = occurrence::Entity::find().all(store.read()).await.unwrap();
    let due: BTreeSet<_> = fired.iter().map(|occurrence| occurrence.due_at).collect();
    assert_eq!(due.len(), fired.len(), "an occurrence is there twice");
    for number in 0..OCCURRENCES {
        assert!(due.contains(&minute(number)), "{} did not fire", minute(number));
    }
    // A job has the time of the occurrence that asked for it.
    let jobs = job::Entity::find().all(store.read()).await.unwrap();
    let mut asked: Vec<_> = fired.iter().map(|occurrence| occurrence.fired_at).collect();
    let mut enqueued: Vec<_> = jobs.iter().map(|job| job.enqueued_at).collect();
    asked.sort_unstable();
    enqueued.sort_unstable();
    assert_eq!(asked, enqueued, "each occurrence has its job, and each job its occurrence");
    let kills: usize = instances.iter().map(|instance| instance.kills).sum();
    let jumps: usize = instances.iter().map(|instance| instance.jumps).sum();
    assert!(kills > 100 && jumps > 100, "too little happened: {kills} kills, {jumps} jumps");
    #[expect(clippy::print_stdout, reason = "figures are what this is run for")]
    {
        println!(
            "{OCCURRENCES} occurrences on {INSTANCES} instances, {} more by clocks that jumped; {kills} kills, {jumps} jumps; \
             missing 0, twice 0",
            fired.len() - usize::try_from(OCCURRENCES).unwrap()
        );
    }
}
