//! The bell of a queue: whoever enqueued something rings it after the commit.
//!
//! It wakes the workers of its own process. With Redis those of other instances hear it too: a ring is an entry of a list,
//! and of all instances with an idle worker one takes it. Whoever then claims a job rings once more, so that a pile of work
//! wakes one after the other. A ring that is lost costs a second: everybody also looks by themselves. What is claimed, and
//! by whom, the database decides.

use std::{sync::Arc, time::Duration};

use redis::{Cmd, aio::MultiplexedConnection, pipe};
use tokio::sync::{Notify, watch};

use crate::platform::{
    redis::{Gone, Redis},
    tasks::Tasks,
};

/// How long one wait for a ring lasts.
const WAIT_SECONDS: f64 = 1.0;
/// By then Redis would have answered, ring or no ring.
const SILENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_secs(1);
/// Rings kept while everybody is busy, and for how long: nobody needs more to start looking.
const MOST: isize = 64;
const KEPT_SECONDS: i64 = 60;

/// A bell. Cheap to clone; clones are the same bell.
#[derive(Clone, Debug, Default)]
pub struct Queue(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    bell: watch::Sender<u64>,
    /// Workers of this process with nothing to do.
    idle: watch::Sender<usize>,
    /// Rings that others have to hear of.
    outward: Notify,
    redis: Option<Redis>,
}

/// A worker that waits. It counts as idle for as long.
pub(super) struct Idle<'a>(&'a Queue);

impl Queue {
    /// A bell that other instances on the same Redis hear, once [`Self::start`] has been called.
    pub fn shared(redis: Option<Redis>) -> Self {
        Self(Arc::new(Inner { redis, ..Inner::default() }))
    }

    /// Tells the workers, of this process and of others, that there is work. Harmless when there is none.
    pub fn wake(&self) {
        self.look();
        self.0.outward.notify_one();
    }

    /// Lets the workers of this process look.
    pub fn look(&self) {
        self.0.bell.send_modify(|rings| *rings = rings.wrapping_add(1));
    }

    /// Starts to ring for others, and to hear them. Ends with the program's tasks.
    pub fn start(&self, tasks: &Tasks) {
        let Some(redis) = &self.0.redis else { return };
        let (ringing, listening) = (self.clone(), self.clone());
        let (to, from) = (redis.clone(), redis.clone());
        let (stopping, ended) = (tasks.stopping(), tasks.stopping());
        tasks.spawn(async move { stopping.run_until_cancelled(ringing.ring_for_others(to)).await });
        tasks.spawn(async move { ended.run_until_cancelled(listening.hear_others(from)).await });
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.bell.subscribe()
    }

    /// A job has been claimed: there may be more where it came from.
    pub(super) fn pass_on(&self) {
        self.0.outward.notify_one();
    }

    pub(super) fn idle(&self) -> Idle<'_> {
        self.0.idle.send_modify(|count| *count += 1);
        Idle(self)
    }

    async fn ring_for_others(self, redis: Redis) {
        let key = redis.key("queue:rings");
        loop {
            self.0.outward.notified().await;
            let mut commands = pipe();
            commands
                .rpush(&key, 1)
                .ignore()
                .ltrim(&key, -MOST, -1)
                .ignore()
                .expire(&key, KEPT_SECONDS)
                .ignore();
            // Lost rings are found by those who look.
            let _gone: Result<(), Gone> = redis.run_all(&commands).await;
        }
    }

    async fn hear_others(self, redis: Redis) {
        let key = redis.key("queue:rings");
        loop {
            if let Ok(mut line) = redis.own_line().await {
                while self.hear(&mut line, &key).await.is_ok() {}
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Waits for one ring, while a worker here could answer it.
    async fn hear(&self, line: &mut MultiplexedConnection, key: &str) -> Result<(), Gone> {
        let mut idle = self.0.idle.subscribe();
        if idle.wait_for(|count| *count > 0).await.is_err() {
            return Err(Gone);
        }
        let wait = Cmd::blpop(key, WAIT_SECONDS);
        let heard = tokio::time::timeout(SILENCE, wait.query_async::<Option<(String, String)>>(line)).await;
        match heard {
            Ok(Ok(ring)) => {
                if ring.is_some() {
                    self.look();
                }
                Ok(())
            }
            _ => Err(Gone),
        }
    }
}

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        self.0.0.idle.send_modify(|count| *count -= 1);
    }
}
