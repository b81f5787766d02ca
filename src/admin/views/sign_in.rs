//! Signing in and out.

use askama::Template;
use rocket::{
    Data, Request, Response, Route,
    http::{Header, Method, Status, uri::Origin},
    response::{Redirect, Responder},
    route::{self, Handler},
};

use super::super::{
    access::{Entrant, SignInRefused},
    desk,
    flash::{Level, Message},
    frame::Frame,
    posted::{self, Posted},
    refusal::Refusal,
    site::Site,
};
use crate::platform::page::Page;

/// The routes of this file. Sessions are begun and ended on the request itself, so these are handlers by hand.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::Get, "/login", Door::Form),
        Route::new(Method::Post, "/login", Door::SignIn),
        Route::new(Method::Get, "/logout", Door::ByLink),
        Route::new(Method::Post, "/logout", Door::SignOut),
    ]
}

/// What somebody wants at the door.
#[derive(Clone, Copy)]
enum Door {
    Form,
    SignIn,
    SignOut,
    ByLink,
}

#[rocket::async_trait]
impl Handler for Door {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> route::Outcome<'r> {
        let answered = match self {
            Self::Form => form(request).await,
            Self::SignIn => sign_in(request, data).await,
            Self::SignOut => sign_out(request, data).await,
            Self::ByLink => by_link(request).await,
        };
        match answered {
            Ok(response) => route::Outcome::Success(response),
            Err(refusal) => route::Outcome::Error(refusal.leave(request)),
        }
    }
}

type Answered<'r> = Result<Response<'r>, Refusal>;

/// The page with the form.
#[derive(Template)]
#[template(path = "admin/login.html")]
struct SignInPage {
    frame: Frame,
    next: String,
    username: String,
    /// What is wrong with the form as a whole.
    problem: Option<String>,
    /// What is wrong with the name, and with the password.
    username_fault: Option<String>,
    password_fault: Option<String>,
}

/// The page after signing out.
#[derive(Template)]
#[template(path = "admin/logged_out.html")]
struct SignedOutPage {
    frame: Frame,
}

fn site_of<'r>(request: &'r Request<'_>) -> Result<&'r Site, Refusal> {
    request.rocket().state::<Site>().ok_or(Refusal::Unavailable)
}

fn answer<'r>(request: &'r Request<'_>, responder: impl Responder<'r, 'static>) -> Answered<'r> {
    let failed = |status| Refusal::Failed(anyhow::anyhow!("a page answered {status}"));
    responder.respond_to(request).map_err(failed)
}

/// The form.
async fn form<'r>(request: &'r Request<'_>) -> Answered<'r> {
    let site = site_of(request)?;
    desk::moved(request)?;
    let next = asked_for(request);
    match desk::entrant(request, site).await? {
        Entrant::Staff(_) => answer(request, Redirect::found(target(request, &next))),
        entrant => answer(request, Page::ok(page(request, site, &entrant, next))),
    }
}

/// Signs in.
async fn sign_in<'r>(request: &'r Request<'_>, data: Data<'r>) -> Answered<'r> {
    let site = site_of(request)?;
    let posted = posted::read(request, data).await?;
    let next = posted.last("next").map_or_else(|| asked_for(request), str::to_owned);
    let mut page = page(request, site, &Entrant::Nobody, next.clone());
    page.frame.faulty = true;
    page.username = posted.last("username").unwrap_or_default().trim().to_owned();
    let password = posted.last("password").unwrap_or_default();
    if page.find_empty(password) {
        return answer(request, Page::ok(page));
    }
    match site.access.sign_in(request, &page.username, password.to_owned()).await {
        Ok(()) => answer(request, Redirect::found(target(request, &next))),
        Err(SignInRefused::Failed(refusal)) => Err(refusal),
        Err(SignInRefused::Wrong) => {
            page.problem = Some(page.frame.t("admin-wrong-password"));
            answer(request, Page::ok(page))
        }
        Err(SignInRefused::Wait(wait)) => {
            let seconds = u64::try_from(wait.num_seconds()).unwrap_or(1).max(1);
            page.problem = Some(page.frame.tn("admin-wait", &seconds));
            let mut response = answer(request, Page { status: Status::TooManyRequests, template: page })?;
            response.set_header(Header::new("Retry-After", seconds.to_string()));
            Ok(response)
        }
    }
}

/// Signs out.
async fn sign_out<'r>(request: &'r Request<'_>, data: Data<'r>) -> Answered<'r> {
    let site = site_of(request)?;
    let Entrant::Staff(_) = desk::entrant(request, site).await? else { return Err(Refusal::SignIn) };
    let _: Posted = posted::read(request, data).await?;
    site.access.sign_out(request).await?;
    let locale = desk::locale(request, site, None);
    let frame = Frame::outside(request, site, locale.t("admin-signed-out"));
    let mut response = answer(request, Page::ok(SignedOutPage { frame }))?;
    // What the browser has kept of the pages is for nobody who comes after.
    response.set_header(Header::new("Clear-Site-Data", "\"cache\", \"storage\""));
    Ok(response)
}

/// A link does not sign out: that would let any page do it.
async fn by_link<'r>(request: &'r Request<'_>) -> Answered<'r> {
    match desk::entrant(request, site_of(request)?).await? {
        Entrant::Staff(_) => {
            let allow = Header::new("Allow", "POST");
            Ok(Response::build().status(Status::MethodNotAllowed).header(allow).finalize())
        }
        _ => answer(request, Redirect::found(target(request, ""))),
    }
}

fn page(request: &Request<'_>, site: &Site, entrant: &Entrant, next: String) -> SignInPage {
    let locale = desk::locale(request, site, None);
    let mut frame = Frame::outside(request, site, locale.t("admin-sign-in"));
    if let Entrant::Other(name) = entrant {
        frame.say(Message::new(Level::Info, locale.with("admin-not-staff", &[("name", name)])));
    }
    SignInPage {
        frame,
        next,
        username: String::new(),
        problem: None,
        username_fault: None,
        password_fault: None,
    }
}

impl SignInPage {
    /// Whether a field is empty, which is then said.
    fn find_empty(&mut self, password: &str) -> bool {
        let required = || Some(self.frame.t("admin-required"));
        self.username_fault = self.username.is_empty().then(required).flatten();
        let required = || Some(self.frame.t("admin-required"));
        self.password_fault = password.is_empty().then(required).flatten();
        let found = self.username_fault.is_some() || self.password_fault.is_some();
        if found {
            self.problem = Some(self.frame.t("admin-correct-the-errors"));
        }
        found
    }
}

/// The page that somebody wanted to see before they had to sign in.
fn asked_for(request: &Request<'_>) -> String {
    request.query_value::<String>("next").and_then(Result::ok).unwrap_or_default()
}

/// Where to go after signing in: a page of this host, or the first page.
fn target(request: &Request<'_>, next: &str) -> String {
    let home = || format!("{}/", desk::base(desk::language(request)));
    local_path(next).unwrap_or_else(home)
}

/// A path on this host; `None` for anything that may lead elsewhere.
fn local_path(next: &str) -> Option<String> {
    let local = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\');
    (local && Origin::parse(next).is_ok()).then(|| next.to_owned())
}
