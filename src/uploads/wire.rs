//! What clients see of files.

use schemars::JsonSchema;
use serde::Serialize;

use super::file::{self, State};
use crate::{
    knowledge::reason,
    platform::{locale::Language, openapi::Moment, time::wire},
};

/// A file in the list, one value under each name that some client reads.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FileInfo {
    /// Its id, as text: the client keeps it beside ids it makes up itself.
    pub id: String,
    /// The name it is shown under.
    pub filename: String,
    /// The same.
    name: String,
    /// When it came.
    #[schemars(with = "Moment")]
    pub uploaded_at: String,
    /// The same.
    #[serde(rename = "createdAt")]
    #[schemars(with = "Moment")]
    created_at: String,
    /// Its size in bytes.
    pub size: i64,
    /// How many pages it has, once read.
    pub pages: Option<i32>,
    /// How far it has come.
    #[schemars(with = "State")]
    pub status: String,
    /// Why it is not ready, or not wholly.
    pub reason: Option<String>,
}

impl FileInfo {
    /// A row as clients see it, in their language.
    pub fn of(row: &file::Model, language: Language) -> Self {
        let at = wire(row.uploaded_time);
        Self {
            id: row.id.to_string(),
            filename: row.filename.clone(),
            name: row.filename.clone(),
            uploaded_at: at.clone(),
            created_at: at,
            size: row.size.unwrap_or(0),
            pages: row.pages,
            status: row.state.unwrap_or(State::Queued).word(),
            reason: row.reason.as_deref().map(|code| reason::sentence(code, language)),
        }
    }
}

/// The answer to an upload.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Uploaded {
    message: &'static str,
    id: String,
    filename: String,
    #[schemars(with = "State")]
    status: String,
    /// Where the PDF is.
    url: String,
}

impl Uploaded {
    pub(super) fn of(row: &file::Model) -> Self {
        Self {
            message: "File uploaded successfully",
            id: row.id.to_string(),
            filename: row.filename.clone(),
            status: row.state.unwrap_or(State::Queued).word(),
            url: format!("/user_files/{}/content", row.id),
        }
    }
}

/// The older list: names only, and the stored name of the account where newer routes give the NetID.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Names {
    netid: String,
    document: Vec<String>,
}

impl Names {
    pub(super) fn of(username: String, rows: Vec<file::Model>) -> Self {
        Self { netid: username, document: rows.into_iter().map(|row| row.filename).collect() }
    }
}
