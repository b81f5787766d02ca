//! Errors as pages for people, as JSON for programs.

use askama::Template;
use rocket::{
    Catcher, Request, Response, catch, catchers,
    http::Status,
    response::{self, Responder},
};

use super::{frame::Frame, page::Page};
use crate::{
    app::App,
    error::{self, Error, JsonError},
    platform::locale::Language,
};

/// The page of an error.
#[derive(Template)]
#[template(path = "site/error.html")]
struct ErrorPage {
    frame: Frame,
    title: String,
    text: String,
}

/// An error in the form its reader can use.
enum Answer {
    Page(Box<Page<ErrorPage>>, Error),
    Json(JsonError),
}

impl<'r> Responder<'r, 'static> for Answer {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        match self {
            Self::Json(error) => error.respond_to(request),
            Self::Page(page, error) => {
                let mut answer = Response::build_from(page.respond_to(request)?);
                for header in error::headers(&error) {
                    answer.header(header);
                }
                answer.ok()
            }
        }
    }
}

/// The catcher of everything that is not the API's.
pub fn catchers() -> Vec<Catcher> {
    catchers![any]
}

#[catch(default)]
async fn any(status: Status, request: &Request<'_>) -> Answer {
    let error = error::behind(status, request).await;
    let app = request.rocket().state::<App>().filter(|_| wants_page(request));
    match app {
        Some(app) => Answer::Page(Box::new(page(app, &error, request)), error),
        None => Answer::Json(JsonError(error)),
    }
}

fn page(app: &App, error: &Error, request: &Request<'_>) -> Page<ErrorPage> {
    let language = Language::of(request);
    let (title, text) = words(error, language);
    let frame = Frame::new(app, language, "/".to_owned(), None);
    Page { status: error.status(), template: ErrorPage { frame, title, text } }
}

/// Browsers name HTML; programs do not.
fn wants_page(request: &Request<'_>) -> bool {
    request.headers().get_one("Accept").is_some_and(|accept| accept.contains("text/html"))
}

/// Title and text of an error's page.
fn words(error: &Error, language: Language) -> (String, String) {
    let key = match error {
        Error::SignInNeeded => "site-error-sign-in",
        Error::NotFound(_) | Error::MethodNotAllowed { .. } => "site-error-not-found",
        Error::Forbidden(_) => "site-error-forbidden",
        Error::SlowDown(_) => "site-error-slow-down",
        Error::Unavailable(_) | Error::Internal(_) => "site-error-unavailable",
        _ => "site-error-other",
    };
    (language.text(&format!("{key}-title")), language.text(key))
}

/// What to say about a question that could not be asked.
pub(super) fn about_asking(error: &Error, language: Language) -> Option<String> {
    let key = match error {
        Error::Locked(_) => "site-ask-locked",
        Error::Conflict(_) => "site-ask-conflict",
        Error::SlowDown(_) => "site-error-slow-down",
        Error::Unavailable(_) => "site-error-unavailable",
        Error::Invalid(_) => "site-ask-invalid",
        _ => return None,
    };
    Some(language.text(key))
}
