//! Who a request is from: decided once per request, from the proxy's header, the web session, or, on a developer's
//! own machine, the development identity.
//!
//! The header wins over the cookie. It selects campus accounts only, whatever it says; a campus account listed in
//! `DEVELOPERS` counts as staff, but nothing of that is written to its row.

use std::sync::Arc;

use rocket::Request;
use sea_orm::DbErr;
use serde_json::json;

use super::{
    netid::NetId,
    peer::Peer,
    user,
    web_session::{self, WebSession},
};
use crate::{
    app::App,
    config::IdentitySettings,
    error::{Error, Invalid},
    platform::{audit, store::Store},
};

const DISPLAY_NAME_HEADER: &str = "X-DisplayName";
const DISPLAY_NAME_CHARS: usize = 100;

/// The account a request is from.
#[derive(Clone)]
pub struct Identity {
    /// Its row.
    pub account: user::Model,
    /// What the proxy sent; `None` for a request known by its cookie alone.
    pub netid: Option<NetId>,
    /// The name to greet with; may be empty.
    pub display_name: String,
    /// Whether the account may enter the dashboard.
    pub staff: bool,
    /// How the request was recognised.
    pub source: Source,
    /// The web session of its cookie, if that is of the same account.
    pub session: Option<Arc<WebSession>>,
}

/// How a request was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The identity header of a trusted proxy.
    Header,
    /// A web session cookie.
    Session,
    /// A loopback request in the debug profile.
    Development,
}

