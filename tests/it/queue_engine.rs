//! The queue, with a job that counts.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{self, Instant},
};

use chatdku::{
    platform::{clock::Clock, store::Store, tasks::Tasks},
    queue::{
        Claimed, Done, Enqueue, Failure, Kind, Kinds, Noted, Queue, State, Step, Worker, claim, job,
        occurrence,
    },
};
use chrono::Duration;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};

use crate::support::{Scratch, noon, scratch};

/// What the jobs work on.
#[derive(Clone, Default)]
struct Counter {
    started: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
    order: Arc<std::sync::Mutex<Vec<u32>>>,
}

/// Counts the work that ended, whichever way.
struct Left(Arc<AtomicUsize>);

impl Drop for Left {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Count {
    number: u32,
}

struct Bench {
    store: Store,
    clock: Clock,
    counter: Counter,
    _folder: tempfile::TempDir,
    _database: Scratch,
}

impl Bench {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = scratch(folder.path());
        let store = Store::open(&database.settings).await.unwrap();
        Self {
            store,
            clock: Clock::held_at(noon()),
            counter: Counter::default(),
            _folder: folder,
            _database: database,
        }
    }

    fn worker(&self) -> Worker<Counter> {
        let kinds = Kinds::new([
            Kind::new("count", |counter: Counter, job: Claimed<Count>| async move {
                counter.started.fetch_add(1, Ordering::SeqCst);
                counter.order.lock().unwrap().push(job.payload.number);
                Ok(Done::nothing())
            }),
            Kind::new("fail", |counter: Counter, _: Claimed<Count>| async move {
                counter.started.fetch_add(1, Ordering::SeqCst);
                Err(Failure::for_now("unlucky", anyhow::anyhow!("as always")))
            }),
            Kind::new("refuse", |_: Counter, _: Claimed<Count>| async move {
                Err(Failure::for_good("refused", anyhow::anyhow!("never")))
            }),
            Kind::new("endless", |counter: Counter, _: Claimed<Count>| async move {
                let _left = Left(counter.dropped.clone());
                counter.started.fetch_add(1, Ordering::SeqCst);
                std::future::pending().await
            }),
            Kind::new("panic", |_: Counter, _: Claimed<Count>| async move { panic!("as tests do") }),
            Kind::new("chain", |_: Counter, job: Claimed<Count>| async move {
                let next = Count { number: job.payload.number + 1 };
                Ok(Done::with(move |tx| async move {
                    Enqueue::new("count", "chained", &next).save(&tx, noon()).await.map(drop)
                }))
            }),
            Kind::new("spoil", |_: Counter, _: Claimed<Count>| async move {
                Ok(Done::with(|_| async move { Err(DbErr::Custom("spoilt".to_owned())) }))
            }),
        ]);
        let (store, clock) = (self.store.clone(), self.clock.clone());
        Worker::new(self.counter.clone(), kinds, store, clock, Queue::default(), Tasks::default())
    }

    async fn enqueue(&self, kind: &'static str, key: &str, number: u32) -> job::JobId {
        let job = Enqueue::new(kind, key, &Count { number });
        self.save(job).await
    }

    async fn save(&self, job: Enqueue) -> job::JobId {
        let now = self.clock.now();
        self.store.write(async |tx| job.save(&tx, now).await).await.unwrap()
    }

    async fn job(&self, id: job::JobId) -> job::Model {
        job::Entity::find_by_id(id).one(self.store.read()).await.unwrap().unwrap()
    }

    fn started(&self) -> usize {
        self.counter.started.load(Ordering::SeqCst)
    }
}

#[rocket::async_test]
async fn jobs_of_a_key_run_in_order() {
    let bench = Bench::start().await;
    for number in 0..10 {
        bench.enqueue("count", "a", number).await;
    }
    assert_eq!(bench.worker().run_until_empty().await.unwrap(), 10);
    assert_eq!(*bench.counter.order.lock().unwrap(), (0..10).collect::<Vec<_>>());
}

#[rocket::async_test]
async fn workers_that_race_start_each_job_once_and_a_key_never_twice() {
    let bench = Bench::start().await;
    for number in 0..40 {
        bench.enqueue("count", &format!("key {}", number % 7), number).await;
    }
    let workers: Vec<_> = (0..6).map(|_| bench.worker()).collect();
    let runs = futures::future::join_all(workers.iter().map(Worker::run_until_empty)).await;
    let started: usize = runs.into_iter().map(Result::unwrap).sum();
    assert_eq!((started, bench.started()), (40, 40));
    let order = bench.counter.order.lock().unwrap().clone();
    for key in 0..7 {
        let of_key: Vec<u32> = order.iter().copied().filter(|number| number % 7 == key).collect();
        assert!(of_key.is_sorted(), "{of_key:?}");
    }
}

