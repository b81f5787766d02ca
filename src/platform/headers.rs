//! What every answer carries: security headers by kind of content, CORS, rate limits, the request id; and one log
//! line per request.

use std::time::Instant;

use rocket::{
    Data, Request, Response,
    fairing::{Fairing, Info, Kind},
    http::{Header, Method, Status},
};

use super::{rate_limit, request_id};

/// The fairing. Rocket's own Shield is off: these headers replace it.
pub struct Headers {
    /// Origins besides our own that may call with credentials.
    pub cors_origins: Vec<String>,
    /// Whether clients reach us over TLS, which a browser is then told to insist on.
    pub over_tls: bool,
}

const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; \
    frame-ancestors 'none'";
const PERMISSIONS: &str = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()";

/// Rocket obeys a `_method` field in forms before any guard sees the request. We do not offer that.
#[derive(Clone, Copy, Debug)]
pub struct MethodOverride(pub bool);

#[derive(Clone, Copy)]
struct Began(Instant);

#[rocket::async_trait]
impl Fairing for Headers {
    fn info(&self) -> Info {
        Info { name: "headers", kind: Kind::Request | Kind::Response }
    }

    async fn on_request(&self, request: &mut Request<'_>, data: &mut Data<'_>) {
        request.local_cache(|| Began(Instant::now()));
        let form = request.content_type().is_some_and(|content| content.is_form());
        let overridden = form && data.peek(8).await.starts_with(b"_method=");
        request.local_cache(|| MethodOverride(overridden));
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        secure(response);
        if self.over_tls {
            let year = "max-age=31536000; includeSubDomains";
            response.set_header(Header::new("Strict-Transport-Security", year));
        }
        self.allow_origin(request, response);
        for header in rate_limit::headers(request) {
            response.set_header(header);
        }
        response.set_header(Header::new("X-Request-Id", request_id::of(request).to_string()));
        log(request, response);
    }
}

impl Headers {
    fn allow_origin<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        if self.cors_origins.is_empty() {
            return;
        }
        response.adjoin_header(Header::new("Vary", "Origin"));
        let Some(origin) = request.headers().get_one("Origin") else { return };
        if !self.cors_origins.iter().any(|allowed| allowed == origin) {
            return;
        }
        response.set_header(Header::new("Access-Control-Allow-Origin", origin.to_owned()));
        response.set_header(Header::new("Access-Control-Allow-Credentials", "true"));
        if request.method() == Method::Options {
            response
                .set_header(Header::new("Access-Control-Allow-Methods", "DELETE, GET, OPTIONS, PATCH, POST"));
            let headers = "accept, authorization, content-type, x-csrftoken, x-requested-with";
            response.set_header(Header::new("Access-Control-Allow-Headers", headers));
            response.set_header(Header::new("Access-Control-Max-Age", "86400"));
        }
    }
}

fn secure(response: &mut Response<'_>) {
    let page = response.content_type().is_some_and(|content| content.is_html());
    let policy = if page { PAGE_POLICY } else { API_POLICY };
    default_header(response, "Content-Security-Policy", policy);
    default_header(response, "Cache-Control", "no-store");
    default_header(response, "X-Frame-Options", "DENY");
    response.set_header(Header::new("X-Content-Type-Options", "nosniff"));
    response.set_header(Header::new("Referrer-Policy", "same-origin"));
    response.set_header(Header::new("Cross-Origin-Resource-Policy", "same-origin"));
    response.set_header(Header::new("Cross-Origin-Opener-Policy", "same-origin"));
    response.set_header(Header::new("Permissions-Policy", PERMISSIONS));
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
    tracing::info!(request.id = %id, method, route, status = status.code, duration_ms, "answered");
}

/// Answers preflights of the API: what is allowed stands in the headers that every answer gets.
pub fn preflights() -> Vec<rocket::Route> {
    rocket::routes![preflight_api, preflight_user, preflight_files]
}

#[rocket::options("/api/<_..>")]
fn preflight_api() -> Status {
    Status::NoContent
}

#[rocket::options("/user/<_..>")]
fn preflight_user() -> Status {
    Status::NoContent
}

#[rocket::options("/user_files/<_..>")]
fn preflight_files() -> Status {
    Status::NoContent
}
