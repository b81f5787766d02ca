//! Campus documents that staff keep: a file comes, another version of it comes, somebody says what it is.
//!
//! A document is there as soon as its file is, without text until that has been read. It keeps the text it has for as
//! long as a new version waits or when that cannot be read.

use std::path::Path;

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{
    campus_bytes,
    campus_file::{self, FOLDER, Model, Version},
    description::{Description, DocumentError, Fault},
    document::{self, DocumentId},
    extract::Format,
    rereading,
};
use crate::{
    app::App,
    error::{Error, Result},
    platform::{disk, storage::Incoming},
};

/// Largest file.
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// Longest name, as the column has it.
const MAX_NAME_CHARS: usize = 200;

/// A file that has arrived whole.
#[derive(Debug)]
pub struct Arrived {
    /// The name it came with. It never becomes a path.
    pub filename: String,
    /// Its bytes.
    pub incoming: Incoming,
}

/// Begins a file, if there is room for it. Whoever writes to it stops at [`MAX_FILE_BYTES`].
pub async fn begin(app: &App) -> Result<Incoming> {
    let free = disk::free_bytes(&app.config.media_root).await.map_err(disk::failure)?;
    if free < app.config.uploads.min_free_bytes {
        return Err(Error::OutOfSpace);
    }
    app.files.begin().await.map_err(disk::failure)
}

/// Keeps a file as a campus document and has it read. A blank title becomes the name of the file, and gives way to the
/// title that the file gives itself.
pub async fn add(app: &App, arrived: Arrived, mut said: Description) -> Result<Model, DocumentError> {
    let filename = shown_name(&arrived.filename);
    if said.title.trim().is_empty() {
        said.title = stem(&filename);
    }
    let said = match (said.checked(), check(&filename, &arrived.incoming)) {
        (Ok(said), Ok(_)) => said,
        (said, file) => {
            return Err([said.err().unwrap_or_default(), file.err().unwrap_or_default()].concat().into());
        }
    };
    let version = store(arrived).await?;
    let (now, name) = (app.clock.now(), version.stored_name.clone());
    let added = app.store.write(async |tx| {
        let document = document::begin(&tx, now, campus_file::COLLECTION, said).await?;
        rereading::job(document, Some(name.clone())).save(&tx, now).await?;
        Ok(campus_file::insert(&tx, now, document, version).await?)
    });
    let added = added.await;
    settle(app, &name, added).await
}

/// Puts another version in the place of a document's file and has it read. What is said about the document stays.
pub async fn replace_file(app: &App, id: DocumentId, arrived: Arrived) -> Result<Model, DocumentError> {
    if campus_file::of_documents(app.store.read(), &[id]).await?.is_empty() {
        return Err(Error::NotFound("Not found.").into());
    }
    let version = store(arrived).await?;
    let (now, name) = (app.clock.now(), version.stored_name.clone());
    let replaced = app.store.write(async |tx| replace_version(&tx, now, id, version).await).await;
    settle(app, &name, replaced).await
}

/// Says what a campus document is. One that came from a folder is described by that folder's `metadata.csv` at its next
/// loading. Must be the last of the caller's transaction.
pub async fn describe(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    id: DocumentId,
    said: Description,
) -> Result<(), DocumentError> {
    let said = said.checked()?;
    let there = document::lock(db, id).await?.filter(|document| document.owner_id.is_none());
    let there = there.ok_or(Error::NotFound("Not found."))?;
    Ok(document::describe(db, now, there.id, said).await?)
}

async fn replace_version(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    id: DocumentId,
    version: Version,
) -> Result<Model, DocumentError> {
    // The key of its jobs is locked before the file, and the file before the document.
    rereading::job(id, Some(version.stored_name.clone())).save(db, now).await?;
    let there = campus_file::lock_of(db, id).await?.ok_or(Error::NotFound("Not found."))?;
    campus_bytes::removal(id, &there.stored_name).save(db, now).await?;
    let (before, after) = (stem(&there.filename), stem(&version.filename));
    let row = campus_file::update(db, now, there.id, version).await?;
    document::retitle(db, now, id, &before, after).await?;
    Ok(row)
}

/// What a file's name says of its document.
pub(super) fn stem(filename: &str) -> String {
    let stem = Path::new(filename).file_stem().and_then(|stem| stem.to_str());
    stem.unwrap_or(filename).to_owned()
}

fn check(filename: &str, incoming: &Incoming) -> Result<Format, Vec<Fault>> {
    let format = Format::of(Path::new(filename)).ok_or_else(|| vec![Fault::FileFormat])?;
    match incoming.size_bytes() {
        0 => Err(vec![Fault::FileEmpty]),
        size if size > MAX_FILE_BYTES => Err(vec![Fault::FileLarge]),
        _ => Ok(format),
    }
}

/// Makes the bytes durable under a name of their own.
async fn store(mut arrived: Arrived) -> Result<Version, DocumentError> {
    let filename = shown_name(&arrived.filename);
    let format = check(&filename, &arrived.incoming)?;
    let stored_name = format!("{}.{}", Uuid::new_v4(), format.name());
    let size_bytes = arrived.incoming.size_bytes();
    let sha256 = arrived.incoming.keep(FOLDER, &stored_name).await.map_err(disk::failure)?;
    Ok(Version { filename, stored_name, format, size_bytes, sha256 })
}

/// Wakes the workers; or removes bytes that have got no row.
async fn settle(
    app: &App,
    stored_name: &str,
    outcome: Result<Model, DocumentError>,
) -> Result<Model, DocumentError> {
    if outcome.is_ok() {
        app.queue.wake();
    } else if let Err(left) = app.files.remove(FOLDER, stored_name).await {
        tracing::warn!(error = %left, "an unregistered file stays on the disk until the sweep");
    }
    outcome
}

/// A client's file name in one line, without folders and without what steers the direction of text.
fn shown_name(client_name: &str) -> String {
    let last = client_name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
    };
    let plain: String = last.chars().filter(|c| !steers(*c)).collect();
    match plain.rsplit_once('.') {
        Some((stem, ending)) if ending.chars().count() < MAX_NAME_CHARS => {
            let room = MAX_NAME_CHARS - ending.chars().count() - 1;
            format!("{}.{ending}", stem.chars().take(room).collect::<String>())
        }
        _ => plain.chars().take(MAX_NAME_CHARS).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_as_they_came_but_for_what_misleads() {
        for (given, shown) in [
            ("Student Bulletin 2026.pdf", "Student Bulletin 2026.pdf"),
            ("../../etc/本科手册.docx", "本科手册.docx"),
            ("C:\\files\\a.b.md", "a.b.md"),
            ("\u{202e}fdp.exe\u{0}.txt", "fdp.exe.txt"),
            ("", ""),
        ] {
            assert_eq!(shown_name(given), shown, "{given:?}");
        }
        let long = shown_name(&format!("{}.docx", "长".repeat(400)));
        assert_eq!((long.chars().count(), long.ends_with("长.docx")), (200, true));
        assert_eq!(shown_name(&format!("a.{}", "x".repeat(400))).chars().count(), 200);
    }
}
