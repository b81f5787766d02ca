//! Text out of files, page by page.
//!
//! Parsers of hostile files can loop, eat memory or abort, and an abort cannot be caught. So reading happens in a
//! child process of this same binary, which limits itself before it looks at the first byte and gets nothing but
//! the file: `child` is its side, `parent` is ours. Our side does not trust what comes back either.

pub mod child;
mod docx;
mod html;
mod parent;
mod pdf;
mod plain;

use std::path::Path;

pub use parent::{Extraction, ExtractionError, Extractor, Page};
pub use plain::decode;
use sea_orm::{DeriveActiveEnum, EnumIter, prelude::StringLen};
use serde::{Deserialize, Serialize};

use crate::search::Form;

/// The hidden command that runs the child's side.
pub const COMMAND: &str = "extract-text";

/// Most pages read of one document.
const MAX_PAGES: usize = 5_000;
/// Most text kept of one document.
const MAX_TEXT_BYTES: usize = 5 * 1024 * 1024;
/// Most text kept of one page.
const MAX_PAGE_BYTES: usize = 512 * 1024;

/// The formats we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "snake_case")]
pub enum Format {
    /// PDF, the only one with pages.
    Pdf,
    /// Markdown.
    Markdown,
    /// Plain text.
    Text,
    /// HTML.
    Html,
    /// Word.
    Docx,
}

impl Format {
    /// By the ending of a file name.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "pdf" => Some(Self::Pdf),
            "md" | "markdown" => Some(Self::Markdown),
            "txt" | "text" => Some(Self::Text),
            "html" | "htm" | "xhtml" => Some(Self::Html),
            "docx" => Some(Self::Docx),
            _ => None,
        }
    }

    /// The name on the child's command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Markdown => "markdown",
            Self::Text => "text",
            Self::Html => "html",
            Self::Docx => "docx",
        }
    }

    /// How its text is cut: what is converted comes as Markdown.
    pub fn form(self) -> Form {
        match self {
            Self::Pdf | Self::Text => Form::Plain,
            Self::Markdown | Self::Html | Self::Docx => Form::Markdown,
        }
    }
}

/// Why a file gives no text. Stored as its code, shown as a sentence in the reader's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It has a password.
    Password,
    /// It is not what its name says, or damaged beyond reading.
    Broken,
    /// It holds pictures of text only, or nothing.
    NoText,
    /// It unpacks to more than anybody reads.
    TooLarge,
}

/// One line of the child's output.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line {
    /// Text of a page; number 0 for formats without pages.
    Page { number: usize, text: String, image: bool },
    /// A page that could not be read.
    Unreadable { number: usize },
    /// There is nothing to be had.
    Refused { refusal: Refusal },
    /// The end, with the number of pages and the title the file gives itself.
    End { pages: usize, title: Option<String> },
}
