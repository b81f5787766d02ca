//! Counts and times every request.

use std::time::Instant;

use rocket::{
    Data, Request, Response,
    fairing::{Fairing, Info, Kind},
};

use crate::app::App;

/// The fairing.
pub struct Requests;

#[derive(Clone, Copy)]
struct Began(Instant);

#[rocket::async_trait]
impl Fairing for Requests {
    fn info(&self) -> Info {
        Info { name: "metrics", kind: Kind::Request | Kind::Response }
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        request.local_cache(|| Began(Instant::now()));
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let Some(app) = request.rocket().state::<App>() else { return };
        let Began(began) = request.local_cache(|| Began(Instant::now()));
        // What has no route has made-up paths: they are all one.
        let route = request.route().map_or("-", |route| route.uri.path());
        let method = request.method().as_str();
        let status = response.status().code.to_string();
        app.metrics.requests.with_label_values(&[route, method, &status]).inc();
        app.metrics.latency.with_label_values(&[route, method]).observe(began.elapsed().as_secs_f64());
    }
}
