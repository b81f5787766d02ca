//! One's own second factor: setting it up, new recovery codes, turning it off.

use askama::Template;
use rocket::{
    Data, Request, Response, Route, State, get,
    http::{CookieJar, Method},
    response::Responder,
    route::{self, Handler},
    routes,
};

use crate::{
    accounts::{
        UserId,
        second_factor::{self, Begun, Confirmed, Drawing, Key, Typed, factor, recovery_code},
        staff::refused,
        user,
    },
    admin::{Desk, Frame, Level, Message, Posted, Proof, Refusal, proof_fault},
    app::App,
    platform::page::Page,
};

/// With fewer recovery codes it is time for new ones.
const FEW: u64 = 3;

pub(super) fn routes() -> Vec<Route> {
    [routes![page], vec![Route::new(Method::Post, "/second_factor", Change)]].concat()
}

/// The page.
#[derive(Template)]
#[template(path = "accounts/second_factor.html")]
struct SecondFactorPage {
    frame: Frame,
    part: Part,
    /// What the step that this part offers asks for.
    proof: Proof,
    /// Whether staff need a second factor.
    required: bool,
    problem: Option<String>,
}

/// What the page shows.
enum Part {
    /// The account signs in through the campus, or not at all.
    NotHere,
    /// Nothing can be kept secret here.
    NoKey,
    /// There is none.
    Off,
    /// A secret that waits for its first code: its picture, itself to be typed, and where an app on this device takes it
    /// from.
    SetUp { drawing: Option<Drawing>, key: String, uri: String },
    /// It is on: since when, how many recovery codes are left, and whether these are few.
    On { since: String, left: u64, few: bool },
    /// Recovery codes, this once.
    Codes { codes: Vec<String>, together: String },
}

impl Part {
    fn set_up(key: &Key, account: &user::Model) -> Self {
        let uri = key.uri(&account.username);
        Self::SetUp { drawing: Drawing::of(&uri), key: key.grouped(), uri: uri.to_string() }
    }

    fn codes(codes: Vec<String>) -> Self {
        Self::Codes { together: codes.join("\n"), codes }
    }
}

#[get("/second_factor")]
async fn page(
    desk: Desk,
    app: &State<App>,
    cookies: &CookieJar<'_>,
) -> Result<Page<SecondFactorPage>, Refusal> {
    let account = own(&desk, app).await?;
    let part = part(&desk, app, &account).await?;
    Ok(Page::ok(shown(&desk, app, cookies, part, None)))
}

async fn own(desk: &Desk, app: &App) -> Result<user::Model, Refusal> {
    user::by_id(app.store.read(), UserId(desk.staff.id)).await?.ok_or(Refusal::SignIn)
}

/// What there is to see before anything is done.
async fn part(desk: &Desk, app: &App, account: &user::Model) -> Result<Part, Refusal> {
    if !account.has_usable_password() {
        return Ok(Part::NotHere);
    }
    let db = app.store.read();
    let confirmed = factor::confirmed(db, account.id).await?.and_then(|factor| factor.confirmed_at);
    Ok(match confirmed {
        Some(since) => {
            let left = recovery_code::left(db, account.id).await?;
            Part::On { since: desk.locale.moment(since), left, few: left < FEW }
        }
        None if app.field_keys.is_none() => Part::NoKey,
        None => Part::Off,
    })
}

fn shown(
    desk: &Desk,
    app: &App,
    cookies: &CookieJar<'_>,
    part: Part,
    problem: Option<String>,
) -> SecondFactorPage {
    let title = desk.locale.t(match part {
        Part::SetUp { .. } => "second-factor-set-up",
        Part::Codes { .. } => "second-factor-codes",
        _ => "admin-second-factor",
    });
    let mut frame = Frame::new(desk, cookies, title.clone());
    frame = frame.crumb(desk.locale.t("admin-account"), desk.url("account/")).here(title);
    frame.faulty = problem.is_some();
    let proof = match part {
        Part::On { .. } => Proof::always(desk),
        _ => Proof::of(desk, true),
    };
    SecondFactorPage { frame, part, proof, required: app.config.second_factor_required, problem }
}

/// Every change. The session that does it goes on under a new token, so this works on the request.
#[derive(Clone)]
struct Change;

#[rocket::async_trait]
impl Handler for Change {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> route::Outcome<'r> {
        match Box::pin(change(request, data)).await {
            Ok(response) => route::Outcome::Success(response),
            Err(refusal) => route::Outcome::Error(refusal.leave(request)),
        }
    }
}

