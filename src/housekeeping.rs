//! The hourly job that forgets what has had its time.

use chrono::Duration;

use crate::{
    accounts::{second_factor, sign_in_failure, web_session},
    app::App,
    knowledge, mail,
    periodic::Call,
    platform::counters,
    queue::{Done, Handled, occurrence},
};

const KEEP_FAULTS: Duration = Duration::days(90);
/// Longer than what was missed is made up for, or an old one would fire again.
const KEEP_OCCURRENCES: Duration = Duration::days(400);
const KEEP_CHANGES: i64 = 100_000;

/// Forgets ended web sessions, secrets of second factors that nobody has confirmed, counts of requests and failed sign-ins,
/// causes of faults, fired occurrences, and changes that every index has followed long ago. What people leave behind is the
/// business of [`crate::retention`].
pub async fn run(app: App, _: Call) -> Handled {
    let now = app.clock.now();
    app.store
        .write(async |tx| {
            web_session::sweep(&tx, now).await?;
            sign_in_failure::forget(&tx, now).await?;
            second_factor::forget_unconfirmed(&tx, now).await?;
            counters::forget(&tx, now).await?;
            mail::forget_faults(&tx, now - KEEP_FAULTS).await?;
            occurrence::forget(&tx, now - KEEP_OCCURRENCES).await?;
            knowledge::forget_old_changes(&tx, KEEP_CHANGES).await
        })
        .await?;
    Ok(Done::nothing())
}
