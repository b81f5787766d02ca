//! A random name for each request, to find it again in the logs: every line that is written on its behalf carries it.

use rocket::{
    Data, Request, Route,
    route::{Handler, Outcome},
};
use tracing::Instrument;

/// The id of a request: twelve hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::ops::Deref for RequestId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// The id of `request`, the same however often it is asked for.
pub fn of(request: &Request<'_>) -> RequestId {
    request.local_cache(|| RequestId(hex::encode(rand::random::<[u8; 6]>()))).clone()
}

/// The same routes, whose guards and handlers run in a span that carries the id.
pub fn spanned(routes: Vec<Route>) -> Vec<Route> {
    let spanned = |mut route: Route| {
        route.handler = Box::new(Spanned(route.handler));
        route
    };
    routes.into_iter().map(spanned).collect()
}

#[derive(Clone)]
struct Spanned(Box<dyn Handler>);

#[rocket::async_trait]
impl Handler for Spanned {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        let span = tracing::info_span!("request", request.id = %of(request));
        self.0.handle(request, data).instrument(span).await
    }
}
