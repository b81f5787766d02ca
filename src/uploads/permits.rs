//! How many uploads may be under way: two per account, a few dozen per instance.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    accounts::UserId,
    error::{Error, SlowDown},
};

const PER_ACCOUNT: usize = 2;
const PER_INSTANCE: usize = 64;
const RETRY_SECONDS: u64 = 5;

/// The uploads under way.
#[derive(Clone, Debug, Default)]
pub struct Permits(Arc<Mutex<HashMap<UserId, usize>>>);

/// Leave for one upload, given back when dropped.
pub(super) struct Permit {
    permits: Permits,
    account: UserId,
}

impl Permits {
    /// How many there are.
    pub fn under_way(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    /// Leave for one more upload of this account.
    pub(super) fn take(&self, account: UserId) -> Result<Permit, Error> {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if under_way.values().sum::<usize>() >= PER_INSTANCE {
            return Err(Error::Unavailable("too_many_uploads"));
        }
        let own = under_way.entry(account).or_default();
        if *own >= PER_ACCOUNT {
            return Err(Error::SlowDown(SlowDown { retry_after: RETRY_SECONDS, limit: 0, window: 0 }));
        }
        *own += 1;
        Ok(Permit { permits: self.clone(), account })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut under_way = self.permits.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = under_way.get_mut(&self.account) {
            *own -= 1;
            if *own == 0 {
                under_way.remove(&self.account);
            }
        }
    }
}
