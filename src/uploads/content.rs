//! The bytes of a file, handed out. Whether somebody may have them is decided before.

use std::{fs::File, io};

use super::file;
use crate::{
    app::App,
    error::{Error, Result},
    platform::disk,
};

/// A file, whosever it is, open for reading: for staff who may.
pub async fn open(app: &App, id: i32) -> Result<(file::Model, File)> {
    let found = file::with_folders_of(app.store.read(), &[id]).await?;
    let (row, folder) = found.into_iter().next().ok_or(Error::NotFound("Not found."))?;
    let opened = of(app, &row, &folder).await?;
    Ok((row, opened))
}

/// The bytes of `row`, which lie in `folder`.
pub async fn of(app: &App, row: &file::Model, folder: &str) -> Result<File> {
    app.files.read(folder, row.on_disk()).await.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::NotFound("The file is missing."),
        _ => disk::failure(error),
    })
}
