//! How much room there is.

use std::{io, path::Path};

use crate::error::Error;

/// Bytes free for us on the disk that holds `path`.
pub async fn free_bytes(path: &Path) -> io::Result<u64> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || fs4::available_space(path)).await.map_err(io::Error::other)?
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
