//! The page on which staff take out all that is known of somebody, to hand it over.

use askama::Template;
use rocket::{Either, Route, State, get, http::CookieJar, post, routes};

use super::download::Download;
use crate::{
    accounts::{admin::touchable, staff::refused, user},
    admin::{Desk, Frame, Posted, Proof, Refusal, proof_fault, shortened},
    app::App,
    platform::{audit, page::Page},
};

/// What whoever does this has to hold.
pub const PERMISSION: &str = "core.disclose_usermodel";

/// The pages of this file, to be mounted at each base of the dashboard.
pub fn routes() -> Vec<Route> {
    routes![form, take]
}

/// The page.
#[derive(Template)]
#[template(path = "accounts/person.html")]
struct PersonPage {
    frame: Frame,
    proof: Proof,
    faults: Vec<String>,
    back: String,
}

#[get("/core/usermodel/<pk>/data")]
async fn form(
    desk: Desk,
    pk: i64,
    app: &State<App>,
    cookies: &CookieJar<'_>,
) -> Result<Page<PersonPage>, Refusal> {
    desk.require(PERMISSION)?;
    let account = touchable(&desk, app, pk).await?;
    Ok(Page::ok(page(&desk, cookies, &account)))
}

/// Nothing leaves without the password and an entry in the audit log.
#[post("/core/usermodel/<pk>/data", data = "<posted>")]
async fn take(
    desk: Desk,
    pk: i64,
    app: &State<App>,
    cookies: &CookieJar<'_>,
    mut posted: Posted,
) -> Result<Either<Page<PersonPage>, Download>, Refusal> {
    desk.require(PERMISSION)?;
    let account = touchable(&desk, app, pk).await?;
    if let Some(fault) = proof_fault(&desk, Proof::of(&desk, true), &mut posted)? {
        let mut page = page(&desk, cookies, &account);
        page.frame.faulty = true;
        page.faults.push(fault);
        return Ok(Either::Left(Page::ok(page)));
    }
    let event = audit::Event { object: Some(account.as_object()), ..desk.event("person.exported") };
    let download = Download::begin(app, account).map_err(refused)?;
    app.store.write(async |tx| audit::append(&tx, desk.locale.now, event).await).await?;
    Ok(Either::Right(download))
}

fn page(desk: &Desk, cookies: &CookieJar<'_>, account: &user::Model) -> PersonPage {
    let name = shortened(&account.username);
    let title = desk.locale.with("account-data-of", &[("name", &name)]);
    let back = desk.url(&format!("core/usermodel/{}/change/", account.id.0));
    let frame = Frame::new(desk, cookies, title)
        .crumb(desk.locale.t("model-core-usermodel-many"), desk.url("core/usermodel/"))
        .crumb(name, back.clone())
        .here(desk.locale.t("account-data"));
    PersonPage { frame, proof: Proof::of(desk, true), faults: Vec::new(), back }
}
