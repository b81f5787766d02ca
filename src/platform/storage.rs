//! Where stored bytes live: a folder per owner, files named by random ids.
//!
//! A file appears under its final name only when it is complete: written beside, synced, renamed. Paths are built
//! from generated names (files of the original's program have the names it gave them), and opened relative to a handle of
//! the root, so that no name leads outside of it.

use std::{
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use anyhow::Context;
use cap_std::{ambient_authority, fs::Dir};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::disk::make_private;

const INCOMING: &str = "tmp";
const READ_BYTES: usize = 64 * 1024;

/// The root of all stored files. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Storage {
    root: Arc<Dir>,
}

/// A file that is still arriving. What is not kept is removed.
#[derive(Debug)]
pub struct Incoming {
    root: Arc<Dir>,
    name: String,
    file: tokio::fs::File,
    hash: Sha256,
    size_bytes: u64,
    kept: bool,
}

impl Storage {
    /// Opens the root, making it when it is not there. Blocks, at start only.
    pub fn open(root: &Path) -> anyhow::Result<Self> {
        let failed = || format!("MEDIA_ROOT {} cannot be used", root.display());
        // What people upload is nobody else's business.
        make_private(&root.join(INCOMING)).with_context(failed)?;
        let root = Dir::open_ambient_dir(root, ambient_authority()).with_context(failed)?;
        Ok(Self { root: Arc::new(root) })
    }

    /// Begins a file.
    pub async fn begin(&self) -> io::Result<Incoming> {
        let name = format!("{INCOMING}/{}", Uuid::new_v4());
        let root = self.root.clone();
        let path = name.clone();
        let file = blocking(move || root.create(path)).await?.into_std();
        Ok(Incoming {
            root: self.root.clone(),
            name,
            file: tokio::fs::File::from_std(file),
            hash: Sha256::new(),
            size_bytes: 0,
            kept: false,
        })
    }

    /// Opens a stored file for reading.
    pub async fn read(&self, folder: &str, name: &str) -> io::Result<std::fs::File> {
        let path = inside(folder, name)?;
        let root = self.root.clone();
        blocking(move || Ok(root.open(path)?.into_std())).await
    }

    /// The size of a stored file in bytes, and the SHA-256 of them in hexadecimal. Reads all of it.
    pub async fn measure(&self, folder: &str, name: &str) -> io::Result<(u64, String)> {
        let path = inside(folder, name)?;
        let root = self.root.clone();
        blocking(move || {
            let mut file = root.open(path)?;
            let (mut hash, mut size_bytes) = (Sha256::new(), 0);
            let mut buffer = vec![0; READ_BYTES];
            loop {
                match file.read(&mut buffer)? {
                    0 => return Ok((size_bytes, hex::encode(hash.finalize()))),
                    read => {
                        hash.update(&buffer[..read]);
                        size_bytes += read as u64;
                    }
                }
            }
        })
        .await
    }

    /// Removes a stored file. One that is not there is removed already.
    pub async fn remove(&self, folder: &str, name: &str) -> io::Result<()> {
        let path = inside(folder, name)?;
        let root = self.root.clone();
        blocking(move || match root.remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }

    /// Whether a stored file is there.
    pub async fn exists(&self, folder: &str, name: &str) -> io::Result<bool> {
        let path = inside(folder, name)?;
        let root = self.root.clone();
        blocking(move || root.try_exists(path)).await
    }

    /// The names of all folders but that of files still arriving.
    pub async fn folders(&self) -> io::Result<Vec<String>> {
        let root = self.root.clone();
        blocking(move || {
            let mut names = Vec::new();
            for entry in root.entries()? {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if entry.file_type()?.is_dir() && name != INCOMING {
                    names.push(name);
                }
            }
            Ok(names)
        })
        .await
    }

    /// The files of a folder with their ages in seconds, none when there is no such folder; hidden ones are the file
    /// system's own.
    pub async fn files(&self, folder: &str) -> io::Result<Vec<(String, u64)>> {
        let folder = component(folder)?;
        let root = self.root.clone();
        blocking(move || {
            let mut files = Vec::new();
            if !root.is_dir(&folder) {
                return Ok(files);
            }
            for entry in root.open_dir(folder)?.entries()?.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let Ok(metadata) = entry.metadata() else { continue };
                if !metadata.is_file() || name.starts_with('.') {
                    continue;
                }
                let age = metadata.modified()?.into_std().elapsed().unwrap_or_default().as_secs();
                files.push((name, age));
            }
            Ok(files)
        })
        .await
    }

    /// The folder of files still arriving.
    pub fn incoming_folder() -> &'static str {
        INCOMING
    }
}

impl Incoming {
    /// Appends bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.size_bytes += bytes.len() as u64;
        self.file.write_all(bytes).await
    }

    /// Bytes so far.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Makes the file durable under its final name. Answers the SHA-256 of its bytes, in hexadecimal.
    pub async fn keep(&mut self, folder: &str, name: &str) -> io::Result<String> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        let to = inside(folder, name)?;
        let folder = component(folder)?;
        let (root, from) = (self.root.clone(), self.name.clone());
        blocking(move || {
            root.create_dir_all(&folder)?;
            root.rename(from, &root, to)?;
            // The name is durable when its folder is, and the folder when the root is.
            root.open(&folder)?.sync_all()?;
            root.open(".")?.sync_all()
        })
        .await?;
        self.kept = true;
        Ok(hex::encode(std::mem::take(&mut self.hash).finalize()))
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.kept {
            // One unlink of a file nobody else knows: not worth a thread, and there may be no runtime left.
            let _gone_anyway = self.root.remove_file(&self.name);
        }
    }
}

fn inside(folder: &str, name: &str) -> io::Result<String> {
    Ok(format!("{}/{}", component(folder)?, component(name)?))
}

/// A single part of a path, and a plain one. It may begin with a dot: the original's program made `.pdf` of a name in
/// Chinese.
fn component(name: &str) -> io::Result<String> {
    let plain = !["", ".", ".."].contains(&name) && !name.contains(['/', '\\', '\0']);
    if plain {
        Ok(name.to_owned())
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain name"))
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
