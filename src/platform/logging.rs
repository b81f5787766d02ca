//! Where log lines go: sentences with fields, as JSON for machines or as text for people, to the terminal and, from
//! the server, to a file that is changed for a new one when it is full.
//!
//! What is logged never includes names, network ids, questions, answers, tokens, bodies or query strings.

use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt, path::Path};

use file_rotate::{ContentLimit, FileRotate, compression::Compression, suffix::AppendCount};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use super::panics;
use crate::config::Config;

/// Libraries speak up only when something is wrong; Rocket calls every 404 an error, so it does not speak at all.
const QUIET: &str = "rocket=off,_=off,hyper=warn,sqlx=warn,sea_orm=warn,sea_orm_migration=warn,\
    tantivy=warn,tokio_cron_scheduler=warn,html5ever=error,pdf_oxide=error,reqwest=warn,goose=error,tower_sessions_core=warn";

const FILE: &str = "chatdku.log";
const FILE_BYTES: usize = 5 * 1024 * 1024;
const OLDER_FILES: usize = 5;

/// Where lines go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Standard error.
    Terminal,
    /// Standard error, and the file of `LOG_DIR`.
    TerminalAndFile,
}

/// Keeps the file open; what is left to write is written when it is dropped.
#[derive(Debug, Default)]
pub struct Logging {
    _file: Option<WorkerGuard>,
}

/// Starts logging. Later calls do nothing.
pub fn start(config: &Config, place: Place) -> Logging {
    let filter = EnvFilter::try_new(format!("{QUIET},{}", config.log_level))
        .unwrap_or_else(|_| EnvFilter::new(format!("{QUIET},info")));
    // A panic is a line in the log like any other failure.
    std::panic::set_hook(Box::new(|panic| {
        panics::note(panic.location());
        tracing::error!("panicked: {panic}");
    }));
    let opened = match place {
        Place::Terminal => None,
        Place::TerminalAndFile => Some(file(&config.log_dir)),
    };
    let (writer, guard, problem) = match opened {
        Some(Ok((writer, guard))) => (Some(writer), Some(guard), None),
        Some(Err(error)) => (None, None, Some(error)),
        None => (None, None, None),
    };
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let layers = [
        Some(lines(config.log_json, colours, std::io::stderr)),
        writer.map(|writer| lines(config.log_json, false, writer)),
    ];
    let layers: Vec<_> = layers.into_iter().flatten().collect();
    let _already_started = tracing_subscriber::registry().with(layers.with_filter(filter)).try_init();
    if let Some(error) = problem {
        tracing::warn!("LOG_DIR {} cannot be written to: {error}", config.log_dir.display());
    }
    Logging { _file: guard }
}

type Lines = Box<dyn Layer<Registry> + Send + Sync>;

fn lines<W>(json: bool, colours: bool, writer: W) -> Lines
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    if json {
        let layer = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
        layer.with_writer(writer).boxed()
    } else {
        fmt::layer().compact().with_target(false).with_ansi(colours).with_writer(writer).boxed()
    }
}

/// The file, written to by a thread of its own: nobody waits for a disk to log a line.
fn file(folder: &Path) -> std::io::Result<(NonBlocking, WorkerGuard)> {
    std::fs::create_dir_all(folder)?;
    let mut options = OpenOptions::new();
    options.create(true).append(true).read(true).mode(0o600);
    // Opened once by hand, because the library says nothing about a folder that it cannot write to.
    options.open(folder.join(FILE))?;
    let limit = ContentLimit::BytesSurpassed(FILE_BYTES);
    let older = AppendCount::new(OLDER_FILES);
    let rotated = FileRotate::new(folder.join(FILE), older, limit, Compression::None, Some(options));
    Ok(NonBlockingBuilder::default().thread_name("log").finish(rotated))
}
