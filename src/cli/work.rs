//! Commands about the work behind the requests: a process that does nothing else, and a look at whether all is well.

use std::time::Duration;

use anyhow::{Context, bail};

use super::{open_app, say, say_error, wait_for_signal};
use crate::{background, config::Config, platform::clock::Clock, platform::store::Store, queue::check};

/// Works on jobs and schedules until it is told to end.
pub(super) async fn worker(config: Config) -> anyhow::Result<()> {
    let grace = config.limits.shutdown_grace;
    let app = open_app(config).await?;
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
    Ok(())
}
