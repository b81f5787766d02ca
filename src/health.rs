//! `/healthz` and `/readyz`: is the process alive, and may it be sent work.

use std::time::{Duration, Instant};

use rocket::{
    Route, State, get,
    http::{Method, Status},
    response::status::Custom,
    routes,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use tokio::sync::Mutex;

use crate::{
    app::App,
    knowledge,
    platform::{
        json::Json,
        openapi::{Entry, Operation},
        redis::Redis,
        store::Store,
    },
};

/// The database has to take a write within this time.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a look is believed: nobody can make the database write by asking often.
const FRESH: Duration = Duration::from_secs(2);

/// The last look at whether the database takes writes.
#[derive(Debug, Default)]
pub struct Probe(Mutex<Option<(Instant, bool)>>);

impl Probe {
    /// Whether it does. Those who ask while somebody is looking wait for what they find.
    async fn takes_writes(&self, store: &Store) -> bool {
        let mut last = self.0.lock().await;
        if let Some((at, answer)) = *last
            && at.elapsed() < FRESH
        {
            return answer;
        }
        let write = store.write(async |tx| knowledge::touch_head(&tx).await);
        let answer = matches!(tokio::time::timeout(PATIENCE, write).await, Ok(Ok(())));
        *last = Some((Instant::now(), answer));
        answer
    }
}

/// The routes of this file. Both are open to everybody and say nothing but yes or no.
pub fn routes() -> Vec<Route> {
    routes![alive, ready]
}

/// Their descriptions.
pub fn operations() -> Vec<Operation> {
    let operation = |path, summary| Operation::new(Method::Get, path, "operation", Entry::Everybody, summary);
    let health = |status: &str| json!({ "status": status });
    vec![
        operation("/healthz", "Is the process alive").answers::<Health>(200, "It is.", health("ok")),
        operation("/readyz", "May it be sent work")
            .answers::<Health>(200, "It may.", health("ready"))
            .answers::<Health>(
                503,
                "The database takes no writes, or shutdown has been announced.",
                health("draining"),
            ),
    ]
}

/// What is said.
#[derive(Debug, Serialize, JsonSchema)]
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
    if app.probe.takes_writes(&app.store).await {
        // Without Redis everything is still done, only slower: no reason to send work elsewhere.
        let degraded = app.redis.as_ref().is_some_and(Redis::is_away);
        Custom(Status::Ok, Json(Health { status: if degraded { "degraded" } else { "ready" } }))
    } else {
        Custom(Status::ServiceUnavailable, Json(Health { status: "database_unavailable" }))
    }
}
