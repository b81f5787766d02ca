//! The hourly job that forgets what has had its time.

use chrono::Duration;

use crate::{
    accounts::{second_factor, sign_in_failure, web_session},
    app::App,
    knowledge, mail,
    periodic::Call,
    platform::{audit, counters},
    queue::{Done, Handled, job, occurrence},
};

/// Longer than any report could be late: what has been sent must not be written again.
const KEEP_MAILS: Duration = Duration::days(90);
const KEEP_JOBS: Duration = Duration::days(7);
const KEEP_AUDIT: Duration = Duration::days(180);
/// Longer than what was missed is made up for, or an old one would fire again.
const KEEP_OCCURRENCES: Duration = Duration::days(400);
const KEEP_CHANGES: i64 = 100_000;

/// Forgets ended web sessions, secrets of second factors that nobody has confirmed, counts of requests, finished jobs, sent mails, old audit entries, fired occurrences, and changes that every index has
/// followed long ago.
pub async fn run(app: App, _: Call) -> Handled {
    let now = app.clock.now();
    app.store
        .write(async |tx| {
            web_session::sweep(&tx, now).await?;
            sign_in_failure::forget(&tx, now).await?;
            second_factor::forget_unconfirmed(&tx, now).await?;
            counters::forget(&tx, now).await?;
            job::forget(&tx, now - KEEP_JOBS).await?;
            mail::outbox::forget(&tx, now - KEEP_MAILS).await?;
            mail::forget_faults(&tx, now - KEEP_MAILS).await?;
            audit::forget(&tx, now - KEEP_AUDIT).await?;
            occurrence::forget(&tx, now - KEEP_OCCURRENCES).await?;
            knowledge::forget_old_changes(&tx, KEEP_CHANGES).await
        })
        .await?;
    Ok(Done::nothing())
}
