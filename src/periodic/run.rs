//! A run: asked for as a job, done by its function, noted in its result.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{
    registry::{Call, Known, Registry},
    result::{self, PENDING, Run},
    task,
};
use crate::{
    app::App,
    platform::store::Transaction,
    queue::{Claimed, Done, Enqueue, Handled, JobId, Kind, Noted},
};

/// What a run is about.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The id of its result.
    pub result: String,
    /// The name of the scheduled task that asks.
    pub periodic: Option<String>,
    /// Arguments by place.
    pub args: Vec<Json>,
    /// Arguments by name.
    pub kwargs: Map<String, Json>,
    /// When it was due.
    pub due: Option<DateTime<Utc>>,
    /// It is not begun after this.
    pub expires: Option<DateTime<Utc>>,
}

impl Asked {
    /// A run without arguments that nobody scheduled.
    pub fn bare() -> Self {
        Self { result: Uuid::new_v4().to_string(), ..Self::default() }
    }

    /// A run of a scheduled task, outside of its schedule.
    pub fn of(task: &task::Model) -> Self {
        Self {
            periodic: Some(task.name.clone()),
            args: serde_json::from_str(&task.args).unwrap_or_default(),
            kwargs: serde_json::from_str(&task.kwargs).unwrap_or_default(),
            ..Self::bare()
        }
    }

    /// A run that a scheduled task is due for.
    pub(super) fn due(task: &task::Model, due: DateTime<Utc>) -> Self {
        let after = task.expire_seconds.map(|seconds| due + Duration::seconds(seconds.into()));
        let expires = [after, task.expires].into_iter().flatten().min();
        Self { due: Some(due), expires, ..Self::of(task) }
    }

    /// What another run was about, once more.
    pub fn again(result: &result::Model) -> Self {
        let read = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            periodic: result.periodic_task_name.clone(),
            args: serde_json::from_str(&read(&result.task_args)).unwrap_or_default(),
            kwargs: serde_json::from_str(&read(&result.task_kwargs)).unwrap_or_default(),
            ..Self::bare()
        }
    }
}

/// Asks for runs. Part of the caller's transaction; the caller wakes the workers after its commit.
pub async fn ask(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    runs: &[(&Known, Asked)],
) -> Result<Vec<JobId>, DbErr> {
    let jobs = runs.iter().map(|(known, asked)| {
        Enqueue::new(known.name, format!("cron:{}", known.name), asked).max_attempts(known.attempts)
    });
    let ids = Enqueue::save_all(db, now, jobs.collect()).await?;
    let rows = runs.iter().map(|(known, asked)| Run {
        id: asked.result.clone(),
        status: PENDING,
        task: known.name,
        periodic: asked.periodic.as_deref(),
        args: Json::from(asked.args.clone()).to_string(),
        kwargs: Json::from(asked.kwargs.clone()).to_string(),
        due: asked.due,
    });
    result::begin(db, now, rows).await?;
    Ok(ids)
}

/// The kinds of job that do runs: one for each of the list, so that each has its own limit and its own key.
pub fn kinds(registry: &Registry) -> impl Iterator<Item = Kind<App>> {
    registry.all().iter().map(|known| {
        let function = known.clone();
        Kind::new(known.name, move |app: App, job: Claimed<Asked>| run(function.clone(), app, job))
            .limit(known.limit)
            .on_step(note)
            .on_dead(|tx: Transaction, asked: Asked| async move {
                // Called off in the queue. One that has failed says so already.
                result::revoke(&tx, &asked.result).await
            })
    })
}

async fn run(known: Known, app: App, job: Claimed<Asked>) -> Handled {
    let Claimed { id, payload: asked, attempt, .. } = job;
    if asked.expires.is_some_and(|end| end < app.clock.now()) {
        return Ok(Done::with(move |tx| async move { result::expire(&tx, &asked.result).await }));
    }
    let Asked { args, kwargs, result, .. } = asked;
    (known.run)(app, Call { job: id, attempt, args, kwargs, result }).await
}

async fn note(tx: Transaction, noted: Noted) -> Result<(), DbErr> {
    // Nobody can read it: its result is not known either.
    let Ok(asked) = serde_json::from_str::<Asked>(&noted.job.payload) else { return Ok(()) };
    result::note(&tx, &asked.result, &noted).await
}
