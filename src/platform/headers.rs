//! What every answer carries: security headers by kind of content, CORS, rate limits, the request id; and one log
//! line per request.

use std::{sync::OnceLock, time::Instant};

use rocket::{
    Data, Request, Response,
    fairing::{Fairing, Info, Kind},
    http::{Header, Method, Status},
    response::{self, Responder},
};

use super::{rate_limit, request_id};
use crate::error::{self, is_api};

/// When to try again, where nobody has said it better.
const RETRY_SECONDS: &str = "2";

/// The fairing. Rocket's own Shield is off: these headers replace it.
pub struct Headers {
    /// Origins besides our own that may call with credentials.
    pub cors_origins: Vec<String>,
    /// Whether a request came over TLS, which its browser is then told to insist on.
    pub over_tls: OverTls,
}

/// Says of a request whether it came over TLS.
pub type OverTls = Box<dyn Fn(&Request<'_>) -> bool + Send + Sync>;

const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; \
    frame-ancestors 'none'";
/// All that a browser could give a page, but for writing to the clipboard, which the page has buttons for.
macro_rules! permissions {
    ($microphone:literal) => {
        concat!(
            "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), clipboard-read=(), display-capture=(), ",
            "encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), ",
            "interest-cohort=(), magnetometer=(), microphone=",
            $microphone,
            ", midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), ",
            "serial=(), usb=(), web-share=(), xr-spatial-tracking=()"
        )
    };
}
const PERMISSIONS: &str = permissions!("()");
/// The value of `Permissions-Policy` for a page that may listen to its reader, and do nothing else of the kind.
pub const WITH_MICROPHONE: &str = permissions!("(self)");

const METHODS: &str = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";
const ALLOWED: &str = "accept, authorization, content-type, user-agent, x-csrftoken, x-requested-with";
/// What a script of another origin may read of an answer besides its body.
const EXPOSED: &str = "Content-Disposition, Retry-After, X-RateLimit-Limit, X-RateLimit-Policy, \
    X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id";

/// Rocket obeys a `_method` field in forms before any guard sees the request. We do not offer that.
#[derive(Clone, Copy, Debug)]
pub struct MethodOverride(pub bool);

/// The method that was asked with: Rocket lets the routes of GET answer HEAD, and tells them nothing of it.
#[derive(Clone, Copy)]
struct Asked(Method);

/// Whether only the head of the answer is wanted, so that nothing may begin by it.
pub fn asked_for_head(request: &Request<'_>) -> bool {
    request.local_cache(|| Asked(request.method())).0 == Method::Head
}

#[derive(Clone, Copy)]
struct Began(Instant);

#[rocket::async_trait]
impl Fairing for Headers {
    fn info(&self) -> Info {
        Info { name: "headers", kind: Kind::Request | Kind::Response }
    }

    async fn on_request(&self, request: &mut Request<'_>, data: &mut Data<'_>) {
        request.local_cache(|| Began(Instant::now()));
        request.local_cache(|| Asked(request.method()));
        let form = request.content_type().is_some_and(|content| content.is_form());
        let overridden = form && data.peek(8).await.starts_with(b"_method=");
        request.local_cache(|| MethodOverride(overridden));
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        rate_limit::settle(request, response.status()).await;
        secure(response);
        if (self.over_tls)(request) {
            let year = "max-age=31536000; includeSubDomains";
            response.set_header(Header::new("Strict-Transport-Security", year));
        }
        self.allow_origin(request, response);
        for header in rate_limit::headers(request) {
            response.set_header(header);
        }
        if matches!(response.status().code, 503 | 504) && !response.headers().contains("Retry-After") {
            response.set_header(Header::new("Retry-After", RETRY_SECONDS));
        }
        response.set_header(Header::new("X-Request-Id", request_id::of(request).to_string()));
        log(request, response);
    }
}

impl Headers {
    fn allow_origin<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        // Pages are nobody's but ours: only the API is for other origins.
        if self.cors_origins.is_empty() || !is_api(request) {
            return;
        }
        response.adjoin_header(Header::new("Vary", "Origin"));
        let Some(origin) = request.headers().get_one("Origin") else { return };
        if !self.cors_origins.iter().any(|allowed| allowed == origin) {
            return;
        }
        response.set_header(Header::new("Access-Control-Allow-Origin", origin.to_owned()));
        response.set_header(Header::new("Access-Control-Allow-Credentials", "true"));
        response.set_header(Header::new("Access-Control-Expose-Headers", EXPOSED));
        if request.method() == Method::Options {
            response.set_header(Header::new("Access-Control-Allow-Methods", METHODS));
            response.set_header(Header::new("Access-Control-Allow-Headers", ALLOWED));
            response.set_header(Header::new("Access-Control-Max-Age", "86400"));
        }
    }
}

