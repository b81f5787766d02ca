//! The program's one clock.
//!
//! Everything that decides by time asks it, so that a test can stand still or jump.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Duration, SubsecRound, Utc};

/// The time of day, in UTC.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Microseconds since 1970, while a test holds the clock.
    held: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands at `start` until it is moved.
    pub fn held_at(start: DateTime<Utc>) -> Self {
        Self { held: Some(Arc::new(AtomicI64::new(start.timestamp_micros()))) }
    }

    /// Now, in whole microseconds: what both databases can store.
    pub fn now(&self) -> DateTime<Utc> {
        match &self.held {
            Some(micros) => {
                DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst)).unwrap_or_default()
            }
            None => system_time().trunc_subsecs(6),
        }
    }

    /// Moves a held clock; the system's own is not ours to move.
    pub fn advance(&self, by: Duration) {
        if let Some(micros) = &self.held {
            micros.fetch_add(by.num_microseconds().unwrap_or(0), Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else uses")]
fn system_time() -> DateTime<Utc> {
    Utc::now()
}
