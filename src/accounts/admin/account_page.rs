//! One's own account: where one is signed in, and ending that.

use askama::Template;
use rocket::{
    Request, Route, State, get,
    http::CookieJar,
    post,
    request::{FromRequest, Outcome},
    response::Redirect,
    routes,
};

use crate::{
    accounts::{UserId, user, web_session},
    admin::{Desk, Frame, Level, Message, Posted, Refusal},
    app::App,
    platform::{audit, page::Page},
};

pub(super) fn routes() -> Vec<Route> {
    routes![page, end]
}

/// The page.
#[derive(Template)]
#[template(path = "accounts/account.html")]
struct AccountPage {
    frame: Frame,
    name: String,
    sessions: Vec<SessionView>,
    /// Where the forms go.
    end: String,
}

/// A session.
pub(super) struct SessionView {
    pub(super) token: String,
    pub(super) browser: String,
    pub(super) network: String,
    pub(super) realm: String,
    pub(super) began: String,
    pub(super) seen: String,
    pub(super) current: bool,
}

/// Sessions as a page shows them; the one stored under `current` is marked.
pub(super) fn views(
    desk: &Desk,
    sessions: Vec<web_session::Model>,
    current: Option<&str>,
) -> Vec<SessionView> {
    let view = |session: web_session::Model| SessionView {
        current: current == Some(session.token_hash.as_str()),
        browser: session.ua_family,
        network: session.ip_prefix,
        realm: desk.locale.t(&format!("account-realm-{}", session.realm)),
        began: desk.locale.moment(session.created_at),
        seen: desk.locale.moment(session.last_seen),
        token: session.token_hash,
    };
    sessions.into_iter().map(view).collect()
}

/// The stored name of the request's session.
struct Current(Option<String>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Current {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        Outcome::Success(Self(web_session::current_hash(request)))
    }
}

#[get("/account")]
async fn page(
    desk: Desk,
    app: &State<App>,
    current: Current,
    cookies: &CookieJar<'_>,
) -> Result<Page<AccountPage>, Refusal> {
    let account = user::by_id(app.store.read(), UserId(desk.staff.id)).await?.ok_or(Refusal::SignIn)?;
    let sessions =
        web_session::live_of(app.store.read(), &app.signing_keys, &account, desk.locale.now).await?;
    let title = desk.locale.t("admin-account");
    Ok(Page::ok(AccountPage {
        frame: Frame::new(&desk, cookies, title.clone()).here(title),
        name: desk.staff.greeting.clone(),
        sessions: views(&desk, sessions, current.0.as_deref()),
        end: desk.url("account/end/"),
    }))
}

#[post("/account/end", data = "<posted>")]
async fn end(
    desk: Desk,
    app: &State<App>,
    current: Current,
    cookies: &CookieJar<'_>,
    posted: Posted,
) -> Result<Redirect, Refusal> {
    let account = UserId(desk.staff.id);
    let event = audit::Event { ..desk.event("session.ended") };
    let one = posted.last("session").map(str::to_owned);
    app.store
        .write(async |tx| {
            match &one {
                Some(token) => drop(web_session::end_one(&tx, account, token).await?),
                None => drop(web_session::end_all_of(&tx, account, current.0.as_deref()).await?),
            }
            audit::append(&tx, desk.locale.now, event).await
        })
        .await?;
    if let Some(token) = &one {
        app.web_sessions.forget_copy(token).await;
    }
    let message = Message::new(Level::Success, desk.locale.t("account-session-ended"));
    Ok(desk.redirect(cookies, desk.url("account/"), &[message]))
}
