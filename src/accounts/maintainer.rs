//! The guard of what is for the people who keep this running: the API's document, the metrics.

use rocket::{
    Request,
    request::{FromRequest, Outcome},
};
use serde_json::json;

use super::identity;
use crate::{
    app::App,
    config::Profile,
    error::{Error, Invalid, Result, leave},
    platform::{
        audit,
        rate_limit::{self, Class, Key},
    },
};

/// Staff, whatever their permissions.
pub struct Maintainer(());

/// Whoever reads the metrics: staff, a program with `METRICS_TOKEN`, or, in the debug profile, this machine.
pub struct Scraper(());

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Maintainer {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        match admit(request, Way::Staff).await {
            Ok(()) => Outcome::Success(Self(())),
            Err(error) => Outcome::Error((leave(request, error), ())),
        }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Scraper {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        match admit(request, Way::StaffOrToken).await {
            Ok(()) => Outcome::Success(Self(())),
            Err(error) => Outcome::Error((leave(request, error), ())),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Staff,
    StaffOrToken,
}

async fn admit(request: &Request<'_>, way: Way) -> Result<()> {
    let app = request.rocket().state::<App>().ok_or(Error::Unavailable("starting"))?;
    let peer = identity::peer(request, &app.config.identity);
    if !peer.asks_for(&app.config.identity.allowed_hosts) {
        return Err(Invalid::detail("This host name is not served here.").into());
    }
    let count = |key| rate_limit::count(request, &app.limiter, Class::Dashboard, key, app.clock.now());
    if way == Way::StaffOrToken {
        let debug = app.config.profile == Profile::Debug;
        if has_token(request, app) || (debug && peer.is_direct_loopback()) {
            return count(Key::Peer(peer.prefix())).await;
        }
    }
    if let Some(staff) = identity::staff_of(request).await? {
        return count(Key::Account(staff.account.id.0)).await;
    }
    count(Key::Peer(peer.prefix())).await?;
    let account = &identity::of(request).await?.account;
    app.audit(audit::Event {
        account_id: Some(account.id.0),
        actor_name: Some(account.username.clone()),
        detail: json!({ "permission": "staff" }),
        ..identity::event(request, app, "permission.refused")
    })
    .await;
    Err(Error::Forbidden("Staff only."))
}

fn has_token(request: &Request<'_>, app: &App) -> bool {
    let Some(token) = &app.config.metrics_token else { return false };
    let given = request.headers().get_one("Authorization").and_then(|value| value.strip_prefix("Bearer "));
    given.is_some_and(|given| token.matches(given.trim()))
}