/// What a step has led to.
enum Done {
    /// A page, with what is wrong.
    Page(Part, Option<String>),
    /// A message on the page as it is now.
    Said(Level, &'static str),
}

async fn change<'r>(request: &'r Request<'_>, data: Data<'r>) -> Result<Response<'r>, Refusal> {
    let desk = Desk::of(request).await?;
    let posted = Posted::read(request, data).await?;
    let app = request.rocket().state::<App>().ok_or(Refusal::Unavailable)?;
    let account = own(&desk, app).await?;
    if !account.has_usable_password() {
        return Err(Refusal::Forbidden(None));
    }
    let step = posted.last("step").unwrap_or_default().to_owned();
    let mut changing = Changing { request, desk: &desk, app, account: &account, posted };
    let done = match step.as_str() {
        "begin" => changing.begin().await?,
        "confirm" => changing.confirm().await?,
        "codes" => changing.new_codes().await?,
        "off" => changing.turn_off().await?,
        _ => Done::Page(part(&desk, app, &account).await?, None),
    };
    match done {
        Done::Page(part, problem) => {
            answer(request, Page::ok(shown(&desk, app, request.cookies(), part, problem)))
        }
        Done::Said(level, key) => {
            let said = [Message::new(level, desk.locale.t(key))];
            answer(request, desk.redirect(request.cookies(), desk.url("second_factor/"), &said))
        }
    }
}

/// A change of one's own second factor.
struct Changing<'a, 'r> {
    request: &'r Request<'a>,
    desk: &'r Desk,
    app: &'r App,
    account: &'r user::Model,
    posted: Posted,
}

impl Changing<'_, '_> {
    /// Shows a new secret.
    async fn begin(&mut self) -> Result<Done, Refusal> {
        let now = part(self.desk, self.app, self.account).await?;
        if !matches!(now, Part::Off) {
            return Ok(Done::Page(now, None));
        }
        let proof = Proof::of(self.desk, true);
        if let Some(fault) = proof_fault(self.desk, proof, &mut self.posted)? {
            return Ok(Done::Page(now, Some(fault)));
        }
        Ok(match second_factor::begin(self.app, self.account).await.map_err(refused)? {
            Begun::Key(key) => Done::Page(Part::set_up(&key, self.account), None),
            Begun::AlreadyOn => Done::Said(Level::Info, "second-factor-is-on"),
        })
    }

    /// Turns it on, with the first code of the secret.
    async fn confirm(&mut self) -> Result<Done, Refusal> {
        let too_late = Done::Said(Level::Warning, "second-factor-too-late");
        let proof = Proof::of(self.desk, true);
        if let Some(fault) = proof_fault(self.desk, proof, &mut self.posted)? {
            let waiting = second_factor::waiting(self.app, self.account).await.map_err(refused)?;
            return Ok(match waiting {
                Some(key) => Done::Page(Part::set_up(&key, self.account), Some(fault)),
                None => too_late,
            });
        }
        let typed = Typed::of(self.posted.last("code").unwrap_or_default());
        let confirmed = second_factor::confirm(self.request, self.app, self.account, &typed).await;
        Ok(match confirmed.map_err(refused)? {
            Confirmed::On(codes) => Done::Page(Part::codes(codes), None),
            Confirmed::Wrong(key) => {
                let fault = self.desk.locale.t("second-factor-code-wrong");
                Done::Page(Part::set_up(&key, self.account), Some(fault))
            }
            Confirmed::TooLate => too_late,
        })
    }

    async fn new_codes(&mut self) -> Result<Done, Refusal> {
        if let Some(asked_again) = self.asked_again().await? {
            return Ok(asked_again);
        }
        let codes = second_factor::new_codes(self.request, self.app, self.account).await.map_err(refused)?;
        Ok(match codes {
            Some(codes) => Done::Page(Part::codes(codes), None),
            None => Done::Said(Level::Info, "second-factor-is-off"),
        })
    }

    async fn turn_off(&mut self) -> Result<Done, Refusal> {
        if let Some(asked_again) = self.asked_again().await? {
            return Ok(asked_again);
        }
        let off = second_factor::turn_off(self.request, self.app, self.account).await.map_err(refused)?;
        Ok(if off {
            Done::Said(Level::Success, "second-factor-turned-off")
        } else {
            Done::Said(Level::Info, "second-factor-is-off")
        })
    }

    /// The page again, unless password and code were given and are right.
    async fn asked_again(&mut self) -> Result<Option<Done>, Refusal> {
        let fault = proof_fault(self.desk, Proof::always(self.desk), &mut self.posted)?;
        Ok(match fault {
            Some(fault) => Some(Done::Page(part(self.desk, self.app, self.account).await?, Some(fault))),
            None => None,
        })
    }
}

fn answer<'r>(
    request: &'r Request<'_>,
    responder: impl Responder<'r, 'static>,
) -> Result<Response<'r>, Refusal> {
    let failed = |status| Refusal::Failed(anyhow::anyhow!("a page answered {status}"));
    responder.respond_to(request).map_err(failed)
}
