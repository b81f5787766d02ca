//! Recovery codes: shown once, each good once. The database has their hashes alone.

use chrono::{DateTime, Utc};
use sea_orm::{Set, entity::prelude::*, sea_query::Expr};
use sha2::{Digest, Sha256};

use crate::accounts::user::UserId;

/// Codes of an account.
const CODES: usize = 10;
/// Five random bits each: 120 in all, which nobody tries out, so that a plain hash keeps them (ASVS 5.0, 6.5.2: from 112 on).
const LETTERS_OF_CODE: usize = 24;
const LETTERS_OF_GROUP: usize = 4;
/// None of them is mistaken for another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A recovery code.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_code")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Whose it is.
    pub account_id: UserId,
    /// SHA-256 of the account and the code, in hexadecimal.
    pub code_hash: String,
    /// When it was used.
    pub used_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// New codes, in groups of letters.
pub(super) fn fresh() -> Vec<String> {
    (0..CODES).map(|_| one()).collect()
}

fn one() -> String {
    let random = rand::random::<[u8; LETTERS_OF_CODE]>();
    let letters: Vec<char> = random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    letters.chunks(LETTERS_OF_GROUP).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// What a code is stored as; `None` for what cannot be one. `letters` is without what people put between groups.
pub(super) fn hash(account: UserId, letters: &str) -> Option<String> {
    let possible =
        letters.len() == LETTERS_OF_CODE && letters.bytes().all(|letter| LETTERS.contains(&letter));
    let text = format!("recovery code of {}: {letters}", account.0);
    possible.then(|| hex::encode(Sha256::digest(text.as_bytes())))
}

/// Stores codes in place of all that the account had.
pub(super) async fn replace(
    db: &impl ConnectionTrait,
    account: UserId,
    codes: &[String],
) -> Result<(), DbErr> {
    remove(db, account).await?;
    let hashes = codes.iter().filter_map(|code| hash(account, &code.replace('-', "")));
    let rows = hashes.map(|code_hash| ActiveModel {
        account_id: Set(account),
        code_hash: Set(code_hash),
        used_at: Set(None),
        ..ActiveModel::new()
    });
    Entity::insert_many(rows).exec_without_returning(db).await.map(drop)
}

/// Uses a code up. `false` when the account has none of this hash that is unused.
pub(super) async fn use_up(
    db: &impl ConnectionTrait,
    account: UserId,
    code_hash: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let used = Entity::update_many().col_expr(Column::UsedAt, Expr::value(now));
    let used = used.filter(COLUMN.account_id.eq(account)).filter(COLUMN.code_hash.eq(code_hash));
    Ok(used.filter(COLUMN.used_at.is_null()).exec(db).await?.rows_affected == 1)
}

/// How many an account has left.
pub async fn left(db: &impl ConnectionTrait, account: UserId) -> Result<u64, DbErr> {
    let left = Entity::find().filter(COLUMN.account_id.eq(account)).filter(COLUMN.used_at.is_null());
    left.count(db).await
}

/// Removes all of an account.
pub(super) async fn remove(db: &impl ConnectionTrait, account: UserId) -> Result<(), DbErr> {
    Entity::delete_many().filter(COLUMN.account_id.eq(account)).exec(db).await.map(drop)
}

/// Removes all of these accounts.
pub(super) async fn remove_of_many(db: &impl ConnectionTrait, accounts: &[UserId]) -> Result<(), DbErr> {
    let theirs = Entity::delete_many().filter(COLUMN.account_id.is_in(accounts.iter().copied()));
    theirs.exec(db).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_differ_and_can_be_read() {
        let codes = fresh();
        assert_eq!(codes.len(), CODES);
        for (at, code) in codes.iter().enumerate() {
            assert_eq!(code.split('-').map(str::len).collect::<Vec<_>>(), [4; 6], "{code}");
            assert!(!codes[..at].contains(code));
        }
    }

    #[test]
    fn a_hash_is_that_of_one_account() {
        let code = one().replace('-', "");
        assert!(hash(UserId(1), &code).is_some());
        assert_ne!(hash(UserId(1), &code), hash(UserId(2), &code));
        for bad in [String::new(), "abcd".repeat(4), "abc0".repeat(6), "ABCD".repeat(6)] {
            assert_eq!(hash(UserId(1), &bad), None, "{bad}");
        }
    }
}
