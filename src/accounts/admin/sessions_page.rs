//! Where somebody else is signed in, and ending that.

use askama::Template;
use rocket::{Route, State, get, http::CookieJar, post, response::Redirect, routes};

use super::{
    account_page::{SessionView, views},
    touchable,
};
use crate::{
    accounts::{user, web_session},
    admin::{Desk, Frame, Level, Message, Posted, Refusal, shortened},
    app::App,
    platform::{audit, page::Page},
};

const PERMISSION: &str = "core.change_usermodel";

pub(super) fn routes() -> Vec<Route> {
    routes![page, end]
}

/// The page.
#[derive(Template)]
#[template(path = "accounts/sessions.html")]
struct SessionsPage {
    frame: Frame,
    sessions: Vec<SessionView>,
    /// Where the forms go.
    end: String,
    back: String,
}

#[get("/core/usermodel/<pk>/sessions")]
async fn page(
    desk: Desk,
    pk: i64,
    app: &State<App>,
    cookies: &CookieJar<'_>,
) -> Result<Page<SessionsPage>, Refusal> {
    desk.require(PERMISSION)?;
    let account = touchable(&desk, app, pk).await?;
    let sessions =
        web_session::live_of(app.store.read(), &app.signing_keys, &account, desk.locale.now).await?;
    let name = shortened(&account.username);
    let title = desk.locale.with("account-sessions-of", &[("name", &name)]);
    let back = desk.url(&format!("core/usermodel/{}/change/", account.id.0));
    Ok(Page::ok(SessionsPage {
        frame: Frame::new(&desk, cookies, title)
            .crumb(desk.locale.t("model-core-usermodel-many"), desk.url("core/usermodel/"))
            .crumb(name, back.clone())
            .here(desk.locale.t("account-sessions-short")),
        sessions: views(&desk, sessions, None),
        end: address(&desk, &account),
        back,
    }))
}

/// Ends one session, or all of them.
#[post("/core/usermodel/<pk>/sessions", data = "<posted>")]
async fn end(
    desk: Desk,
    pk: i64,
    app: &State<App>,
    cookies: &CookieJar<'_>,
    posted: Posted,
) -> Result<Redirect, Refusal> {
    desk.require(PERMISSION)?;
    let account = touchable(&desk, app, pk).await?;
    let event = audit::Event { object: Some(account.as_object()), ..desk.event("session.ended") };
    let one = posted.last("session").map(str::to_owned);
    app.store
        .write(async |tx| {
            match &one {
                Some(token) => drop(web_session::end_one(&tx, account.id, token).await?),
                None => drop(web_session::end_all_of(&tx, account.id, None).await?),
            }
            audit::append(&tx, desk.locale.now, event).await
        })
        .await?;
    if let Some(token) = &one {
        app.web_sessions.forget_copy(token).await;
    }
    let message = Message::new(Level::Success, desk.locale.t("account-session-ended"));
    Ok(desk.redirect(cookies, address(&desk, &account), &[message]))
}

fn address(desk: &Desk, account: &user::Model) -> String {
    desk.url(&format!("core/usermodel/{}/sessions/", account.id.0))
}
