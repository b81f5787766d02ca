//! Kinds of jobs: what the application has to say about each.

use std::{any::type_name, future::Future, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use sea_orm::DbErr;
use serde::de::DeserializeOwned;

use super::{
    job::{self, JobId},
    pace::Pace,
};
use crate::platform::store::Transaction;

const DEFAULT_LIMIT: Duration = Duration::from_mins(1);

/// A job that a handler has been given.
#[derive(Clone, Debug)]
pub struct Claimed<P> {
    /// Which job it is.
    pub id: JobId,
    /// What it is about.
    pub payload: P,
    /// How often it has been started, this time included.
    pub attempt: i32,
    /// Rises with every claim of its key: effects outside the database carry it.
    pub fence: i64,
}

type Effect = Box<dyn FnOnce(Transaction) -> BoxFuture<'static, Result<(), DbErr>> + Send>;

/// Work that ended well, with the database effects that belong to its end.
pub struct Done {
    pub(super) effect: Option<Effect>,
    pub(super) report: Option<String>,
}

impl Done {
    /// Nothing is left to be written.
    pub fn nothing() -> Self {
        Self { effect: None, report: None }
    }

    /// A word about what was done, for whoever keeps outcomes.
    #[must_use]
    pub fn saying(mut self, report: impl Into<String>) -> Self {
        self.report = Some(report.into());
        self
    }

    /// `effect` happens in the transaction that ends the job: both, or neither.
    pub fn with<F, Fut>(effect: F) -> Self
    where
        F: FnOnce(Transaction) -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), DbErr>> + Send + 'static,
    {
        Self { effect: Some(Box::new(move |tx| Box::pin(effect(tx)))), report: None }
    }
}

/// Work that failed.
#[derive(Debug)]
pub struct Failure {
    /// A stable word for the operator.
    pub code: &'static str,
    /// Whether another try may help.
    pub retry: bool,
    /// For the log.
    pub cause: anyhow::Error,
}

impl Failure {
    /// Trying again cannot help.
    pub fn for_good(code: &'static str, cause: impl Into<anyhow::Error>) -> Self {
        Self { code, retry: false, cause: cause.into() }
    }

