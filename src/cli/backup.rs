//! The commands that make backups, check them and bring them back.

use std::path::Path;

use super::say;
use crate::{
    backup::{self, Manifest},
    config::{Config, Profile},
    platform::clock::Clock,
};

/// Makes a backup, while the program runs or not.
pub(super) async fn make(config: Config, path: &Path) -> anyhow::Result<()> {
    let made = Box::pin(backup::make(&config, path, Clock::system().now())).await?;
    say(&format!("{}: {}", path.display(), told(&made)));
    if config.events_database.is_some() {
        say("The database of events (NAME_DB_INGESTION) belongs to another program and is not part of it.");
    }
    say(
        "The settings are not part of it: keep .env elsewhere. What is sealed can be read with its keys alone.",
    );
    if config.profile == Profile::Debug {
        say(
            "Keys that are not set are kept in DATA_DIR (secret_key, field_encryption_key), and not part of it either.",
        );
    }
    Ok(())
}

/// Looks whether a backup is whole and could be brought back by this program.
pub(super) async fn check(path: &Path) -> anyhow::Result<()> {
    let manifest = backup::check(path).await?;
    say(&format!("{}: whole; {}", path.display(), told(&manifest)));
    Ok(())
}

/// Brings a backup back.
pub(super) async fn restore(config: Config, path: &Path) -> anyhow::Result<()> {
    let manifest = Box::pin(backup::restore(&config, path)).await?;
    say(&format!("Brought back: {}", told(&manifest)));
    if config.redis.is_some() {
        say(
            "What Redis remembers is of another time: empty it before the program starts (`redis-cli FLUSHDB`).",
        );
    }
    Ok(())
}

fn told(manifest: &Manifest) -> String {
    let bytes: u64 = manifest.entries.iter().map(|entry| entry.size_bytes).sum();
    let (files, mebibytes) = (manifest.entries.len() - 1, bytes as f64 / (1024.0 * 1024.0));
    let (database, at) = (manifest.database, manifest.made_at.format("%Y-%m-%d %H:%M:%S UTC"));
    format!("{database} and {files} files, {mebibytes:.1} MiB, of {at}.")
}
