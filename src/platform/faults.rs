//! What went wrong that must not go wrong, counted by its cause until somebody reports it.
//!
//! A cause is made of what the program itself has named: templates of routes, kinds of jobs, places in the source. What
//! people wrote, who they are, and what exactly they asked for cannot get into one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use rocket::Request;

use super::panics;

/// Causes told apart between two reports; more are one.
const MOST: usize = 200;
/// The longest cause, in characters: what its column holds.
const MAX_CHARS: usize = 300;
const UNKNOWN: &str = "unknown";

/// A cause.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cause(String);

impl Cause {
    /// A request that was answered with 500: its method, the template of its route, and what is known of the reason.
    pub fn request(request: &Request<'_>) -> Self {
        let route = request.route().map_or("-", |route| route.uri.path());
        // A handler that panicked leaves no error behind.
        let reason = match kind(request) {
            UNKNOWN => panics::take().map_or_else(|| UNKNOWN.to_owned(), |place| format!("panic at {place}")),
            known => known.to_owned(),
        };
        Self::cut(format!("{} {route}: {reason}", request.method()))
    }

    /// A job of this kind that died, with the code of its failure.
    pub fn dead_job(kind: &str, code: &str) -> Self {
        Self::cut(format!("job {kind}: {code}"))
    }

    /// Something that the program does all the time.
    pub fn tick(name: &str) -> Self {
        Self::cut(format!("tick {name}"))
    }

    /// The panic that has just been caught on this thread, in work of this name.
    pub fn panic(work: &str) -> Self {
        let place = panics::take().unwrap_or_else(|| "an unknown place".to_owned());
        Self::cut(format!("{work}: panic at {place}"))
    }

    fn cut(text: String) -> Self {
        Self(text.chars().take(MAX_CHARS).collect())
    }

    /// The cause as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How often something has gone wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Times.
    pub count: i64,
    /// The request in which it did last, as the logs name it; empty where it was none.
    pub last_request: String,
}

/// The faults of a process that nobody has reported yet. Cheap to clone; clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<HashMap<Cause, Seen>>>);

impl Faults {
    /// Counts one.
    pub fn note(&self, cause: Cause, request_id: &str) {
        self.add(cause, Seen { count: 1, last_request: request_id.to_owned() });
    }

    /// Takes all that have been counted.
    pub fn take(&self) -> Vec<(Cause, Seen)> {
        let mut taken: Vec<_> =
            std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect();
        // In one order, so that two who write them down do not wait for each other.
        taken.sort_by(|a, b| a.0.cmp(&b.0));
        taken
    }

    /// Puts back what was taken and could not be written down.
    pub fn give_back(&self, taken: Vec<(Cause, Seen)>) {
        for (cause, seen) in taken {
            self.add(cause, seen);
        }
    }

    fn add(&self, cause: Cause, seen: Seen) {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = faults.len() >= MOST && !faults.contains_key(&cause);
        let cause = if full { Cause("others".to_owned()) } else { cause };
        let so_far = faults.entry(cause).or_default();
        so_far.count = so_far.count.saturating_add(seen.count);
        if !seen.last_request.is_empty() {
            so_far.last_request = seen.last_request;
        }
    }
}

/// The kind of an error that a request ended with, for the report of it.
struct Kind(&'static str);

/// Notes what kind of error `request` ends with.
pub fn mark(request: &Request<'_>, error: &anyhow::Error) {
    request.local_cache(|| Kind(kind_of(error)));
}

fn kind(request: &Request<'_>) -> &'static str {
    request.local_cache(|| Kind(UNKNOWN)).0
}

/// A word for what an error is, from the types in its chain; its text may hold anything.
fn kind_of(error: &anyhow::Error) -> &'static str {
    error
        .chain()
        .find_map(|cause| {
            if cause.is::<sea_orm::DbErr>() {
                Some("database")
            } else if cause.is::<std::io::Error>() {
                Some("files or network")
            } else if cause.is::<serde_json::Error>() {
                Some("JSON")
            } else if cause.is::<reqwest::Error>() {
                Some("HTTP")
            } else {
                None
            }
        })
        .unwrap_or(UNKNOWN)
}
