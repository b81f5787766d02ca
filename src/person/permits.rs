//! How many archives may be made at once: one per account, a few per instance.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    accounts::UserId,
    error::{Error, Result, SlowDown},
};

const PER_INSTANCE: usize = 4;
const RETRY_SECONDS: u64 = 30;

/// The archives that are being made.
#[derive(Clone, Debug, Default)]
pub struct Permits(Arc<Mutex<HashSet<UserId>>>);

/// Leave for one archive, given back when dropped.
pub(super) struct Permit {
    permits: Permits,
    account: UserId,
}

impl Permits {
    /// Leave for one of this account.
    pub(super) fn take(&self, account: UserId) -> Result<Permit> {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if under_way.contains(&account) {
            return Err(Error::SlowDown(SlowDown { retry_after: RETRY_SECONDS, limit: 0, window: 0 }));
        }
        if under_way.len() >= PER_INSTANCE {
            return Err(Error::Unavailable("too_many_exports"));
        }
        under_way.insert(account);
        Ok(Permit { permits: self.clone(), account })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.permits.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.account);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_one_and_an_instance_a_few() {
        let permits = Permits::default();
        let first = permits.take(UserId(1)).expect("the first");
        assert!(matches!(permits.take(UserId(1)), Err(Error::SlowDown(_))));
        let others: Vec<Permit> = (2..=4).filter_map(|id| permits.take(UserId(id)).ok()).collect();
        assert_eq!(others.len(), 3);
        assert!(matches!(permits.take(UserId(5)), Err(Error::Unavailable(_))));
        drop(first);
        assert!(permits.take(UserId(5)).is_ok());
    }
}
