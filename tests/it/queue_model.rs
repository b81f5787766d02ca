//! The queue against chance: random steps of several workers, some of which die, in any order. After every step the
//! invariants hold in the tables, and at the end everything has come to its end.

use std::collections::HashMap;

use chatdku::{
    platform::store::Store,
    queue::{Enqueue, Pace, State, check, claim, job, key},
};
use chrono::{DateTime, Duration, Utc};
use proptest::{prelude::*, test_runner::TestRunner};
use sea_orm::{DbErr, EntityTrait};

use crate::support::{noon, scratch};

/// Sequences of steps that are tried.
const CASES: u32 = 24;
const KEYS: u8 = 3;
const WORKERS: u8 = 3;

#[derive(Clone, Debug)]
enum Step {
    Enqueue {
        key: u8,
        once: bool,
    },
    Claim {
        worker: u8,
    },
    Heartbeat {
        worker: u8,
    },
    Finish {
        worker: u8,
    },
    Fail {
        worker: u8,
        retry: bool,
    },
    HandBack {
        worker: u8,
    },
    /// A worker forgets what it had: it was killed, and does not know.
    Die {
        worker: u8,
    },
    Wait {
        seconds: i64,
    },
    Sweep,
    Cancel {
        nth: usize,
    },
    Redrive {
        nth: usize,
    },
    /// A worker that lost its job long ago ends it.
    Late {
        nth: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let worker = || 0..WORKERS;
    prop_oneof![
        4 => (0..KEYS, any::<bool>()).prop_map(|(key, once)| Step::Enqueue { key, once }),
        6 => worker().prop_map(|worker| Step::Claim { worker }),
        1 => worker().prop_map(|worker| Step::Heartbeat { worker }),
        3 => worker().prop_map(|worker| Step::Finish { worker }),
        2 => (worker(), any::<bool>()).prop_map(|(worker, retry)| Step::Fail { worker, retry }),
        1 => worker().prop_map(|worker| Step::HandBack { worker }),
        2 => worker().prop_map(|worker| Step::Die { worker }),
        3 => (1_i64..40).prop_map(|seconds| Step::Wait { seconds }),
        3 => Just(Step::Sweep),
        1 => (0_usize..20).prop_map(|nth| Step::Cancel { nth }),
        1 => (0_usize..20).prop_map(|nth| Step::Redrive { nth }),
        2 => (0_usize..20).prop_map(|nth| Step::Late { nth }),
    ]
}

/// The tables, and what the workers believe.
struct Model {
    store: Store,
    now: DateTime<Utc>,
    held: HashMap<u8, job::Model>,
    /// Every claim there ever was.
    claims: Vec<job::Model>,
    /// Rows that had ended, as they were.
    ended: HashMap<job::JobId, job::Model>,
    fences: HashMap<String, i64>,
}

const KINDS: [&str; 1] = ["work"];

impl Model {
    async fn take(&mut self, step: &Step) {
        let now = self.now;
        match step {
            Step::Enqueue { key, once } => {
                let wanted = Enqueue::new("work", format!("key {key}"), &()).max_attempts(3);
                let wanted = if *once { wanted.once(format!("once {key}")) } else { wanted };
                self.write(async |tx| wanted.save(&tx, now).await.map(drop)).await;
            }
            Step::Claim { worker } => {
                let name = format!("worker {worker}");
                let claimed = self.write(async |tx| claim::claim(&tx, now, &name, &KINDS).await).await;
                if let Some(job) = claimed {
                    self.check_claim(&job).await;
                    self.claims.push(job.clone());
                    self.held.insert(*worker, job);
                }
            }
            Step::Heartbeat { worker } => {
                let Some(job) = self.held.get(worker).cloned() else { return };
                if !self.write(async |tx| claim::heartbeat(&tx, now, &job).await).await {
                    self.held.remove(worker);
                }
            }
            Step::Finish { worker } => {
                let Some(job) = self.held.remove(worker) else { return };
                self.write(async |tx| claim::finish(&tx, now, &job).await).await;
            }
            Step::Fail { worker, retry } => {
                let Some(job) = self.held.remove(worker) else { return };
                self.write(async |tx| {
                    claim::fail(&tx, now, &job, "unlucky", retry.then(Pace::default)).await
                })
                .await;
            }
            Step::HandBack { worker } => {
                let Some(job) = self.held.remove(worker) else { return };
                self.write(async |tx| claim::hand_back(&tx, &job).await).await;
            }
            Step::Die { worker } => drop(self.held.remove(worker)),
            Step::Wait { seconds } => self.now += Duration::seconds(*seconds),
            Step::Sweep => self.sweep().await,
            Step::Cancel { nth } => {
                let ids: Vec<_> = self.jobs().await.iter().skip(*nth).take(1).map(|job| job.id).collect();
                self.write(async |tx| job::cancel(&tx, now, &ids).await.map(drop)).await;
            }
            Step::Redrive { nth } => {
                let ids: Vec<_> = self.jobs().await.iter().skip(*nth).take(1).map(|job| job.id).collect();
                self.write(async |tx| job::redrive(&tx, now, &ids).await.map(drop)).await;
            }
            Step::Late { nth } => self.end_late(*nth).await,
        }
    }

