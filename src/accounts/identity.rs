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
    netid::{NetId, looks_hashed, trimmed},
    peer::Peer,
    user,
    web_session::{self, WebSession},
};
use crate::{
    app::App,
    config::IdentitySettings,
    error::{Error, Invalid},
    metrics::Made,
    platform::{audit, headers, request_id},
};

const DISPLAY_NAME_HEADER: &str = "X-DisplayName";
/// What the first version of the service read: `netid@domain`.
const EPPN_HEADER: &str = "X-EPPN";
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
    Unavailable(&'static str),
    Broken(Arc<anyhow::Error>),
}

type Outcome = Result<Identity, Refusal>;

/// A staff member behind a request to the dashboard.
#[derive(Clone)]
pub struct StaffIdentity {
    /// The row; active.
    pub account: user::Model,
    /// Whether every permission check passes. So it is for developers, whose row does not say so.
    pub superuser: bool,
    /// The web session of the request, if it is of this account.
    pub session: Option<Arc<WebSession>>,
    /// The name that the proxy gave; may be empty.
    pub display_name: String,
    /// How the request was recognised.
    pub source: Source,
}

impl StaffIdentity {
    /// The name to greet with.
    pub fn greeting(&self) -> String {
        let name = &self.account.username;
        if !self.display_name.is_empty() {
            self.display_name.clone()
        } else if looks_hashed(name) {
            format!("{}…", &name[..8])
        } else {
            name.clone()
        }
    }

    /// An event of this person's doing, for the audit log.
    pub fn event(&self, request: &Request<'_>, app: &App, name: &'static str) -> audit::Event {
        audit::Event {
            account_id: Some(self.account.id.0),
            actor_name: Some(self.account.username.clone()),
            ..event(request, app, name)
        }
    }
}

/// The identity behind `request`, looked up at its first use.
pub async fn of<'r>(request: &'r Request<'_>) -> Result<&'r Identity, Error> {
    let Some(app) = request.rocket().state::<App>() else { return Err(Error::SignInNeeded) };
    outcome(request, app).await.as_ref().map_err(|refusal| refusal.clone().into_error())
}

async fn outcome<'r>(request: &'r Request<'_>, app: &App) -> &'r Outcome {
    let outcome = request.local_cache_async(decide(request, app)).await;
    if let Ok(identity) = outcome {
        // A plain name is a person's own: it stays out of the log.
        let name = &identity.account.username;
        headers::tell_account(request, if looks_hashed(name) { &name[..8] } else { "local" });
    }
    outcome
}

/// The staff member behind `request`, looked up at its first use.
///
/// Whoever signed in with a password stays that account, whatever the proxy's header says: the header is on every
/// request of a campus browser. Without such a session the header may make a developer.
pub async fn staff_of(request: &Request<'_>) -> Result<Option<StaffIdentity>, Error> {
    struct Staff(Result<Option<StaffIdentity>, Refusal>);
    let Some(app) = request.rocket().state::<App>() else { return Err(Error::Unavailable("starting")) };
    let decided = async { Staff(Box::pin(decide_staff(request, app)).await) };
    let Staff(staff) = request.local_cache_async(decided).await;
    staff.clone().map_err(Refusal::into_error)
}

/// The account of somebody who is known but is no staff.
pub async fn signed_in_as(request: &Request<'_>) -> Option<user::Model> {
    match staff_of(request).await {
        Ok(None) => of(request).await.ok().map(|identity| identity.account.clone()),
        _ => None,
    }
}

/// The peer of `request`, read at its first use.
pub fn peer<'r>(request: &'r Request<'_>, settings: &IdentitySettings) -> &'r Peer {
    request.local_cache(|| {
        let peer = Peer::of(request, settings).unwrap_or_default();
        headers::tell_network(request, peer.prefix());
        peer
    })
}

