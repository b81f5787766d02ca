//! Workers: claim, do, end; again. And the sweep that picks up what dead workers left.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures::FutureExt;
use sea_orm::DbErr;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    bell::Queue,
    claim,
    job::{self, State},
    kind::{Done, Failure, Handled, Kinds, Step, Watched},
    pace::Pace,
};
use crate::platform::{
    clock::Clock,
    faults::Cause,
    store::{Store, Transaction},
    tasks::Tasks,
};

const HEARTBEAT: Duration = Duration::from_secs(10);
/// What [`claim::LEASE`] is to somebody who waits for it.
const LEASE: Duration = Duration::from_secs(claim::LEASE.num_seconds().unsigned_abs());

/// Works on jobs, with a context `C` for their handlers.
#[derive(Clone)]
pub struct Worker<C> {
    context: C,
    kinds: Arc<Kinds<C>>,
    store: Store,
    clock: Clock,
    queue: Queue,
    tasks: Tasks,
    grace: Duration,
    name: String,
}

/// How a started job came to its end here.
enum End {
    Handled(Handled),
    /// Somebody else has the job by now: nothing of it may be written.
    Lost,
    /// Shutdown could not wait for it.
    Cut,
}

/// The claim was lost while the job was being ended.
#[derive(Debug, thiserror::Error)]
enum EndError {
    #[error("the claim was lost")]
    Lost,
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl<C: Clone + Send + Sync + 'static> Worker<C> {
    /// A worker that claims under a name of its own.
    pub fn new(context: C, kinds: Kinds<C>, store: Store, clock: Clock, queue: Queue, tasks: Tasks) -> Self {
        let name = format!("{}-{}", std::process::id(), Uuid::new_v4().simple());
        Self { context, kinds: Arc::new(kinds), store, clock, queue, tasks, grace: Duration::ZERO, name }
    }

    /// How long a job may go on after shutdown has begun.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// The same worker for one kind of job only.
    #[must_use]
    pub fn only(mut self, kind: &str) -> Self {
        self.kinds = Arc::new(self.kinds.as_ref().clone().only(kind));
        self
    }

    /// Starts `count` loops that work until shutdown.
    pub fn start(&self, count: usize) {
        for _ in 0..count {
            let worker = self.clone();
            self.tasks.spawn(async move { worker.work().await });
        }
    }

    /// Works on everything that may run now, retries not yet due excepted. Answers how many jobs were started.
    pub async fn run_until_empty(&self) -> Result<usize, DbErr> {
        self.sweep().await?;
        let mut started = 0;
        while self.run_next().await? {
            started += 1;
        }
        Ok(started)
    }

    /// Takes jobs away from workers gone silent, and queues retries that have come due.
    pub async fn sweep(&self) -> Result<(), DbErr> {
        let now = self.clock.now();
        for job in self.store.patient(claim::silent(self.store.read(), now)).await? {
            let expired = self.store.write(async |tx| {
                let state = claim::expire(&tx, now, &job).await?;
                let cause = "its worker went silent".to_owned();
                self.note_state(tx, &job, now, state, "lease_expired", cause).await?;
                Ok::<_, DbErr>(state)
            });
            if let Some(state) = expired.await? {
                self.watch(&job, state, "lease_expired");
                tracing::warn!(job.id = %job.id, job.kind = job.kind, ?state, "a worker went silent; its job was taken back");
            }
        }
        if self.store.patient(claim::has_due_retry(self.store.read(), now)).await? {
            self.store.write(async |tx| claim::queue_due_retries(&tx, now).await).await?;
            self.queue.wake();
        }
        Ok(())
    }

