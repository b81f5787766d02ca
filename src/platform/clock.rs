//! The program's one clock.
//!
//! Everything that decides by time asks it, so that a test can stand still or jump. Several instances agree on the time
//! of their database: it is asked each minute, and kept as a distance from the system's.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Duration, SubsecRound, Utc};
use sea_orm::DbErr;

use super::store::Store;

/// An answer about the time that took longer is no use.
const TOO_LONG: Duration = Duration::seconds(1);

/// The time of day, in UTC.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Microseconds since 1970, while a test holds the clock.
    held: Option<Arc<AtomicI64>>,
    /// Microseconds that the database's clock is ahead of the system's.
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands at `start` until it is moved.
    pub fn held_at(start: DateTime<Utc>) -> Self {
        Self { held: Some(Arc::new(AtomicI64::new(start.timestamp_micros()))), ahead: Arc::default() }
    }

    /// Now, in whole microseconds: what both databases can store.
    pub fn now(&self) -> DateTime<Utc> {
        match &self.held {
            Some(micros) => {
                DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst)).unwrap_or_default()
            }
            None => {
                let ahead = Duration::microseconds(self.ahead.load(Ordering::Relaxed));
                (system_time() + ahead).trunc_subsecs(6)
            }
        }
    }

    /// Sets the clock by the database's. Answers how far they were apart. A held clock stays where it is.
    pub async fn follow(&self, store: &Store) -> Result<Duration, DbErr> {
        let asked = system_time();
        let Some(theirs) = store.time().await? else { return Ok(Duration::zero()) };
        let answered = system_time();
        if answered - asked > TOO_LONG {
            // Such an answer is too old to tell anything.
            return Ok(Duration::zero());
        }
        let ahead = theirs - (asked + (answered - asked) / 2);
        let micros = ahead.num_microseconds().unwrap_or(0);
        let before = self.ahead.swap(micros, Ordering::Relaxed);
        Ok(Duration::microseconds(micros - before))
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
