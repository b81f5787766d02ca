//! The database in a backup: a copy of the SQLite file as it is at one moment, or what PostgreSQL's own `pg_dump` writes.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, bail};
use percent_encoding::percent_decode_str;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::{
    config::DatabaseSettings,
    platform::{disk::private_folder, schema_change::OUR_LIST},
};

/// What of a failing program's words is shown.
const LAST_WORDS: usize = 2_000;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A file of ours.
    Sqlite,
    /// A server.
    Postgres,
}

impl Kind {
    /// That of the settings.
    pub(super) fn of(settings: &DatabaseSettings) -> Self {
        if file(settings).is_some() { Self::Sqlite } else { Self::Postgres }
    }

    /// Its name in the archive.
    pub(super) fn entry(self) -> &'static str {
        match self {
            Self::Sqlite => "database.sqlite3",
            Self::Postgres => "database.dump",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// The database at one moment, as a file.
pub(super) struct Snapshot {
    pub(super) kind: Kind,
    pub(super) file: PathBuf,
    pub(super) migrations: Vec<String>,
}

/// Takes one into `folder`. Nobody has to wait for it.
pub(super) async fn snapshot(settings: &DatabaseSettings, folder: &Path) -> anyhow::Result<Snapshot> {
    let kind = Kind::of(settings);
    let taken = folder.join(kind.entry());
    match file(settings) {
        Some(path) => {
            if !path.exists() {
                bail!("there is no database at {}", path.display());
            }
            let db = open(&path).await?;
            let into = taken.to_str().context("the folder's name is no text")?.replace('\'', "''");
            let copied = db.execute_unprepared(&format!("VACUUM INTO '{into}'")).await;
            db.close().await.context("closing the database")?;
            copied.context("copying the database")?;
            let copy = open(&taken).await?;
            let migrations = sound(&copy).await;
            copy.close().await.context("closing the copy")?;
            Ok(Snapshot { kind, file: taken, migrations: migrations? })
        }
        None => {
            let db =
                Database::connect(settings.url.reveal()).await.context("the database cannot be opened")?;
            let migrations = applied(&db).await;
            db.close().await.context("closing the database")?;
            let into = taken.to_str().context("the folder's name is no text")?;
            run(settings, "pg_dump", &["--format=custom", "--no-owner", "--no-privileges", "--file", into])
                .await?;
            Ok(Snapshot { kind, file: taken, migrations: migrations? })
        }
    }
}

/// Errors when there is a database with tables already.
pub(super) async fn must_be_empty(settings: &DatabaseSettings) -> anyhow::Result<()> {
    match file(settings) {
        Some(path) => {
            if path.exists() {
                bail!("there is a database at {} already: a backup replaces nothing", path.display());
            }
            // A log that another database has left would be taken for that of the new one.
            for suffix in ["-wal", "-shm"] {
                let left = PathBuf::from(format!("{}{suffix}", path.display()));
                if left.exists() {
                    bail!("{} is left of another database: move it away", left.display());
                }
            }
            Ok(())
        }
        None => {
            let db =
                Database::connect(settings.url.reveal()).await.context("the database cannot be opened")?;
            let sql = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'";
            let tables = first::<i64>(&db, sql).await;
            db.close().await.context("closing the database")?;
            match tables?.first() {
                Some(0) => Ok(()),
                _ => bail!("the database NAME_DB has tables already: a backup replaces nothing"),
            }
        }
    }
}

/// Brings it back.
pub(super) async fn restore(settings: &DatabaseSettings, from: &Path) -> anyhow::Result<()> {
    match file(settings) {
        Some(path) => {
            let copy = open(from).await?;
            let sound = sound(&copy).await;
            copy.close().await.context("closing the copy")?;
            sound?;
            if let Some(folder) = path.parent() {
                let made = private_folder(folder).await;
                made.with_context(|| format!("making {}", folder.display()))?;
            }
            // Beside it first: what is cut off while it is copied is no database.
            let beside = path.with_extension("restoring");
            let copied = async {
                tokio::fs::copy(from, &beside).await?;
                tokio::fs::File::open(&beside).await?.sync_all().await
            };
            copied.await.with_context(|| format!("writing {}", beside.display()))?;
            tokio::fs::rename(&beside, &path).await.with_context(|| format!("naming {}", path.display()))
        }
        None => {
            let from = from.to_str().context("the folder's name is no text")?;
            let options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", from];
            run(settings, "pg_restore", &options).await
        }
    }
}

/// The file of an SQLite database.
fn file(settings: &DatabaseSettings) -> Option<PathBuf> {
    settings.url.reveal().strip_prefix("sqlite://").map(PathBuf::from)
}

async fn open(path: &Path) -> anyhow::Result<DatabaseConnection> {
    let url = format!("sqlite://{}?mode=rw", path.display());
    Database::connect(url).await.with_context(|| format!("{} cannot be opened", path.display()))
}

/// Whether a copy is whole, and the changes of the schema that it has.
async fn sound(copy: &DatabaseConnection) -> anyhow::Result<Vec<String>> {
    let said = first::<String>(copy, "PRAGMA integrity_check").await?;
    if said != ["ok"] {
        bail!("the database is damaged: {}", said.join("; "));
    }
    applied(copy).await
}

async fn applied(db: &DatabaseConnection) -> anyhow::Result<Vec<String>> {
    let applied = first::<String>(db, &format!("SELECT version FROM {OUR_LIST} ORDER BY version")).await;
    applied.context("the database has no list of migrations: `chatdku migrate` makes it one of ours")
}

/// The first column of a query.
async fn first<T: sea_orm::TryGetable>(db: &DatabaseConnection, sql: &str) -> anyhow::Result<Vec<T>> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    rows.into_iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Runs one of PostgreSQL's own programs on the database of the settings. The password goes by the environment: other
/// users of the machine see the arguments.
async fn run(settings: &DatabaseSettings, program: &str, options: &[&str]) -> anyhow::Result<()> {
    let mut url = reqwest::Url::parse(settings.url.reveal()).context("the address of the database")?;
    let password = url.password().map(|text| percent_decode_str(text).decode_utf8_lossy().into_owned());
    // Nothing of what is left is secret.
    let _ = url.set_password(None);
    let mut command = Command::new(program_path(program));
    command.arg("--dbname").arg(url.as_str()).args(options).stdin(Stdio::null()).stdout(Stdio::null());
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    let ended = command.stderr(Stdio::piped()).kill_on_drop(true).output().await;
    let ended = ended
        .with_context(|| format!("{program} cannot be run: it comes with PostgreSQL's client programs"))?;
    if !ended.status.success() {
        let said = String::from_utf8_lossy(&ended.stderr);
        let from = said.floor_char_boundary(said.len().saturating_sub(LAST_WORDS));
        bail!("{program} ended with {}: {}", ended.status, said[from..].trim());
    }
    Ok(())
}

/// Where a program of PostgreSQL is: on the path, or, of several versions, the newest where Debian keeps them.
fn program_path(program: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let version = |path: &Path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let newest = versions.map(|entry| entry.path()).filter(|path| path.join("bin").join(program).exists());
    newest
        .max_by_key(|path| version(path))
        .map_or_else(|| PathBuf::from(program), |path| path.join("bin").join(program))
}
