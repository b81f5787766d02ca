//! `/healthz` and `/readyz`: is the process alive, and may it be sent work.

use std::time::Duration;

use rocket::{Route, State, get, http::Status, response::status::Custom, routes};
use serde::Serialize;

use crate::{app::App, knowledge, platform::json::Json};

/// The database has to take a write within this time.
const PATIENCE: Duration = Duration::from_secs(2);

/// The routes of this file. Both are open to everybody and say nothing but yes or no.
pub fn routes() -> Vec<Route> {
    routes![alive, ready]
}

/// What is said.
#[derive(Debug, Serialize)]
struct Health {
    status: &'static str,
}

/// Touches nothing: a process that answers is alive.
#[get("/healthz")]
fn alive() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Whether the database takes writes and shutdown has not been announced.
#[get("/readyz")]
async fn ready(app: &State<App>) -> Custom<Json<Health>> {
    if app.is_draining() {
        return Custom(Status::ServiceUnavailable, Json(Health { status: "draining" }));
    }
    let write = app.store.write(async |tx| knowledge::touch_head(&tx).await);
    match tokio::time::timeout(PATIENCE, write).await {
        Ok(Ok(())) => Custom(Status::Ok, Json(Health { status: "ready" })),
        _ => Custom(Status::ServiceUnavailable, Json(Health { status: "database_unavailable" })),
    }
}
