//! The one error of the application, and its one way to become an answer.
//!
//! The variants are what a client can tell apart. A handler or guard that fails leaves its error in the request's
//! cache and answers with the bare status; the catcher picks it up and writes the body, so that there is a single
//! place where errors are logged and shaped. Nothing internal ever reaches a client: no exception text, no SQL.

use std::{borrow::Cow, sync::Mutex, time::Duration};

use rocket::{
    Catcher, Request, Response, Route, catch, catchers,
    http::{ContentType, Header, Method, Status},
    response::{self, Responder},
};
use sea_orm::DbErr;
use serde_json::{Map, Value, json};

use crate::{
    accounts::caller,
    platform::{faults, request_id, store},
};

/// The result of everything that can be refused or fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request is not answered with what it asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 404, also for what belongs to somebody else. The text is shown.
    #[error("not found: {0}")]
    NotFound(&'static str),
    /// 401.
    #[error("no identity")]
    SignInNeeded,
    /// 403. The text is shown.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// 400 with the sentences meant for the sender.
    #[error("invalid request")]
    Invalid(Invalid),
    /// 405 with the methods that would do.
    #[error("method not allowed")]
    MethodNotAllowed {
        /// What was tried; `None` for a word that is no method we know.
        method: Option<Method>,
        /// The value of `Allow`.
        allow: String,
    },
    /// 406.
    #[error("not acceptable")]
    NotAcceptable,
    /// 408.
    #[error("the body came too slowly")]
    TooSlow,
    /// 409. The text is shown.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// 413. The text is shown.
    #[error("too large: {0}")]
    TooLarge(&'static str),
    /// 415 with the media type that was sent.
    #[error("unsupported media type `{0}`")]
    UnsupportedMedia(String),
    /// 415: what was sent is not what it has to be, whatever it is called. The text is shown.
    #[error("unknown format: {0}")]
    UnknownFormat(&'static str),
    /// 423: busy with the caller's own files. The text is shown.
    #[error("locked: {0}")]
    Locked(&'static str),
    /// 429.
    #[error("too many requests")]
    SlowDown(SlowDown),
    /// 502 with a code: a service beside the program gave no answer that is of use. Worth trying again.
    #[error("a service answered badly: {0}")]
    BadGateway(&'static str),
    /// 504 with a code: a service beside the program gave no answer in time. Worth trying again.
    #[error("a service was too slow: {0}")]
    GatewayTimeout(&'static str),
    /// 503 with a code; worth trying again.
    #[error("unavailable: {0}")]
    Unavailable(&'static str),
    /// 507.
    #[error("no space left")]
    OutOfSpace,
    /// 500; logged with its causes, never shown.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

/// What is wrong with a request, in the shape that its route's clients read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Invalid(Map<String, Value>);

impl Invalid {
    /// `{"error": sentence}`
    pub fn error(sentence: impl Into<Value>) -> Self {
        Self::default().with("error", sentence)
    }

    /// `{"detail": sentence}`
    pub fn detail(sentence: impl Into<Value>) -> Self {
        Self::default().with("detail", sentence)
    }

    /// `{field: [sentence]}`
    pub fn field(name: &str, sentence: impl Into<Value>) -> Self {
        Self::default().with(name, vec![sentence.into()])
    }

    /// One more entry in the body.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    /// The first sentence, for a page that shows only one.
    pub fn sentence(&self) -> String {
        let first = self.0.values().next().cloned().unwrap_or_default();
        match first {
            Value::Array(sentences) => {
                sentences.first().and_then(Value::as_str).unwrap_or_default().to_owned()
            }
            Value::String(sentence) => sentence,
            _ => String::new(),
        }
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// A limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlowDown {
    /// Seconds until another try is worth it.
    pub retry_after: u64,
    /// Requests allowed per window; 0 where what is limited is not requests per time.
    pub limit: u32,
    /// Length of the window in seconds.
    pub window: u32,
}

/// How long a client is asked to wait before it tries an unavailable service again.
const UNAVAILABLE_RETRY: Duration = Duration::from_secs(2);

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match store::unavailability(&error) {
            Some(code) => {
                tracing::debug!(%error, "the database does not answer");
                Self::Unavailable(code)
            }
            None => Self::Internal(error.into()),
        }
    }
}

impl Error {
    /// The status of its answer.
    pub fn status(&self) -> Status {
        match self {
            Self::NotFound(_) => Status::NotFound,
            Self::SignInNeeded => Status::Unauthorized,
            Self::Forbidden(_) => Status::Forbidden,
            Self::Invalid(_) => Status::BadRequest,
            Self::MethodNotAllowed { .. } => Status::MethodNotAllowed,
            Self::NotAcceptable => Status::NotAcceptable,
            Self::TooSlow => Status::RequestTimeout,
            Self::Conflict(_) => Status::Conflict,
            Self::TooLarge(_) => Status::PayloadTooLarge,
            Self::UnsupportedMedia(_) | Self::UnknownFormat(_) => Status::UnsupportedMediaType,
            Self::Locked(_) => Status::Locked,
            Self::SlowDown(_) => Status::TooManyRequests,
            Self::BadGateway(_) => Status::BadGateway,
            Self::GatewayTimeout(_) => Status::GatewayTimeout,
            Self::Unavailable(_) => Status::ServiceUnavailable,
            Self::OutOfSpace => Status::InsufficientStorage,
            Self::Internal(_) => Status::InternalServerError,
        }
    }

    /// Seconds after which the same request may succeed, where that is known.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::SlowDown(slow) => Some(slow.retry_after),
            Self::Unavailable(_) | Self::BadGateway(_) | Self::GatewayTimeout(_) => {
                Some(UNAVAILABLE_RETRY.as_secs())
            }
            _ => None,
        }
    }

    /// The body of its answer, as the two contracts have it.
    fn body(&self, request_id: &str) -> Value {
        let detail = |sentence: &str| json!({ "detail": sentence });
        match self {
            Self::NotFound(sentence)
            | Self::Forbidden(sentence)
            | Self::TooLarge(sentence)
            | Self::UnknownFormat(sentence) => detail(sentence),
            Self::SignInNeeded => json!({ "message": "Unauthorized" }),
            Self::Invalid(invalid) => Value::Object(invalid.0.clone()),
            Self::MethodNotAllowed { method: Some(method), .. } => {
                detail(&format!("Method \"{method}\" not allowed."))
            }
            Self::MethodNotAllowed { method: None, .. } => detail("This method is not allowed."),
            Self::NotAcceptable => detail("Could not satisfy the request Accept header."),
            Self::TooSlow => detail("The request body came too slowly."),
            Self::UnsupportedMedia(media) => {
                detail(&format!("Unsupported media type \"{media}\" in request."))
            }
            Self::Conflict(sentence) | Self::Locked(sentence) => json!({ "error": sentence }),
            Self::SlowDown(slow) => slow_down(*slow, request_id),
            Self::Unavailable(code) | Self::BadGateway(code) | Self::GatewayTimeout(code) => {
                json!({ "error": code, "request_id": request_id })
            }
            Self::OutOfSpace => json!({ "error": "out_of_space", "request_id": request_id }),
            Self::Internal(_) => json!({ "error": "internal_error", "request_id": request_id }),
        }
    }
}

fn slow_down(slow: SlowDown, request_id: &str) -> Value {
    let wait = slow.retry_after;
    json!({
        "error": "rate_limit_exceeded",
        "message": format!("Too many requests. Please try again in {wait} seconds."),
        "retry_after": wait,
        "limit": slow.limit,
        "window": slow.window,
        "request_id": request_id,
    })
}

/// Where a failing handler or guard leaves its error for the catcher.
#[derive(Default)]
struct Caught(Mutex<Option<Error>>);

/// Leaves `error` for the catcher and answers the status to fail with.
pub fn leave(request: &Request<'_>, error: Error) -> Status {
    let error = match error {
        // `PATCH /c/create_session` came to the route of conversations, and was refused for what it is not about.
        Error::NotFound(_) | Error::UnsupportedMedia(_) | Error::Invalid(_) => {
            method_not_allowed(request).unwrap_or(error)
        }
        other => other,
    };
    let status = error.status();
    let caught = request.local_cache(Caught::default);
    *caught.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(error);
    status
}

/// The code of the [`Error::Unavailable`] that was left for the catcher, if such a one was.
pub fn left_unavailable(request: &Request<'_>) -> Option<&'static str> {
    let caught = request.local_cache(Caught::default);
    match *caught.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) {
        Some(Error::Unavailable(code)) => Some(code),
        _ => None,
    }
}

impl<'r> Responder<'r, 'static> for Error {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        Err(leave(request, self))
    }
}

/// The error behind a status that reached a catcher: the one left there, or what the bare status means.
pub async fn behind(status: Status, request: &Request<'_>) -> Error {
    let caught = request.local_cache(Caught::default);
    let left = caught.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    let error = match left {
        Some(error) => error,
        None => of_bare_status(status, request).await,
    };
    if let Error::Internal(cause) = &error {
        let request_id = request_id::of(request);
        faults::mark(request, cause);
        tracing::error!(request.id = %request_id, error = format!("{cause:#}"), "a request failed");
    }
    error
}

async fn of_bare_status(status: Status, request: &Request<'_>) -> Error {
    match status.code {
        // A parameter that does not parse names nothing that exists.
        404 | 422 => match caller::stray(request).await {
            Err(refusal) if is_api(request) => refusal,
            _ => method_not_allowed(request).unwrap_or(Error::NotFound("Not found.")),
        },
        400 => unknown_method(request).unwrap_or(Invalid::detail("Bad request.").into()),
        413 => Error::TooLarge("The request body is too large."),
        503 => Error::Unavailable("unavailable"),
        _ => Error::Internal(anyhow::anyhow!("the server answered {status}")),
    }
}

/// First segments of the paths whose clients are programs.
pub const API: [&str; 9] =
    ["api", "user", "user_files", "dev", "chat", "upload", "feedback", "save-feedback", "reset"];

/// Whether the path of `request` is one whose clients are programs.
pub fn is_api(request: &Request<'_>) -> bool {
    request.uri().path().segments().get(0).is_some_and(|first| API.contains(&first))
}

/// Rocket answers a wrong method with 404; the path may still be one of ours.
fn method_not_allowed(request: &Request<'_>) -> Option<Error> {
    let methods = methods(request);
    let method = request.method();
    if methods.is_empty() || methods.contains(&method.as_str()) {
        return None;
    }
    Some(Error::MethodNotAllowed { method: Some(method), allow: methods.join(", ") })
}

/// A bare 400 is Rocket's for an address that it cannot read, in whose place it puts `/`, and for a method that it
/// does not know, which it forgets.
fn unknown_method(request: &Request<'_>) -> Option<Error> {
    let methods = methods(request);
    let readable = request.uri().path() != "/" && !methods.is_empty();
    readable.then(|| Error::MethodNotAllowed { method: None, allow: methods.join(", ") })
}

/// The methods that the path of `request` takes, in the order of the alphabet; none for a path that is not ours.
pub fn methods<'r>(request: &'r Request<'_>) -> Vec<&'r str> {
    let fixed = |route: &Route| route.uri.path().split('/').filter(|part| !part.starts_with('<')).count();
    let here = || {
        let routes = request.rocket().routes();
        routes.filter(|route| !route.uri.path().contains("..>") && same_path(route.uri.path(), request))
    };
    // `/c/create_session` is no conversation.
    let nearest = here().map(fixed).max();
    let mut methods: Vec<&str> =
        here().filter(|route| Some(fixed(route)) == nearest).map(|route| route.method.as_str()).collect();
    methods.sort_unstable();
    methods.dedup();
    methods
}

fn same_path(route: &str, request: &Request<'_>) -> bool {
    let route: Vec<&str> = route.split('/').filter(|segment| !segment.is_empty()).collect();
    let path = request.uri().path().segments();
    route.len() == path.len()
        && route.iter().zip(path).all(|(have, got)| have.starts_with('<') || *have == got)
}

/// An error as JSON: status, headers and body.
pub struct JsonError(pub Error);

impl<'r> Responder<'r, 'static> for JsonError {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let body = self.0.body(&request_id::of(request)).to_string();
        let mut answer = Response::build();
        answer
            .status(self.0.status())
            .header(ContentType::JSON)
            .sized_body(body.len(), std::io::Cursor::new(body));
        for header in headers(&self.0) {
            answer.header(header);
        }
        answer.ok()
    }
}

/// What an error's answer carries besides its body, in whatever form it is given.
pub fn headers(error: &Error) -> Vec<Header<'static>> {
    let mut headers = Vec::new();
    if let Some(seconds) = error.retry_after() {
        headers.push(Header::new("Retry-After", seconds.to_string()));
    }
    if let Error::MethodNotAllowed { allow, .. } = error {
        headers.push(Header::new("Allow", Cow::Owned::<str>(allow.clone())));
    }
    headers
}

/// Catchers for the paths whose clients are programs.
pub fn json_catchers() -> Vec<Catcher> {
    catchers![as_json]
}

#[catch(default)]
async fn as_json(status: Status, request: &Request<'_>) -> JsonError {
    JsonError(behind(status, request).await)
}