/// An event that came with `request`, for the audit log: where from, and under which id. By whom is not said yet.
pub fn event(request: &Request<'_>, app: &App, name: &'static str) -> audit::Event {
    audit::Event {
        ip_prefix: peer(request, &app.config.identity).prefix(),
        request_id: Some(request_id::of(request).to_string()),
        ..audit::Event::new(name)
    }
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
            let detail = json!({ "what": what });
            app.audit(audit::Event { detail, ..event(request, app, "identity.spoof") }).await;
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
    // Whoever names a header of their own means that one alone.
    let older = settings.header.eq_ignore_ascii_case("UID").then_some(EPPN_HEADER);
    for header in request.headers().iter() {
        let name = header.name.as_str();
        if identity_headers(settings).chain(older).any(|known| resembles(name, known)) {
            return Err(Refusal::BadHeader("A header looks like an identity header but is none."));
        }
    }
    let value = match single(request, &settings.header)? {
        Some(value) => Some(value),
        None => older.map(|older| single(request, older)).transpose()?.flatten(),
    };
    let Some(value) = value else { return Ok(None) };
    if !peer.trusted {
        return Err(Refusal::Nobody);
    }
    NetId::parse(value).map(Some).ok_or(Refusal::BadHeader("The identity header does not hold a NetID."))
}

fn identity_headers(settings: &IdentitySettings) -> impl Iterator<Item = &str> {
    [settings.header.as_str(), DISPLAY_NAME_HEADER].into_iter()
}

/// The NetID in a header that may be sent once; an empty one counts as none.
fn single<'r>(request: &'r Request<'_>, header: &str) -> Result<Option<&'r str>, Refusal> {
    let mut values = request.headers().get(header);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refusal::BadHeader("The identity header was sent more than once."));
    }
    let netid = if header.eq_ignore_ascii_case(EPPN_HEADER) {
        value.split_once('@').map_or(value, |(netid, _)| netid)
    } else {
        value
    };
    Ok(Some(netid).filter(|netid| !trimmed(netid).is_empty()))
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
    let account = campus_account(app, &netid).await?;
    if account.has_usable_password() {
        return Err(Refusal::LocalAccount);
    }
    if source == Source::Development {
        tracing::info!(user.id = account.id.0, "development sign-in used");
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
async fn campus_account(app: &App, netid: &NetId) -> Result<user::Model, Refusal> {
    let name = netid.pseudonym(app.config.identity.pepper.as_ref());
    if let Some(account) = user::named(app.store.read(), &name).await? {
        return Ok(account);
    }
    let plain = netid.plain_hash();
    let written = app.store.write(async |tx| {
        if let Some(account) = user::named(&tx, &plain).await? {
            user::rename(&tx, account.id, &name).await?;
        }
        let new = user::insert_campus(&tx, &name).await?;
        Ok::<_, DbErr>((user::named(&tx, &name).await?, new))
    });
    let (account, new) = written.await?;
    app.metrics.made(Made::Account, u64::from(new));
    account.ok_or_else(|| Refusal::Broken(Arc::new(anyhow::anyhow!("an account vanished while it was made"))))
}

async fn decide_staff(request: &Request<'_>, app: &App) -> Result<Option<StaffIdentity>, Refusal> {
    let settings = &app.config.identity;
    // A peer that sends a header it must not send is nobody, whatever else it sends.
    if header_netid(request, peer(request, settings), settings).is_ok()
        && let Some((session, account)) = web_session::of(request, app).await?
        && session.realm == web_session::PASSWORD
        && account.is_active
        && account.is_staff
    {
        return Ok(Some(StaffIdentity {
            superuser: account.is_superuser,
            display_name: session.display_name.clone(),
            source: Source::Session,
            session: Some(Arc::new(session)),
            account,
        }));
    }
    match outcome(request, app).await.clone() {
        Ok(identity) if identity.staff && identity.account.is_active => Ok(Some(StaffIdentity {
            account: identity.account,
            superuser: true,
            session: identity.session,
            display_name: identity.display_name,
            source: identity.source,
        })),
        // An account with a password has another way in.
        Ok(_) | Err(Refusal::Nobody | Refusal::LocalAccount) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

impl Refusal {
    fn into_error(self) -> Error {
        match self {
            Self::Nobody => Error::SignInNeeded,
            Self::BadHeader(what) => Invalid::detail(what).into(),
            Self::LocalAccount => Error::Forbidden("This account signs in with its password."),
            Self::Unavailable(code) => Error::Unavailable(code),
            Self::Broken(cause) => Error::Internal(anyhow::anyhow!("{cause:#}")),
        }
    }
}

impl From<DbErr> for Refusal {
    fn from(error: DbErr) -> Self {
        match Error::from(error) {
            Error::Unavailable(code) => Self::Unavailable(code),
            other => Self::Broken(Arc::new(anyhow::Error::new(other))),
        }
    }
}
