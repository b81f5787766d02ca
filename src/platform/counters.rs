//! Counters in windows of time, each step of which counts and compares at once: in memory for a program that is alone,
//! in Redis or the database for several instances.
//!
//! Windows are aligned to the clock, so all counts of a length end together. What is refused is not counted.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use sea_orm::{
    DbErr, Set,
    entity::prelude::*,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use super::{instances::Instances, redis::Redis, store::Store};

/// A window of time: its length, and where `now` is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    seconds: i64,
    number: i64,
}

impl Window {
    /// The window of this length that `now` is in.
    pub fn at(now: DateTime<Utc>, seconds: NonZeroU32) -> Self {
        let seconds = i64::from(seconds.get());
        Self { seconds, number: now.timestamp().div_euclid(seconds) }
    }

    /// The Unix second at which it ends.
    pub fn ends(self) -> i64 {
        (self.number + 1) * self.seconds
    }
}

/// Where counts are kept.
#[derive(Debug)]
pub enum Counters {
    /// In this process.
    Memory(Memory),
    /// In Redis. Without it in this process, which then grants its share of each limit.
    Redis(Redis, Instances, Memory),
    /// In the database.
    Database(Store),
}

impl Counters {
    /// Counters for a program on this database: shared when others may run beside it.
    pub fn new(store: &Store, redis: Option<&Redis>, instances: &Instances) -> Self {
        match redis {
            Some(redis) => Self::Redis(redis.clone(), instances.clone(), Memory::default()),
            None if store.is_embedded() => Self::Memory(Memory::default()),
            None => Self::Database(store.clone()),
        }
    }

    /// Counts one of `name` in `window`. Answers the count, or `None` when there have been `limit` already.
    pub async fn count(&self, name: &str, window: Window, limit: NonZeroU32) -> Result<Option<u32>, DbErr> {
        match self {
            Self::Memory(memory) => Ok(memory.count(name, window, limit.get())),
            Self::Redis(redis, instances, memory) => match in_redis(redis, name, window, limit).await {
                Ok(counted) => Ok(counted),
                Err(_) => {
                    let share = Ord::max(limit.get() / instances.count(), 1);
                    let counted = memory.count(name, window, share);
                    // Seen from outside the limit is what it always is.
                    Ok(counted.map(|count| count + (limit.get() - share)))
                }
            },
            Self::Database(store) => in_database(store, name, window, limit).await,
        }
    }

    /// Takes one of `name` back, if its window has any. What fails is left counted, which only costs its caller.
    pub async fn give_back(&self, name: &str, window: Window) {
        match self {
            Self::Memory(memory) => memory.give_back(name, window),
            Self::Redis(redis, _, memory) => {
                if redis.script::<u32>(GIVE_BACK, &[key(redis, name, window)], &[]).await.is_err() {
                    memory.give_back(name, window);
                }
            }
            Self::Database(store) => {
                if let Err(error) = given_back(store, name, window).await {
                    tracing::warn!(%error, "a count could not be taken back");
                }
            }
        }
    }
}

/// Counts of this process: of the current window of each length, with its number.
#[derive(Debug, Default)]
pub struct Memory(Mutex<HashMap<i64, (i64, Counts)>>);

/// Counts of one window, by name.
type Counts = HashMap<String, u32>;

impl Memory {
    fn count(&self, name: &str, window: Window, limit: u32) -> Option<u32> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (number, counts) = windows.entry(window.seconds).or_default();
        if *number != window.number {
            (*number, *counts) = (window.number, Counts::new());
        }
        if !counts.contains_key(name) {
            counts.insert(name.to_owned(), 0);
        }
        let count = counts.get_mut(name)?;
        (*count < limit).then(|| {
            *count += 1;
            *count
        })
    }

    fn give_back(&self, name: &str, window: Window) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, counts)) =
            windows.get_mut(&window.seconds).filter(|(number, _)| *number == window.number)
            && let Some(count) = counts.get_mut(name)
        {
            *count = count.saturating_sub(1);
        }
    }
}

