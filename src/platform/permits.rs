//! How much may be under way: so much for each account, so much for this instance.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::error::{Error, SlowDown};

const RETRY_SECONDS: u64 = 5;

/// What is under way. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Permits {
    under_way: Arc<Mutex<HashMap<i64, usize>>>,
    per_account: usize,
    per_instance: usize,
    /// What is said when the instance has no more room.
    full: &'static str,
}

/// Leave for one more, given back when dropped.
#[derive(Debug)]
pub struct Permit {
    permits: Permits,
    account: i64,
}

impl Permits {
    /// So many for each account, so many for this instance; beyond that the answer is 503 with the code `full`.
    pub fn new(per_account: usize, per_instance: usize, full: &'static str) -> Self {
        Self { under_way: Arc::default(), per_account, per_instance, full }
    }

    /// How many there are.
    pub fn under_way(&self) -> usize {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    /// Leave for one more of this account: 503 when the instance is full, 429 when the account has all it may.
    pub fn take(&self, account: i64) -> Result<Permit, Error> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if under_way.values().sum::<usize>() >= self.per_instance {
            return Err(Error::Unavailable(self.full));
        }
        let own = under_way.entry(account).or_default();
        if *own >= self.per_account {
            return Err(Error::SlowDown(SlowDown { retry_after: RETRY_SECONDS, limit: 0, window: 0 }));
        }
        *own += 1;
        Ok(Permit { permits: self.clone(), account })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut under_way = self.permits.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = under_way.get_mut(&self.account) {
            *own -= 1;
            if *own == 0 {
                under_way.remove(&self.account);
            }
        }
    }
}
