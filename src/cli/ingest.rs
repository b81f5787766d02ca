//! The command that loads campus documents and the course catalogue.

use std::path::Path;

use anyhow::bail;

use super::{open_app, progress_bar, say, say_error};
use crate::{catalogue, config::Config, knowledge::campus};

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
    let loaded = Box::pin(catalogue::load(&app.store, &app.clock, dir, emptying)).await?;
    for (path, why) in &loaded.failed {
        say_error(&format!("{path}: {why}"));
    }
    for (path, rows) in &loaded.changed {
        say(&format!("{path}: {rows} loaded into the course catalogue."));
    }
    if loaded.removed > 0 {
        say(&format!("{} lists removed from the course catalogue.", loaded.removed));
    }
    if !loaded.failed.is_empty() {
        bail!("some files of the course catalogue could not be used; what was there of them stays");
    }
    if report.failed.is_empty() { Ok(()) } else { bail!("some documents could not be read") }
}
