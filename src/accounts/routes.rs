//! `/user`: who am I.

use rocket::{Route, get, routes};

use super::{visit::Visit, wire::Me};
use crate::platform::json::Json;

/// The routes of this slice.
pub fn routes() -> Vec<Route> {
    routes![me, health]
}

/// Who the caller is, under each name that some client reads.
#[get("/user")]
fn me(visit: Visit) -> Json<Me> {
    Json(Me::of(&visit))
}

/// The same, under the original's path.
#[get("/user/health")]
fn health(visit: Visit) -> Json<Me> {
    Json(Me::of(&visit))
}
