//! How often people did what, how long it took, and what went wrong.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    Ask,
    List,
    Messages,
    Search,
    Upload,
    Remove,
    Files,
    Rate,
    Events,
    Page,
    SignIn,
    Password,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// There was nothing to do it with.
    Nothing,
    /// Another status than the one that is hoped for.
    Status {
        code: u16,
        retry_after: bool,
        body: String,
    },
    /// No answer, or half of one.
    Broken(String),
}

/// What did not go well.
#[derive(Clone, Debug)]
pub struct Failure {
    pub deed: Deed,
    pub outcome: Outcome,
    pub began: Instant,
    pub ended: Instant,
}

/// Times, each counted under its millisecond.
#[derive(Clone, Debug, Default)]
pub struct Times {
    counts: Vec<u64>,
    pub all: u64,
}

impl Times {
    const MOST: usize = 30_000;

    fn add(&mut self, took: Duration) {
        let ms = usize::try_from(took.as_millis()).unwrap_or(Self::MOST).min(Self::MOST);
        if self.counts.len() <= ms {
            self.counts.resize(ms + 1, 0);
        }
        self.counts[ms] += 1;
        self.all += 1;
    }

    /// The time within which so many of a hundred came, milliseconds.
    pub fn percentile(&self, of_hundred: u64) -> u64 {
        let wanted = (self.all * of_hundred).div_ceil(100);
        let mut so_far = 0;
        let found = self.counts.iter().position(|count| {
            so_far += count;
            so_far >= wanted
        });
        found.unwrap_or_default() as u64
    }
}

/// What all people have done.
#[derive(Debug, Default)]
pub struct Tally(Mutex<Done>);

/// The same at one moment.
#[derive(Clone, Debug, Default)]
pub struct Done {
    pub times: BTreeMap<Deed, Times>,
    pub failures: Vec<Failure>,
    /// Requests that should have been sent and were not, because all people were waiting for answers.
    pub missed: u64,
}

impl Done {
    /// How many things were done or failed.
    pub fn all(&self) -> u64 {
        self.times.values().map(|times| times.all).sum::<u64>() + self.failures.len() as u64
    }

    /// The 95th percentile of what is no answer of the model and no hashing: those take the time that they are given.
    pub fn p95(&self) -> u64 {
        let plain = self.times.iter().filter(|(of, _)| !matches!(of, Deed::Ask | Deed::Password));
        plain.map(|(_, times)| times.percentile(95)).max().unwrap_or_default()
    }
}

impl Tally {
    pub fn note(&self, deed: Deed, began: Instant, outcome: Outcome) {
        let ended = Instant::now();
        match outcome {
            Outcome::Nothing => {}
            Outcome::Done => self.locked().times.entry(deed).or_default().add(ended - began),
            outcome => self.locked().failures.push(Failure { deed, outcome, began, ended }),
        }
    }

    pub fn missed(&self, count: u64) {
        self.locked().missed += count;
    }

    /// Everything so far; the counting begins anew.
    pub fn take(&self) -> Done {
        std::mem::take(&mut self.locked())
    }

    fn locked(&self) -> MutexGuard<'_, Done> {
        self.0.lock().expect("the figures")
    }
}
