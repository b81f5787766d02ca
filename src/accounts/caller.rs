//! The one guard of all routes that belong to somebody: the account behind a request.
//!
//! In this order: is the request addressed to us, who is it from, may that account be used, may this page change
//! something in its name, and is it within its rate. A handler names the class of its route in the type:
//! `Caller<Asking>`.

use std::{marker::PhantomData, ops::Deref};

use rocket::{
    Request,
    http::Method,
    request::{FromRequest, Outcome},
};
use serde_json::json;

use super::{
    identity::{self, Identity},
    origin::{self, Silent},
    web_session,
};
use crate::{
    app::App,
    error::{Error, Invalid, is_api, leave},
    platform::{
        audit,
        headers::MethodOverride,
        json,
        rate_limit::{self, Class, Key},
    },
};

/// The class of a route, as a type.
pub trait Entrance: Send + Sync + 'static {
    /// Which limit counts.
    const CLASS: Class;
    /// Whether a read changes something all the same.
    const READ_CHANGES: bool = false;
    /// Whether a read is so heavy that no other site's page may cause it.
    const READ_IS_HEAVY: bool = false;
}

/// A route that reads.
pub struct Reading;
/// A route that asks.
pub struct Asking;
/// A route that changes something small.
pub struct Changing;
/// A route that sends a file.
pub struct Uploading;
/// A route that takes out all that is known of the caller.
pub struct TakingOut;
/// One of the two reads that make an empty conversation, for the client's sake.
pub struct Opening;

impl Entrance for Reading {
    const CLASS: Class = Class::Read;
}
impl Entrance for Asking {
    const CLASS: Class = Class::Chat;
}
impl Entrance for Changing {
    const CLASS: Class = Class::Write;
}
impl Entrance for Uploading {
    const CLASS: Class = Class::Upload;
}
impl Entrance for TakingOut {
    const CLASS: Class = Class::Export;
    const READ_IS_HEAVY: bool = true;
}
impl Entrance for Opening {
    const CLASS: Class = Class::Read;
    const READ_CHANGES: bool = true;
}

/// Somebody who asks for what is not there: who it is comes first, then how often. A route that has counted the
/// request already is not asked again.
pub async fn stray(request: &Request<'_>) -> Result<(), Error> {
    let account = identity::of(request).await?.account.id;
    let app = request.rocket().state::<App>().ok_or(Error::Unavailable("starting"))?;
    rate_limit::count(request, &app.limiter, Class::Other, Key::Account(account.0), app.clock.now()).await
}

/// An account that may use the route it is a guard of.
pub struct Caller<E = Reading> {
    identity: Identity,
    entrance: PhantomData<E>,
}

impl<E> Deref for Caller<E> {
    type Target = Identity;

    fn deref(&self) -> &Identity {
        &self.identity
    }
}

#[rocket::async_trait]
impl<'r, E: Entrance> FromRequest<'r> for Caller<E> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        match admit::<E>(request).await {
            Ok(identity) => Outcome::Success(Self { identity, entrance: PhantomData }),
            Err(error) => Outcome::Error((leave(request, error), ())),
        }
    }
}

async fn admit<E: Entrance>(request: &Request<'_>) -> Result<Identity, Error> {
    let app = request.rocket().state::<App>().ok_or(Error::Unavailable("starting"))?;
    let settings = &app.config.identity;
    let peer = identity::peer(request, settings);
    if !peer.asks_for(&settings.allowed_hosts) {
        return Err(Invalid::detail("This host name is not served here.").into());
    }
    if request.local_cache(|| MethodOverride(false)).0 {
        return Err(Invalid::detail("A form must not name a method.").into());
    }
    let identity = identity::of(request).await?.clone();
    if !identity.account.is_active {
        return Err(Error::Forbidden("This account is not active."));
    }
    // Before anything is changed; a route that streams text answers any `Accept`.
    let changes = E::READ_CHANGES || !origin::only_reads(request.method());
    if changes && E::CLASS != Class::Chat && is_api(request) {
        json::accepts_json(request)?;
    }
    let account = identity.account.id;
    if !may_change::<E>(request, app) {
        app.audit(audit::Event {
            account_id: Some(account.0),
            detail: json!({ "method": request.method().as_str() }),
            ..identity::event(request, app, "csrf.refused")
        })
        .await;
        return Err(Error::Forbidden("Requests from other sites are refused."));
    }
    rate_limit::count(request, &app.limiter, E::CLASS, Key::Account(account.0), app.clock.now()).await?;
    if let Some(session) = &identity.session {
        web_session::keep_alive(request, app, session).await;
    }
    Ok(identity)
}

fn may_change<E: Entrance>(request: &Request<'_>, app: &App) -> bool {
    let (method, settings) = (request.method(), &app.config.identity);
    let peer = identity::peer(request, settings);
    if (E::READ_CHANGES || E::READ_IS_HEAVY) && method == Method::Get {
        return origin::is_ours_or_no_browser(request, peer, settings);
    }
    origin::only_reads(method) || origin::may_change(request, peer, settings, Silent::OfPrograms)
}
