//! Where log lines go: sentences with fields, as JSON for machines or as text for people.
//!
//! What is logged never includes names, network ids, questions, answers, tokens, bodies or query strings.

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::Config;

/// Libraries speak up only when something is wrong; Rocket calls every 404 an error, so it does not speak at all.
const QUIET: &str = "rocket=off,_=off,hyper=warn,sqlx=warn,sea_orm=warn,sea_orm_migration=warn,\
    tantivy=warn,tokio_cron_scheduler=warn,html5ever=error,pdf_oxide=error,reqwest=warn,tower_sessions_core=warn";

/// Starts logging to standard error. Later calls do nothing.
pub fn start(config: &Config) {
    let filter = EnvFilter::try_new(format!("{QUIET},{}", config.log_level))
        .unwrap_or_else(|_| EnvFilter::new(format!("{QUIET},info")));
    let registry = tracing_subscriber::registry().with(filter);
    // A panic is a line in the log like any other failure.
    std::panic::set_hook(Box::new(|panic| tracing::error!("panicked: {panic}")));
    let _already_started = if config.log_json {
        let lines = fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
        registry.with(lines.with_writer(std::io::stderr)).try_init()
    } else {
        let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
        let lines = fmt::layer().compact().with_target(false).with_ansi(colours);
        registry.with(lines.with_writer(std::io::stderr)).try_init()
    };
}
