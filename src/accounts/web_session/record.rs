//! What a web session says, and how it travels: as a record of `tower-sessions-core`, as a row of the database.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{IntoActiveModel, QueryFilter, entity::prelude::*};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tower_sessions_core::{
    SessionStore,
    session::{Id, Record},
    session_store,
};

use super::{
    copies::Copies,
    data::Data,
    row::{COLUMN, Column, Entity, Model},
};
use crate::{
    accounts::user::{self, UserId},
    platform::{redis::Redis, secret_field::Keys, signing::SigningKeys, store::Store},
};

/// The realm of sessions that the proxy's header began.
pub const SSO: &str = "sso";
/// The realm of sessions that a password began.
pub const PASSWORD: &str = "password";

pub(super) const IDLE: Duration = Duration::minutes(30);
pub(super) const ABSOLUTE: Duration = Duration::hours(12);
const DATA_KEY: &str = "web_session";

/// What a session says, as it travels in a record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WebSession {
    /// Whose session it is.
    pub account_id: i64,
    /// `sso` or `password`.
    pub realm: String,
    /// MAC over what must not have changed about the account.
    pub auth_hash: String,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used, within a minute.
    pub last_seen: DateTime<Utc>,
    /// When it ends in any case.
    pub absolute_until: DateTime<Utc>,
    /// Key of the forms' tokens.
    pub csrf_secret: String,
    /// The name to greet with.
    pub display_name: String,
    /// When the password was last given: at sign-in, or again for a step that asks for it.
    pub proven_at: Option<DateTime<Utc>>,
    /// The network it was begun from.
    pub ip_prefix: String,
    /// The family of the browser it was begun with.
    pub ua_family: String,
}

/// The store of sessions in our database.
#[derive(Clone, Debug)]
pub struct WebSessions {
    store: Store,
    copies: Copies,
    keys: Option<Keys>,
}

impl WebSessions {
    /// Sessions kept in `store`, with copies of those in use in Redis. Names are sealed with `keys`, and not kept
    /// where there are none.
    pub fn new(store: Store, redis: Option<Redis>, keys: Option<Keys>) -> Self {
        Self { store, copies: Copies::new(redis), keys }
    }

    /// The session of this id and its account, as they are `now` or were less than a second ago.
    pub(super) async fn with_account(
        &self,
        id: &Id,
        now: DateTime<Utc>,
    ) -> Result<Option<(Model, user::Model)>, DbErr> {
        if let Some(copied) = self.copies.find(&token_hash(id), now).await {
            return Ok(Some(copied));
        }
        let Some(row) = self.find(id).await? else { return Ok(None) };
        let Some(account) = user::by_id(self.store.read(), row.account_id).await? else { return Ok(None) };
        self.copies.keep(&row, &account, now).await;
        Ok(Some((row, account)))
    }

    /// Takes back what was copied of a session that has ended or changed, after that has been committed.
    pub async fn forget_copy(&self, token_hash: &str) {
        self.copies.forget(token_hash).await;
    }

    pub(super) async fn find(&self, id: &Id) -> Result<Option<Model>, DbErr> {
        let hash = token_hash(id);
        let row = Entity::find_by_id(&hash).one(self.store.read()).await?;
        // Whatever the database takes for the same text.
        Ok(row.filter(|row| bool::from(row.token_hash.as_bytes().ct_eq(hash.as_bytes()))))
    }

    /// Notes that a session has been used. One that has ended meanwhile stays ended: `false`.
    pub(super) async fn seen(&self, record: &Record) -> session_store::Result<bool> {
        let row = self.row(record)?;
        let seen = self.store.write(async |tx| {
            let seen = Entity::update_many()
                .col_expr(Column::LastSeen, Expr::value(row.last_seen))
                .col_expr(Column::IdleUntil, Expr::value(row.idle_until));
            seen.filter(COLUMN.token_hash.eq(row.token_hash)).exec(&tx).await
        });
        Ok(seen.await.map_err(backend)?.rows_affected == 1)
    }

    /// The row of a record.
    pub(super) fn row(&self, record: &Record) -> session_store::Result<Model> {
        let session = said(record)
            .ok_or_else(|| session_store::Error::Encode("the record holds no web session".to_owned()))?;
        let token_hash = token_hash(&record.id);
        let data = Data { display_name: session.display_name, proven_at: session.proven_at };
        Ok(Model {
            data: data.written(self.keys.as_ref(), &token_hash),
            token_hash,
            account_id: UserId(session.account_id),
            realm: session.realm,
            auth_hash: session.auth_hash,
            created_at: session.created_at,
            last_seen: session.last_seen,
            idle_until: as_chrono(record.expiry_date),
            absolute_until: session.absolute_until,
            csrf_secret: session.csrf_secret,
            ip_prefix: session.ip_prefix,
            ua_family: session.ua_family,
        })
    }

