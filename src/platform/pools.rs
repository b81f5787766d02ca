//! The pools of connections to the database: how many there are, and how long anything may take on them.

use std::{path::Path, time::Duration};

use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbErr,
    sqlx::{
        Connection,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    },
};

use super::{disk::private_folder, doubt::Doubt};
use crate::config::DatabaseSettings;

const READERS: u32 = 8;
/// What each of them keeps of the file, KiB: searches of titles read some MiB of an index again and again.
const READER_CACHE_KIB: u32 = 16 * 1024;
const POSTGRES_CONNECTIONS: u32 = 8;
const FEW: u32 = 3;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// On SQLite writers queue for one connection; each of them is short.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
const POSTGRES_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);
/// What a server has to be silent for before it is dead to us, and we to it.
const DEAD_PEER: &str = "15s";

/// Opens an SQLite file, making it and its folder where they are not: the pool to read with, and the one connection that
/// writes.
pub(super) async fn sqlite(
    path: &Path,
    durable: bool,
) -> Result<(DatabaseConnection, DatabaseConnection), DbErr> {
    if let Some(folder) = path.parent() {
        private_folder(folder).await.map_err(|error| {
            DbErr::Custom(format!("DATA_DIR {} cannot be made: {error}", folder.display()))
        })?;
    }
    let synchronous = if durable { SqliteSynchronous::Full } else { SqliteSynchronous::Normal };
    let pragmas = move |options: SqliteConnectOptions| {
        options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .synchronous(synchronous)
    };
    let url = format!("sqlite://{}", path.display());
    let mut write = options(&url, 1);
    write.map_sqlx_sqlite_opts(pragmas);
    let writer = Database::connect(write).await?;
    let mut read = options(&url, READERS);
    // `query_only` and not `read_only`: a reader of a WAL database has to be able to make its index file.
    read.map_sqlx_sqlite_opts(move |options| {
        pragmas(options).pragma("query_only", "ON").pragma("cache_size", format!("-{READER_CACHE_KIB}"))
    });
    Ok((Database::connect(read).await?, writer))
}

/// Opens a pool of connections to PostgreSQL, of which `doubt` says whether they are believed.
pub(super) async fn postgres(url: &str, doubt: &Doubt) -> Result<DatabaseConnection, DbErr> {
    Database::connect(postgres_options(url, POSTGRES_CONNECTIONS, doubt)).await
}

/// A few connections to read with, to a database that may be away: opened when they are first needed.
pub async fn open_reader(settings: &DatabaseSettings) -> Result<DatabaseConnection, DbErr> {
    let mut options = postgres_options(settings.url.reveal(), FEW, &Doubt::default());
    options.connect_lazy(true);
    Database::connect(options).await
}

fn postgres_options(url: &str, connections: u32, doubt: &Doubt) -> ConnectOptions {
    let doubt = doubt.clone();
    let mut options = options(url, connections);
    // Connections are not renewed all at the same moment.
    let lifetime = Duration::from_secs(rand::random_range(27 * 60..33 * 60));
    options
        .statement_timeout(STATEMENT_TIMEOUT)
        .acquire_timeout(POSTGRES_ACQUIRE_TIMEOUT)
        .map_sqlx_postgres_opts(|options| {
            // The server's side of a dead connection: it lets go of the locks.
            let patience = [
                ("idle_in_transaction_session_timeout", "10s"),
                ("tcp_keepalives_idle", DEAD_PEER),
                ("tcp_user_timeout", DEAD_PEER),
            ];
            options.application_name("chatdku").options(patience)
        })
        .test_before_acquire(false)
        .map_sqlx_postgres_before_acquire(move |connection, waited| {
            let doubted = doubt.covers(waited.idle_for);
            Box::pin(async move {
                if doubted {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .max_lifetime(lifetime);
    options
}

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT).sqlx_logging(false);
    options
}
