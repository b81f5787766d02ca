//! The archive: a zip file whose last entry says what the others are.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::database::Kind;

const MANIFEST: &str = "manifest.json";
const BUFFER: usize = 128 * 1024;

/// What is in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the archive.
    pub form: u32,
    /// The version of the program that made it.
    pub program: String,
    /// When.
    pub made_at: DateTime<Utc>,
    /// What the database is.
    pub database: Kind,
    /// The changes of the schema that the database has.
    pub migrations: Vec<String>,
    /// Everything else in the archive.
    pub entries: Vec<Entry>,
}

/// A file in the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its size.
    pub size_bytes: u64,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
}

/// An archive in the making.
pub(super) struct Writer {
    zip: ZipWriter<File>,
    names: BTreeSet<String>,
    entries: Vec<Entry>,
}

impl Writer {
    /// Begins one that nobody else can read.
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::options().write(true).create_new(true).mode(0o600).open(path);
        let file = file.with_context(|| format!("writing {}", path.display()))?;
        Ok(Self { zip: ZipWriter::new(file), names: BTreeSet::new(), entries: Vec::new() })
    }

    /// Whether it has this already.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Takes a file.
    pub(super) fn add_file(&mut self, name: &str, path: &Path) -> anyhow::Result<()> {
        let file = File::open(path).with_context(|| format!("reading {}", path.display()))?;
        self.add(name, file)
    }

    /// Takes everything that `from` has.
    pub(super) fn add(&mut self, name: &str, from: impl Read) -> anyhow::Result<()> {
        let options =
            SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(true);
        self.zip.start_file(name, options).with_context(|| format!("adding {name}"))?;
        let (size_bytes, sha256) = copy(from, &mut self.zip).with_context(|| format!("adding {name}"))?;
        self.names.insert(name.to_owned());
        self.entries.push(Entry { name: name.to_owned(), size_bytes, sha256 });
        Ok(())
    }

    /// Writes the manifest, and all of it to the disk.
    pub(super) fn finish(mut self, manifest: Manifest) -> anyhow::Result<Manifest> {
        let manifest = Manifest { entries: self.entries, ..manifest };
        self.zip.start_file(MANIFEST, SimpleFileOptions::default()).context("adding the manifest")?;
        serde_json::to_writer_pretty(&mut self.zip, &manifest).context("adding the manifest")?;
        let file = self.zip.finish().context("finishing the archive")?;
        file.sync_all().context("writing the archive to the disk")?;
        Ok(manifest)
    }
}

/// An archive to be read.
pub(super) struct Reader {
    zip: ZipArchive<File>,
    manifest: Manifest,
}

impl Reader {
    /// Opens one and reads its manifest.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("reading {}", path.display()))?;
        let mut zip = ZipArchive::new(file).with_context(|| format!("{} is no backup", path.display()))?;
        let manifest = {
            let entry = zip.by_name(MANIFEST).with_context(|| format!("{} is no backup", path.display()))?;
            serde_json::from_reader(entry).context("the manifest of the backup cannot be read")?
        };
        Ok(Self { zip, manifest })
    }

    /// What is in it.
    pub(super) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Compares everything with the manifest.
    pub(super) fn verify(&mut self) -> anyhow::Result<()> {
        let names: Vec<String> = self.manifest.entries.iter().map(|entry| entry.name.clone()).collect();
        if self.zip.len() != names.len() + 1 {
            bail!("the backup has other entries than its manifest says");
        }
        names.iter().try_for_each(|name| self.extract(name, std::io::sink()))
    }

    /// Writes an entry to a new file that nobody else can read.
    pub(super) fn extract_to(&mut self, name: &str, path: &Path) -> anyhow::Result<()> {
        let file = File::options().write(true).create_new(true).mode(0o600).open(path);
        let mut file = file.with_context(|| format!("writing {}", path.display()))?;
        self.extract(name, &mut file)?;
        file.sync_all().with_context(|| format!("writing {}", path.display()))
    }

    fn extract(&mut self, name: &str, to: impl Write) -> anyhow::Result<()> {
        let expected = self.manifest.entries.iter().find(|entry| entry.name == name);
        let expected = expected.with_context(|| format!("the backup has no {name}"))?.clone();
        let entry = self.zip.by_name(name).with_context(|| format!("the backup has no {name}"))?;
        let (size_bytes, sha256) = copy(entry, to).with_context(|| format!("{name} cannot be read"))?;
        if (size_bytes, &sha256) != (expected.size_bytes, &expected.sha256) {
            bail!("{name} is not what was put into the backup");
        }
        Ok(())
    }
}

/// Copies, and answers how many bytes there were and their hash.
fn copy(mut from: impl Read, mut to: impl Write) -> std::io::Result<(u64, String)> {
    let (mut hash, mut size, mut buffer) = (Sha256::new(), 0, vec![0; BUFFER]);
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok((size, hex::encode(hash.finalize())));
        }
        hash.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
        size += read as u64;
    }
}
