//! The second step of signing in: a code, after a right password.

use askama::Template;
use rocket::{
    Data, Request, Route,
    http::{Method, RawStr},
    response::Redirect,
    route::{self, Handler},
};

use super::{
    super::{
        access::{Entrant, SignInRefused},
        desk,
        frame::Frame,
        posted,
        refusal::Refusal,
        site::Site,
    },
    sign_in::{Answered, answer, asked_for, begin_again, held_up, seconds, site_of, target},
};
use crate::platform::page::Page;

/// The routes of this file. A session is begun on the request itself, so these are handlers by hand.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::Get, "/login/code", Step::Form),
        Route::new(Method::Post, "/login/code", Step::Code),
    ]
}

/// What somebody wants at this step.
#[derive(Clone, Copy)]
enum Step {
    Form,
    Code,
}

#[rocket::async_trait]
impl Handler for Step {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> route::Outcome<'r> {
        let answered = match self {
            Self::Form => form(request).await,
            Self::Code => code(request, data).await,
        };
        match answered {
            Ok(response) => route::Outcome::Success(response),
            Err(refusal) => route::Outcome::Error(refusal.leave(request)),
        }
    }
}

/// The page. It says nothing of whose code is asked for.
#[derive(Template)]
#[template(path = "admin/login_code.html")]
struct CodePage {
    frame: Frame,
    next: String,
    problem: Option<String>,
}

/// The address of the page, which leads to `next` afterwards.
pub(super) fn address(request: &Request<'_>, next: &str) -> String {
    let next = RawStr::new(next).percent_encode().to_string();
    format!("{}/login/code/?next={next}", desk::base(desk::language(request)))
}

async fn form<'r>(request: &'r Request<'_>) -> Answered<'r> {
    let site = site_of(request)?;
    desk::moved(request)?;
    let next = asked_for(request);
    if let Entrant::Staff(_) = desk::entrant(request, site).await? {
        return answer(request, Redirect::found(target(request, &next)));
    }
    if !site.access.awaits_code(request).await? {
        return Err(Refusal::Found(format!(
            "{}/login/?next={}",
            desk::base(desk::language(request)),
            RawStr::new(&target(request, &next)).percent_encode()
        )));
    }
    answer(request, Page::ok(page(request, site, next)))
}

async fn code<'r>(request: &'r Request<'_>, data: Data<'r>) -> Answered<'r> {
    let site = site_of(request)?;
    let posted = posted::read(request, data).await?;
    let next = posted.last("next").map_or_else(|| asked_for(request), str::to_owned);
    if !site.access.awaits_code(request).await? {
        return begin_again(request, site, next);
    }
    let mut page = page(request, site, next.clone());
    page.frame.faulty = true;
    if posted.code().is_empty() {
        page.problem = Some(page.frame.t("admin-code-needed"));
        return answer(request, Page::ok(page));
    }
    match site.access.sign_in_with_code(request, posted.code()).await {
        Ok(()) => answer(request, Redirect::found(target(request, &next))),
        Err(SignInRefused::Failed(refusal)) => Err(refusal),
        Err(SignInRefused::TooLate) => begin_again(request, site, next),
        Err(SignInRefused::Wrong) => {
            page.problem = Some(page.frame.t("admin-code-wrong"));
            answer(request, Page::ok(page))
        }
        Err(SignInRefused::Wait(wait)) => {
            let seconds = seconds(wait);
            page.problem = Some(page.frame.tn("admin-wait", &seconds));
            held_up(request, page, seconds)
        }
    }
}

fn page(request: &Request<'_>, site: &Site, next: String) -> CodePage {
    let locale = desk::locale(request, site, None);
    CodePage { frame: Frame::outside(request, site, locale.t("admin-code-title")), next, problem: None }
}
