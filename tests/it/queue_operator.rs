//! What an operator does about jobs: asks for dead ones again, calls waiting ones off; and many asked for at once.

use chatdku::{
    platform::{clock::Clock, store::Store, tasks::Tasks},
    queue::{Claimed, Done, Enqueue, Failure, JobId, Kind, Kinds, Queue, State, Worker, claim, job},
};
use chrono::Duration;
use sea_orm::{DbErr, EntityTrait, PaginatorTrait, QueryOrder};

use crate::support::{Counting, Scratch, noon, scratch};

struct Bench {
    store: Store,
    clock: Clock,
    _folder: tempfile::TempDir,
    _database: Scratch,
}

impl Bench {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = scratch(folder.path());
        let store = Store::open(&database.settings).await.unwrap();
        Self { store, clock: Clock::held_at(noon()), _folder: folder, _database: database }
    }

    /// Does what can be done: `work` goes well, `refuse` never does.
    async fn work(&self) -> usize {
        let kinds = Kinds::new([
            Kind::new("work", |(): (), _: Claimed<u32>| async { Ok(Done::nothing()) }),
            Kind::new("refuse", |(): (), _: Claimed<u32>| async {
                Err(Failure::for_good("refused", anyhow::anyhow!("never")))
            }),
        ]);
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let worker = Worker::new((), kinds, store, clock, Queue::default(), Tasks::default());
        worker.run_until_empty().await.unwrap()
    }

    async fn save(&self, jobs: Vec<Enqueue>) -> Vec<JobId> {
        let now = self.clock.now();
        self.store.write(async |tx| Enqueue::save_all(&tx, now, jobs).await).await.unwrap()
    }

    async fn redrive(&self, ids: &[JobId]) -> job::Redriven {
        let now = self.clock.now();
        self.store.write(async |tx| job::redrive(&tx, now, ids).await).await.unwrap()
    }

    async fn cancel(&self, ids: &[JobId]) -> Vec<JobId> {
        let now = self.clock.now();
        let cancelled = self.store.write(async |tx| job::cancel(&tx, now, ids).await).await.unwrap();
        cancelled.into_iter().map(|job| job.id).collect()
    }

    async fn job(&self, id: JobId) -> job::Model {
        job::Entity::find_by_id(id).one(self.store.read()).await.unwrap().unwrap()
    }

    async fn count(&self) -> u64 {
        job::Entity::find().count(self.store.read()).await.unwrap()
    }
}

fn refused(key: &str) -> Enqueue {
    Enqueue::new("refuse", key, &1)
}

#[rocket::async_test]
async fn a_dead_job_is_asked_for_again_as_a_new_one() {
    let bench = Bench::start().await;
    let dead = bench.save(vec![refused("a").max_attempts(3)]).await[0];
    bench.work().await;
    let before = bench.job(dead).await;
    assert_eq!(before.state, State::Dead);
    bench.clock.advance(Duration::minutes(5));
    let redriven = bench.redrive(&[dead]).await;
    assert_eq!((redriven.jobs.len(), redriven.refused.len()), (1, 0));
    let again = bench.job(redriven.jobs[0]).await;
    assert_eq!((again.state, again.attempt, again.parent_id), (State::Queued, 0, Some(dead)));
    assert_eq!((again.run_at, again.enqueued_at), (bench.clock.now(), bench.clock.now()));
    assert_eq!(
        (&again.kind, &again.key, &again.payload, again.max_attempts),
        (&before.kind, &before.key, &before.payload, 3)
    );
    assert!(again.seq > before.seq);
    assert_eq!(bench.job(dead).await, before, "what is final does not change");
    assert_eq!(bench.redrive(&[dead]).await.jobs, redriven.jobs, "while it is unfinished, it is wanted once");
    bench.work().await;
    assert_ne!(bench.redrive(&[dead]).await.jobs, redriven.jobs);
    bench.work().await;
}

#[rocket::async_test]
async fn only_what_has_failed_or_was_called_off_is_asked_for_again() {
    let bench = Bench::start().await;
    let done = bench.save(vec![Enqueue::new("work", "a", &1)]).await[0];
    bench.work().await;
    let queued = bench.save(vec![Enqueue::new("work", "b", &1), Enqueue::new("work", "c", &1)]).await;
    assert_eq!(bench.cancel(&queued[1..]).await, queued[1..]);
    let nowhere = JobId(uuid::Uuid::now_v7());
    let redriven = bench.redrive(&[done, queued[0], queued[1], nowhere]).await;
    assert_eq!(redriven.refused, [done, queued[0], nowhere]);
    assert_eq!(bench.job(redriven.jobs[0]).await.parent_id, Some(queued[1]));
    assert_eq!(bench.work().await, 2);
}

