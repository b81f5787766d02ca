//! The command that loads campus documents.

use std::path::Path;

use anyhow::bail;

use super::{open_app, progress_bar, say, say_error};
use crate::{config::Config, knowledge::campus};

/// Loads the folder, showing how far it is.
pub(super) async fn ingest(config: Config, dir: &Path, allow_empty: bool) -> anyhow::Result<()> {
    let app = open_app(config).await?;
    let bar = progress_bar();
    let progress = |done: usize, total: usize, path: &str| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
        bar.set_message(path.to_owned());
    };
    let emptying = if allow_empty { campus::Emptying::Allowed } else { campus::Emptying::Refused };
    let report = campus::ingest(&app.library, &app.clock, dir, emptying, &progress).await;
    bar.finish_and_clear();
    let report = report?;
    for (path, why) in &report.failed {
        say_error(&format!("{path}: {why}"));
    }
    say(&format!(
        "{} added, {} changed, {} described anew, {} removed, {} unchanged, {} could not be read.",
        report.added,
        report.changed,
        report.described,
        report.removed,
        report.unchanged,
        report.failed.len()
    ));
    if report.failed.is_empty() { Ok(()) } else { bail!("some documents could not be read") }
}
