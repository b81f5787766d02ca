//! A session under a new token: stored in the transaction that is the reason for it, handed out after that.

use rocket::{
    Request,
    http::{Cookie, CookieJar, SameSite},
};
use sea_orm::{IntoActiveModel, entity::prelude::*};
use tower_sessions_core::session::{Id, Record};

use super::{
    cookie::{self, COOKIE},
    record::{IDLE, WebSession, auth_hash, new_record},
    row::{Entity, Model},
};
use crate::{
    accounts::user,
    app::App,
    error::{Error, Result},
};

/// A session whose token nobody has yet.
pub struct Issued {
    session: WebSession,
    record: Record,
    row: Model,
}

/// The live session of the request, to go on for `account` as it will be: under a new token, signed anew, its person
/// having given the password just now. `None` when the request has no session of this account.
pub async fn successor(request: &Request<'_>, app: &App, account: &user::Model) -> Result<Option<Issued>> {
    let Some(session) = cookie::current(request, app, account.id).await? else { return Ok(None) };
    let now = app.clock.now();
    let auth_hash = auth_hash(&app.signing_keys, account);
    Issued::new(app, WebSession { auth_hash, proven_at: Some(now), last_seen: now, ..session }).map(Some)
}

/// The live session of the request, to go on under a new token. `None` when the request has no session of this account.
pub async fn renewed(request: &Request<'_>, app: &App, account: &user::Model) -> Result<Option<Issued>> {
    let Some(session) = cookie::current(request, app, account.id).await? else { return Ok(None) };
    Issued::new(app, WebSession { last_seen: app.clock.now(), ..session }).map(Some)
}

impl Issued {
    pub(super) fn new(app: &App, session: WebSession) -> Result<Self> {
        let record = new_record(&session);
        let row = app.web_sessions.row(&record).map_err(|error| Error::Internal(error.into()))?;
        Ok(Self { session, record, row })
    }

    /// Stores it.
    pub async fn store(&self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        let row = self.row.clone().into_active_model().reset_all();
        Entity::insert(row).exec_without_returning(db).await.map(drop)
    }

    /// Puts its token into the answer's cookie.
    pub fn hand_out(self, request: &Request<'_>, app: &App) -> WebSession {
        set_cookie(request.cookies(), &self.record.id, app.config.identity.secure_cookies);
        cookie::remember(request, self.record.id, &self.session);
        self.session
    }
}

/// Puts a token into the answer's cookie.
pub(super) fn set_cookie(cookies: &CookieJar<'_>, id: &Id, secure: bool) {
    let cookie = Cookie::build((COOKIE, id.to_string()))
        .http_only(true)
        .max_age(rocket::time::Duration::seconds(IDLE.num_seconds()))
        .path("/")
        .same_site(SameSite::Lax)
        .secure(secure);
    cookies.add(cookie);
}
