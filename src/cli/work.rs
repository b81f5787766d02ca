//! Commands about the work behind the requests: a process that does nothing else, and a look at whether all is well.

use std::time::Duration;

use anyhow::{Context, bail};

use super::{
    open_app, say, say_error,
    serve::{refuse_exposed, wait_for_signal},
};
use crate::{
    background,
    config::Config,
    periodic::{self, Asked},
    platform::{clock::Clock, store::Store},
    queue::{State, check, job},
    schedule,
};

/// Between two looks at a job that another process does.
const PAUSE: Duration = Duration::from_millis(200);

/// Works on jobs and schedules until it is told to end.
pub(super) async fn worker(config: Config) -> anyhow::Result<()> {
    refuse_exposed(&config).await?;
    let grace = config.limits.shutdown_grace;
    let app = open_app(config).await?;
    periodic::plant(&app.store, &schedule::tasks(), app.clock.now()).await?;
    background::start(&app).await?;
    tracing::info!("working");
    wait_for_signal(&app).await;
    app.drain();
    let cut = app.tasks.drain(grace + Duration::from_secs(2)).await;
    if cut > 0 {
        tracing::warn!(tasks = cut, "shutdown did not wait for all work");
    }
    app.store.close_for_good().await.context("closing the database")
}

/// Does what a scheduled task does, now: by the name of its row, or by the name of what it does.
pub(super) async fn run_job(config: Config, name: &str) -> anyhow::Result<()> {
    let app = open_app(config).await?;
    let (registry, now) = (schedule::tasks(), app.clock.now());
    let row = periodic::named(app.store.read(), name).await?;
    let Some(known) = registry.named(row.as_ref().map_or(name, |row| &row.task)) else {
        let names = registry.names().collect::<Vec<_>>().join(", ");
        bail!("there is no scheduled job `{name}`; there are: {names}");
    };
    let asked = row.as_ref().map_or_else(Asked::bare, Asked::of);
    let result = asked.result.clone();
    let runs = [(known, asked)];
    let ids = app.store.write(async |tx| periodic::ask(&tx, now, &runs).await).await?;
    app.worker().only(known.name).run_until_empty().await?;
    // Another process may have been faster, and be at it still.
    for id in ids {
        loop {
            match job::state(app.store.read(), id).await? {
                Some(State::Done) => break,
                Some(State::Queued | State::Running) => {
                    // Behind an earlier run of the same: it may be to be tried again, or its worker may have died.
                    tokio::time::sleep(PAUSE).await;
                    let worker = app.worker().only(known.name);
                    worker.sweep().await?;
                    worker.run_until_empty().await?;
                }
                state => bail!("the job `{name}` ended as {state:?}; the log says why"),
            }
        }
    }
    match periodic::failure(app.store.read(), &result).await? {
        Some(cause) => bail!("the job `{name}` found something wrong: {cause}"),
        None => {
            say(&format!("{name}: done."));
            Ok(())
        }
    }
}

/// Looks whether what must hold in the database does.
pub(super) async fn check(config: Config) -> anyhow::Result<()> {
    let store = Store::open(&config.database).await.context("the database cannot be opened")?;
    let pending = store.pending_migrations().await?;
    if pending > 0 {
        bail!("{pending} migrations are still to be applied: run `chatdku migrate`");
    }
    let clock = Clock::system();
    clock.follow(&store).await?;
    let violations = check::violations(store.read(), clock.now()).await?;
    for violation in &violations {
        say_error(&format!("{}: {}", violation.at, violation.rule));
    }
    if !violations.is_empty() {
        bail!("the queue is not as it must be");
    }
    say("The queue is as it must be.");
    say(&format!("Kept: {}.", kept(&config)));
    Ok(())
}

/// How long each kind of row is kept.
fn kept(config: &Config) -> String {
    let results = ("results of tasks", Some(config.limits.results_kept));
    let kinds = config.retention.all().into_iter().chain([results]);
    let kinds = kinds.map(|(kind, kept)| match kept {
        Some(kept) => format!("{kind} {} days", kept.num_days()),
        None => format!("{kind} for ever"),
    });
    kinds.collect::<Vec<_>>().join(", ")
}
