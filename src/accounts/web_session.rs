//! Web sessions: the cookie kind of session. Cookie in, cookie out.
//!
//! `tower-sessions-core` gives the id (128 random bits), the record and the idea of a store; its ids never reach
//! the database, only their SHA-256, so that a stolen table opens nothing. A session whose account changed its
//! password, flags or activity is void at once: its `auth_hash` no longer fits.

use std::str::FromStr;

use chrono::{DateTime, Duration, Utc};
use hmac::{Hmac, KeyInit, Mac};
use rocket::{
    Request,
    http::{Cookie, CookieJar, SameSite},
};
use sea_orm::{ExprTrait, IntoActiveModel, entity::prelude::*, sea_query::OnConflict};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tower_sessions_core::{
    SessionStore,
    session::{Id, Record},
    session_store,
};

use super::{
    identity::Identity,
    user::{self, UserId},
};
use crate::{
    app::App,
    platform::{audit, secret::Secret, store::Store},
};

/// The name of the cookie, as the original's.
pub const COOKIE: &str = "sessionid";

/// The realm of sessions that the proxy's header began.
pub const SSO: &str = "sso";
/// The realm of sessions that a password began.
pub const PASSWORD: &str = "password";

const IDLE: Duration = Duration::minutes(30);
const ABSOLUTE: Duration = Duration::hours(12);
/// `last_seen` is written at most this often per session.
const SEEN_EVERY: Duration = Duration::minutes(1);
const DATA_KEY: &str = "web_session";

/// A stored session.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
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
    /// The display name, as JSON.
    pub data: String,
    /// The network it was begun from.
    pub ip_prefix: String,
    /// The family of the browser it was begun with.
    pub ua_family: String,
}

impl ActiveModelBehavior for ActiveModel {}

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
    /// The network it was begun from.
    pub ip_prefix: String,
    /// The family of the browser it was begun with.
    pub ua_family: String,
}

/// The store of sessions in our database.
#[derive(Clone, Debug)]
pub struct WebSessions {
    store: Store,
}

impl WebSessions {
    /// Sessions kept in `store`.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn put(&self, record: &Record) -> session_store::Result<()> {
        let row = row(record)?;
        let put = self.store.write(async |tx| {
            let mut replace = OnConflict::column(Column::TokenHash);
            replace.update_columns([Column::LastSeen, Column::IdleUntil, Column::Data, Column::AuthHash]);
            Entity::insert(row.into_active_model().reset_all())
                .on_conflict(replace)
                .exec_without_returning(&tx)
                .await
        });
        put.await.map(drop).map_err(backend)
    }

    async fn find(&self, id: &Id) -> Result<Option<Model>, DbErr> {
        Entity::find_by_id(token_hash(id)).one(self.store.read()).await
    }
}

#[async_trait::async_trait]
impl SessionStore for WebSessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        // A collision of 128 random bits would hand one person's session to another: look, then take a fresh id.
        while self.load(&record.id).await?.is_some() {
            record.id = Id::default();
        }
        self.put(record).await
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.put(record).await
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let found = self.find(id).await.map_err(backend)?;
        found.map(|row| record(*id, &row)).transpose()
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let hash = token_hash(id);
        let delete = self.store.write(async |tx| Entity::delete_by_id(hash).exec(&tx).await);
        delete.await.map(drop).map_err(backend)
    }
}

/// The live session of the request's cookie and its account; `None` when there is none, or none that counts.
pub async fn of(request: &Request<'_>, app: &App) -> Result<Option<(WebSession, user::Model)>, DbErr> {
    let Some(id) = cookie_id(request.cookies()) else { return Ok(None) };
    let now = app.clock.now();
    let Some(row) = app.web_sessions.find(&id).await? else { return Ok(None) };
    // What cannot be read is no session.
    let Some(session) = record(id, &row).ok().and_then(|record| said(&record)) else { return Ok(None) };
    let expired = now >= session.absolute_until || now >= session.last_seen + IDLE;
    let Some(account) = user::by_id(app.store.read(), UserId(session.account_id)).await? else {
        return Ok(None);
    };
    if expired || session.auth_hash != auth_hash(&app.secret_key, &account) {
        return Ok(None);
    }
    Ok(Some((session, account)))
}

/// Keeps a session alive that is being used: its row is written at most once a minute.
pub async fn keep_alive(request: &Request<'_>, app: &App, session: &WebSession) {
    let now = app.clock.now();
    if now < session.last_seen + SEEN_EVERY {
        return;
    }
    let Some(id) = cookie_id(request.cookies()) else { return };
    let mut record = new_record(&WebSession { last_seen: now, ..session.clone() });
    record.id = id;
    match app.web_sessions.save(&record).await {
        Ok(()) => set_cookie(request.cookies(), &id, app.config.identity.secure_cookies),
        // The request can be answered all the same, and the next one tries again.
        Err(error) => tracing::warn!(error = %error, "a web session could not be kept alive"),
    }
}

/// Drops sessions that have ended.
pub async fn sweep(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let ended = COLUMN.idle_until.lt(now).or(COLUMN.absolute_until.lt(now));
    Ok(Entity::delete_many().filter(ended).exec(db).await?.rows_affected)
}

