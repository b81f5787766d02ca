//! Runs a load test in this process, which should do nothing else.

use std::{fmt::Write as _, fs::File, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use goose::{
    GooseAttack, GooseError,
    client::{CookiesDisabled, GooseClientBuilder},
    config::GooseConfiguration,
    metrics::GooseMetrics,
};

use super::{
    locust,
    plan::Plan,
    report,
    stats::{Figures, Outcome},
    visitor::{self, Tally},
};

/// How often the table is shown while the test runs.
const SHOWN_EVERY: Duration = Duration::from_secs(5);

/// Whether the table is shown while the test runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Showing {
    /// It is, on the terminal.
    Live,
    /// Nothing is.
    Nothing,
}

/// What a load test has left behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// What became of it, in short.
    pub outcome: Outcome,
    /// What became of it, as a table.
    pub table: String,
    /// The files that were written.
    pub files: Vec<PathBuf>,
}

/// Runs a load test to its end, and writes its results.
pub async fn in_this_process(plan: Plan, showing: Showing) -> anyhow::Result<Ended> {
    if let Some(program) = plan.locust.clone() {
        let outcome = locust::run(&plan, &program, showing).await?;
        let files = [locust::STATS, locust::REPORT].into_iter().filter_map(|ending| plan.file(ending));
        return Ok(Ended {
            outcome,
            table: String::new(),
            files: files.filter(|path| path.exists()).collect(),
        });
    }
    // TLS has one provider in this program; a second call changes nothing.
    let _already = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder()
        .timeout(plan.patience)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .context("preparing the load test")?;
    let tally = Arc::new(Tally::default());
    let clients: GooseClientBuilder<CookiesDisabled> = GooseClientBuilder::new().without_cookies();
    let attack = GooseAttack::initialize_with_config(configuration(&plan))?
        .set_client_builder_without_cookies(clients)?
        .register_scenario(visitor::scenario(plan.clone(), http, tally.clone())?);
    let metrics = watched(attack, showing, &tally).await?;
    let figures = Figures::of(&metrics, &tally);
    let files = written(&plan, &figures)?;
    Ok(Ended { outcome: figures.outcome(), table: table(&figures), files })
}

/// Waits for the end, showing meanwhile how it goes.
async fn watched(attack: GooseAttack, showing: Showing, tally: &Tally) -> Result<GooseMetrics, GooseError> {
    let mut attack = Box::pin(attack.execute());
    let mut shown = tokio::time::interval(SHOWN_EVERY);
    shown.tick().await;
    loop {
        tokio::select! {
            ended = &mut attack => return ended,
            _ = shown.tick(), if showing == Showing::Live => show(&tally.table()),
        }
    }
}

#[expect(clippy::print_stdout, reason = "a command talks to the person who called it")]
fn show(table: &str) {
    println!("{table}");
}

fn configuration(plan: &Plan) -> GooseConfiguration {
    // The library counts from the moment at which everybody has begun, Locust from the beginning.
    let beginning = (f64::from(plan.users) / plan.spawn_rate).ceil();
    let left = (plan.run_time.as_secs_f64() - beginning).max(1.0);
    let mut configuration = GooseConfiguration::default();
    configuration.host = Some(plan.host.clone());
    configuration.users = Some(plan.users as usize);
    configuration.increase_rate = Some(plan.spawn_rate.to_string());
    configuration.run_time = Some(format!("{left:.0}"));
    configuration.quiet = 1;
    configuration.no_telnet = true;
    configuration.no_websocket = true;
    configuration.no_print_metrics = true;
    // Who is refused while people still begin is refused all the same.
    configuration.no_reset_metrics = true;
    configuration.no_transaction_metrics = true;
    configuration.no_scenario_metrics = true;
    configuration
}

/// Writes the tables and the report.
fn written(plan: &Plan, figures: &Figures) -> anyhow::Result<Vec<PathBuf>> {
    let Some(results) = &plan.results else { return Ok(Vec::new()) };
    let failed = || format!("writing to {}", results.folder.display());
    std::fs::create_dir_all(&results.folder).with_context(failed)?;
    let page = report::page(plan, figures)?;
    let mut files = Vec::new();
    for ending in [locust::STATS, locust::FAILURES, locust::REPORT] {
        let path = results.folder.join(format!("{}{ending}", results.name));
        let file = File::create(&path).with_context(failed)?;
        match ending {
            locust::STATS => figures.write_stats(file).with_context(failed)?,
            locust::FAILURES => figures.write_failures(file).with_context(failed)?,
            _ => std::fs::write(&path, &page).with_context(failed)?,
        }
        files.push(path);
    }
    Ok(files)
}

/// The table of the terminal. Times in milliseconds.
fn table(figures: &Figures) -> String {
    let mut table = format!(
        "{:<7} {:<24} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>8}\n",
        "Type", "Name", "Requests", "Failures", "Average", "Minimum", "Maximum", "Median", "95 %", "per s"
    );
    for row in &figures.rows {
        // Writing to a text cannot fail.
        let _ = writeln!(
            table,
            "{:<7} {:<24} {:>9} {:>9} {:>9.0} {:>9.0} {:>9.0} {:>9.0} {:>9} {:>8.2}",
            row.kind,
            row.name,
            row.requests,
            row.failures,
            row.average_ms,
            row.min_ms,
            row.max_ms,
            row.median_ms,
            row.p95_ms(),
            row.per_second,
        );
    }
    for failure in &figures.failures {
        let _ =
            writeln!(table, "{:>9} × {} {}: {}", failure.times, failure.kind, failure.name, failure.error);
    }
    table
}
