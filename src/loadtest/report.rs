//! The report of a load test: a page that is whole in itself, for a browser that opens it from a folder.

use anyhow::Context;
use askama::Template;

use super::{
    plan::Plan,
    stats::{Failure, Figures, Row},
};

#[derive(Template)]
#[template(path = "loadtest/report.html")]
struct Report<'a> {
    title: String,
    host: &'a str,
    users: u32,
    accounts: usize,
    seconds: u64,
    rows: &'a [Row],
    failures: &'a [Failure],
}

/// The page.
pub(super) fn page(plan: &Plan, figures: &Figures) -> anyhow::Result<String> {
    let name = plan.results.as_ref().map_or("", |results| &results.name);
    let report = Report {
        title: format!("Load test {name}"),
        host: &plan.host,
        users: plan.users,
        accounts: plan.accounts.len(),
        seconds: figures.seconds,
        rows: &figures.rows,
        failures: &figures.failures,
    };
    report.render().context("writing the report")
}

impl Row {
    /// Failures of a hundred requests.
    pub fn failed_percent(&self) -> f64 {
        if self.requests == 0 { 0.0 } else { 100.0 * self.failures as f64 / self.requests as f64 }
    }
}
