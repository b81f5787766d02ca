//! What schedules ask for across slices: load tests and what is left of them, the weekly report.

use std::time::{Duration, SystemTime};

use chrono::TimeDelta;

use crate::{
    app::App,
    chat, digests,
    loadtest::{self, Options},
    periodic::Call,
    queue::{Done, Handled},
};

/// How long results of load tests are kept: two weekly reports have been made of them by then.
const KEEP_RESULTS: Duration = Duration::from_hours(14 * 24);
/// How long nothing was said in a conversation of a load test before it goes.
const KEEP_CONVERSATIONS: TimeDelta = TimeDelta::hours(1);

/// The longest time of a check, and of the weekly load test, with what their ends take.
pub const CHECK_LIMIT: Duration = Duration::from_mins(10);
/// The same for the weekly load test.
pub const WEEKLY_LIMIT: Duration = Duration::from_mins(25);

/// Runs the load test whose figures are in the weekly report.
pub async fn load_test(app: App, _: Call) -> Handled {
    let outcome = loadtest::weekly(&app).await?;
    Ok(Done::nothing().saying(format!(
        "{} requests, {} failed, {} answers too short",
        outcome.requests, outcome.failed, outcome.short
    )))
}

/// Checks whether chat answers; maintainers get a mail when it has not, too often within an hour.
pub async fn check_chat(app: App, call: Call) -> Handled {
    let Some(outcome) = loadtest::check(&app, &Options::daily()).await? else {
        return Ok(Done::with(move |tx| async move {
            call.found_wrong(&tx, "check_not_run", "the check could not be run; the log says why").await
        }));
    };
    let said =
        format!("{} requests, {} failed, {} too short", outcome.requests, outcome.failed, outcome.short);
    if outcome.failed + outcome.short == 0 {
        return Ok(Done::nothing().saying(said));
    }
    Ok(Done::with(move |tx| async move { call.found_wrong(&tx, "chat_answers_badly", &said).await }))
}

/// Sends the report of this week to whoever wants it and has not got it yet.
pub async fn weekly_report(app: App, _: Call) -> Handled {
    let mails = digests::weekly_report(&app).await?;
    Ok(Done::nothing().saying(format!("{} mails; who has this week's report gets no other", mails.len())))
}

/// Deletes old results of load tests.
pub async fn clear_load_tests(app: App, _: Call) -> Handled {
    // Files carry the time of the machine, not of the database.
    let before = SystemTime::now() - KEEP_RESULTS;
    let cleared = loadtest::clear_logs(&app.config.load_test.folder, before).await?;
    Ok(Done::nothing().saying(format!("{} files deleted, {} could not be", cleared.files, cleared.kept)))
}

/// Deletes what load tests have said.
pub async fn clean_load_test_conversations(app: App, _: Call) -> Handled {
    let before = app.clock.now() - KEEP_CONVERSATIONS;
    let deleted = chat::delete_of(&app, &loadtest::stored_names(&app.config), before).await?;
    Ok(Done::nothing().saying(format!("{deleted} conversations of load tests deleted")))
}
