//! What people are told about their own accounts, so that they hear of what somebody else has done to them.
//!
//! How they are told is for the program to say: this slice knows of no mail.

use chrono::{DateTime, Utc};
use sea_orm::DbErr;

use super::user;
use crate::platform::store::Transaction;

/// Something a person is told about their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A second factor is asked for from now on.
    SecondFactorOn,
    /// It is not asked for any more, as they wanted.
    SecondFactorOff,
    /// It is not asked for any more: somebody who runs the service has taken it away.
    SecondFactorReset,
    /// There are new recovery codes, and the old ones are void.
    NewRecoveryCodes,
    /// A recovery code was used; how many are left.
    RecoveryCodeUsed(u64),
}

impl Notice {
    /// What the keys of its sentences end in.
    pub fn key(self) -> &'static str {
        match self {
            Self::SecondFactorOn => "second-factor-on",
            Self::SecondFactorOff => "second-factor-off",
            Self::SecondFactorReset => "second-factor-reset",
            Self::NewRecoveryCodes => "new-recovery-codes",
            Self::RecoveryCodeUsed(_) => "recovery-code-used",
        }
    }
}

/// Tells people.
#[async_trait::async_trait]
pub trait Notices: Send + Sync {
    /// Tells the person of an account, if there is a way to reach them. Part of the caller's transaction, who wakes the
    /// workers after its commit.
    async fn tell(
        &self,
        tx: &Transaction,
        now: DateTime<Utc>,
        account: &user::Model,
        notice: Notice,
    ) -> Result<(), DbErr>;
}
