//! The file of a document that came from a folder, and nothing outside of that folder.

use std::{
    fs::File,
    io::{self, Seek},
    path::Path,
};

use cap_std::{ambient_authority, fs::Dir};

use super::{campus, document, extract::Format};

/// A file in its folder.
#[derive(Clone, Debug)]
pub(super) struct Place {
    folder: String,
    path: String,
    pub(super) format: Format,
}

impl Place {
    /// Where a document came from; `None` when that is no folder.
    pub(super) fn of(document: &document::Model) -> Option<Self> {
        let (folder, path) = (document.collection.clone()?, document.path.clone()?);
        let format = Format::of(Path::new(&path))?;
        Some(Self { folder, path, format })
    }

    /// Opens it, however its path is spelt and whatever links lie there, inside its folder only.
    pub(super) async fn open(&self) -> io::Result<File> {
        let place = self.clone();
        blocking(move || {
            let folder = Dir::open_ambient_dir(&place.folder, ambient_authority())?;
            if !folder.metadata(&place.path)?.is_file() {
                return Err(io::Error::new(io::ErrorKind::NotFound, "not a file"));
            }
            Ok(folder.open(&place.path)?.into_std())
        })
        .await
    }

    /// Opens it, and tells the SHA-256 of its bytes in hexadecimal.
    pub(super) async fn open_hashed(&self) -> io::Result<(File, String)> {
        let mut file = self.open().await?;
        blocking(move || {
            let hash = campus::hash(&mut file).map_err(io::Error::other)?;
            file.rewind()?;
            Ok((file, hash))
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