    async fn work(self) {
        let mut bell = self.queue.subscribe();
        let stopping = self.tasks.stopping();
        while !stopping.is_cancelled() {
            bell.mark_unchanged();
            match self.run_next().await {
                Ok(true) => {}
                Ok(false) => {
                    let _idle = self.queue.idle();
                    tokio::select! {
                        _ = bell.changed() => {}
                        () = stopping.cancelled() => {}
                    }
                }
                Err(error) => {
                    tracing::error!(error = %error, "the queue cannot be reached");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    async fn run_next(&self) -> Result<bool, DbErr> {
        let names = self.kinds.names();
        let now = self.clock.now();
        if !self.store.patient(claim::has_runnable(self.store.read(), now, &names)).await? {
            return Ok(false);
        }
        // The time is read behind the wait for the database: a job starts after the one before it has ended.
        let claimed = self.store.write(async |tx| {
            let now = self.clock.now();
            let claimed = claim::claim(&tx, now, &self.name, &names).await?;
            if let Some(job) = &claimed {
                self.kinds.note(tx, job, now, Step::Started).await?;
            }
            Ok::<_, DbErr>(claimed)
        });
        let Some(job) = claimed.await? else { return Ok(false) };
        self.queue.pass_on();
        let end = self.do_job(&job).await;
        self.end_job(&job, end).await?;
        Ok(true)
    }

    async fn do_job(&self, job: &job::Model) -> End {
        let Some(kind) = self.kinds.named(&job.kind) else {
            return End::Handled(Err(Failure::for_good(
                "unknown_kind",
                anyhow::anyhow!("no such kind of job"),
            )));
        };
        let work = AssertUnwindSafe((kind.run)(self.context.clone(), job)).catch_unwind();
        let stopping = self.tasks.stopping();
        let cut = async {
            stopping.cancelled().await;
            tokio::time::sleep(self.grace).await;
        };
        tokio::select! {
            done = tokio::time::timeout(kind.limit, work) => End::Handled(match done {
                Ok(Ok(handled)) => handled,
                Ok(Err(_)) => {
                    self.tasks.faults().note(Cause::panic(kind.name), "");
                    Err(Failure::for_now("panic", anyhow::anyhow!("the handler panicked")))
                }
                Err(_) => Err(Failure::for_now("timeout", anyhow::anyhow!("longer than {:?}", kind.limit))),
            }),
            () = self.heartbeats(job) => End::Lost,
            () = cut => End::Cut,
        }
    }

    /// Renews the lease for as long as that works. Resolves when the claim is lost, or may be: who could not renew it in
    /// time must not be at work beside the one that takes over.
    async fn heartbeats(&self, job: &job::Model) {
        let mut renewed = Instant::now();
        while let Ok(Some(at)) = tokio::time::timeout_at(renewed + LEASE, self.heartbeat(job)).await {
            renewed = at;
        }
    }

    /// The next renewal that comes off, and when it was asked for; `None` when somebody else has the job.
    async fn heartbeat(&self, job: &job::Model) -> Option<Instant> {
        loop {
            tokio::time::sleep(HEARTBEAT).await;
            let (asked, now) = (Instant::now(), self.clock.now());
            match self.store.write(async |tx| claim::heartbeat(&tx, now, job).await).await {
                Ok(held) => return held.then_some(asked),
                // The lease outlasts two missed beats; the database may be back for the next.
                Err(error) => tracing::warn!(job.id = %job.id, error = %error, "a heartbeat failed"),
            }
        }
    }

    async fn end_job(&self, job: &job::Model, end: End) -> Result<(), DbErr> {
        match end {
            End::Handled(Ok(done)) => self.finish(job, done).await,
            End::Handled(Err(failure)) => self.note_failure(job, failure).await,
            End::Lost => {
                tracing::warn!(job.id = %job.id, job.kind = job.kind, "the claim was lost; its work is dropped");
                Ok(())
            }
            End::Cut => {
                let now = self.clock.now();
                let handed_back = self.store.write(async |tx| {
                    if claim::hand_back(&tx, job).await? {
                        self.kinds.note(tx, job, now, Step::HandedBack).await?;
                    }
                    Ok(())
                });
                handed_back.await
            }
        }
    }

    async fn finish(&self, job: &job::Model, done: Done) -> Result<(), DbErr> {
        let now = self.clock.now();
        let finished = self.store.write_once(async |tx| {
            if !claim::finish(&tx, now, job).await? {
                return Err(EndError::Lost);
            }
            self.kinds.note(tx.clone(), job, now, Step::Done(done.report)).await?;
            if let Some(effect) = done.effect {
                effect(tx).await?;
            }
            Ok(())
        });
        match finished.await {
            Ok(()) => Ok(()),
            Err(EndError::Lost) => {
                tracing::warn!(job.id = %job.id, job.kind = job.kind, "the claim was lost; its effects are dropped");
                Ok(())
            }
            Err(EndError::Database(error)) => self.note_failure(job, Failure::for_now("finish", error)).await,
        }
    }

    async fn note_failure(&self, job: &job::Model, failure: Failure) -> Result<(), DbErr> {
        let now = self.clock.now();
        let pace = self.kinds.named(&job.kind).map_or_else(Pace::default, |kind| kind.pace);
        let retry = failure.retry.then_some(pace);
        let cause = format!("{:#}", failure.cause);
        let state = self.store.write(async |tx| {
            let state = claim::fail(&tx, now, job, failure.code, retry).await?;
            self.note_state(tx, job, now, state, failure.code, cause.clone()).await?;
            Ok::<_, DbErr>(state)
        });
        let state = state.await?;
        if let Some(state) = state {
            self.watch(job, state, failure.code);
        }
        tracing::warn!(job.id = %job.id, job.kind = job.kind, job.attempt, code = failure.code, ?state, cause, "a job failed");
        Ok(())
    }

    /// A job that has died is a fault of the program, unless its kind says otherwise.
    fn watch(&self, job: &job::Model, state: State, code: &str) {
        let watched = self.kinds.named(&job.kind).is_none_or(|kind| kind.watched == Watched::Yes);
        if state == State::Dead && watched {
            self.tasks.faults().note(Cause::dead_job(&job.kind, code), "");
        }
    }

    /// Tells the kind of a job that it did not end well, and buries it when it is dead. Without a state it was somebody
    /// else's by then.
    async fn note_state(
        &self,
        tx: Transaction,
        job: &job::Model,
        now: DateTime<Utc>,
        state: Option<State>,
        code: &'static str,
        cause: String,
    ) -> Result<(), DbErr> {
        match state {
            Some(State::Dead) => {
                self.kinds.note(tx.clone(), job, now, Step::Dead(code, cause)).await?;
                self.kinds.bury(tx, job).await
            }
            Some(_) => self.kinds.note(tx, job, now, Step::Waits(code, cause)).await,
            None => Ok(()),
        }
    }
}
