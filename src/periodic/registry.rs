//! What can be done on a schedule: a fixed list in the program, by names.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::{Map, Value as Json};

use super::result;
use crate::{
    app::App,
    queue::{Handled, JobId},
};

const DEFAULT_LIMIT: Duration = Duration::from_mins(1);
const DEFAULT_ATTEMPTS: i32 = 3;

/// A run, as its function is told of it.
#[derive(Clone, Debug)]
pub struct Call {
    /// The job that does it.
    pub job: JobId,
    /// How often it has been started, this time included.
    pub attempt: i32,
    /// Arguments by place.
    pub args: Vec<Json>,
    /// Arguments by name.
    pub kwargs: Map<String, Json>,
    pub(super) result: String,
}

impl Call {
    /// Says that the run did its work and found something wrong: its result is a failure, while its job is done and waits
    /// for nobody. Part of the transaction that ends the job.
    pub async fn found_wrong(&self, db: &impl ConnectionTrait, code: &str, cause: &str) -> Result<(), DbErr> {
        result::found_wrong(db, &self.result, code, cause).await
    }
}

type Function = Arc<dyn Fn(App, Call) -> BoxFuture<'static, Handled> + Send + Sync>;

/// When a task that is planted fires: times are of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    /// Minute, hour, day of month, month, weekday.
    pub crontab: &'static str,
    /// A run that has not begun by then is called off: for what the next run makes up for anyway.
    pub expire_seconds: Option<i32>,
}

impl Seed {
    /// The fields of its crontab.
    pub fn fields(&self) -> [&'static str; 5] {
        let mut fields = ["*"; 5];
        for (field, text) in fields.iter_mut().zip(self.crontab.split_whitespace()) {
            *field = text;
        }
        fields
    }
}

/// Something that can be done on a schedule.
#[derive(Clone)]
pub struct Known {
    /// Its name, the original's where that had it.
    pub name: &'static str,
    /// Its schedule in a new installation.
    pub seed: Option<Seed>,
    pub(super) limit: Duration,
    pub(super) attempts: i32,
    pub(super) run: Function,
}

impl Known {
    /// `function` does it. It has to bear being started again after a crash.
    pub fn new<F, Fut>(name: &'static str, function: F) -> Self
    where
        F: Fn(App, Call) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Handled> + Send + 'static,
    {
        let run: Function = Arc::new(move |app, call| Box::pin(function(app, call)));
        Self { name, seed: None, limit: DEFAULT_LIMIT, attempts: DEFAULT_ATTEMPTS, run }
    }

    /// Planted with this crontab: minute, hour, day of month, month, weekday, of UTC.
    #[must_use]
    pub fn at(mut self, crontab: &'static str) -> Self {
        self.seed = Some(Seed { crontab, expire_seconds: None });
        self
    }

    /// Planted so that a run which has not begun after this many seconds is called off.
    #[must_use]
    pub fn expiring(mut self, seconds: i32) -> Self {
        if let Some(seed) = &mut self.seed {
            seed.expire_seconds = Some(seconds);
        }
        self
    }

    /// The longest time that one start may take; a minute unless told.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// How often it may be started before it has failed; three times unless told.
    #[must_use]
    pub fn attempts(mut self, attempts: i32) -> Self {
        self.attempts = attempts;
        self
    }
}

/// All that can be done on a schedule. Cheap to clone.
#[derive(Clone)]
pub struct Registry(Arc<[Known]>);

impl Registry {
    /// The list, in the order in which it is shown.
    pub fn new(known: impl IntoIterator<Item = Known>) -> Self {
        Self(known.into_iter().collect())
    }

    /// All of it.
    pub fn all(&self) -> &[Known] {
        &self.0
    }

    /// The one of this name.
    pub fn named(&self, name: &str) -> Option<&Known> {
        self.0.iter().find(|known| known.name == name)
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|known| known.name)
    }
}