/// Begins a session for a request recognised by its header. Only the routes that open the site do this; all others
/// work without a session.
pub async fn begin(request: &Request<'_>, app: &App, identity: &Identity) -> Result<(), crate::error::Error> {
    let now = app.clock.now();
    let peer = super::identity::peer(request, &app.config.identity);
    let session = WebSession {
        account_id: identity.account.id.0,
        realm: SSO.to_owned(),
        auth_hash: auth_hash(&app.secret_key, &identity.account),
        created_at: now,
        last_seen: now,
        absolute_until: now + ABSOLUTE,
        csrf_secret: hex::encode(rand::random::<[u8; 32]>()),
        display_name: identity.display_name.clone(),
        ip_prefix: peer.prefix(),
        ua_family: browser_family(request.headers().get_one("User-Agent").unwrap_or_default()).to_owned(),
    };
    let record = new_record(&session);
    let row = row(&record).map_err(anyhow::Error::from)?;
    // A cookie of somebody else's session is left behind: that session ends with it.
    let left = cookie_id(request.cookies()).map(|id| token_hash(&id));
    let account = identity.account.id;
    let ip_prefix = peer.prefix();
    app.store
        .write(async |tx| {
            Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&tx).await?;
            if let Some(left) = left {
                Entity::delete_by_id(left).exec(&tx).await?;
            }
            let signed_in = audit::Event {
                name: "sign_in.ok",
                account_id: Some(account.0),
                ip_prefix,
                detail: serde_json::json!({ "realm": SSO }),
            };
            audit::append(&tx, now, signed_in).await?;
            user::signed_in(&tx, account, now).await
        })
        .await?;
    set_cookie(request.cookies(), &record.id, app.config.identity.secure_cookies);
    Ok(())
}

fn set_cookie(cookies: &CookieJar<'_>, id: &Id, secure: bool) {
    let cookie = Cookie::build((COOKIE, id.to_string()))
        .http_only(true)
        .max_age(rocket::time::Duration::seconds(IDLE.num_seconds()))
        .path("/")
        .same_site(SameSite::Lax)
        .secure(secure);
    cookies.add(cookie);
}

fn cookie_id(cookies: &CookieJar<'_>) -> Option<Id> {
    Id::from_str(cookies.get(COOKIE)?.value()).ok()
}

fn token_hash(id: &Id) -> String {
    hex::encode(Sha256::digest(id.0.to_le_bytes()))
}

/// What ends an account's sessions when it changes.
fn auth_hash(key: &Secret, account: &user::Model) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.reveal().as_bytes()).expect("HMAC takes a key of any length");
    mac.update(account.password.as_bytes());
    mac.update(&[account.is_active, account.is_staff, account.is_superuser].map(u8::from));
    hex::encode(mac.finalize().into_bytes())
}

fn browser_family(agent: &str) -> &'static str {
    let families = ["Edg", "OPR", "Firefox", "Chrome", "Safari", "curl", "python"];
    families.into_iter().find(|family| agent.contains(family)).unwrap_or("other")
}

fn new_record(session: &WebSession) -> Record {
    let ends = Ord::min(session.last_seen + IDLE, session.absolute_until);
    let said = serde_json::to_value(session).unwrap_or_default();
    Record { id: Id::default(), data: [(DATA_KEY.to_owned(), said)].into(), expiry_date: as_time(ends) }
}

fn said(record: &Record) -> Option<WebSession> {
    serde_json::from_value(record.data.get(DATA_KEY)?.clone()).ok()
}

fn row(record: &Record) -> session_store::Result<Model> {
    let session = said(record)
        .ok_or_else(|| session_store::Error::Encode("the record holds no web session".to_owned()))?;
    Ok(Model {
        token_hash: token_hash(&record.id),
        account_id: UserId(session.account_id),
        realm: session.realm,
        auth_hash: session.auth_hash,
        created_at: session.created_at,
        last_seen: session.last_seen,
        idle_until: as_chrono(record.expiry_date),
        absolute_until: session.absolute_until,
        csrf_secret: session.csrf_secret,
        data: serde_json::json!({ "display_name": session.display_name }).to_string(),
        ip_prefix: session.ip_prefix,
        ua_family: session.ua_family,
    })
}

fn record(id: Id, row: &Model) -> session_store::Result<Record> {
    let data: serde_json::Value =
        serde_json::from_str(&row.data).map_err(|error| session_store::Error::Decode(error.to_string()))?;
    let session = WebSession {
        account_id: row.account_id.0,
        realm: row.realm.clone(),
        auth_hash: row.auth_hash.clone(),
        created_at: row.created_at,
        last_seen: row.last_seen,
        absolute_until: row.absolute_until,
        csrf_secret: row.csrf_secret.clone(),
        display_name: data["display_name"].as_str().unwrap_or_default().to_owned(),
        ip_prefix: row.ip_prefix.clone(),
        ua_family: row.ua_family.clone(),
    };
    Ok(Record { id, ..new_record(&session) })
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