    async fn end_late(&mut self, nth: usize) {
        let (now, mine) = (self.now, |job: &job::Model, held: &HashMap<u8, job::Model>| {
            held.values().any(|held| held.id == job.id && held.fence == job.fence)
        });
        let Some(old) = self.claims.get(nth).filter(|old| !mine(old, &self.held)).cloned() else { return };
        let row = self.job(old.id).await;
        let still = row.state == State::Running && row.fence == old.fence;
        let ended = self.write(async |tx| claim::finish(&tx, now, &old).await).await;
        assert_eq!(ended, still, "only the claim that holds can end a job: {old:?} {row:?}");
    }

    async fn sweep(&mut self) {
        let now = self.now;
        for silent in claim::silent(self.store.read(), now).await.unwrap() {
            self.write(async |tx| claim::expire(&tx, now, &silent).await.map(drop)).await;
        }
        self.write(async |tx| claim::queue_due_retries(&tx, now).await.map(drop)).await;
    }

    /// Q3, Q5, Q7 as they show when a job is claimed.
    async fn check_claim(&mut self, job: &job::Model) {
        let fence = job.fence.expect("a fence");
        let before = self.fences.insert(job.key.clone(), fence);
        assert!(before.is_none_or(|before| fence > before), "fences rise: {before:?} {fence}");
        assert!(job.attempt <= job.max_attempts);
        let earlier =
            self.jobs().await.into_iter().filter(|other| other.key == job.key && other.seq < job.seq);
        for other in earlier {
            assert!(!job::LIVE.contains(&other.state), "{other:?} comes before {job:?}");
        }
    }

    /// After every step.
    async fn check(&mut self) {
        let violations = check::violations(self.store.read(), self.now).await.unwrap();
        // What the sweep has not come to yet is no violation here.
        let violations: Vec<_> =
            violations.into_iter().filter(|found| !found.rule.starts_with("Q9")).collect();
        assert_eq!(violations, []);
        for job in self.jobs().await {
            if let Some(before) = self.ended.get(&job.id) {
                assert_eq!(*before, job, "what has ended does not change");
            } else if !job::LIVE.contains(&job.state) {
                self.ended.insert(job.id, job);
            }
        }
    }

    /// Every worker is gone; one that comes finds everything, in time.
    async fn end_all(&mut self) {
        self.held.clear();
        for _ in 0..400 {
            self.now += Duration::seconds(31);
            self.sweep().await;
            assert_eq!(check::violations(self.store.read(), self.now).await.unwrap(), []);
            while let Some(job) = {
                let now = self.now;
                self.write(async |tx| claim::claim(&tx, now, "last", &KINDS).await).await
            } {
                self.check_claim(&job).await;
                let now = self.now;
                assert!(self.write(async |tx| claim::finish(&tx, now, &job).await).await);
            }
            if self.jobs().await.iter().all(|job| !job::LIVE.contains(&job.state)) {
                let held = key::Entity::find().all(self.store.read()).await.unwrap();
                assert!(held.iter().all(|key| key.lease_until.is_none() && key.holder.is_none()), "{held:?}");
                return;
            }
        }
        panic!("some jobs never came to their end: {:?}", self.jobs().await);
    }

    async fn jobs(&self) -> Vec<job::Model> {
        job::Entity::find().all(self.store.read()).await.unwrap()
    }

    async fn job(&self, id: job::JobId) -> job::Model {
        job::Entity::find_by_id(id).one(self.store.read()).await.unwrap().unwrap()
    }

    async fn write<T>(
        &self,
        work: impl AsyncFnOnce(chatdku::platform::store::Transaction) -> Result<T, DbErr>,
    ) -> T {
        self.store.write_once(work).await.unwrap()
    }
}

#[test]
fn whatever_happens_in_whatever_order_the_invariants_hold() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build().unwrap();
    let mut runner =
        TestRunner::new(ProptestConfig { cases: CASES, failure_persistence: None, ..Default::default() });
    let tried = runner.run(&prop::collection::vec(step(), 1..60), |steps| {
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let database = scratch(folder.path());
            let store = Store::open(&database.settings).await.unwrap();
            let (held, claims, ended, fences) = Default::default();
            let mut model = Model { store, now: noon(), held, claims, ended, fences };
            for step in &steps {
                model.take(step).await;
                model.check().await;
            }
            model.end_all().await;
            model.store.close_for_good().await.unwrap();
        });
        Ok(())
    });
    tried.unwrap();
}
