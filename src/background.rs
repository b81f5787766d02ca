//! What runs beside the requests: the workers, and the ticks of the scheduler.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use chrono::TimeDelta;
use tokio_cron_scheduler::{Job, JobScheduler};

use crate::{
    app::App,
    chat, mail,
    periodic::Scheduler,
    platform::faults::Cause,
    queue::Worker,
    schedule::{self, Tick},
    uploads,
};

/// The longest that a tick may take. Building an index anew is the longest of their works.
const LONGEST: Duration = Duration::from_mins(10);
/// What a clock may be off without a word.
const NOTICED: TimeDelta = TimeDelta::milliseconds(500);

/// Starts the workers and the scheduler. They end with the program's tasks.
pub async fn start(app: &App) -> anyhow::Result<()> {
    let worker = app.worker();
    app.queue.start(&app.tasks);
    worker.start(app.config.limits.workers);
    let clockwork =
        Arc::new(Clockwork { worker, scheduler: Scheduler::new(schedule::tasks()), app: app.clone() });
    let mut ticker = JobScheduler::new().await.context("starting the scheduler")?;
    for (tick, every) in schedule::TICKS {
        ticker.add(repeated(clockwork.clone(), tick, every)?).await.context("starting the scheduler")?;
    }
    ticker.start().await.context("starting the scheduler")?;
    let (stopping, leaving) = (app.tasks.stopping(), app.clone());
    app.tasks.spawn(async move {
        stopping.cancelled().await;
        if let Some(redis) = &leaving.redis {
            leaving.instances.leave(redis).await;
        }
        if let Err(error) = ticker.shutdown().await {
            tracing::warn!(error = %error, "the scheduler did not stop");
        }
    });
    Ok(())
}

struct Clockwork {
    app: App,
    worker: Worker<App>,
    scheduler: Scheduler,
}

/// A tick that is never beside itself: while one is under way the next is left out.
fn repeated(clockwork: Arc<Clockwork>, tick: Tick, every: Duration) -> anyhow::Result<Job> {
    let one = Arc::new(tokio::sync::Mutex::new(()));
    let job = Job::new_repeated_async(every, move |_, _| {
        let (clockwork, one) = (clockwork.clone(), one.clone());
        Box::pin(async move {
            if let Ok(_only) = one.try_lock()
                && let Err(error) = clockwork.bounded(tick).await
            {
                clockwork.app.tasks.faults().note(Cause::tick(&format!("{tick:?}")), "");
                tracing::error!(?tick, error = format!("{error:#}"), "a tick failed");
            }
        })
    });
    job.context("starting the scheduler")
}

impl Clockwork {
    /// A tick that the database lets hang must not keep the ones after it from trying.
    async fn bounded(&self, tick: Tick) -> anyhow::Result<()> {
        tokio::time::timeout(LONGEST, self.tick(tick)).await.context("it took too long")?
    }

    async fn tick(&self, tick: Tick) -> anyhow::Result<()> {
        let app = &self.app;
        if app.tasks.is_stopping() {
            return Ok(());
        }
        match tick {
            Tick::Drain => app.queue.look(),
            Tick::Fire => {
                if !self.scheduler.fire_due(&app.store, app.clock.now()).await?.is_empty() {
                    app.queue.wake();
                }
            }
            Tick::Sweep => {
                self.worker.sweep().await?;
                chat::close_interrupted(app).await?;
                chat::forget_logs(app).await?;
                chat::save_spooled(app).await?;
                uploads::show_locked(app).await?;
                mail::report_faults(app).await?;
            }
            Tick::Follow => {
                app.library.catch_up().await?;
                app.library.warm().await?;
            }
            Tick::Announce => {
                if let Some(redis) = &app.redis {
                    app.instances.announce(redis, app.clock.now()).await;
                }
            }
            Tick::Clock => {
                let apart = app.clock.follow(&app.store).await?;
                if apart.abs() > NOTICED {
                    tracing::warn!(
                        milliseconds = apart.num_milliseconds(),
                        "the clock was set by the database's"
                    );
                }
            }
        }
        Ok(())
    }
}