/// Why a request has no identity.
#[derive(Clone, Debug)]
enum Refusal {
    Nobody,
    BadHeader(&'static str),
    LocalAccount,
    Unavailable,
    Broken(Arc<anyhow::Error>),
}

type Outcome = Result<Identity, Refusal>;

/// The identity behind `request`, looked up at its first use.
pub async fn of<'r>(request: &'r Request<'_>) -> Result<&'r Identity, Error> {
    let Some(app) = request.rocket().state::<App>() else { return Err(Error::SignInNeeded) };
    let outcome: &Outcome = request.local_cache_async(decide(request, app)).await;
    outcome.as_ref().map_err(|refusal| match refusal {
        Refusal::Nobody => Error::SignInNeeded,
        Refusal::BadHeader(what) => Invalid::detail(*what).into(),
        Refusal::LocalAccount => Error::Forbidden("This account signs in with its password."),
        Refusal::Unavailable => Error::Unavailable("database_unavailable"),
        Refusal::Broken(cause) => Error::Internal(anyhow::anyhow!("{cause:#}")),
    })
}

/// The peer of `request`, read at its first use.
pub fn peer<'r>(request: &'r Request<'_>, settings: &IdentitySettings) -> &'r Peer {
    request.local_cache(|| Peer::of(request, settings).unwrap_or_default())
}

async fn decide(request: &Request<'_>, app: &App) -> Outcome {
    let settings = &app.config.identity;
    let peer = peer(request, settings);
    let session = web_session::of(request, app).await?;
    match header_netid(request, peer, settings) {
        Err(refusal) => {
            let what = match refusal {
                Refusal::BadHeader(what) => what,
                _ => "An untrusted peer sent an identity header.",
            };
            report_spoof(app, peer, what).await;
            Err(refusal)
        }
        Ok(Some(netid)) => by_netid(app, netid, display_name(request), Source::Header, session).await,
        Ok(None) => match (session, development(peer, settings)) {
            // Somebody else's session, begun on purpose, wins over being the developer by default.
            (Some((session, account)), netid) if !is_of(netid.as_ref(), &account, settings) => {
                Ok(by_session(app, session, account))
            }
            (session, Some(netid)) => by_netid(app, netid, String::new(), Source::Development, session).await,
            (_, None) => Err(Refusal::Nobody),
        },
    }
}

/// The NetID of the identity header. An untrusted peer that sends one is nobody, whatever else it sends.
fn header_netid(
    request: &Request<'_>,
    peer: &Peer,
    settings: &IdentitySettings,
) -> Result<Option<NetId>, Refusal> {
    for header in request.headers().iter() {
        let name = header.name.as_str();
        if resembles(name, &settings.header) || resembles(name, DISPLAY_NAME_HEADER) {
            return Err(Refusal::BadHeader("A header looks like an identity header but is none."));
        }
    }
    let mut values = request.headers().get(&settings.header);
    let Some(value) = values.next() else { return Ok(None) };
    if value.trim().is_empty() && values.next().is_none() {
        return Ok(None);
    }
    if !peer.trusted {
        return Err(Refusal::Nobody);
    }
    if values.next().is_some() {
        return Err(Refusal::BadHeader("The identity header was sent more than once."));
    }
    NetId::parse(value).map(Some).ok_or(Refusal::BadHeader("The identity header does not hold a NetID."))
}

/// `U_ID` passes for `UID` in some gateways: what differs only in `-` and `_` is refused.
fn resembles(name: &str, header: &str) -> bool {
    let bare = |text: &str| text.replace(['-', '_'], "").to_ascii_lowercase();
    !name.eq_ignore_ascii_case(header) && bare(name) == bare(header)
}

fn display_name(request: &Request<'_>) -> String {
    let given = request.headers().get_one(DISPLAY_NAME_HEADER).unwrap_or_default();
    given.trim().chars().filter(|c| !c.is_control()).take(DISPLAY_NAME_CHARS).collect()
}

fn development(peer: &Peer, settings: &IdentitySettings) -> Option<NetId> {
    let netid = settings.development.as_deref()?;
    if peer.is_direct_loopback() { NetId::parse(netid) } else { None }
}

fn is_of(netid: Option<&NetId>, account: &user::Model, settings: &IdentitySettings) -> bool {
    netid.is_some_and(|netid| netid.pseudonym(settings.pepper.as_ref()) == account.username)
}

async fn by_netid(
    app: &App,
    netid: NetId,
    display_name: String,
    source: Source,
    session: Option<(WebSession, user::Model)>,
) -> Outcome {
    let account = campus_account(&app.store, &netid, &app.config.identity).await?;
    if account.has_usable_password() {
        return Err(Refusal::LocalAccount);
    }
    if source == Source::Development {
        tracing::debug!(user.id = account.id.0, "development sign-in used");
    }
    let session = session.filter(|(_, of)| of.id == account.id).map(|(session, _)| Arc::new(session));
    let known_name = || session.as_ref().map(|session| session.display_name.clone()).unwrap_or_default();
    let display_name = if display_name.is_empty() { known_name() } else { display_name };
    // The flags of the row do not count: the list is the only way from the header to the dashboard.
    let staff = source == Source::Development
        || app.developers.contains(&account.username)
        || app.developers.contains(&netid.plain_hash());
    Ok(Identity { staff, account, netid: Some(netid), display_name, source, session })
}

fn by_session(app: &App, session: WebSession, account: user::Model) -> Identity {
    let staff = match session.realm.as_str() {
        web_session::PASSWORD => account.is_staff,
        _ => app.developers.contains(&account.username),
    };
    let display_name = session.display_name.clone();
    Identity {
        account,
        netid: None,
        display_name,
        staff,
        source: Source::Session,
        session: Some(Arc::new(session)),
    }
}

/// Finds or makes the campus account. With a pepper, a row still under its plain hash gets its keyed name.
async fn campus_account(
    store: &Store,
    netid: &NetId,
    settings: &IdentitySettings,
) -> Result<user::Model, Refusal> {
    let name = netid.pseudonym(settings.pepper.as_ref());
    if let Some(account) = user::named(store.read(), &name).await? {
        return Ok(account);
    }
    let plain = netid.plain_hash();
    let made = store
        .write(async |tx| {
            if let Some(account) = user::named(&tx, &plain).await? {
                user::rename(&tx, account.id, &name).await?;
            }
            user::create_campus(&tx, &name).await
        })
        .await?;
    made.ok_or_else(|| Refusal::Broken(Arc::new(anyhow::anyhow!("an account vanished while it was made"))))
}

async fn report_spoof(app: &App, peer: &Peer, what: &'static str) {
    app.audit(audit::Event {
        name: "identity.spoof",
        account_id: None,
        ip_prefix: peer.prefix(),
        detail: json!({ "what": what }),
    })
    .await;
}

impl From<DbErr> for Refusal {
    fn from(error: DbErr) -> Self {
        match Error::from(error) {
            Error::Unavailable(_) => Self::Unavailable,
            other => Self::Broken(Arc::new(anyhow::Error::new(other))),
        }
    }
}
