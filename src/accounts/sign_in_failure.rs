//! Failed sign-ins, counted by account, by network, and by both: whoever tries out passwords waits longer and longer.
//!
//! Nobody is ever locked out for good. Where an account has signed in before, its own failures there are all that hold
//! it up: what others do to the account from elsewhere, or from the same network to other accounts, does not.
//!
//! An attempt counts as a failure from the moment it is let through until it turns out to be none, so that a hundred
//! attempts at the same time are no more than a hundred in a row.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    QueryOrder, QuerySelect, Set,
    entity::prelude::*,
    sea_query::{ExprTrait, LockType, OnConflict},
};
use sha2::{Digest, Sha256};

/// Failures that cost nothing.
const FREE: i32 = 5;
/// The same for a network, which many people may share.
const FREE_OF_NETWORK: i32 = 20;
const FIRST_WAIT: Duration = Duration::seconds(30);
const LONGEST_WAIT: Duration = Duration::minutes(15);
/// After this long without a failure counting begins anew.
const FORGIVEN_AFTER: Duration = Duration::hours(1);

/// A count.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_failure")]
pub struct Model {
    /// What is counted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// Failures since the last success or pause.
    pub failures: i32,
    /// The last of them.
    pub last_at: DateTimeUtc,
    /// Until when nothing is tried.
    pub blocked_until: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// Who tries to sign in, and from where.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The name as it was typed.
    pub name: String,
    /// The network of the address.
    pub ip_prefix: String,
    /// Whether the account has signed in from there before.
    pub known: bool,
}

/// Something that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counted {
    Pair,
    Network,
    Account,
}

impl Attempt {
    /// What a failure of this attempt is counted as.
    fn counted(&self) -> Vec<Counted> {
        if self.known {
            vec![Counted::Network, Counted::Pair]
        } else {
            vec![Counted::Account, Counted::Network, Counted::Pair]
        }
    }

    /// What this attempt has to wait for.
    fn held_up_by(&self) -> Vec<Counted> {
        if self.known { vec![Counted::Pair] } else { self.counted() }
    }

    fn key(&self, counted: Counted) -> String {
        // What people type into a field for names is sometimes a password: it is not kept in the clear.
        let name = || hex::encode(&Sha256::digest(self.name.to_lowercase().as_bytes())[..16]);
        match counted {
            Counted::Pair => format!("pair:{}:{}", name(), self.ip_prefix),
            Counted::Network => format!("network:{}", self.ip_prefix),
            Counted::Account => format!("account:{}", name()),
        }
    }

    fn keys(&self, counted: &[Counted]) -> Vec<String> {
        counted.iter().map(|counted| self.key(*counted)).collect()
    }
}

impl Counted {
    fn free(self) -> i32 {
        if self == Self::Network { FREE_OF_NETWORK } else { FREE }
    }
}

/// How long this attempt has to wait, if it has to. Only looks.
pub async fn wait(
    db: &impl ConnectionTrait,
    attempt: &Attempt,
    now: DateTime<Utc>,
) -> Result<Option<Duration>, DbErr> {
    let counts = Entity::find().filter(COLUMN.key.is_in(attempt.keys(&attempt.held_up_by())));
    Ok(longest_wait(&counts.all(db).await?, attempt, now))
}

/// Lets an attempt through, counted as a failure, or says how long it has to wait.
pub async fn admit(
    db: &impl ConnectionTrait,
    attempt: &Attempt,
    now: DateTime<Utc>,
) -> Result<Option<Duration>, DbErr> {
    let counted = attempt.counted();
    // Attempts that race take turns at these rows, which have to be there for that. Always in the order of the keys.
    let fresh = counted.iter().map(|counted| row(attempt.key(*counted), 0, now, now));
    let unless_there = OnConflict::column(Column::Key).do_nothing().to_owned();
    Entity::insert_many(fresh).on_conflict(unless_there).exec_without_returning(db).await?;
    let there = Entity::find().filter(COLUMN.key.is_in(attempt.keys(&counted)));
    let there = there.order_by_asc(Column::Key).lock(LockType::Update).all(db).await?;
    if let Some(wait) = longest_wait(&there, attempt, now) {
        return Ok(Some(wait));
    }
    let next = counted.iter().map(|counted| {
        let key = attempt.key(*counted);
        let before = there.iter().find(|count| count.key == key);
        let recent = before.filter(|count| count.last_at > now - FORGIVEN_AFTER);
        let failures = recent.map_or(0, |count| count.failures).saturating_add(1);
        row(key, failures, now, now + delay(failures - counted.free()))
    });
    let mut replace = OnConflict::column(Column::Key);
    replace.update_columns([Column::Failures, Column::LastAt, Column::BlockedUntil]);
    Entity::insert_many(next).on_conflict(replace).exec_without_returning(db).await?;
    Ok(None)
}

/// Takes back what [`admit`] counted at `at`: nothing was tried.
pub async fn take_back(db: &impl ConnectionTrait, attempt: &Attempt, at: DateTime<Utc>) -> Result<(), DbErr> {
    uncount(db, attempt.keys(&attempt.counted()), at).await
}

/// Forgets the failures of somebody who has signed in, and takes back what [`admit`] counted at `at`.
pub async fn forgive(db: &impl ConnectionTrait, attempt: &Attempt, at: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::delete_by_id(attempt.key(Counted::Pair)).exec(db).await?;
    uncount(db, attempt.keys(&attempt.counted()), at).await
}

/// One failure less, and no wait for it, unless others have failed since.
async fn uncount(db: &impl ConnectionTrait, keys: Vec<String>, at: DateTime<Utc>) -> Result<(), DbErr> {
    let less = Entity::update_many()
        .col_expr(Column::Failures, Expr::col(Column::Failures).sub(1))
        .col_expr(Column::BlockedUntil, Expr::value(at));
    less.filter(COLUMN.key.is_in(keys)).filter(COLUMN.last_at.eq(at)).exec(db).await.map(drop)
}

/// Drops counts that do not count any more.
pub async fn forget(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    Ok(Entity::delete_many().filter(COLUMN.last_at.lt(now - FORGIVEN_AFTER)).exec(db).await?.rows_affected)
}

fn row(key: String, failures: i32, at: DateTime<Utc>, blocked_until: DateTime<Utc>) -> ActiveModel {
    ActiveModel {
        key: Set(key),
        failures: Set(failures),
        last_at: Set(at),
        blocked_until: Set(blocked_until),
    }
}

fn longest_wait(counts: &[Model], attempt: &Attempt, now: DateTime<Utc>) -> Option<Duration> {
    let keys = attempt.keys(&attempt.held_up_by());
    let until =
        counts.iter().filter(|count| keys.contains(&count.key)).map(|count| count.blocked_until).max();
    until.map(|until| until - now).filter(|wait| *wait > Duration::zero())
}

fn delay(over: i32) -> Duration {
    let Ok(over) = u32::try_from(over) else { return Duration::zero() };
    let doubled = 2_i32.saturating_pow(over);
    FIRST_WAIT.checked_mul(doubled).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_and_has_an_end() {
        let seconds = |failures: i32| delay(failures - FREE).num_seconds();
        assert_eq!([4, 5, 6, 7, 8, 9, 10, 99].map(seconds), [0, 30, 60, 120, 240, 480, 900, 900]);
    }
}
