//! Changing one's own password, and giving another account one.

use askama::Template;
use rocket::{
    Data, Either, Request, Response, Route, get,
    http::{CookieJar, Method},
    post,
    response::{Redirect, Responder},
    route::{self, Handler},
    routes,
};

use super::{super::local::Refused, touchable};
use crate::{
    accounts::{
        UserId, local, own_password,
        password_policy::{self, MAX_CHARS, MIN_CHARS},
        user,
    },
    admin::{Desk, Fault, Frame, Level, Message, Posted, Proof, Refusal, proof_fault},
    app::App,
    platform::{
        audit::{self, Change, Object},
        page::Page,
    },
};

pub(super) fn routes() -> Vec<Route> {
    let own = Route::new(Method::Post, "/password_change", OwnChange);
    [routes![own_form, own_done, form, set], vec![own]].concat()
}

/// The page.
#[derive(Template)]
#[template(path = "accounts/password.html")]
struct PasswordPage {
    frame: Frame,
    /// Whether the old password is asked for.
    own: bool,
    /// Whether the account can be left without a password.
    can_disable: bool,
    rules: Vec<String>,
    old_faults: Vec<String>,
    faults: Vec<String>,
    /// Whether one's own password is asked for, to give another account one.
    proof: Proof,
    submit: String,
    back: String,
}

/// The page after one's own change.
#[derive(Template)]
#[template(path = "accounts/password_done.html")]
struct DonePage {
    frame: Frame,
}

/// The hash of a password typed twice, or what is wrong: everything at once, said of the second field.
pub(super) async fn checked(
    app: &App,
    name: &str,
    email: Option<&str>,
    password: String,
    repeated: &str,
) -> Result<String, Vec<Fault>> {
    let mut faults = Vec::new();
    if password.is_empty() {
        faults.push(Fault::new("password1", "admin-required"));
    }
    if repeated.is_empty() {
        faults.push(Fault::new("password2", "admin-required"));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    if password != repeated {
        faults.push(Fault::new("password2", "account-passwords-differ"));
    }
    for problem in password_policy::problems(&password, name, email) {
        let fault = Fault::new("password2", problem.key());
        faults.push(fault.with("min", MIN_CHARS.to_string()).with("max", MAX_CHARS.to_string()));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let hash = app.hasher.hash(password).await;
    hash.map_err(|_| vec![Fault::new("password2", "account-password-later")])
}

fn rules(desk: &Desk) -> Vec<String> {
    let values = [("min", &*MIN_CHARS.to_string()), ("max", &*MAX_CHARS.to_string())];
    let rules =
        ["account-rule-similar", "account-rule-length", "account-rule-common", "account-rule-numeric"];
    rules.into_iter().map(|rule| desk.locale.with(rule, &values)).collect()
}

fn own_page(desk: &Desk, cookies: &CookieJar<'_>) -> PasswordPage {
    let title = desk.locale.t("admin-change-password");
    PasswordPage {
        frame: Frame::new(desk, cookies, title.clone()).here(title.clone()),
        own: true,
        can_disable: false,
        rules: rules(desk),
        old_faults: Vec::new(),
        faults: Vec::new(),
        // The old one is that.
        proof: Proof::NotAsked,
        submit: title,
        back: desk.url(""),
    }
}

#[get("/password_change")]
fn own_form(desk: Desk, cookies: &CookieJar<'_>) -> Result<Page<PasswordPage>, Refusal> {
    if !desk.staff.has_password {
        return Err(Refusal::Forbidden(None));
    }
    Ok(Page::ok(own_page(&desk, cookies)))
}

#[get("/password_change/done")]
fn own_done(desk: Desk, cookies: &CookieJar<'_>) -> Page<DonePage> {
    let title = desk.locale.t("account-password-changed-title");
    Page::ok(DonePage { frame: Frame::new(&desk, cookies, title.clone()).here(title) })
}

/// Changes one's own password: the session that does it goes on under a new token, so this works on the request.
#[derive(Clone)]
struct OwnChange;

#[rocket::async_trait]
impl Handler for OwnChange {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> route::Outcome<'r> {
        match own_change(request, data).await {
            Ok(response) => route::Outcome::Success(response),
            Err(refusal) => route::Outcome::Error(refusal.leave(request)),
        }
    }
}

async fn own_change<'r>(request: &'r Request<'_>, data: Data<'r>) -> Result<Response<'r>, Refusal> {
    let desk = Desk::of(request).await?;
    let posted = Posted::read(request, data).await?;
    let app = request.rocket().state::<App>().ok_or(Refusal::Unavailable)?;
    let text = |name: &str| posted.last(name).unwrap_or_default().to_owned();
    let (old, new, repeated) = (text("old_password"), text("new_password1"), text("new_password2"));
    let account = user::by_id(app.store.read(), UserId(desk.staff.id)).await?.ok_or(Refusal::SignIn)?;
    let mut page = own_page(&desk, request.cookies());
    let say = |fault: &Fault| fault.text(&desk.locale);
    if old.is_empty() {
        page.old_faults.push(desk.locale.t("admin-required"));
    }
    if new != repeated {
        page.faults.push(desk.locale.t("account-passwords-differ"));
    } else if new.is_empty() {
        page.faults.push(desk.locale.t("admin-required"));
    }
    if page.old_faults.is_empty() && page.faults.is_empty() {
        match own_password::change(request, app, &account, old, new).await {
            Ok(()) => return answer(request, Redirect::found(desk.url("password_change/done/"))),
            Err(Refused::Password(problems)) => page.faults = sentences(&desk, &problems),
            Err(Refused::OldPassword(problems)) => {
                page.old_faults.push(desk.locale.t("account-old-password-wrong"));
                page.faults = sentences(&desk, &problems);
            }
            Err(Refused::Wait(wait)) => {
                let seconds = u64::try_from(wait.num_seconds()).unwrap_or(1).max(1);
                page.old_faults.push(desk.locale.count("admin-wait", seconds));
            }
            Err(Refused::Failed(error)) => return Err(crate::accounts::staff::refused(error)),
            Err(_) => page.faults.push(say(&Fault::new("", "account-forbidden"))),
        }
    }
    page.frame.faulty = true;
    answer(request, Page::ok(page))
}

