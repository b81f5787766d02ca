//! Requests per time, by account and class of route, in fixed windows.
//!
//! The key is never the path: the original counted each path on its own, so that every made-up path was a new
//! allowance. A request that is over the limit is not counted. Where the counts are kept is the business of
//! [`Counters`].
//!
//! A client of the chat answers every refusal by asking once more, so a question that came to nothing is given back
//! and counted among everything else instead. Once that allowance is used up too, it stays counted as a question:
//! nothing here is for free.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use rocket::{
    Request,
    http::{Header, Status},
};

use super::counters::{Counters, Window};
use crate::{
    config::{Rate, RateSettings},
    error::{Error, SlowDown},
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
    /// Takes out all that is known of somebody.
    Export,
    /// Uses the dashboard.
    Dashboard,
    /// Everything else: what is not there, and questions that came to nothing.
    Other,
}

/// Who is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Somebody signed in, by account id.
    Account(i64),
    /// Somebody who is not, by address prefix.
    Peer(String),
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Account(id) => write!(f, "account:{id}"),
            Self::Peer(prefix) => write!(f, "peer:{prefix}"),
        }
    }
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

/// The limits of all classes.
#[derive(Debug)]
pub struct RateLimiter {
    classes: [(Class, &'static str, Rate); 7],
    counters: Counters,
}

impl RateLimiter {
    /// Limits, counted in `counters`.
    pub fn new(rates: &RateSettings, counters: Counters) -> Self {
        Self {
            classes: [
                (Class::Read, "read", rates.read),
                (Class::Chat, "chat", rates.chat),
                (Class::Write, "write", rates.write),
                (Class::Upload, "upload", rates.upload),
                (Class::Export, "export", rates.export),
                (Class::Dashboard, "dashboard", rates.dashboard),
                (Class::Other, "other", rates.other),
            ],
            counters,
        }
    }

    /// Counts one request, or says how long to wait.
    pub async fn count(&self, class: Class, key: Key, now: DateTime<Utc>) -> Result<Standing, Error> {
        let (name, rate) = self.of(class);
        let window = Window::at(now, rate.window_seconds);
        let (limit, seconds) = (rate.limit.get(), rate.window_seconds.get());
        match self.counters.count(&format!("{name}:{key}"), window, rate.limit).await? {
            Some(count) => {
                Ok(Standing { limit, window: seconds, remaining: limit - count, reset: window.ends() })
            }
            None => {
                let retry_after = u64::try_from(window.ends() - now.timestamp()).unwrap_or(1).max(1);
                Err(Error::SlowDown(SlowDown { retry_after, limit, window: seconds }))
            }
        }
    }

    /// Takes back one request of the window that `then` is in.
    pub async fn give_back(&self, class: Class, key: &Key, then: DateTime<Utc>) {
        let (name, rate) = self.of(class);
        self.counters.give_back(&format!("{name}:{key}"), Window::at(then, rate.window_seconds)).await;
    }

    fn of(&self, class: Class) -> (&'static str, Rate) {
        let (_, name, rate) = self.classes.iter().find(|(of, ..)| *of == class).unwrap_or(&self.classes[0]);
        (name, *rate)
    }
}

/// What was counted of a request, and where that left its caller.
struct Counted {
    limiter: Arc<RateLimiter>,
    class: Class,
    key: Key,
    at: DateTime<Utc>,
    outcome: Result<Standing, SlowDown>,
}

/// What was counted of a request, if anything.
#[derive(Default)]
struct Note(Mutex<Option<Counted>>);

fn note<'r>(request: &'r Request<'_>) -> MutexGuard<'r, Option<Counted>> {
    request.local_cache(Note::default).0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts a request, once however often it is asked, or says how long to wait. The answer's headers tell the same.
pub async fn count(
    request: &Request<'_>,
    limiter: &Arc<RateLimiter>,
    class: Class,
    key: Key,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let known = note(request).as_ref().map(|counted| counted.outcome);
    if let Some(outcome) = known {
        return outcome.map(drop).map_err(Error::SlowDown);
    }
    let outcome = match limiter.count(class, key.clone(), now).await {
        Ok(standing) => Ok(standing),
        Err(Error::SlowDown(slow)) => Err(slow),
        Err(error) => return Err(error),
    };
    *note(request) = Some(Counted { limiter: limiter.clone(), class, key, at: now, outcome });
    outcome.map(drop).map_err(Error::SlowDown)
}

/// Looks at what became of a request: a question that came to nothing is counted among everything else.
pub async fn settle(request: &Request<'_>, status: Status) {
    let Some((limiter, key, at)) = note(request).as_ref().and_then(asked) else { return };
    if status.code < 400 || limiter.count(Class::Other, key.clone(), at).await.is_err() {
        return;
    }
    limiter.give_back(Class::Chat, &key, at).await;
    if let Some(Counted { outcome: Ok(standing), .. }) = note(request).as_mut() {
        standing.remaining += 1;
    }
}

/// What has to be known of a question that was let through.
fn asked(counted: &Counted) -> Option<(Arc<RateLimiter>, Key, DateTime<Utc>)> {
    let let_through = counted.class == Class::Chat && counted.outcome.is_ok();
    let_through.then(|| (counted.limiter.clone(), counted.key.clone(), counted.at))
}

/// The headers of a counted request; none for one that was not counted.
pub fn headers(request: &Request<'_>) -> Vec<Header<'static>> {
    let note = note(request);
    let Some(counted) = note.as_ref() else { return Vec::new() };
    let standing = match counted.outcome {
        Ok(standing) => standing,
        Err(slow) => Standing {
            limit: slow.limit,
            window: slow.window,
            remaining: 0,
            reset: counted.at.timestamp().saturating_add_unsigned(slow.retry_after),
        },
    };
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
    use crate::platform::counters::Memory;

    fn limiter(limit: u32) -> RateLimiter {
        let rate: Rate = format!("{limit}/60").parse().expect("a rate");
        let rates = RateSettings {
            read: rate,
            chat: rate,
            write: rate,
            upload: rate,
            export: rate,
            dashboard: rate,
            other: rate,
        };
        RateLimiter::new(&rates, Counters::Memory(Memory::default()))
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).expect("a time")
    }

    #[rocket::async_test]
    async fn the_limit_holds_within_a_window_and_ends_with_it() {
        let limiter = limiter(2);
        let me = || Key::Account(1);
        assert!(limiter.count(Class::Chat, me(), at(0)).await.is_ok());
        assert!(limiter.count(Class::Chat, me(), at(1)).await.is_ok());
        let refused = limiter.count(Class::Chat, me(), at(45)).await.expect_err("over the limit");
        let Error::SlowDown(refused) = refused else { panic!("{refused}") };
        assert_eq!(refused, SlowDown { retry_after: 15, limit: 2, window: 60 });
        assert!(limiter.count(Class::Chat, me(), at(60)).await.is_ok());
    }

    #[rocket::async_test]
    async fn accounts_and_classes_do_not_share_an_allowance() {
        let limiter = limiter(1);
        assert!(limiter.count(Class::Chat, Key::Account(1), at(0)).await.is_ok());
        assert!(limiter.count(Class::Chat, Key::Account(2), at(0)).await.is_ok());
        assert!(limiter.count(Class::Read, Key::Account(1), at(0)).await.is_ok());
        assert!(limiter.count(Class::Chat, Key::Account(1), at(0)).await.is_err());
    }

    #[rocket::async_test]
    async fn what_is_given_back_can_be_used_again_within_its_window() {
        let limiter = limiter(1);
        let me = Key::Account(1);
        assert!(limiter.count(Class::Chat, me.clone(), at(0)).await.is_ok());
        limiter.give_back(Class::Chat, &me, at(60)).await;
        assert!(limiter.count(Class::Chat, me.clone(), at(1)).await.is_err(), "another window's");
        limiter.give_back(Class::Chat, &me, at(1)).await;
        assert!(limiter.count(Class::Chat, me.clone(), at(2)).await.is_ok());
        assert!(limiter.count(Class::Chat, me, at(3)).await.is_err());
    }
}
