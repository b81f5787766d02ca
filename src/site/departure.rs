//! The way out of the main site: the web session ends, then the campus sign-on is left, too.

use askama::Template;
use rocket::{Route, State, http::Header, post, response::Responder, routes};

use super::{frame::Frame, page::Page};
use crate::{accounts::departure::Departure, app::App, platform::locale::Language};

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    routes![sign_out]
}

/// The page that leads on. A redirect would not: where a form's answer leads, the policy of pages keeps to this host.
#[derive(Template)]
#[template(path = "site/signed_out.html")]
struct SignedOutPage {
    frame: Frame,
    way: Option<String>,
}

/// The page, and what the browser has kept of others is for nobody who comes after.
#[derive(Responder)]
struct Out {
    page: Page<SignedOutPage>,
    clear: Header<'static>,
}

/// Sign out.
#[post("/sign_out")]
fn sign_out(_departure: Departure, language: Language, app: &State<App>) -> Out {
    let frame = Frame::new(app, language, "/".to_owned(), None);
    let page = Page::ok(SignedOutPage { frame, way: app.config.sign_out_url.clone() });
    Out { page, clear: Header::new("Clear-Site-Data", "\"cache\", \"storage\"") }
}