fn secure(response: &mut Response<'_>) {
    let page = response.content_type().is_some_and(|content| content.is_html());
    if page || response.status().class().is_redirection() {
        // Who is greeted, and in which language.
        response.adjoin_header(Header::new("Vary", "Cookie, Accept-Language"));
    }
    let policy = if page { PAGE_POLICY } else { API_POLICY };
    default_header(response, "Content-Security-Policy", policy);
    default_header(response, "Cache-Control", "no-store");
    default_header(response, "X-Frame-Options", "DENY");
    response.set_header(Header::new("X-Content-Type-Options", "nosniff"));
    response.set_header(Header::new("Referrer-Policy", "same-origin"));
    response.set_header(Header::new("Cross-Origin-Resource-Policy", "same-origin"));
    response.set_header(Header::new("Cross-Origin-Opener-Policy", "same-origin"));
    default_header(response, "Permissions-Policy", PERMISSIONS);
    response.remove_header("Server");
}

/// Sets a header unless the route has said something more exact.
fn default_header(response: &mut Response<'_>, name: &'static str, value: &'static str) {
    if !response.headers().contains(name) {
        response.set_header(Header::new(name, value));
    }
}

fn log(request: &Request<'_>, response: &Response<'_>) {
    let Began(began) = request.local_cache(|| Began(Instant::now()));
    let route = request.route().map_or_else(|| "-".to_owned(), |route| route.uri.to_string());
    let status = response.status();
    let quiet = matches!(route.as_str(), "/healthz" | "/readyz") && status == Status::Ok;
    if quiet {
        return;
    }
    let id = request_id::of(request);
    let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let method = request.method().as_str();
    let told = request.local_cache(Told::default);
    let account = told.account.get().map_or("-", String::as_str);
    let network = told.network.get().map_or("-", String::as_str);
    tracing::info!(
        request.id = %id, method, route, status = status.code, duration_ms, account, network, "answered"
    );
}

/// What the log may tell of who is calling.
#[derive(Default)]
struct Told {
    account: OnceLock<String>,
    network: OnceLock<String>,
}

/// Tells the log where a request is from.
pub fn tell_network(request: &Request<'_>, prefix: String) {
    request.local_cache(Told::default).network.get_or_init(|| prefix);
}

/// Tells the log whose request it is: by the beginning of a pseudonym, never by a name.
pub fn tell_account(request: &Request<'_>, beginning: &str) {
    request.local_cache(Told::default).account.get_or_init(|| beginning.to_owned());
}

/// Answers OPTIONS of every path, known or not, to everybody: with nothing but headers.
pub fn preflights() -> Vec<rocket::Route> {
    rocket::routes![preflight]
}

/// What the path takes; what another origin may send stands in the headers that every answer of the API gets.
struct Preflight;

#[rocket::options("/<_..>")]
fn preflight() -> Preflight {
    Preflight
}

impl<'r> Responder<'r, 'static> for Preflight {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut methods = error::methods(request);
        let mut answer = Response::build();
        if !methods.is_empty() {
            methods.push("OPTIONS");
            answer.raw_header("Allow", methods.join(", "));
        }
        answer.sized_body(0, std::io::Cursor::new(Vec::new())).ok()
    }
}
