//! No request waits without end: each route has a time, and while the database is away nobody waits for it at all.
//!
//! Rocket has no middleware, but a route is a value, and what answers it can be wrapped.

use std::time::Duration;

use rocket::{
    Data, Request, Route,
    http::{Method, Status},
    route::{Handler, Outcome},
};

use crate::{
    app::App,
    error::{Error, leave, left_unavailable},
    platform::store::AWAY,
};

/// A handler without a stream.
pub const PLAIN: Duration = Duration::from_secs(10);
/// A question may wait 30 seconds for the answer before it.
pub const ASKING: Duration = Duration::from_secs(45);
/// The body of an upload may take two minutes.
pub const UPLOADING: Duration = Duration::from_secs(135);

/// A recording may take two minutes to arrive, and two more to be written down.
pub const DICTATING: Duration = Duration::from_secs(255);

/// Gives routes their time: [`PLAIN`] to those that read, `changing` to the others.
pub fn within(changing: Duration, routes: Vec<Route>) -> Vec<Route> {
    let bounded = |mut route: Route| {
        let reads = matches!(route.method, Method::Get | Method::Head | Method::Options);
        let limit = if reads { PLAIN } else { changing };
        route.handler = Box::new(Bounded { inner: route.handler, limit });
        route
    };
    routes.into_iter().map(bounded).collect()
}

#[derive(Clone)]
struct Bounded {
    inner: Box<dyn Handler>,
    limit: Duration,
}

#[rocket::async_trait]
impl Handler for Bounded {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        let Some(app) = request.rocket().state::<App>() else {
            return Outcome::Error(leave(request, Error::Unavailable("starting")));
        };
        if !app.database.admits() {
            return Outcome::Error(leave(request, Error::Unavailable(AWAY)));
        }
        let handled = tokio::time::timeout(self.limit, self.inner.handle(request, data)).await;
        let outcome =
            handled.unwrap_or_else(|_| Outcome::Error(leave(request, Error::Unavailable("too_slow"))));
        match status(&outcome) {
            Status::ServiceUnavailable if left_unavailable(request) == Some(AWAY) => {
                app.store.doubt();
                if app.database.failed() {
                    tracing::error!("the database is away; requests are refused until it is back");
                }
            }
            Status::ServiceUnavailable => {}
            _ => app.database.succeeded(),
        }
        outcome
    }
}

fn status(outcome: &Outcome<'_>) -> Status {
    match outcome {
        Outcome::Success(response) => response.status(),
        Outcome::Error(status) | Outcome::Forward((_, status)) => *status,
    }
}
