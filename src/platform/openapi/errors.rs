//! The answers that are the same everywhere: bodies as `error.rs` writes them.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::operation::{Entry, Operation, Schema, schema_of};
use crate::platform::rate_limit::Class;

/// Nobody is signed in.
#[derive(Serialize, JsonSchema)]
pub(super) struct Unauthorized {
    message: String,
}

/// A sentence about what is wrong.
#[derive(Serialize, JsonSchema)]
pub(super) struct Detail {
    detail: String,
}

/// What is wrong with a request: sentences under the names of fields, or under `error`, `detail`, `message` or
/// `non_field_errors`.
#[derive(Serialize, JsonSchema)]
pub(super) struct Refused {
    #[serde(flatten)]
    #[schemars(with = "std::collections::BTreeMap<String, Value>")]
    sentences: Value,
}

/// A limit was reached.
#[derive(Serialize, JsonSchema)]
pub(super) struct TooManyRequests {
    error: String,
    message: String,
    /// Seconds.
    retry_after: u64,
    /// Requests per window; 0 where something else than requests per time is limited.
    limit: u32,
    /// Seconds; 0 where something else than requests per time is limited.
    window: u32,
    request_id: String,
}

/// Not the sender's fault.
#[derive(Serialize, JsonSchema)]
pub(super) struct Failure {
    /// A code.
    error: String,
    /// The name of the request in the logs.
    request_id: String,
}

/// An answer of many routes.
pub(super) struct Common {
    pub(super) status: u16,
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) schema: Schema,
    pub(super) example: fn() -> Value,
}

const fn common(
    status: u16,
    name: &'static str,
    about: &'static str,
    schema: Schema,
    example: fn() -> Value,
) -> Common {
    Common { status, name, about, schema, example }
}

fn detail(sentence: &str) -> Value {
    json!({ "detail": sentence })
}

/// All of them.
pub(super) const COMMON: &[Common] = &[
    common(400, "BadRequest", "The request is not well formed.", schema_of::<Refused>, || {
        detail("Bad request.")
    }),
    common(
        401,
        "Unauthorized",
        "Nobody is signed in.",
        schema_of::<Unauthorized>,
        || json!({ "message": "Unauthorized" }),
    ),
    common(
        403,
        "Forbidden",
        "Not for this account, or not from another site's page.",
        schema_of::<Detail>,
        || detail("This account is not active."),
    ),
    common(404, "NotFound", "There is no such thing, or it is somebody else's.", schema_of::<Detail>, || {
        detail("Not found.")
    }),
    common(406, "NotAcceptable", "`Accept` leaves no room for JSON.", schema_of::<Detail>, || {
        detail("Could not satisfy the request Accept header.")
    }),
    common(408, "TooSlow", "The body came too slowly.", schema_of::<Detail>, || {
        detail("The request body came too slowly.")
    }),
    common(413, "TooLarge", "The body is too large.", schema_of::<Detail>, || {
        detail("The request body is larger than 1 MiB.")
    }),
    common(415, "UnsupportedMediaType", "The body is of another type.", schema_of::<Detail>, || {
        detail("Unsupported media type \"text/plain\" in request.")
    }),
    common(429, "TooManyRequests", "A limit was reached.", schema_of::<TooManyRequests>, || {
        json!({
            "error": "rate_limit_exceeded",
            "message": "Too many requests. Please try again in 12 seconds.",
            "retry_after": 12,
            "limit": 60,
            "window": 60,
            "request_id": "3f9a1c20b7de",
        })
    }),
    common(
        500,
        "InternalError",
        "Something failed; the log says what.",
        schema_of::<Failure>,
        || json!({ "error": "internal_error", "request_id": "3f9a1c20b7de" }),
    ),
    common(
        503,
        "Unavailable",
        "Worth trying again.",
        schema_of::<Failure>,
        || json!({ "error": "database_unavailable", "request_id": "3f9a1c20b7de" }),
    ),
];

/// Which of them a route may answer besides what it says of itself.
pub(super) fn statuses(operation: &Operation) -> Vec<u16> {
    let mut statuses = match operation.entry {
        Entry::Everybody => vec![500],
        Entry::Callers(_) | Entry::Staff | Entry::StaffOrToken => vec![400, 401, 403, 429, 500, 503],
    };
    if operation.path.contains('<') {
        statuses.push(404);
    }
    let streams = operation.entry == Entry::Callers(Class::Chat);
    if operation.entry != Entry::Staff && operation.entry != Entry::StaffOrToken && !streams {
        statuses.push(406);
    }
    if operation.body.is_some() {
        statuses.extend([408, 413, 415]);
    }
    statuses
}