#[rocket::async_test]
async fn a_held_key_gives_nothing_and_its_neighbour_does() {
    let bench = Bench::start().await;
    let (first, _second) = (bench.enqueue("count", "a", 1).await, bench.enqueue("count", "a", 2).await);
    let other = bench.enqueue("count", "b", 3).await;
    let now = bench.clock.now();
    let claim = async |worker: &'static str| {
        bench.store.write(async |tx| claim::claim(&tx, now, worker, &["count"]).await).await.unwrap()
    };
    assert_eq!(claim("one").await.map(|job| job.id), Some(first));
    assert_eq!(claim("two").await.map(|job| job.id), Some(other));
    assert_eq!(claim("three").await, None);
}

#[rocket::async_test]
async fn a_retry_waits_and_blocks_its_key_alone() {
    let bench = Bench::start().await;
    let failing = bench.enqueue("fail", "a", 1).await;
    let behind = bench.enqueue("count", "a", 2).await;
    bench.enqueue("count", "b", 3).await;
    bench.worker().run_until_empty().await.unwrap();
    let failed = bench.job(failing).await;
    assert_eq!(
        (failed.state, failed.attempt, failed.error_code.as_deref()),
        (State::RetryWait, 1, Some("unlucky"))
    );
    assert_eq!(bench.job(behind).await.state, State::Queued);
    assert_eq!(*bench.counter.order.lock().unwrap(), [3]);
    let wait = failed.run_at - bench.clock.now();
    assert!(wait >= Duration::seconds(8) && wait <= Duration::seconds(12), "{wait}");
}

#[rocket::async_test]
async fn a_job_that_always_fails_dies_and_frees_its_key() {
    let bench = Bench::start().await;
    let failing = bench.save(Enqueue::new("fail", "a", &Count { number: 1 }).max_attempts(3)).await;
    let behind = bench.enqueue("count", "a", 2).await;
    let worker = bench.worker();
    for _ in 0..5 {
        worker.run_until_empty().await.unwrap();
        bench.clock.advance(Duration::minutes(11));
    }
    let dead = bench.job(failing).await;
    assert_eq!((dead.state, dead.attempt), (State::Dead, 3));
    assert!(dead.finished_at.is_some());
    assert_eq!(bench.job(behind).await.state, State::Done);
}

#[rocket::async_test]
async fn what_cannot_succeed_is_not_tried_again() {
    let bench = Bench::start().await;
    let refused = bench.enqueue("refuse", "a", 1).await;
    let unknown = {
        // A kind of an older version, and a payload that nobody can read.
        let row = bench.enqueue("count", "b", 1).await;
        let spoil = job::ActiveModel {
            id: sea_orm::Set(row),
            payload: sea_orm::Set("{\"number\":\"x\"}".to_owned()),
            ..Default::default()
        };
        bench.store.write(async |tx| sea_orm::ActiveModelTrait::update(spoil, &tx).await).await.unwrap();
        row
    };
    bench.worker().run_until_empty().await.unwrap();
    assert_eq!(bench.job(refused).await.error_code.as_deref(), Some("refused"));
    let undecodable = bench.job(unknown).await;
    assert_eq!((undecodable.state, undecodable.error_code.as_deref()), (State::Dead, Some("decode")));
    assert_eq!(bench.started(), 0);
}

#[rocket::async_test]
async fn a_handler_that_panics_fails_its_job_and_nothing_else() {
    let bench = Bench::start().await;
    let panicking = bench.enqueue("panic", "a", 1).await;
    let other = bench.enqueue("count", "b", 2).await;
    bench.worker().run_until_empty().await.unwrap();
    assert_eq!(bench.job(panicking).await.error_code.as_deref(), Some("panic"));
    assert_eq!(bench.job(other).await.state, State::Done);
}

#[rocket::async_test]
async fn effects_happen_with_the_end_of_their_job_or_not_at_all() {
    let bench = Bench::start().await;
    bench.enqueue("chain", "a", 1).await;
    let spoilt = bench.enqueue("spoil", "b", 1).await;
    bench.worker().run_until_empty().await.unwrap();
    assert_eq!(*bench.counter.order.lock().unwrap(), [2]);
    let spoilt = bench.job(spoilt).await;
    assert_eq!((spoilt.state, spoilt.error_code.as_deref()), (State::RetryWait, Some("finish")));
}

