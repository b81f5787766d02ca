//! The rows of web sessions: whose there are, and ending them.

use chrono::{DateTime, Utc};
use sea_orm::{ExprTrait, QueryOrder, entity::prelude::*};
use serde::{Deserialize, Serialize};

use super::record::auth_hashes;
use crate::{
    accounts::user::{self, UserId},
    platform::signing::SigningKeys,
};

/// Accounts of one statement: databases count the values of a statement, and there is a limit.
const CHUNK: usize = 1000;

/// A stored session.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel)]
#[sea_orm(table_name = "web_session")]
pub struct Model {
    /// SHA-256 of the cookie's id, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: String,
    /// Whose session it is.
    pub account_id: UserId,
    /// How it was begun: `sso` or `password`.
    pub realm: String,
    /// MAC over what must not have changed about the account.
    pub auth_hash: String,
    /// When it began.
    pub created_at: DateTimeUtc,
    /// When it was last used, within a minute.
    pub last_seen: DateTimeUtc,
    /// When it ends if it is not used.
    pub idle_until: DateTimeUtc,
    /// When it ends in any case.
    pub absolute_until: DateTimeUtc,
    /// Key of the forms' tokens.
    pub csrf_secret: String,
    /// The sealed display name and the last proof of the password, as JSON.
    pub data: String,
    /// The network it was begun from.
    pub ip_prefix: String,
    /// The family of the browser it was begun with.
    pub ua_family: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// The sessions of an account that can be used, the last used first. `keys` are those that sign sessions.
pub async fn live_of(
    db: &impl ConnectionTrait,
    keys: &SigningKeys,
    account: &user::Model,
    now: DateTime<Utc>,
) -> Result<Vec<Model>, DbErr> {
    if !account.is_active {
        return Ok(Vec::new());
    }
    Entity::find()
        .filter(COLUMN.account_id.eq(account.id))
        .filter(COLUMN.auth_hash.is_in(auth_hashes(keys, account)))
        .filter(COLUMN.idle_until.gt(now))
        .filter(COLUMN.absolute_until.gt(now))
        .order_by_desc(Column::LastSeen)
        .order_by_asc(Column::TokenHash)
        .all(db)
        .await
}

/// Ends one session of an account. `false` when the account has no such session.
pub async fn end_one(db: &impl ConnectionTrait, account: UserId, token_hash: &str) -> Result<bool, DbErr> {
    let one = Entity::delete_many().filter(COLUMN.account_id.eq(account));
    Ok(one.filter(COLUMN.token_hash.eq(token_hash)).exec(db).await?.rows_affected == 1)
}

/// Ends all sessions of an account, but for the one of this hash. Answers how many.
pub async fn end_all_of(
    db: &impl ConnectionTrait,
    account: UserId,
    except: Option<&str>,
) -> Result<u64, DbErr> {
    let mut all = Entity::delete_many().filter(COLUMN.account_id.eq(account));
    if let Some(kept) = except {
        all = all.filter(COLUMN.token_hash.ne(kept));
    }
    Ok(all.exec(db).await?.rows_affected)
}

/// Ends all sessions of these accounts. Answers how many.
pub async fn end_all_of_many(db: &impl ConnectionTrait, accounts: &[UserId]) -> Result<u64, DbErr> {
    let mut ended = 0;
    for chunk in accounts.chunks(CHUNK) {
        let of_chunk = Entity::delete_many().filter(COLUMN.account_id.is_in(chunk.iter().copied()));
        ended += of_chunk.exec(db).await?.rows_affected;
    }
    Ok(ended)
}

/// Drops sessions that have ended.
pub async fn sweep(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let ended = COLUMN.idle_until.lt(now).or(COLUMN.absolute_until.lt(now));
    Ok(Entity::delete_many().filter(ended).exec(db).await?.rows_affected)
}
