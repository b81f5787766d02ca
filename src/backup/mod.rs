//! Backups: the database and people's files in one archive, made while the program runs, and brought back into an empty
//! place.
//!
//! Files are immutable and are there before their rows and after them: those that are there are taken first, then the
//! database as it is at one moment, then the files that came meanwhile. So every file that the database knows is in the
//! archive, except one that is uploaded and deleted while the backup is made. Its manifest, the last entry, has the size
//! and the hash of every other one.

mod archive;
mod database;
mod files;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chatdku_migration::{Migrator, MigratorTrait};
use chrono::{DateTime, Utc};

pub use archive::{Entry, Manifest};
use archive::{Reader, Writer};
use database::Kind;

use crate::{
    config::Config,
    knowledge,
    platform::{disk::make_private, store::Store},
};

/// The form of the archive. Raised when an older program could not read it.
const FORM: u32 = 1;

/// Makes a backup. Errors when there is something at `path` already.
pub async fn make(config: &Config, path: &Path, now: DateTime<Utc>) -> anyhow::Result<Manifest> {
    let path = std::path::absolute(path).context("the name of the backup")?;
    let folder = path.parent().context("the backup needs a folder")?.to_owned();
    if path.exists() {
        bail!("{} is there already; a backup replaces nothing", path.display());
    }
    let scratch = tempfile::Builder::new().prefix(".backup-").tempdir_in(&folder);
    let scratch = scratch.with_context(|| format!("{} cannot be written to", folder.display()))?;
    let (making, media) = (scratch.path().join("archive"), config.media_root.clone());
    let mut writer = blocking(move || {
        let mut writer = Writer::create(&making)?;
        files::add(&media, &mut writer)?;
        Ok(writer)
    })
    .await?;
    let taken = database::snapshot(&config.database, scratch.path()).await?;
    let (making, media) = (scratch.path().join("archive"), config.media_root.clone());
    blocking(move || {
        files::add(&media, &mut writer)?;
        writer.add_file(taken.kind.entry(), &taken.file)?;
        let manifest = writer.finish(Manifest {
            form: FORM,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made_at: now,
            database: taken.kind,
            migrations: taken.migrations,
            entries: Vec::new(),
        })?;
        std::fs::rename(&making, &path).with_context(|| format!("naming {}", path.display()))?;
        drop(scratch);
        Ok(manifest)
    })
    .await
}

/// Reads a backup whole and compares everything in it with its manifest.
pub async fn check(path: &Path) -> anyhow::Result<Manifest> {
    let path = path.to_owned();
    blocking(move || {
        let mut reader = Reader::open(&path)?;
        fits(reader.manifest())?;
        reader.verify()?;
        Ok(reader.manifest().clone())
    })
    .await
}

/// Brings a backup back: into a database without tables and a folder without files. The database comes last, so what
/// fails half-way leaves none that could be used.
pub async fn restore(config: &Config, path: &Path) -> anyhow::Result<Manifest> {
    let manifest = check(path).await?;
    let wanted = Kind::of(&config.database);
    if manifest.database != wanted {
        bail!("it is a backup of {}, and the settings name {wanted}", manifest.database);
    }
    database::must_be_empty(&config.database).await?;
    let (from, media) = (path.to_owned(), config.media_root.clone());
    let data_dir = config.data_dir.clone();
    let (scratch, dump) = blocking(move || {
        files::must_be_empty(&media)?;
        let scratch = scratch_in(&data_dir)?;
        let mut reader = Reader::open(&from)?;
        let dump: PathBuf = scratch.path().join(wanted.entry());
        reader.extract_to(wanted.entry(), &dump)?;
        files::extract(&mut reader, &media).with_context(|| half_way(&media))?;
        Ok((scratch, dump))
    })
    .await?;
    let restored = database::restore(&config.database, &dump).await;
    restored.with_context(|| half_way(&config.media_root))?;
    drop(scratch);
    let store = Store::open(&config.database).await.context("the database cannot be opened")?;
    store.migrate().await?;
    // Indexes that have followed the old database are of another history from here on.
    store.write(async |tx| knowledge::begin_lineage(&tx).await).await.context("renewing the index")?;
    store.close_for_good().await.context("closing the database")?;
    Ok(manifest)
}

/// A folder of our own where there is room for a database, which cannot be said of a temporary one.
fn scratch_in(data_dir: &Path) -> anyhow::Result<tempfile::TempDir> {
    let made = make_private(data_dir);
    made.with_context(|| format!("making {}", data_dir.display()))?;
    let scratch = tempfile::Builder::new().prefix(".restore-").tempdir_in(data_dir);
    scratch.with_context(|| format!("{} cannot be written to", data_dir.display()))
}

/// What has to be done after a failure.
fn half_way(media: &Path) -> String {
    format!("before the next try, remove what this one has left in {}", media.display())
}

/// Whether this program knows everything that the backup's database has.
fn fits(manifest: &Manifest) -> anyhow::Result<()> {
    let known: Vec<String> =
        Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let newer: Vec<&String> = manifest.migrations.iter().filter(|name| !known.contains(name)).collect();
    if manifest.form > FORM || !newer.is_empty() {
        let (program, newer) = (&manifest.program, newer.len());
        bail!(
            "the backup was made by a newer program ({program}; {newer} changes of the schema are unknown here)"
        );
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(work).await.context("working on the backup")?
}
