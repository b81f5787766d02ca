//! The whole list of job kinds, and what an operator may do about jobs.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::DbErr;

use crate::{
    accounts::staff,
    admin_site,
    app::App,
    knowledge::{campus_files, embedding},
    mail,
    periodic::{self, Call},
    platform::store::Transaction,
    queue::{
        Done, Handled, JobId, Kind, Kinds,
        job::{self, Redriven},
    },
    schedule, uploads,
};

/// What the workers can do.
pub fn kinds() -> Kinds<App> {
    let ours = [
        // Reading a file may take two minutes; the child is killed then.
        Kind::new(uploads::INGEST, uploads::ingest).limit(Duration::from_secs(150)).on_dead(uploads::gave_up),
        Kind::new(uploads::DELETE, uploads::delete_bytes),
        Kind::new(campus_files::INGEST, campus_files::ingest)
            .limit(Duration::from_secs(150))
            .on_dead(campus_files::gave_up),
        Kind::new(campus_files::DELETE, campus_files::delete),
        // A long document is many requests. One that the service refuses is found by keyword, as all without a service.
        Kind::new(embedding::EMBED, embedding::embed).limit(Duration::from_mins(30)).may_die(),
        // A slow mail server takes its time with each step. The dashboard tells of mails that cannot be sent: a mail
        // about them would be one more.
        Kind::new(mail::outbox::SEND, mail::send)
            .limit(Duration::from_mins(10))
            .pace(mail::PACE)
            .on_dead(mail::gave_up)
            .may_die(),
        Kind::new(staff::REMOVAL, admin_site::remove).limit(Duration::from_mins(30)),
    ];
    Kinds::new(ours.into_iter().chain(periodic::kinds(&schedule::tasks())))
}

/// Takes back what dead workers left, queues what is to be tried again, and has idle workers everywhere look. The ticks of
/// each process do the same; this is for a process whose ticks have died.
pub async fn tidy(app: App, _: Call) -> Handled {
    app.worker().sweep().await?;
    app.queue.wake();
    Ok(Done::nothing())
}

/// Asks for the work of dead and cancelled jobs again.
pub async fn redrive(app: &App, ids: &[JobId]) -> Result<Redriven, DbErr> {
    let now = app.clock.now();
    let redriven = app.store.write(async |tx| job::redrive(&tx, now, ids).await).await?;
    app.queue.wake();
    Ok(redriven)
}

/// Calls off jobs that wait; what they were about learns of it. Answers those that were called off.
pub async fn cancel(app: &App, ids: &[JobId]) -> Result<Vec<JobId>, DbErr> {
    let now = app.clock.now();
    let cancelled = app.store.write(async |tx| cancel_in(&tx, now, ids).await).await?;
    // A job behind one of them may run now.
    app.queue.wake();
    Ok(cancelled)
}

/// The same as part of the caller's transaction, who wakes the workers after its commit.
pub async fn cancel_in(tx: &Transaction, now: DateTime<Utc>, ids: &[JobId]) -> Result<Vec<JobId>, DbErr> {
    let (cancelled, kinds) = (job::cancel(tx, now, ids).await?, kinds());
    for job in &cancelled {
        kinds.bury(tx.clone(), job).await?;
    }
    Ok(cancelled.into_iter().map(|job| job.id).collect())
}
