//! The job that reads a file into a document.
//!
//! Its effects, the document and the file's state, are written in the transaction that ends the job: a reader sees
//! the file as it was or as it is, never half of it.

use anyhow::Context;
use sea_orm::{DbErr, sea_query::LockType};
use serde::{Deserialize, Serialize};

use super::{
    file::{self, State},
    reason::Reason,
};
use crate::{
    accounts::{UserId, user},
    app::App,
    knowledge::{self, Extraction, ExtractionError, Format, Origin, Source},
    platform::store::Transaction,
    queue::{Claimed, Done, Enqueue, Failure, Handled},
};

/// The kind of this job.
pub const INGEST: &str = "file.ingest";

/// A reader that dies twice on the same file will die again; the other attempts are for crashes of our own.
const READER_DEATHS: i32 = 2;

/// Which file to read.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Ingest {
    file_id: i32,
}

/// What serialises the jobs of an account.
pub(super) fn key(owner: UserId) -> String {
    format!("user:{}", owner.0)
}

pub(super) fn job(owner: UserId, file_id: i32) -> Enqueue {
    Enqueue::new(INGEST, key(owner), &Ingest { file_id }).once(format!("{INGEST}:{file_id}"))
}

/// Reads the file.
pub async fn ingest(app: App, job: Claimed<Ingest>) -> Handled {
    let Some(row) = file::by_id(app.store.read(), job.payload.file_id).await? else {
        // Deleted before its turn came.
        return Ok(Done::nothing());
    };
    let owner = user::by_id(app.store.read(), row.user_id).await?.context("the file has no owner")?;
    app.store.write(async |tx| file::note(&tx, row.id, State::Processing, None, None).await).await?;
    let opened = match app.files.read(&owner.folder, row.on_disk()).await {
        Ok(opened) => opened,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(ended(row.id, State::Missing, Reason::Missing));
        }
        Err(error) => return Err(Failure::for_now("disk", error)),
    };
    match app.library.extractor.extract(Format::Pdf, opened).await {
        Ok(extraction) => read(row, extraction, app).await,
        Err(ExtractionError::Refused(refusal)) => {
            Ok(ended(row.id, State::Rejected, Reason::Refused(refusal)))
        }
        Err(crash @ ExtractionError::Crashed(_)) if job.attempt >= READER_DEATHS => {
            Err(Failure::for_good("reader_died", crash))
        }
        Err(crash @ ExtractionError::Crashed(_)) => Err(Failure::for_now("reader_died", crash)),
        Err(ExtractionError::Broken(error)) => Err(Failure::for_now("reader_broken", error)),
    }
}

/// What happens to the file when its job is given up.
pub async fn gave_up(tx: Transaction, job: Ingest) -> Result<(), DbErr> {
    file::note(&tx, job.file_id, State::Failed, Some(Reason::Crashed.code()), None).await.map(drop)
}

async fn read(row: file::Model, extraction: Extraction, app: App) -> Handled {
    let reason = shortfall(&extraction);
    let state = if reason.is_some() { State::Partial } else { State::Ready };
    let pages = extraction.page_count.and_then(|pages| i32::try_from(pages).ok());
    let chunks = tokio::task::spawn_blocking(move || extraction.chunks()).await.context("cutting a file")?;
    let now = app.clock.now();
    let source = Source {
        origin: Origin::Upload { owner: row.user_id, file_id: row.id },
        title: row.filename,
        url: None,
        valid_from: None,
        valid_to: None,
        sha256: row.sha256.unwrap_or_default(),
        pages,
        chunks,
    };
    Ok(Done::with(move |tx| async move {
        // The row is locked first: a file deleted meanwhile must not leave a document behind.
        if !still_there(&tx, row.id).await? {
            return Ok(());
        }
        file::note(&tx, row.id, state, reason.map(|reason| reason.code()), pages).await?;
        knowledge::replace(&tx, now, source).await.map(drop)
    }))
}

async fn still_there(tx: &Transaction, id: i32) -> Result<bool, DbErr> {
    use sea_orm::{EntityTrait, QuerySelect};
    Ok(file::Entity::find_by_id(id).lock(LockType::Update).one(tx).await?.is_some())
}

fn shortfall(extraction: &Extraction) -> Option<Reason> {
    if extraction.cut {
        Some(Reason::Cut)
    } else if !extraction.unreadable.is_empty() {
        Some(Reason::Unreadable(extraction.unreadable.clone()))
    } else if !extraction.pictures.is_empty() {
        Some(Reason::Pictures(extraction.pictures.clone()))
    } else {
        None
    }
}

fn ended(file_id: i32, state: State, reason: Reason) -> Done {
    Done::with(move |tx| async move {
        file::note(&tx, file_id, state, Some(reason.code()), None).await?;
        match knowledge::remove_of_file(&tx, file_id).await? {
            Some(removed) => removed.announce(&tx).await,
            None => Ok(()),
        }
    })
}