    /// Trying again may help.
    pub fn for_now(code: &'static str, cause: impl Into<anyhow::Error>) -> Self {
        Self { code, retry: true, cause: cause.into() }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(cause: E) -> Self {
        Self::for_now("failed", cause)
    }
}

/// What a handler answers.
pub type Handled = Result<Done, Failure>;

type Run<C> = Arc<dyn Fn(C, &job::Model) -> BoxFuture<'static, Handled> + Send + Sync>;
type OnDead = Arc<dyn Fn(Transaction, &job::Model) -> BoxFuture<'static, Result<(), DbErr>> + Send + Sync>;

/// A step in the life of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A worker has begun.
    Started,
    /// It ended well; what its handler says about that.
    Done(Option<String>),
    /// It failed and will be tried again: a stable word, and the cause.
    Waits(&'static str, String),
    /// It failed for good: a stable word, and the cause.
    Dead(&'static str, String),
    /// Its worker handed it back at shutdown.
    HandedBack,
}

/// A step that a job has taken.
#[derive(Clone, Debug)]
pub struct Noted {
    /// The job as it was claimed.
    pub job: job::Model,
    /// The step.
    pub step: Step,
    /// When.
    pub at: DateTime<Utc>,
}

type OnStep = Arc<dyn Fn(Transaction, Noted) -> BoxFuture<'static, Result<(), DbErr>> + Send + Sync>;

/// A kind of job, worked on with a context `C`.
#[derive(Clone)]
pub struct Kind<C> {
    pub(super) name: &'static str,
    pub(super) limit: Duration,
    pub(super) run: Run<C>,
    pub(super) on_dead: Option<OnDead>,
    pub(super) pace: Pace,
    pub(super) watched: Watched,
    pub(super) on_step: Option<OnStep>,
}

/// Whether the death of a job is a fault of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watched {
    Yes,
    No,
}

impl<C: 'static> Kind<C> {
    /// `handler` does jobs named `name`. It has to bear being started again after a crash.
    pub fn new<P, F, Fut>(name: &'static str, handler: F) -> Self
    where
        P: DeserializeOwned,
        F: Fn(C, Claimed<P>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Handled> + Send + 'static,
    {
        let run: Run<C> = Arc::new(move |context, job| match claimed(job) {
            Ok(claimed) => Box::pin(handler(context, claimed)),
            Err(failure) => Box::pin(async { Err(failure) }),
        });
        let (pace, watched) = (Pace::default(), Watched::Yes);
        Self { name, limit: DEFAULT_LIMIT, run, on_dead: None, on_step: None, pace, watched }
    }

    /// The longest time one start may take; a minute unless told.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// How long a job that has failed waits for its next try; ten seconds to ten minutes unless told.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// The death of such a job is nobody's fault here: it is not counted among the faults of the process.
    #[must_use]
    pub fn may_die(mut self) -> Self {
        self.watched = Watched::No;
        self
    }

    /// What happens in the transaction in which a job of this kind dies, or is called off.
    #[must_use]
    pub fn on_dead<P, F, Fut>(mut self, effect: F) -> Self
    where
        P: DeserializeOwned,
        F: Fn(Transaction, P) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), DbErr>> + Send + 'static,
    {
        self.on_dead = Some(Arc::new(move |tx, job| match serde_json::from_str(&job.payload) {
            Ok(payload) => Box::pin(effect(tx, payload)),
            // It died because nobody can read it: there is nothing to say it about.
            Err(_) => Box::pin(async { Ok(()) }),
        }));
        self
    }
}

impl<C: 'static> Kind<C> {
    /// Called with each step of a job of this kind, in the transaction in which it is taken.
    #[must_use]
    pub fn on_step<F, Fut>(mut self, note: F) -> Self
    where
        F: Fn(Transaction, Noted) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), DbErr>> + Send + 'static,
    {
        self.on_step = Some(Arc::new(move |tx, noted| Box::pin(note(tx, noted))));
        self
    }
}

fn claimed<P: DeserializeOwned>(job: &job::Model) -> Result<Claimed<P>, Failure> {
    let payload = serde_json::from_str(&job.payload).map_err(|error| {
        Failure::for_good("decode", anyhow::anyhow!("the payload is no {}: {error}", type_name::<P>()))
    })?;
    Ok(Claimed { id: job.id, payload, attempt: job.attempt, fence: job.fence.unwrap_or_default() })
}

/// All kinds of jobs of an application.
#[derive(Clone)]
pub struct Kinds<C>(Vec<Kind<C>>);

impl<C> Kinds<C> {
    /// The list, in any order.
    pub fn new(kinds: impl IntoIterator<Item = Kind<C>>) -> Self {
        Self(kinds.into_iter().collect())
    }

    /// Their names.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|kind| kind.name).collect()
    }

    /// Only the kind of this name.
    pub(super) fn only(mut self, name: &str) -> Self {
        self.0.retain(|kind| kind.name == name);
        self
    }

    /// What a kind says about the end of a job that will not be done.
    pub async fn bury(&self, tx: Transaction, job: &job::Model) -> Result<(), DbErr> {
        match self.named(&job.kind).and_then(|kind| kind.on_dead.as_ref()) {
            Some(on_dead) => on_dead(tx, job).await,
            None => Ok(()),
        }
    }

    /// Tells a kind of a step of one of its jobs.
    pub(super) async fn note(
        &self,
        tx: Transaction,
        job: &job::Model,
        at: DateTime<Utc>,
        step: Step,
    ) -> Result<(), DbErr> {
        match self.named(&job.kind).and_then(|kind| kind.on_step.as_ref()) {
            Some(on_step) => on_step(tx, Noted { job: job.clone(), step, at }).await,
            None => Ok(()),
        }
    }

    pub(super) fn named(&self, name: &str) -> Option<&Kind<C>> {
        self.0.iter().find(|kind| kind.name == name)
    }
}
