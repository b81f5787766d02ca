//! How many instances there are: each says in Redis, every few seconds, that it is there.
//!
//! A figure to share limits by while Redis is away, and nothing else: no decision about data rests on it.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use chrono::{DateTime, Duration, Utc};
use redis::pipe;
use uuid::Uuid;

use super::redis::Redis;

const BELIEVED: Duration = Duration::seconds(15);

/// This instance among the others. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Instances {
    name: Arc<str>,
    last_count: Arc<AtomicU32>,
}

impl Default for Instances {
    fn default() -> Self {
        Self { name: Uuid::new_v4().simple().to_string().into(), last_count: Arc::new(AtomicU32::new(1)) }
    }
}

impl Instances {
    /// How many there were when they were last counted; at least this one.
    pub fn count(&self) -> u32 {
        self.last_count.load(Ordering::Relaxed)
    }

    /// Says that this one is there, and counts.
    pub async fn announce(&self, redis: &Redis, now: DateTime<Utc>) {
        let key = redis.key("instances");
        let mut commands = pipe();
        commands
            .atomic()
            .zadd(&key, &*self.name, now.timestamp())
            .ignore()
            .zrembyscore(&key, 0, (now - BELIEVED).timestamp())
            .ignore()
            .expire(&key, BELIEVED.num_seconds())
            .ignore()
            .zcard(&key);
        if let Ok((count,)) = redis.run_all::<(u32,)>(&commands).await {
            self.last_count.store(count.max(1), Ordering::Relaxed);
        }
    }

    /// Says that this one is leaving.
    pub async fn leave(&self, redis: &Redis) {
        let _gone = redis.run::<()>(&redis::Cmd::zrem(redis.key("instances"), &*self.name)).await;
    }
}
