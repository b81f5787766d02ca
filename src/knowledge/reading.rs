//! Files read into text: how far one has come, and what reading it came to. The same for people's own files and for
//! those that staff keep.

use std::fs::File;

use anyhow::Context;
use schemars::JsonSchema;
use sea_orm::entity::prelude::*;

use super::{
    extract::{ExtractionError, Extractor, Format},
    reason::Reason,
};
use crate::{queue::Failure, search::Piece};

/// A reader that dies twice on the same file will die again; the other attempts are for crashes of our own.
const READER_DEATHS: i32 = 2;

/// How far a file has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, JsonSchema)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "snake_case")]
#[schemars(rename_all = "snake_case")]
pub enum FileState {
    /// Waits to be read.
    Queued,
    /// Is being read.
    Processing,
    /// Can be asked about.
    Ready,
    /// Can be asked about, in part.
    Partial,
    /// Gives no text.
    Rejected,
    /// Could not be read.
    Failed,
    /// Its bytes are gone.
    Missing,
}

impl FileState {
    /// The word on the wire, which is the word in the row.
    pub fn word(self) -> String {
        sea_orm::ActiveEnum::to_value(&self)
    }
}

/// What reading a file came to.
#[derive(Debug)]
pub enum Reading {
    /// It gives text.
    Text(Text),
    /// It gives none, and never will.
    Nothing(Reason),
}

/// The text of a file.
#[derive(Debug)]
pub struct Text {
    /// Why it is not all of it, if it is not.
    pub shortfall: Option<Reason>,
    /// The title the file gives itself.
    pub title: Option<String>,
    /// How many pages there are, where pages exist.
    pub pages: Option<i32>,
    /// In chunks, with the page of each.
    pub chunks: Vec<(Option<i32>, Piece)>,
}

impl Text {
    /// How far its file has come with it.
    pub fn state(&self) -> FileState {
        if self.shortfall.is_some() { FileState::Partial } else { FileState::Ready }
    }
}

/// Reads a file, the `attempt`th time.
pub async fn read(
    extractor: &Extractor,
    format: Format,
    file: File,
    attempt: i32,
) -> Result<Reading, Failure> {
    let extraction = match extractor.extract(format, file).await {
        Ok(extraction) => extraction,
        Err(ExtractionError::Refused(refusal)) => return Ok(Reading::Nothing(Reason::Refused(refusal))),
        Err(crash @ ExtractionError::Crashed(_)) if attempt >= READER_DEATHS => {
            return Err(Failure::for_good("reader_died", crash));
        }
        Err(crash @ ExtractionError::Crashed(_)) => return Err(Failure::for_now("reader_died", crash)),
        Err(ExtractionError::Broken(error)) => return Err(Failure::for_now("reader_broken", error)),
    };
    let cut = move || Text {
        shortfall: Reason::of(&extraction),
        pages: extraction.page_count.and_then(|pages| i32::try_from(pages).ok()),
        chunks: extraction.chunks(),
        title: extraction.title,
    };
    Ok(Reading::Text(tokio::task::spawn_blocking(cut).await.context("cutting a file")?))
}
