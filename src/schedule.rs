//! The whole cron table, and the ticks of the process.

use std::time::Duration;

use crate::{chat, housekeeping, knowledge::campus_files, queue::cron::Schedule, uploads};

/// What happens when: minute, hour, day, month, weekday, in the zone of `TIME_ZONE`.
pub fn table() -> Vec<Schedule> {
    vec![
        Schedule::new(chat::CLEAN, "17 * * * *", chat::cleaning),
        Schedule::new(housekeeping::KIND, "27 * * * *", housekeeping::job),
        Schedule::new(uploads::SWEEP, "37 3 * * *", uploads::sweeping),
        Schedule::new(campus_files::SWEEP, "47 3 * * *", campus_files::sweeping),
    ]
}

/// What the process does all the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// Looks for jobs that nobody announced.
    Drain,
    /// Fires what the table says.
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
