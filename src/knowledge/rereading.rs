//! The job that reads the file of a campus document: one that staff keep, or one in a folder, read again.
//!
//! The document's text and the file's state are written in the transaction that ends the job. A version that has been
//! replaced meanwhile changes nothing any more.

use std::{collections::HashSet, io::ErrorKind};

use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};

use super::{
    campus_file::{self, FOLDER},
    document::{self, DocumentId, Rewrite},
    embedding::Vectors,
    folder::Place,
    keeping,
    reading::{self, FileState, Reading, Text},
    reason::Reason,
};
use crate::{
    app::App,
    error::Result,
    platform::store::Transaction,
    queue::{Claimed, Done, Enqueue, Failure, Handled},
};

/// The kind of this job.
pub const INGEST: &str = "document.ingest";

/// Which document to read, and from what.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ingest {
    document_id: i64,
    /// The version of its file; `None` for a document from a folder.
    stored_name: Option<String>,
}

/// What came of asking for documents to be read again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reread {
    /// Those that will be.
    pub queued: Vec<DocumentId>,
    /// Those that have no file to be read from any more, or are no campus documents.
    pub refused: Vec<DocumentId>,
}

/// What serialises the jobs of a document.
pub(super) fn key(document: DocumentId) -> String {
    format!("document:{}", document.0)
}

/// The job: wanted once for each version.
pub(super) fn job(document: DocumentId, stored_name: Option<String>) -> Enqueue {
    let version = stored_name.clone().unwrap_or_else(|| document.0.to_string());
    let payload = Ingest { document_id: document.0, stored_name };
    Enqueue::new(INGEST, key(document), &payload).once(format!("{INGEST}:{version}"))
}

/// Has campus documents read again: from the files that staff keep, or from their folders as far as those are there.
pub async fn reingest(app: &App, ids: &[DocumentId]) -> Result<Reread> {
    let documents = document::campus_among(app.store.read(), ids).await?;
    let there: Vec<DocumentId> = documents.iter().map(|document| document.id).collect();
    let kept = campus_file::of_documents(app.store.read(), &there).await?;
    let mut jobs: Vec<(DocumentId, Enqueue)> = Vec::new();
    jobs.extend(kept.iter().map(|file| {
        let version = Some(file.stored_name.clone());
        (file.document_id, job(file.document_id, version))
    }));
    for document in &documents {
        if let Some(place) = Place::of(document)
            && place.open().await.is_ok()
        {
            jobs.push((document.id, job(document.id, None)));
        }
    }
    let (queued, jobs): (Vec<DocumentId>, Vec<Enqueue>) = jobs.into_iter().unzip();
    let now = app.clock.now();
    let noted = app.store.write(async |tx| {
        Enqueue::save_all(&tx, now, jobs).await?;
        campus_file::note_queued(&tx, &queued).await
    });
    noted.await?;
    app.queue.wake();
    let taken: HashSet<DocumentId> = queued.iter().copied().collect();
    let refused = ids.iter().copied().filter(|id| !taken.contains(id)).collect();
    Ok(Reread { queued, refused })
}

/// Reads the document.
pub async fn ingest(app: App, job: Claimed<Ingest>) -> Handled {
    match job.payload.stored_name {
        Some(version) => read_version(app, version, job.attempt).await,
        None => read_folder(app, DocumentId(job.payload.document_id), job.attempt).await,
    }
}

/// What happens to the file when its job is given up.
pub async fn gave_up(tx: Transaction, job: Ingest) -> Result<(), DbErr> {
    match job.stored_name {
        Some(version) => campus_file::note(&tx, &version, FileState::Failed, Some(Reason::Crashed)).await,
        None => Ok(()),
    }
}

async fn read_version(app: App, version: String, attempt: i32) -> Handled {
    let Some(row) = campus_file::version(app.store.read(), &version).await? else {
        // Removed or replaced before its turn came.
        return Ok(Done::nothing());
    };
    app.store.write(async |tx| campus_file::note(&tx, &version, FileState::Processing, None).await).await?;
    let opened = match app.files.read(FOLDER, &version).await {
        Ok(opened) => opened,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Ok(without_text(version, FileState::Missing, Reason::Missing));
        }
        Err(error) => return Err(Failure::for_now("disk", error)),
    };
    match reading::read(&app.library.extractor, row.format, opened, attempt).await? {
        Reading::Text(text) => Ok(with_text(version, text, app.clock.now(), app.library.vectors())),
        Reading::Nothing(reason) => Ok(without_text(version, FileState::Rejected, reason)),
    }
}

fn with_text(version: String, text: Text, now: DateTime<Utc>, vectors: Vectors) -> Done {
    Done::with(move |tx| async move {
        let Some(row) = campus_file::lock_version(&tx, &version).await? else { return Ok(()) };
        vectors.ask(&tx, now, row.document_id).await?;
        let Some(there) = document::lock(&tx, row.document_id).await? else { return Ok(()) };
        campus_file::note(&tx, &version, text.state(), text.shortfall).await?;
        // A title that is only the file's name gives way to the one that the file gives itself.
        let title = text.title.filter(|_| there.title == keeping::stem(&row.filename));
        let text = Rewrite { title, sha256: row.sha256, pages: text.pages, chunks: text.chunks };
        document::rewrite(&tx, now, there, text).await
    })
}

fn without_text(version: String, state: FileState, reason: Reason) -> Done {
    Done::with(move |tx| async move { campus_file::note(&tx, &version, state, Some(reason)).await })
}

async fn read_folder(app: App, id: DocumentId, attempt: i32) -> Handled {
    let found = document::campus_among(app.store.read(), &[id]).await?;
    let Some(place) = found.first().and_then(Place::of) else { return Ok(Done::nothing()) };
    let (file, sha256) = match place.open_hashed().await {
        Ok(opened) => opened,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Failure::for_good("file_gone", error));
        }
        Err(error) => return Err(Failure::for_now("disk", error)),
    };
    let text = match reading::read(&app.library.extractor, place.format, file, attempt).await? {
        Reading::Text(text) => Rewrite { title: None, sha256, pages: text.pages, chunks: text.chunks },
        Reading::Nothing(reason) => {
            let cause = anyhow::anyhow!("the file gives no text: {}", reason.code());
            return Err(Failure::for_good("no_text", cause));
        }
    };
    let (now, vectors) = (app.clock.now(), app.library.vectors());
    Ok(Done::with(move |tx| async move {
        vectors.ask(&tx, now, id).await?;
        let Some(there) = document::lock(&tx, id).await? else { return Ok(()) };
        document::rewrite(&tx, now, there, text).await
    }))
}