#[rocket::async_test]
async fn what_was_asked_for_again_is_forgotten_in_its_time() {
    let bench = Bench::start().await;
    let dead = bench.save(vec![refused("a"), refused("b")]).await;
    bench.work().await;
    bench.redrive(&dead[..1]).await;
    bench.work().await;
    let later = bench.clock.now() + Duration::days(8);
    bench.store.write(async |tx| job::forget(&tx, later).await).await.unwrap();
    let kept = job::Entity::find().order_by_asc(job::Column::Id).all(bench.store.read()).await.unwrap();
    let kept: Vec<JobId> = kept.into_iter().map(|job| job.id).collect();
    assert_eq!((kept.len(), kept[0]), (2, dead[1]), "the new one waits for an operator, as the other does");
}

#[rocket::async_test]
async fn only_a_job_that_waits_is_called_off() {
    let bench = Bench::start().await;
    let jobs = bench
        .save(vec![
            Enqueue::new("work", "a", &1),
            Enqueue::new("work", "a", &2),
            Enqueue::new("work", "b", &3),
        ])
        .await;
    let now = bench.clock.now();
    let running = bench.store.write(async |tx| claim::claim(&tx, now, "one", &["work"]).await).await.unwrap();
    assert_eq!(running.map(|job| job.id), Some(jobs[0]));
    assert_eq!(bench.cancel(&[jobs[1], jobs[0]]).await, jobs[1..2]);
    let called_off = bench.job(jobs[1]).await;
    assert_eq!((called_off.state, called_off.finished_at), (State::Cancelled, Some(now)));
    assert_eq!(bench.job(jobs[0]).await.state, State::Running);
    assert_eq!(bench.work().await, 1, "the other key goes on");
    assert!(bench.cancel(&jobs).await.is_empty());
    bench.clock.advance(Duration::seconds(31));
    assert_eq!(bench.work().await, 1);
}

#[rocket::async_test]
async fn a_job_called_off_frees_its_key() {
    let bench = Bench::start().await;
    let jobs = bench.save(vec![Enqueue::new("work", "a", &1), Enqueue::new("work", "a", &2)]).await;
    bench.cancel(&jobs[..1]).await;
    assert_eq!(bench.work().await, 1);
    assert_eq!(bench.job(jobs[1]).await.state, State::Done);
}

#[rocket::async_test]
async fn many_jobs_are_asked_for_in_as_few_statements_as_two() {
    let bench = Bench::start().await;
    let jobs = |from: u32, count: u32| -> Vec<Enqueue> {
        (from..from + count).map(|n| Enqueue::new("work", format!("key {}", n % 5), &n)).collect()
    };
    let statements = async |jobs: Vec<Enqueue>| {
        let now = bench.clock.now();
        let saved = bench.store.write(async |tx| {
            let counting = Counting::new(tx);
            Enqueue::save_all(&counting, now, jobs).await?;
            Ok::<_, DbErr>(counting.count())
        });
        saved.await.unwrap()
    };
    assert_eq!(statements(jobs(0, 2)).await, statements(jobs(100, 300)).await);
    let rows = job::Entity::find().order_by_asc(job::Column::Seq).all(bench.store.read()).await.unwrap();
    for key in 0..5 {
        let of_key = rows.iter().filter(|row| row.key == format!("key {key}"));
        let payloads: Vec<u32> = of_key.map(|row| row.payload.parse().unwrap()).collect();
        assert!(payloads.is_sorted() && payloads.len() >= 60, "{payloads:?}");
    }
    assert_eq!(bench.work().await, 302);
}

#[rocket::async_test]
async fn the_same_work_asked_for_twice_at_once_is_one_job() {
    let bench = Bench::start().await;
    let named = |name: &str| Enqueue::new("work", "a", &1).once(name);
    let ids = bench.save(vec![named("x"), named("y"), named("x"), Enqueue::new("work", "a", &1)]).await;
    assert_eq!((ids[0], bench.count().await), (ids[2], 3));
    let racing = (0..8).map(|_| bench.save(vec![named("z")]));
    let racing: Vec<JobId> = futures::future::join_all(racing).await.concat();
    assert!(racing.iter().all(|id| *id == racing[0]), "{racing:?}");
    assert_eq!(bench.work().await, 4);
}
