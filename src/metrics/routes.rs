//! `GET /metrics`, in the text form of Prometheus.

use anyhow::Context;
use prometheus::{Encoder, TextEncoder};
use rocket::{
    Route, State, get,
    http::{ContentType, Method::Get},
    routes,
};

use crate::{
    accounts::maintainer::Scraper,
    app::App,
    error::{Error, Result},
    platform::openapi::{Entry::StaffOrToken, Operation},
};

/// The route of this file.
pub fn routes() -> Vec<Route> {
    routes![metrics]
}

/// Its description.
pub fn operations() -> Vec<Operation> {
    let metrics = Operation::new(Get, "/metrics", "operation", StaffOrToken, "Figures for Prometheus");
    vec![metrics.answers_as::<String>(200, "The figures.", "text/plain; version=0.0.4; charset=utf-8")]
}

/// The figures.
#[get("/metrics")]
async fn metrics(_scraper: Scraper, app: &State<App>) -> Result<(ContentType, String)> {
    app.metrics.look(app).await?;
    let mut text = Vec::new();
    let encoder = TextEncoder::new();
    let written = encoder.encode(&app.metrics.registry.gather(), &mut text).context("writing the metrics");
    written.map_err(Error::Internal)?;
    let kind = ContentType::new("text", "plain").with_params([("version", "0.0.4"), ("charset", "utf-8")]);
    Ok((kind, String::from_utf8_lossy(&text).into_owned()))
}
