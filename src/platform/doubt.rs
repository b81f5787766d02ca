//! Whether connections that wait in a pool can be believed.
//!
//! A server that goes away takes all connections with it: those in use, whose users notice, and those that wait, of which
//! each would fail whoever gets it next. So once one has failed, the others are tried before they are used.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A connection that was not used for so long is tried in any case.
const LONG: Duration = Duration::from_secs(30);
/// How long after a failure every connection is tried.
const SHAKEN: Duration = Duration::from_secs(10);

/// Whether the connections of one pool can be believed. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubt(Arc<Mutex<Option<Instant>>>);

impl Doubt {
    /// A connection has failed.
    pub(super) fn raise(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether a connection that nobody has used for this time has to be tried first: for a while all, later those that have
    /// waited since before the failure.
    pub(super) fn covers(&self, idle: Duration) -> bool {
        let raised = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = raised.map(|at| at.elapsed());
        idle >= LONG || since.is_some_and(|since| since < SHAKEN || idle > since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_tried_after_a_failure_and_after_a_long_rest() {
        let (doubt, moment) = (Doubt::default(), Duration::from_millis(1));
        assert!(!doubt.covers(moment) && doubt.covers(LONG));
        doubt.raise();
        assert!(doubt.covers(Duration::ZERO) && doubt.covers(moment));
        *doubt.0.lock().unwrap() = Instant::now().checked_sub(SHAKEN * 2);
        assert!(!doubt.covers(moment), "it was used since");
        assert!(doubt.covers(SHAKEN * 2 + Duration::from_secs(1)), "it has waited since before");
    }
}
