//! The web session of a request: found by its cookie, begun, kept alive, ended.

use std::{
    str::FromStr,
    sync::{Mutex, PoisonError},
};

use chrono::Duration;
use rocket::{
    Request,
    http::{Cookie, CookieJar},
};
use sea_orm::entity::prelude::*;
use serde_json::json;
use tower_sessions_core::{SessionStore, session::Id};

use super::{
    issued::{Issued, set_cookie},
    record::{ABSOLUTE, IDLE, PASSWORD, WebSession, auth_hash, new_record, said, still_fits, token_hash},
    row::{Entity, end_one},
};
use crate::{
    accounts::{
        identity,
        user::{self, UserId},
    },
    app::App,
    error::Error,
    platform::audit,
};

/// The name of the cookie, as the original's.
pub const COOKIE: &str = "sessionid";

/// `last_seen` is written at most this often per session.
const SEEN_EVERY: Duration = Duration::minutes(1);

/// The live session of the request's cookie and its account; `None` when there is none, or none that counts. Looked up
/// at its first use.
pub async fn of(request: &Request<'_>, app: &App) -> Result<Option<(WebSession, user::Model)>, DbErr> {
    struct Found(Result<Option<(WebSession, user::Model)>, DbErr>);
    let Found(found) = request.local_cache_async(async { Found(find(request, app).await) }).await;
    found.clone()
}

async fn find(request: &Request<'_>, app: &App) -> Result<Option<(WebSession, user::Model)>, DbErr> {
    let Some(id) = cookie_id(request.cookies()) else { return Ok(None) };
    let now = app.clock.now();
    let Some((row, account)) = app.web_sessions.with_account(&id, now).await? else { return Ok(None) };
    // What cannot be read is no session.
    let record = app.web_sessions.record(id, &row).ok();
    let Some(session) = record.and_then(|record| said(&record)) else { return Ok(None) };
    let expired = now >= session.absolute_until || now >= session.last_seen + IDLE;
    if expired || !still_fits(&app.signing_keys, &account, &session.auth_hash) {
        return Ok(None);
    }
    Ok(Some((session, account)))
}

/// The session that this very request has begun: its cookie still says what was before.
#[derive(Default)]
struct Begun(Mutex<Option<(Id, WebSession)>>);

/// Remembers the session that the request has begun.
pub(super) fn remember(request: &Request<'_>, id: Id, session: &WebSession) {
    let begun = request.local_cache(Begun::default);
    *begun.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((id, session.clone()));
}