/// Answers 0 when the limit has been reached.
const COUNT: &str = "local n = tonumber(redis.call('GET', KEYS[1]) or '0') \
    if n >= tonumber(ARGV[1]) then return 0 end \
    n = redis.call('INCR', KEYS[1]) \
    if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end \
    return n";

/// Keeps the time at which the count ends.
const GIVE_BACK: &str = "if tonumber(redis.call('GET', KEYS[1]) or '0') < 1 then return 0 end \
    return redis.call('DECR', KEYS[1])";

fn key(redis: &Redis, name: &str, window: Window) -> String {
    redis.key(format_args!("rate:{name}:{}:{}", window.seconds, window.number))
}

async fn in_redis(
    redis: &Redis,
    name: &str,
    window: Window,
    limit: NonZeroU32,
) -> Result<Option<u32>, super::redis::Gone> {
    let key = key(redis, name, window);
    // Clocks differ a little: a window outlives its end by one more.
    let arguments = [limit.to_string(), (window.seconds * 2).to_string()];
    let count: u32 = redis.script(COUNT, &[key], &arguments).await?;
    Ok((count > 0).then_some(count))
}

/// A count.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_count")]
pub struct Model {
    /// What is counted, with its window.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// How many there have been.
    pub count: i32,
    /// The Unix second at which the window ends.
    pub ends: i64,
}

impl ActiveModelBehavior for ActiveModel {}

async fn in_database(
    store: &Store,
    name: &str,
    window: Window,
    limit: NonZeroU32,
) -> Result<Option<u32>, DbErr> {
    let most = i32::try_from(limit.get()).unwrap_or(i32::MAX);
    let first = ActiveModel { name: Set(row_name(name, window)), count: Set(1), ends: Set(window.ends()) };
    let so_far = || Expr::col((Entity, Column::Count));
    let mut one_more = OnConflict::column(Column::Name);
    one_more.value(Column::Count, so_far().add(1)).action_and_where(so_far().lt(most));
    let counted = store
        .write(async |tx| Entity::insert_many([first]).on_conflict(one_more).exec_with_returning(&tx).await);
    let counted = counted.await?;
    Ok(counted.first().map(|row| u32::try_from(row.count).unwrap_or(0)))
}

fn row_name(name: &str, window: Window) -> String {
    format!("{name}:{}:{}", window.seconds, window.number)
}

async fn given_back(store: &Store, name: &str, window: Window) -> Result<(), DbErr> {
    let one_less = Entity::update_many()
        .col_expr(Column::Count, Expr::col(Column::Count).sub(1))
        .filter(COLUMN.name.eq(row_name(name, window)))
        .filter(COLUMN.count.gt(0));
    store.write(async |tx| one_less.exec(&tx).await.map(drop)).await
}

/// Drops counts of windows that have ended.
pub async fn forget(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    Ok(Entity::delete_many().filter(COLUMN.ends.lt(now.timestamp())).exec(db).await?.rows_affected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(second: i64) -> Window {
        let now = DateTime::from_timestamp(second, 0).expect("a time");
        Window::at(now, NonZeroU32::new(60).expect("a length"))
    }

    #[test]
    fn a_count_ends_with_its_window() {
        let memory = Memory::default();
        let counts: Vec<_> = (0..3).map(|_| memory.count("a", window(59), 2)).collect();
        assert_eq!(counts, [Some(1), Some(2), None]);
        assert_eq!(memory.count("b", window(59), 2), Some(1), "another name");
        assert_eq!(memory.count("a", window(60), 2), Some(1), "another window");
    }

    #[test]
    fn threads_that_race_get_exactly_the_limit_through() {
        let memory = Memory::default();
        let through: usize = std::thread::scope(|threads| {
            let count = || (0..30).filter(|_| memory.count("a", window(0), 60).is_some()).count();
            let handles: Vec<_> = (0..8).map(|_| threads.spawn(count)).collect();
            handles.into_iter().map(|handle| handle.join().expect("no panic")).sum()
        });
        assert_eq!(through, 60);
    }
}
