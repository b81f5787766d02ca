//! All answers under way in this process: how many there may be, and how they are found.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{generation::GenerationId, message::MessageId, run::Run};
use crate::{
    accounts::UserId,
    error::{Error, SlowDown},
};

/// Answers an account may have under way.
const PER_ACCOUNT: usize = 2;
const RETRY_SECONDS: u64 = 5;

/// All answers under way in this process.
#[derive(Clone, Debug)]
pub struct Runs {
    inner: Arc<Mutex<Inner>>,
    most: usize,
}

#[derive(Debug, Default)]
struct Inner {
    by_answer: HashMap<MessageId, Arc<Run>>,
    by_id: HashMap<GenerationId, Arc<Run>>,
    by_account: HashMap<UserId, usize>,
    /// Whether somebody writes their logs.
    is_logged: bool,
}

/// Leave for one answer, given back when dropped.
#[derive(Debug)]
pub(super) struct Permit {
    runs: Runs,
    account: UserId,
    run: Option<Arc<Run>>,
}

/// Whether the logs are being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Logged {
    /// They are.
    Already,
    /// Whoever is told this has to see to it.
    NotYet,
}

impl Runs {
    /// Room for `most` answers at a time.
    pub fn new(most: usize) -> Self {
        Self { inner: Arc::default(), most }
    }

    /// The answer of this row, if it is under way here.
    pub(super) fn of_answer(&self, answer: MessageId) -> Option<Arc<Run>> {
        self.locked().by_answer.get(&answer).cloned()
    }

    /// The answer of this generation, if it is under way here.
    pub(super) fn of(&self, id: GenerationId) -> Option<Arc<Run>> {
        self.locked().by_id.get(&id).cloned()
    }

    /// How many there are.
    pub fn under_way(&self) -> usize {
        self.locked().by_account.values().sum()
    }

    /// Leave for one more answer of this account.
    pub(super) fn permit(&self, account: UserId) -> Result<Permit, Error> {
        let mut inner = self.locked();
        if inner.by_account.values().sum::<usize>() >= self.most {
            return Err(Error::Unavailable("too_many_answers"));
        }
        let own = inner.by_account.entry(account).or_default();
        if *own >= PER_ACCOUNT {
            return Err(Error::SlowDown(SlowDown { retry_after: RETRY_SECONDS, limit: 0, window: 0 }));
        }
        *own += 1;
        Ok(Permit { runs: self.clone(), account, run: None })
    }

    /// All there are.
    pub(super) fn all(&self) -> Vec<Arc<Run>> {
        self.locked().by_id.values().cloned().collect()
    }

    /// All there are, for whoever writes their logs. `None` when there are none: whoever is told this stops, and the
    /// next answer brings another.
    pub(super) fn to_log(&self) -> Option<Vec<Arc<Run>>> {
        let mut inner = self.locked();
        if inner.by_id.is_empty() {
            inner.is_logged = false;
            return None;
        }
        let mut runs: Vec<Arc<Run>> = inner.by_id.values().cloned().collect();
        // Who writes several of them locks their rows in one order.
        runs.sort_unstable_by_key(|run| run.id);
        Some(runs)
    }

    /// Notes that nobody writes the logs.
    pub(super) fn has_no_writer(&self) {
        self.locked().is_logged = false;
    }

    fn locked(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// Makes the answer known to readers, until the permit is dropped.
    pub(super) fn announce(&mut self, run: &Arc<Run>) -> Logged {
        self.run = Some(run.clone());
        let mut inner = self.runs.locked();
        inner.by_answer.insert(run.answer, run.clone());
        inner.by_id.insert(run.id, run.clone());
        if std::mem::replace(&mut inner.is_logged, true) { Logged::Already } else { Logged::NotYet }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut inner = self.runs.locked();
        if let Some(run) = &self.run {
            inner.by_answer.remove(&run.answer);
            inner.by_id.remove(&run.id);
        }
        if let Some(own) = inner.by_account.get_mut(&self.account) {
            *own -= 1;
            if *own == 0 {
                inner.by_account.remove(&self.account);
            }
        }
    }
}