fn begun(request: &Request<'_>) -> Option<(Id, WebSession)> {
    request.local_cache(Begun::default).0.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The live session of the request, if it is of this account.
pub(super) async fn current(
    request: &Request<'_>,
    app: &App,
    account: UserId,
) -> Result<Option<WebSession>, DbErr> {
    let session = match begun(request) {
        Some((_, session)) => Some(session),
        None => of(request, app).await?.map(|(session, _)| session),
    };
    Ok(session.filter(|session| session.account_id == account.0))
}

/// What the token of the request's session is stored as: to mark that session in a list.
pub fn current_hash(request: &Request<'_>) -> Option<String> {
    current_id(request).map(|id| token_hash(&id))
}

fn current_id(request: &Request<'_>) -> Option<Id> {
    begun(request).map(|(id, _)| id).or_else(|| cookie_id(request.cookies()))
}

/// The session of the request, kept alive; when it has none of this account, one is begun.
pub async fn ensure(
    request: &Request<'_>,
    app: &App,
    account: &user::Model,
    realm: &'static str,
    display_name: &str,
) -> Result<WebSession, Error> {
    match current(request, app, account.id).await? {
        Some(session) => {
            keep_alive(request, app, &session).await;
            Ok(session)
        }
        None => begin(request, app, account, realm, display_name).await,
    }
}

/// Keeps a session alive that is being used: its row is written at most once a minute.
pub async fn keep_alive(request: &Request<'_>, app: &App, session: &WebSession) {
    let now = app.clock.now();
    if now < session.last_seen + SEEN_EVERY {
        return;
    }
    let Some(id) = current_id(request) else { return };
    let mut record = new_record(&WebSession { last_seen: now, ..session.clone() });
    record.id = id;
    match app.web_sessions.seen(&record).await {
        Ok(true) => {
            app.web_sessions.forget_copy(&token_hash(&id)).await;
            set_cookie(request.cookies(), &id, app.config.identity.secure_cookies);
        }
        // Ended since it was read.
        Ok(false) => {}
        // The request can be answered all the same, and the next one tries again.
        Err(error) => tracing::warn!(error = %error, "a web session could not be kept alive"),
    }
}

/// Notes in the request's session that its person has given the password just now.
pub async fn prove(request: &Request<'_>, app: &App, account: UserId) -> Result<(), Error> {
    let now = app.clock.now();
    let Some(session) = current(request, app, account).await? else { return Ok(()) };
    let Some(id) = current_id(request) else { return Ok(()) };
    let proven = WebSession { proven_at: Some(now), last_seen: now, ..session };
    let mut record = new_record(&proven);
    record.id = id;
    app.web_sessions.save(&record).await.map_err(|error| Error::Internal(error.into()))?;
    app.web_sessions.forget_copy(&token_hash(&id)).await;
    remember(request, id, &proven);
    Ok(())
}

/// Begins a session: for a request recognised by its header on the routes that open the site, and for whoever signs in
/// with a password. The session of the cookie it replaces ends.
pub async fn begin(
    request: &Request<'_>,
    app: &App,
    account: &user::Model,
    realm: &'static str,
    display_name: &str,
) -> Result<WebSession, Error> {
    let now = app.clock.now();
    let peer = identity::peer(request, &app.config.identity);
    let session = WebSession {
        account_id: account.id.0,
        realm: realm.to_owned(),
        auth_hash: auth_hash(&app.signing_keys, account),
        created_at: now,
        last_seen: now,
        absolute_until: now + ABSOLUTE,
        csrf_secret: hex::encode(rand::random::<[u8; 32]>()),
        display_name: display_name.to_owned(),
        proven_at: (realm == PASSWORD).then_some(now),
        ip_prefix: peer.prefix(),
        ua_family: browser_family(request.headers().get_one("User-Agent").unwrap_or_default()).to_owned(),
    };
    let issued = Issued::new(app, session)?;
    let signed_in = audit::Event {
        account_id: Some(account.id.0),
        actor_name: Some(account.username.clone()),
        detail: json!({ "realm": realm }),
        ..identity::event(request, app, "sign_in.ok")
    };
    // A cookie of somebody else's session is left behind: that session ends with it.
    let left = current_hash(request);
    app.store
        .write(async |tx| {
            issued.store(&tx).await?;
            if let Some(left) = &left {
                Entity::delete_by_id(left).exec(&tx).await?;
            }
            audit::append(&tx, now, signed_in).await?;
            user::signed_in(&tx, account.id, now).await
        })
        .await?;
    if let Some(left) = &left {
        app.web_sessions.forget_copy(left).await;
    }
    Ok(issued.hand_out(request, app))
}

/// Ends the session that this very request has begun for an account: no cookie of it is handed out.
pub async fn take_back(request: &Request<'_>, app: &App, account: UserId) -> Result<(), Error> {
    let Some((id, _)) = begun(request) else { return Ok(()) };
    let hash = token_hash(&id);
    app.store.write(async |tx| end_one(&tx, account, &hash).await).await?;
    request.cookies().remove(Cookie::build(COOKIE).path("/"));
    Ok(())
}

/// Signs out: the session of the request's cookie ends, and the cookie is taken away.
pub async fn end(request: &Request<'_>, app: &App) -> Result<(), Error> {
    let Some(id) = cookie_id(request.cookies()) else { return Ok(()) };
    let now = app.clock.now();
    let hash = token_hash(&id);
    let signed_out = of(request, app).await?.map(|(session, account)| audit::Event {
        account_id: Some(account.id.0),
        actor_name: Some(account.username),
        detail: json!({ "realm": session.realm }),
        ..identity::event(request, app, "sign_out")
    });
    app.store
        .write(async |tx| {
            let ended = Entity::delete_by_id(&hash).exec(&tx).await?.rows_affected;
            match signed_out.filter(|_| ended > 0) {
                Some(signed_out) => audit::append(&tx, now, signed_out).await,
                None => Ok(()),
            }
        })
        .await?;
    app.web_sessions.forget_copy(&hash).await;
    request.cookies().remove(Cookie::build(COOKIE).path("/"));
    Ok(())
}

fn cookie_id(cookies: &CookieJar<'_>) -> Option<Id> {
    Id::from_str(cookies.get(COOKIE)?.value()).ok()
}

fn browser_family(agent: &str) -> &'static str {
    let families = ["Edg", "OPR", "Firefox", "Chrome", "Safari", "curl", "python"];
    families.into_iter().find(|family| agent.contains(family)).unwrap_or("other")
}
