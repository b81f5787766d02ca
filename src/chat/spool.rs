//! Answers that could not be saved for a whole minute, or before the program had to end: kept as files, and saved when
//! the database is back.
//!
//! A file is complete or not there. It is removed when its text is in the database, or has no place there any more.

use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::Context;
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use tokio::{fs, io::AsyncWriteExt};

use super::{
    citation,
    conversation::ConversationId,
    message::{self, MessageId, Status},
};
use crate::{answering::Citation, app::App, platform::disk::private_folder};

const FOLDER: &str = "spool";
const EXTENSION: &str = "json";

/// The end of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Spooled {
    pub(super) conversation: uuid::Uuid,
    pub(super) answer: i64,
    pub(super) text: String,
    /// What its numbers stand for.
    pub(super) citations: Vec<Citation>,
    /// Whether nothing is missing.
    pub(super) whole: bool,
}

/// Keeps the end of an answer.
pub(super) async fn keep(app: &App, spooled: &Spooled) -> io::Result<()> {
    let folder = folder(app);
    // What people were told is for nobody else on the machine.
    private_folder(&folder).await?;
    let (beside, path) = (path(&folder, spooled.answer, "part"), path(&folder, spooled.answer, EXTENSION));
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&beside).await?;
    file.write_all(serde_json::to_string(spooled)?.as_bytes()).await?;
    file.sync_all().await?;
    fs::rename(beside, path).await
}

/// Saves what is kept. What fails stays for the next time.
pub async fn save_spooled(app: &App) -> anyhow::Result<()> {
    let mut files = match fs::read_dir(folder(app)).await {
        Ok(files) => files,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).context("looking for answers to save"),
    };
    while let Some(file) = files.next_entry().await? {
        let path = file.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            save(app, &path).await.with_context(|| format!("saving the answer in {}", path.display()))?;
        }
    }
    Ok(())
}

async fn save(app: &App, path: &Path) -> anyhow::Result<()> {
    let spooled: Spooled = serde_json::from_slice(&fs::read(path).await?)?;
    let status = if spooled.whole { Status::Complete } else { Status::Stopped };
    let (conversation, answer) = (ConversationId(spooled.conversation), MessageId(spooled.answer));
    let text = spooled.text.trim();
    let saved = app.store.write(async |tx| {
        if message::complete_late(&tx, conversation, answer, text, status).await? {
            citation::save(&tx, answer, spooled.citations.clone()).await?;
        }
        Ok::<_, DbErr>(())
    });
    saved.await?;
    fs::remove_file(path).await?;
    tracing::info!(message.id = answer.0, "an answer that waited on the disk was saved");
    Ok(())
}

fn folder(app: &App) -> PathBuf {
    app.config.data_dir.join(FOLDER)
}

fn path(folder: &Path, answer: i64, extension: &str) -> PathBuf {
    folder.join(format!("{answer}.{extension}"))
}
