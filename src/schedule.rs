//! What can be done on a schedule, with the times of a new installation, and the ticks of the process.

use std::time::Duration;

use crate::{
    chat, housekeeping, jobs,
    knowledge::{campus_files, embedding},
    model_watch,
    periodic::{self, Known, Registry},
    retention,
    upkeep::{self, CHECK_LIMIT, WEEKLY_LIMIT},
    uploads,
};

/// Everything that can be done on a schedule. Each line is a name, a function, and the crontab, of UTC, with which the row is
/// planted; what it is called stands in `templates/locales/*/schedule.ftl`. From then on the row decides, not this table.
pub fn tasks() -> Registry {
    let quarter_hour = Duration::from_mins(15);
    Registry::new([
        Known::new("chat.tasks.clean_empty_sessions", chat::clean).at("0 * * * *").expiring(3600),
        Known::new("chat.tasks.clean_admin_session", upkeep::clean_load_test_conversations)
            .at("0 */12 * * *")
            .limit(quarter_hour),
        // What asks the model for minutes is not asked again because one attempt failed.
        Known::new("chat.tasks.chat_load_test_daily", upkeep::check_chat)
            .at("0 */2 * * *")
            .expiring(3600)
            .limit(CHECK_LIMIT)
            .attempts(1),
        Known::new("chat.tasks.chat_load_test_weekly", upkeep::load_test)
            .at("20 20 * * 0")
            .limit(WEEKLY_LIMIT)
            .attempts(1),
        Known::new("chat.tasks.email_weekly_load", upkeep::weekly_report)
            .at("20 21 * * 0")
            .limit(quarter_hour),
        Known::new("chat.tasks.delete_locust_logs", upkeep::clear_load_tests).at("20 19 * * 0"),
        Known::new(model_watch::TASK, model_watch::ping).at("*/5 * * * *").expiring(300).attempts(1),
        Known::new("core.tasks.update_user_chroma", jobs::tidy).at("*/10 * * * *").expiring(600),
        Known::new("celery.backend_cleanup", periodic::clean_results).at("0 4 * * *").limit(quarter_hour),
        Known::new("housekeeping", housekeeping::run).at("27 * * * *").expiring(3600),
        Known::new("retention", retention::run).at("7 18 * * *").limit(retention::LIMIT),
        Known::new("files.sweep", uploads::sweep).at("37 3 * * *").limit(quarter_hour),
        Known::new(embedding::BACKFILL, embedding::backfill)
            .at("*/5 * * * *")
            .expiring(300)
            .limit(Duration::from_mins(3))
            .attempts(1),
        Known::new("documents.sweep", campus_files::sweep).at("47 3 * * *").limit(quarter_hour),
    ])
}

/// What the process does all the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// Looks for jobs that nobody announced.
    Drain,
    /// Fires what the rows say.
    Fire,
    /// Takes back what dead workers and dead answers left behind.
    Sweep,
    /// Follows changes to documents, so that questions need not wait for it.
    Follow,
    /// Tells the other instances that this one is there.
    Announce,
    /// Sets the clock by the database's.
    Clock,
}

/// How often.
pub const TICKS: [(Tick, Duration); 6] = [
    (Tick::Drain, Duration::from_secs(1)),
    (Tick::Fire, Duration::from_secs(1)),
    (Tick::Sweep, Duration::from_secs(5)),
    (Tick::Follow, Duration::from_secs(1)),
    (Tick::Announce, Duration::from_secs(5)),
    (Tick::Clock, Duration::from_mins(1)),
];
