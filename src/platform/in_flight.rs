//! Requests that are being answered, down to the last byte of their bodies: what a shutdown waits for.
//!
//! Rocket waits for all of its grace when any connection was open at the moment it was told to end, also when that
//! connection closes at once. With keep-alive there is always one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rocket::{
    Data, Request,
    fairing::{Fairing, Info, Kind},
};

const LOOK_EVERY: Duration = Duration::from_millis(50);
/// A connection that was taken at the last moment has this many looks to send its request.
const QUIET_LOOKS: usize = 4;

/// The fairing, and the count.
#[derive(Clone, Debug, Default)]
pub struct InFlight(Arc<AtomicUsize>);

/// Lives as long as its request does, which is until the body of its answer has been sent.
struct One(Arc<AtomicUsize>);

impl Drop for One {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl InFlight {
    /// Waits until for a moment there is none.
    pub async fn quiet(&self) {
        let mut quiet = 0;
        while quiet < QUIET_LOOKS {
            tokio::time::sleep(LOOK_EVERY).await;
            quiet = if self.0.load(Ordering::Acquire) == 0 { quiet + 1 } else { 0 };
        }
    }
}

#[rocket::async_trait]
impl Fairing for InFlight {
    fn info(&self) -> Info {
        Info { name: "requests in flight", kind: Kind::Request }
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        request.local_cache(|| {
            self.0.fetch_add(1, Ordering::AcqRel);
            One(self.0.clone())
        });
    }
}