#[rocket::async_test]
async fn a_silent_worker_loses_its_job_and_cannot_end_it_any_more() {
    let bench = Bench::start().await;
    bench.enqueue("count", "a", 1).await;
    let now = bench.clock.now();
    let lost = bench
        .store
        .write(async |tx| claim::claim(&tx, now, "dead", &["count"]).await)
        .await
        .unwrap()
        .unwrap();
    bench.clock.advance(Duration::seconds(29));
    assert_eq!(bench.worker().run_until_empty().await.unwrap(), 0, "the lease still holds");
    bench.clock.advance(Duration::seconds(2));
    assert_eq!(bench.worker().run_until_empty().await.unwrap(), 1);
    let taken_over = bench.job(lost.id).await;
    assert_eq!((taken_over.state, taken_over.attempt), (State::Done, 2));
    assert!(taken_over.fence > lost.fence);
    let now = bench.clock.now();
    let ended = bench.store.write(async |tx| claim::finish(&tx, now, &lost).await).await.unwrap();
    let renewed = bench.store.write(async |tx| claim::heartbeat(&tx, now, &lost).await).await.unwrap();
    assert!(!ended && !renewed);
    assert_eq!(bench.job(lost.id).await, taken_over, "what is final does not change");
}

#[rocket::async_test]
async fn a_heartbeat_keeps_a_job_with_its_worker() {
    let bench = Bench::start().await;
    bench.enqueue("count", "a", 1).await;
    let now = bench.clock.now();
    let job = bench
        .store
        .write(async |tx| claim::claim(&tx, now, "alive", &["count"]).await)
        .await
        .unwrap()
        .unwrap();
    for _ in 0..5 {
        bench.clock.advance(Duration::seconds(20));
        let now = bench.clock.now();
        assert!(bench.store.write(async |tx| claim::heartbeat(&tx, now, &job).await).await.unwrap());
        assert_eq!(bench.worker().run_until_empty().await.unwrap(), 0);
    }
}

#[rocket::async_test]
async fn a_worker_that_cannot_renew_its_lease_leaves_its_job_when_another_may_take_it() {
    let bench = Bench::start().await;
    bench.enqueue("endless", "a", 1).await;
    let (began, worker) = (Instant::now(), bench.worker());
    let lease = claim::LEASE.to_std().unwrap();
    let cut_off = async {
        while bench.started() == 0 {
            tokio::time::sleep(time::Duration::from_millis(20)).await;
        }
        // As if the database could not be reached: whatever is asked of it fails.
        let away = "ALTER TABLE job RENAME TO away";
        bench.store.write(async |tx| tx.execute_unprepared(away).await.map(drop)).await.unwrap();
        while bench.counter.dropped.load(Ordering::SeqCst) == 0 {
            assert!(began.elapsed() < lease + time::Duration::from_secs(2), "it works on without a lease");
            tokio::time::sleep(time::Duration::from_millis(50)).await;
        }
    };
    let (outcome, ()) = futures::join!(worker.run_until_empty(), cut_off);
    assert!(outcome.is_err(), "nothing can be asked of this database");
    assert!(began.elapsed() + time::Duration::from_secs(2) > lease, "two beats may be missed");
}

#[rocket::async_test]
async fn the_last_attempt_of_a_worker_that_dies_is_the_end() {
    let bench = Bench::start().await;
    let id = bench.save(Enqueue::new("count", "a", &Count { number: 1 }).max_attempts(1)).await;
    let now = bench.clock.now();
    bench.store.write(async |tx| claim::claim(&tx, now, "dead", &["count"]).await).await.unwrap().unwrap();
    bench.clock.advance(Duration::seconds(31));
    bench.worker().sweep().await.unwrap();
    let dead = bench.job(id).await;
    assert_eq!((dead.state, dead.error_code.as_deref()), (State::Dead, Some("lease_expired")));
}

#[rocket::async_test]
async fn a_job_handed_back_has_lost_no_attempt() {
    let bench = Bench::start().await;
    let id = bench.enqueue("count", "a", 1).await;
    let now = bench.clock.now();
    let job = bench
        .store
        .write(async |tx| claim::claim(&tx, now, "leaving", &["count"]).await)
        .await
        .unwrap()
        .unwrap();
    bench.store.write(async |tx| claim::hand_back(&tx, &job).await).await.unwrap();
    let back = bench.job(id).await;
    assert_eq!((back.state, back.attempt, back.lease_owner), (State::Queued, 0, None));
    assert_eq!(bench.worker().run_until_empty().await.unwrap(), 1);
}

#[rocket::async_test]
async fn the_same_work_is_wanted_once_until_it_is_done() {
    let bench = Bench::start().await;
    let wanted = || Enqueue::new("count", "a", &Count { number: 1 }).once("the count");
    let first = bench.save(wanted()).await;
    assert_eq!(bench.save(wanted()).await, first);
    bench.worker().run_until_empty().await.unwrap();
    assert_ne!(bench.save(wanted()).await, first);
    bench.worker().run_until_empty().await.unwrap();
    assert_eq!(bench.started(), 2);
}

