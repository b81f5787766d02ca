//! Work that outlives a request. Shutdown waits for it, then says what it cut.

use std::{future::Future, time::Duration};

use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

/// All tasks of the process.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stopping: CancellationToken,
}

impl Tasks {
    /// Runs `work` until it ends.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that spawns")]
    pub fn spawn<F>(&self, work: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        // What is logged on behalf of a request goes on to carry its id.
        tokio::spawn(self.tracker.track_future(work.in_current_span()))
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
