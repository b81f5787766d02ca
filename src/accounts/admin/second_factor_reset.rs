//! Taking away the second factor of another account, for somebody who has lost it: superusers alone, and never their own.

use askama::Template;
use rocket::{Either, Route, State, get, http::CookieJar, post, response::Redirect, routes};

use super::actor;
use crate::{
    accounts::{
        UserId, guard,
        second_factor::{self, factor},
        staff::refused,
        user,
    },
    admin::{Desk, Frame, Level, Message, Posted, Proof, Refusal, proof_fault},
    app::App,
    platform::page::Page,
};

pub(super) fn routes() -> Vec<Route> {
    routes![ask, reset]
}

/// The page that asks whether it is meant.
#[derive(Template)]
#[template(path = "accounts/second_factor_reset.html")]
struct ResetPage {
    frame: Frame,
    /// Whether there is one.
    on: bool,
    name: String,
    proof: Proof,
    problem: Option<String>,
    back: String,
}

#[get("/core/usermodel/<pk>/second_factor")]
async fn ask(
    desk: Desk,
    pk: i64,
    app: &State<App>,
    cookies: &CookieJar<'_>,
) -> Result<Page<ResetPage>, Refusal> {
    let account = target(&desk, app, pk).await?;
    Ok(Page::ok(page(&desk, app, cookies, &account, None).await?))
}

#[post("/core/usermodel/<pk>/second_factor", data = "<posted>")]
async fn reset(
    desk: Desk,
    pk: i64,
    app: &State<App>,
    cookies: &CookieJar<'_>,
    mut posted: Posted,
) -> Result<Either<Page<ResetPage>, Redirect>, Refusal> {
    let account = target(&desk, app, pk).await?;
    if let Some(fault) = proof_fault(&desk, Proof::of(&desk, true), &mut posted)? {
        return Ok(Either::Left(Page::ok(page(&desk, app, cookies, &account, Some(fault)).await?)));
    }
    let (event, now) = (desk.event("second_factor.reset"), desk.locale.now);
    let reset = second_factor::reset(&app.store, &*app.notices, now, &account, event).await;
    let (level, key) = if reset.map_err(refused)? {
        app.queue.wake();
        (Level::Success, "second-factor-was-reset")
    } else {
        (Level::Info, "second-factor-none-to-reset")
    };
    let said = [Message::new(level, desk.locale.with(key, &[("name", &account.username)]))];
    Ok(Either::Right(desk.redirect(cookies, back(&desk, &account), &said)))
}

/// The local account of an address, if this staff member may take its second factor away.
async fn target(desk: &Desk, app: &App, pk: i64) -> Result<user::Model, Refusal> {
    if !desk.staff.superuser {
        return Err(Refusal::Forbidden(None));
    }
    let account = user::by_id(app.store.read(), UserId(pk)).await?.filter(user::Model::is_local);
    let account = account.ok_or(Refusal::NotFound)?;
    guard::may_touch(&actor(&desk.staff, app), &account).map_err(|_| Refusal::Forbidden(None))?;
    // Their own page asks for a code: whoever found their desk unattended must not get around that.
    if account.id.0 == desk.staff.id {
        return Err(Refusal::Invalid("second-factor-own-page"));
    }
    Ok(account)
}

fn back(desk: &Desk, account: &user::Model) -> String {
    desk.url(&format!("core/usermodel/{}/change/", account.id.0))
}

async fn page(
    desk: &Desk,
    app: &App,
    cookies: &CookieJar<'_>,
    account: &user::Model,
    problem: Option<String>,
) -> Result<ResetPage, Refusal> {
    let title = desk.locale.t("account-reset-second-factor");
    let back = back(desk, account);
    let mut frame = Frame::new(desk, cookies, title.clone())
        .crumb(desk.locale.t("model-core-usermodel-many"), desk.url("core/usermodel/"))
        .crumb(account.username.clone(), back.clone())
        .here(title);
    frame.faulty = problem.is_some();
    Ok(ResetPage {
        frame,
        on: factor::confirmed(app.store.read(), account.id).await?.is_some(),
        name: account.username.clone(),
        proof: Proof::of(desk, true),
        problem,
        back,
    })
}