#[rocket::async_test]
async fn the_database_itself_refuses_a_second_running_job_of_a_key() {
    let bench = Bench::start().await;
    bench.enqueue("count", "a", 1).await;
    let second = bench.enqueue("count", "a", 2).await;
    let now = bench.clock.now();
    bench.store.write(async |tx| claim::claim(&tx, now, "one", &["count"]).await).await.unwrap().unwrap();
    let forced = job::ActiveModel {
        id: sea_orm::Set(second),
        state: sea_orm::Set(State::Running),
        ..Default::default()
    };
    let refused = bench.store.write(async |tx| sea_orm::ActiveModelTrait::update(forced, &tx).await).await;
    assert!(refused.is_err());
}

#[rocket::async_test]
async fn an_occurrence_fires_once_however_many_try() {
    let bench = Bench::start().await;
    let due = bench.clock.now();
    let claim = || bench.store.write(async |tx| occurrence::claim(&tx, "hourly", due, due).await);
    let claimed = futures::future::join_all((0..3).map(|_| claim())).await;
    assert_eq!(claimed.into_iter().filter(|claimed| *claimed.as_ref().unwrap()).count(), 1);
    let read = bench.store.read();
    assert!(occurrence::is_claimed(read, "hourly", due).await.unwrap());
    assert!(!occurrence::is_claimed(read, "daily", due).await.unwrap());
    let later = due + Duration::hours(1);
    assert_eq!(occurrence::latest(read, "hourly", later).await.unwrap(), Some(due));
    assert_eq!(occurrence::latest(read, "hourly", due).await.unwrap(), None);
    assert_eq!(bench.store.write(async |tx| occurrence::forget(&tx, later).await).await.unwrap(), 1);
}

/// What a kind was told of its jobs: numbers, steps.
type Steps = Arc<std::sync::Mutex<Vec<(i32, Step)>>>;

#[rocket::async_test]
async fn a_kind_is_told_of_every_step_of_its_jobs() {
    let bench = Bench::start().await;
    let steps = Steps::default();
    let told = |kind: Kind<Counter>| {
        let steps = steps.clone();
        kind.on_step(move |_, noted: Noted| {
            steps.lock().unwrap().push((noted.job.attempt, noted.step));
            async { Ok(()) }
        })
    };
    let kinds = Kinds::new([
        told(Kind::new(
            "count",
            |_: Counter, _: Claimed<Count>| async move { Ok(Done::nothing().saying("one")) },
        )),
        told(Kind::new("fail", |_: Counter, _: Claimed<Count>| async move {
            Err(Failure::for_now("unlucky", anyhow::anyhow!("as always")))
        })),
    ]);
    let (store, clock) = (bench.store.clone(), bench.clock.clone());
    let worker = Worker::new(Counter::default(), kinds, store, clock, Queue::default(), Tasks::default());
    bench.enqueue("count", "a", 1).await;
    worker.run_until_empty().await.unwrap();
    let taken = |steps: &Steps| std::mem::take(&mut *steps.lock().unwrap());
    assert_eq!(taken(&steps), [(1, Step::Started), (1, Step::Done(Some("one".to_owned())))]);
    bench.save(Enqueue::new("fail", "b", &Count { number: 1 }).max_attempts(2)).await;
    worker.run_until_empty().await.unwrap();
    bench.clock.advance(Duration::minutes(20));
    worker.run_until_empty().await.unwrap();
    let why = || "as always".to_owned();
    assert_eq!(
        taken(&steps),
        [
            (1, Step::Started),
            (1, Step::Waits("unlucky", why())),
            (2, Step::Started),
            (2, Step::Dead("unlucky", why())),
        ]
    );
    // One whose worker goes silent is told of when it is taken back.
    bench.enqueue("count", "c", 1).await;
    let now = bench.clock.now();
    bench.store.write(async |tx| claim::claim(&tx, now, "gone", &["count"]).await).await.unwrap().unwrap();
    bench.clock.advance(Duration::minutes(1));
    worker.sweep().await.unwrap();
    assert_eq!(taken(&steps), [(1, Step::Waits("lease_expired", "its worker went silent".to_owned()))]);
    worker.run_until_empty().await.unwrap();
}

#[rocket::async_test]
async fn done_jobs_are_forgotten_and_dead_ones_kept() {
    let bench = Bench::start().await;
    bench.enqueue("count", "a", 1).await;
    let refused = bench.enqueue("refuse", "b", 1).await;
    bench.worker().run_until_empty().await.unwrap();
    let later = bench.clock.now() + Duration::days(8);
    bench.store.write(async |tx| job::forget(&tx, later).await).await.unwrap();
    let kept = job::Entity::find().order_by_asc(job::Column::Id).all(bench.store.read()).await.unwrap();
    assert_eq!(kept.into_iter().map(|job| job.id).collect::<Vec<_>>(), [refused]);
    let running = job::Entity::find().filter(job::COLUMN.state.eq(State::Running));
    assert_eq!(running.count(bench.store.read()).await.unwrap(), 0);
}
