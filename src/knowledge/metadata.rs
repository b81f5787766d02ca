//! `metadata.csv`: titles, addresses and validity of campus documents.

use std::{collections::HashMap, path::Path};

use anyhow::Context;
use chrono::NaiveDate;
use serde::Deserialize;

/// Its name, inside the ingested folder.
pub const FILE: &str = "metadata.csv";

/// What is said about one document. Empty cells say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    /// Path of the document in the folder, with `/`.
    pub path: String,
    /// How references name it.
    #[serde(default)]
    pub title: Option<String>,
    /// Where people find it.
    #[serde(default)]
    pub url: Option<String>,
    /// From when it holds, `YYYY-MM-DD`.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    /// Until when it holds, `YYYY-MM-DD`.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
}

/// Reads the file of a folder, by path. No file is no metadata; a broken one names its line.
pub fn read(folder: &Path) -> anyhow::Result<HashMap<String, Metadata>> {
    let file = folder.join(FILE);
    if !file.exists() {
        return Ok(HashMap::new());
    }
    let mut rows = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .flexible(true)
        .from_path(&file)
        .with_context(|| format!("opening {}", file.display()))?;
    let mut all = HashMap::new();
    for row in rows.deserialize() {
        let mut row: Metadata = row.with_context(|| format!("reading {}", file.display()))?;
        row.path = row.path.trim_start_matches('\u{feff}').trim_start_matches("./").replace('\\', "/");
        if let Some(url) = &row.url {
            let web = url.starts_with("https://") || url.starts_with("http://");
            anyhow::ensure!(web, "{}: `{url}` of {} is not a web address", file.display(), row.path);
        }
        all.insert(row.path.clone(), row);
    }
    Ok(all)
}
