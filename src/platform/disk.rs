//! How much room there is, and folders that are nobody else's.

use std::{fs::DirBuilder, io, os::unix::fs::DirBuilderExt, path::Path};

use crate::error::Error;

/// Bytes free for us on the disk that holds `path`.
pub async fn free_bytes(path: &Path) -> io::Result<u64> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || fs4::available_space(path)).await.map_err(io::Error::other)?
}

/// Makes a folder, and those above it, that nobody but the program's own user can look into. What is there already stays
/// as it is. Blocks.
pub fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// The same, without blocking.
pub async fn private_folder(folder: &Path) -> io::Result<()> {
    tokio::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).await
}

/// Whether an error means that the disk is full.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// What a failure of the disk means to whoever wanted something stored or read.
pub fn failure(error: io::Error) -> Error {
    if is_full(&error) {
        Error::OutOfSpace
    } else {
        Error::Internal(anyhow::Error::new(error).context("storing or reading a file"))
    }
}
