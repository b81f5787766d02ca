//! Refusals as pages within the frame.

use askama::Template;
use rocket::{
    Catcher, Request, Response, catch, catchers,
    http::{ContentType, Header, Status},
    response::{self, Responder},
};

use super::super::{
    access::Entrant,
    csrf, desk,
    frame::Frame,
    posted::{CODE, RECOVERY_CODE},
    refusal::Refusal,
    site::Site,
};
use crate::platform::{faults, request_id};

/// The page of a refusal.
#[derive(Template)]
#[template(path = "admin/error.html")]
struct ErrorPage {
    frame: Frame,
    text: String,
    /// The permission that is missing.
    permission: Option<String>,
    /// A form to be sent again: where to, and its fields.
    again: Option<(String, Vec<(String, String)>)>,
}

/// A refusal as an answer.
struct Answer {
    status: Status,
    headers: Vec<Header<'static>>,
    body: Option<String>,
}

impl<'r> Responder<'r, 'static> for Answer {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut answer = Response::build();
        answer.status(self.status);
        for header in self.headers {
            answer.header(header);
        }
        if let Some(body) = self.body {
            answer.header(ContentType::HTML).sized_body(body.len(), std::io::Cursor::new(body));
        }
        answer.ok()
    }
}

pub(super) fn catchers() -> Vec<Catcher> {
    catchers![any]
}

#[catch(default)]
async fn any(status: Status, request: &Request<'_>) -> Answer {
    let refusal = Refusal::taken(request).unwrap_or_else(|| meaning(status));
    let Some(site) = request.rocket().state::<Site>() else {
        return Answer { status: Status::ServiceUnavailable, headers: Vec::new(), body: None };
    };
    if let Some((event, detail)) = refusal.noted() {
        site.access.note_refusal(request, event, detail).await;
    }
    let entrant = desk::entrant(request, site).await.unwrap_or(Entrant::Nobody);
    answer(refusal, request, site, entrant)
}

/// What a bare status means.
fn meaning(status: Status) -> Refusal {
    match status.code {
        400 => Refusal::Invalid("admin-form-unreadable"),
        404 | 405 | 422 => Refusal::NotFound,
        413 => Refusal::TooLarge,
        503 => Refusal::Unavailable,
        _ => Refusal::Failed(anyhow::anyhow!("the server answered {status}")),
    }
}

fn answer(refusal: Refusal, request: &Request<'_>, site: &Site, entrant: Entrant) -> Answer {
    let to = |status, location: String| Answer {
        status,
        headers: vec![Header::new("Location", location)],
        body: None,
    };
    // Unknown addresses tell nothing to those who may not enter.
    let outside = matches!(refusal, Refusal::NotFound) && !matches!(entrant, Entrant::Staff(_));
    match refusal {
        Refusal::Moved(location) => return to(Status::MovedPermanently, location),
        Refusal::Found(location) => return to(Status::Found, location),
        Refusal::SignIn => return to(Status::Found, sign_in_address(request)),
        _ if outside => return to(Status::Found, sign_in_address(request)),
        _ => {}
    }
    if let Refusal::Failed(cause) = &refusal {
        let id = request_id::of(request);
        faults::mark(request, cause);
        tracing::error!(request.id = %id, error = format!("{cause:#}"), "a page of the dashboard failed");
    }
    page(refusal, request, site, entrant)
}

fn page(refusal: Refusal, request: &Request<'_>, site: &Site, entrant: Entrant) -> Answer {
    let status = refusal.status();
    let locale = desk::locale(request, site, None);
    let (title, text) = words(&refusal, &locale);
    let frame = match entrant {
        Entrant::Staff(staff) => {
            Frame::new(&desk::at(request, site, staff), request.cookies(), title.clone()).here(title)
        }
        Entrant::Other(_) | Entrant::Nobody => Frame::outside(request, site, title),
    };
    let mut headers = Vec::new();
    if let Refusal::SlowDown(seconds) = refusal {
        headers.push(Header::new("Retry-After", seconds.to_string()));
    }
    let (permission, again) = match refusal {
        Refusal::Forbidden(permission) => (permission, None),
        Refusal::Forged(pairs) => (None, Some(sent_again(request, pairs))),
        _ => (None, None),
    };
    let body = ErrorPage { frame, text, permission, again }.render();
    Answer { status, headers, body: body.ok() }
}

/// What was typed is not lost: the form can be sent again, now with a good token.
fn sent_again(request: &Request<'_>, pairs: Vec<(String, String)>) -> (String, Vec<(String, String)>) {
    let secret = |name: &str| {
        name == csrf::FIELD || name.contains("password") || [CODE, RECOVERY_CODE].contains(&name)
    };
    let kept = pairs.into_iter().filter(|(name, _)| !secret(name)).collect();
    (request.uri().to_string(), kept)
}

fn words(refusal: &Refusal, locale: &super::super::locale::Locale) -> (String, String) {
    let key = match refusal {
        Refusal::NotFound => "admin-error-not-found",
        Refusal::Forbidden(_) => "admin-error-forbidden",
        Refusal::Forged(_) => "admin-error-forged",
        Refusal::OtherSite => "admin-error-other-site",
        Refusal::Invalid(key) => return (locale.t("admin-error-invalid-title"), locale.t(key)),
        Refusal::TooLarge => "admin-error-too-large",
        Refusal::SlowDown(_) => "admin-error-slow-down",
        Refusal::TooSlow => "admin-error-too-slow",
        Refusal::Unavailable => "admin-error-unavailable",
        _ => "admin-error-failed",
    };
    (locale.t(&format!("{key}-title")), locale.t(key))
}

/// The sign-in page, which leads back here.
pub(super) fn sign_in_address(request: &Request<'_>) -> String {
    let here = request.uri().to_string();
    let next = rocket::http::RawStr::new(&here).percent_encode().to_string();
    format!("{}/login/?next={next}", desk::base(desk::language(request)))
}