    /// The name to greet with that a row holds; empty when there is none, or it cannot be read.
    pub fn name_in(&self, row: &Model) -> String {
        Data::read(self.keys.as_ref(), &row.token_hash, &row.data).unwrap_or_default().display_name
    }

    /// The record of a row.
    pub(super) fn record(&self, id: Id, row: &Model) -> session_store::Result<Record> {
        let data = Data::read(self.keys.as_ref(), &row.token_hash, &row.data);
        let data = data.map_err(|error| session_store::Error::Decode(error.to_string()))?;
        let session = WebSession {
            account_id: row.account_id.0,
            realm: row.realm.clone(),
            auth_hash: row.auth_hash.clone(),
            created_at: row.created_at,
            last_seen: row.last_seen,
            absolute_until: row.absolute_until,
            csrf_secret: row.csrf_secret.clone(),
            display_name: data.display_name,
            proven_at: data.proven_at,
            ip_prefix: row.ip_prefix.clone(),
            ua_family: row.ua_family.clone(),
        };
        Ok(Record { id, ..new_record(&session) })
    }
}

#[async_trait::async_trait]
impl SessionStore for WebSessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        // A collision of 128 random bits would hand one person's session to another: look, then take a fresh id.
        while self.load(&record.id).await?.is_some() {
            record.id = Id::default();
        }
        let row = self.row(record)?.into_active_model().reset_all();
        let insert = self.store.write(async |tx| Entity::insert(row).exec_without_returning(&tx).await);
        insert.await.map(drop).map_err(backend)
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let row = self.row(record)?;
        let save = self.store.write(async |tx| {
            // An update and no more: a session that has ended meanwhile stays ended.
            let save = Entity::update_many()
                .col_expr(Column::LastSeen, Expr::value(row.last_seen))
                .col_expr(Column::IdleUntil, Expr::value(row.idle_until))
                .col_expr(Column::Data, Expr::value(row.data));
            save.filter(COLUMN.token_hash.eq(row.token_hash)).exec(&tx).await
        });
        save.await.map(drop).map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let found = self.find(id).await.map_err(backend)?;
        found.map(|row| self.record(*id, &row)).transpose()
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let hash = token_hash(id);
        let delete = self.store.write(async |tx| Entity::delete_by_id(hash).exec(&tx).await);
        delete.await.map(drop).map_err(backend)
    }
}

/// What a cookie's id is stored as.
pub(super) fn token_hash(id: &Id) -> String {
    hex::encode(Sha256::digest(id.0.to_le_bytes()))
}

/// What ends an account's sessions when it changes, signed.
pub(super) fn auth_hash(keys: &SigningKeys, account: &user::Model) -> String {
    keys.sign(&must_not_change(account))
}

/// All that is accepted as the `auth_hash` of an account: whoever changes the key that signs ends nobody's session.
pub(super) fn auth_hashes(keys: &SigningKeys, account: &user::Model) -> Vec<String> {
    keys.accepted(&must_not_change(account))
}

/// Whether a session of this account counts, as the account is now.
pub(super) fn still_fits(keys: &SigningKeys, account: &user::Model, auth_hash: &str) -> bool {
    keys.accept(&must_not_change(account), auth_hash)
}

/// What of an account is signed.
pub(in crate::accounts) fn must_not_change(account: &user::Model) -> Vec<u8> {
    let flags = [account.is_active, account.is_staff, account.is_superuser].map(u8::from);
    [account.password.as_bytes(), &flags].concat()
}

/// A record of this session under a new id.
pub(super) fn new_record(session: &WebSession) -> Record {
    let ends = Ord::min(session.last_seen + IDLE, session.absolute_until);
    let said = serde_json::to_value(session).unwrap_or_default();
    Record { id: Id::default(), data: [(DATA_KEY.to_owned(), said)].into(), expiry_date: as_time(ends) }
}

/// The session of a record.
pub(super) fn said(record: &Record) -> Option<WebSession> {
    serde_json::from_value(record.data.get(DATA_KEY)?.clone()).ok()
}

// `time` stays inside this file: it is the currency of tower-sessions-core alone.
fn as_time(at: DateTime<Utc>) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(at.timestamp()).unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
}

fn as_chrono(at: time::OffsetDateTime) -> DateTime<Utc> {
    DateTime::from_timestamp(at.unix_timestamp(), 0).unwrap_or_default()
}

fn backend(error: DbErr) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}