fn sentences(desk: &Desk, problems: &[password_policy::Problem]) -> Vec<String> {
    problems.iter().map(|problem| problem.sentence(desk.locale.language)).collect()
}

fn answer<'r>(
    request: &'r Request<'_>,
    responder: impl Responder<'r, 'static>,
) -> Result<Response<'r>, Refusal> {
    let failed = |status| Refusal::Failed(anyhow::anyhow!("a page answered {status}"));
    responder.respond_to(request).map_err(failed)
}

/// The local account of an address, if this staff member may give it a password.
async fn target(desk: &Desk, app: &App, pk: i64) -> Result<user::Model, Refusal> {
    desk.require("core.change_usermodel")?;
    let account = touchable(desk, app, pk).await?;
    if account.is_local() { Ok(account) } else { Err(Refusal::NotFound) }
}

fn page_of(desk: &Desk, cookies: &CookieJar<'_>, account: &user::Model) -> PasswordPage {
    let has = account.has_usable_password();
    let name = [("name", account.username.as_str())];
    let title =
        desk.locale.with(if has { "account-change-password-of" } else { "account-set-password-of" }, &name);
    let back = desk.url(&format!("core/usermodel/{}/change/", account.id.0));
    let frame = Frame::new(desk, cookies, title)
        .crumb(desk.locale.t("model-core-usermodel-many"), desk.url("core/usermodel/"))
        .crumb(account.username.clone(), back.clone())
        .here(desk.locale.t("admin-change-password"));
    PasswordPage {
        frame,
        own: false,
        can_disable: has,
        rules: rules(desk),
        old_faults: Vec::new(),
        faults: Vec::new(),
        proof: Proof::of(desk, true),
        submit: desk.locale.t(if has { "admin-change-password" } else { "account-enable-password" }),
        back,
    }
}

#[get("/core/usermodel/<pk>/password")]
async fn form(
    desk: Desk,
    pk: i64,
    app: &rocket::State<App>,
    cookies: &CookieJar<'_>,
) -> Result<Page<PasswordPage>, Refusal> {
    let account = target(&desk, app, pk).await?;
    Ok(Page::ok(page_of(&desk, cookies, &account)))
}

#[post("/core/usermodel/<pk>/password", data = "<posted>")]
async fn set(
    desk: Desk,
    pk: i64,
    app: &rocket::State<App>,
    cookies: &CookieJar<'_>,
    mut posted: Posted,
) -> Result<Either<Page<PasswordPage>, Redirect>, Refusal> {
    let account = target(&desk, app, pk).await?;
    let mut page = page_of(&desk, cookies, &account);
    if let Some(fault) = proof_fault(&desk, page.proof, &mut posted)? {
        page.faults.push(fault);
        page.frame.faulty = true;
        return Ok(Either::Left(Page::ok(page)));
    }
    let disabling = posted.last("unset-password").is_some();
    let enabled = posted.last("usable_password") != Some("false");
    // The button says one thing and the choice another.
    if page.can_disable && disabling == enabled && posted.last("usable_password").is_some() {
        page.faults.push(desk.locale.t("account-conflicting"));
    } else if disabling && page.can_disable {
        save(&desk, app, &account, None).await?;
        return Ok(Either::Right(back(&desk, cookies, page.back, "account-password-disabled")));
    } else {
        let password = posted.last("password1").unwrap_or_default().to_owned();
        let repeated = posted.last("password2").unwrap_or_default();
        match checked(app, &account.username, account.email.as_deref(), password, repeated).await {
            Ok(hash) => {
                save(&desk, app, &account, Some(hash)).await?;
                return Ok(Either::Right(back(&desk, cookies, page.back, "account-password-changed")));
            }
            Err(faults) => page.faults = faults.iter().map(|fault| fault.text(&desk.locale)).collect(),
        }
    }
    page.frame.faulty = true;
    Ok(Either::Left(Page::ok(page)))
}

fn back(desk: &Desk, cookies: &CookieJar<'_>, href: String, key: &str) -> Redirect {
    desk.redirect(cookies, href, &[Message::new(Level::Success, desk.locale.t(key))])
}

/// Writes the hash, or takes the password away, with its entry in the audit log.
async fn save(desk: &Desk, app: &App, account: &user::Model, hash: Option<String>) -> Result<(), Refusal> {
    let object = Object {
        model: "core.usermodel".to_owned(),
        key: account.id.0.to_string(),
        text: account.username.clone(),
    };
    let event = audit::Event {
        object: Some(object),
        changes: vec![Change::masked("password")],
        ..desk.event("admin.change")
    };
    let saved = app.store.write(async |tx| {
        match hash {
            Some(hash) => local::set_password(&tx, account, &hash).await?,
            None => local::disable_password(&tx, account).await?,
        }
        Ok::<_, Refused>(audit::append(&tx, desk.locale.now, event).await?)
    });
    saved.await.map_err(|refused| match refused {
        Refused::Failed(error) => crate::accounts::staff::refused(error),
        other => Refusal::Failed(anyhow::Error::new(other)),
    })
}
