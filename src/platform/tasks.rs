//! Work that outlives a request. Shutdown waits for it, then says what it cut.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, resume_unwind},
    time::Duration,
};

use futures::FutureExt;
use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

use super::faults::{Cause, Faults};

/// All tasks of the process.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stopping: CancellationToken,
    faults: Faults,
}

impl Tasks {
    /// Runs `work` until it ends.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that spawns")]
    pub fn spawn<F>(&self, work: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let faults = self.faults.clone();
        let watched = async move {
            match AssertUnwindSafe(work).catch_unwind().await {
                Ok(output) => output,
                Err(panic) => {
                    faults.note(Cause::panic("task"), "");
                    resume_unwind(panic)
                }
            }
        };
        // What is logged on behalf of a request goes on to carry its id.
        tokio::spawn(self.tracker.track_future(watched.in_current_span()))
    }

    /// What has gone wrong in this process.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Resolves when shutdown has begun. Loops wait on it; finite work need not.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Whether shutdown has begun.
    pub fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Tells every task to come to its end.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    /// Waits until all tasks have ended, at most `grace`. Answers how many were still running.
    pub async fn drain(&self, grace: Duration) -> usize {
        self.stop();
        self.tracker.close();
        let _ended = tokio::time::timeout(grace, self.tracker.wait()).await;
        self.tracker.len()
    }
}
