//! The folder of results: its newest table, and what is too old to keep.

use std::{
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{
    locust,
    stats::{self, Row},
};

/// A table is a few lines; what is larger is none.
const MAX_TABLE_BYTES: u64 = 1024 * 1024;
/// What results of load tests end with, ours and Locust's: nothing else in the folder is touched.
const ENDINGS: [&str; 5] =
    [locust::STATS, locust::FAILURES, "_exceptions.csv", "_stats_history.csv", locust::REPORT];

/// How many files were deleted, and how many could not be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    /// Deleted.
    pub files: usize,
    /// Could not be; the log says why.
    pub kept: usize,
}

/// The table of the last load test in `folder` that can be read, and when it was written.
pub async fn newest(folder: &Path) -> io::Result<Option<(SystemTime, Vec<Row>)>> {
    let mut tables = results(folder).await?;
    tables.retain(|file| file.size <= MAX_TABLE_BYTES && file.name().ends_with(locust::STATS));
    tables.sort_by(|a, b| (b.written, &b.path).cmp(&(a.written, &a.path)));
    for table in tables {
        let path = table.path.clone();
        match tokio::task::spawn_blocking(move || stats::read_stats(&path)).await? {
            Ok(rows) if !rows.is_empty() => return Ok(Some((table.written, rows))),
            Ok(_) => tracing::warn!(file = table.name(), "the table of a load test is empty"),
            Err(error) => {
                tracing::warn!(file = table.name(), "the table of a load test cannot be read: {error:#}");
            }
        }
    }
    Ok(None)
}

/// Deletes results of load tests that were written before `older_than`.
pub async fn clear_logs(folder: &Path, older_than: SystemTime) -> io::Result<Cleared> {
    let mut cleared = Cleared::default();
    let old = results(folder).await?.into_iter().filter(|file| file.written < older_than);
    for file in old {
        match tokio::fs::remove_file(&file.path).await {
            Ok(()) => cleared.files += 1,
            // Another instance was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                tracing::warn!(file = file.name(), %error, "an old result of a load test cannot be deleted");
                cleared.kept += 1;
            }
        }
    }
    Ok(cleared)
}

/// A file of results.
struct Found {
    path: PathBuf,
    written: SystemTime,
    size: u64,
}

impl Found {
    fn name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }
}

/// The results in a folder. Links are not followed; a folder that is not there has none.
async fn results(folder: &Path) -> io::Result<Vec<Found>> {
    let mut entries = match tokio::fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| ENDINGS.iter().any(|ending| name.ends_with(ending)));
        // A file may be gone by now.
        let Ok(file) = entry.metadata().await else { continue };
        if ours && file.is_file() {
            found.push(Found { path: entry.path(), written: file.modified()?, size: file.len() });
        }
    }
    Ok(found)
}
