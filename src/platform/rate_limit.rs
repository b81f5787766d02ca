//! Requests per time, by account and class of route, in fixed windows.
//!
//! The key is never the path: the original counted each path on its own, so that every made-up path was a new
//! allowance. A refused request is not counted. Windows are aligned to the clock, so all counts of a class end
//! together and one clear per window is all the housekeeping there is.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use rocket::{Request, http::Header};

use crate::{
    config::{Rate, RateSettings},
    error::SlowDown,
};

/// The classes of routes. Each has its own limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Reads.
    Read,
    /// Asks.
    Chat,
    /// Changes something small.
    Write,
    /// Sends a file.
    Upload,
}

/// Who is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Somebody signed in, by account id.
    Account(i64),
    /// Somebody who is not, by address prefix.
    Peer(String),
}

/// Where a caller stands after a request was counted.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    limit: u32,
    window: u32,
    remaining: u32,
    /// Unix second at which the window ends.
    reset: i64,
}

/// The counters of this instance.
#[derive(Debug)]
pub struct RateLimiter {
    classes: [(Class, Rate, Mutex<Window>); 4],
}

#[derive(Debug, Default)]
struct Window {
    number: i64,
    counts: HashMap<Key, u32>,
}

impl RateLimiter {
    /// Counters at zero.
    pub fn new(rates: &RateSettings) -> Self {
        let counter = |class, rate| (class, rate, Mutex::default());
        Self {
            classes: [
                counter(Class::Read, rates.read),
                counter(Class::Chat, rates.chat),
                counter(Class::Write, rates.write),
                counter(Class::Upload, rates.upload),
            ],
        }
    }

    /// Counts one request, or says how long to wait.
    pub fn count(&self, class: Class, key: Key, now: DateTime<Utc>) -> Result<Standing, SlowDown> {
        let (_, rate, window) = self.classes.iter().find(|(of, ..)| *of == class).unwrap_or(&self.classes[0]);
        let (limit, seconds) = (rate.limit.get(), rate.window_seconds.get());
        let number = now.timestamp().div_euclid(i64::from(seconds));
        let reset = (number + 1) * i64::from(seconds);

        let mut window = window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.number != number {
            *window = Window { number, counts: HashMap::new() };
        }
        let count = window.counts.entry(key).or_default();
        if *count >= limit {
            let retry_after = u64::try_from(reset - now.timestamp()).unwrap_or(1).max(1);
            return Err(SlowDown { retry_after, limit, window: seconds });
        }
        *count += 1;
        Ok(Standing { limit, window: seconds, remaining: limit - *count, reset })
    }
}

/// Remembers the standing, so that the answer's headers can tell it.
pub fn note(request: &Request<'_>, standing: Standing) {
    request.local_cache(|| Some(standing));
}

/// The headers of a counted request; none for one that was not counted.
pub fn headers(request: &Request<'_>) -> Vec<Header<'static>> {
    let Some(standing) = request.local_cache(|| None::<Standing>) else { return Vec::new() };
    let policy = format!("{};w={}", standing.limit, standing.window);
    vec![
        Header::new("X-RateLimit-Limit", standing.limit.to_string()),
        Header::new("X-RateLimit-Remaining", standing.remaining.to_string()),
        Header::new("X-RateLimit-Reset", standing.reset.to_string()),
        Header::new("X-RateLimit-Policy", policy),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(limit: u32) -> RateLimiter {
        let rate: Rate = format!("{limit}/60").parse().expect("a rate");
        RateLimiter::new(&RateSettings { read: rate, chat: rate, write: rate, upload: rate })
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).expect("a time")
    }

    #[test]
    fn the_limit_holds_within_a_window_and_ends_with_it() {
        let limiter = limiter(2);
        let me = || Key::Account(1);
        assert!(limiter.count(Class::Chat, me(), at(0)).is_ok());
        assert!(limiter.count(Class::Chat, me(), at(1)).is_ok());
        let refused = limiter.count(Class::Chat, me(), at(45)).expect_err("over the limit");
        assert_eq!(refused, SlowDown { retry_after: 15, limit: 2, window: 60 });
        assert!(limiter.count(Class::Chat, me(), at(60)).is_ok());
    }

    #[test]
    fn accounts_and_classes_do_not_share_an_allowance() {
        let limiter = limiter(1);
        assert!(limiter.count(Class::Chat, Key::Account(1), at(0)).is_ok());
        assert!(limiter.count(Class::Chat, Key::Account(2), at(0)).is_ok());
        assert!(limiter.count(Class::Read, Key::Account(1), at(0)).is_ok());
        assert!(limiter.count(Class::Chat, Key::Account(1), at(0)).is_err());
    }

    #[test]
    fn threads_that_race_get_exactly_the_limit_through() {
        let limiter = limiter(60);
        let through: usize = std::thread::scope(|threads| {
            let count =
                || (0..30).filter(|_| limiter.count(Class::Chat, Key::Account(1), at(0)).is_ok()).count();
            let handles: Vec<_> = (0..8).map(|_| threads.spawn(count)).collect();
            handles.into_iter().map(|handle| handle.join().expect("no panic")).sum()
        });
        assert_eq!(through, 60);
    }
}
