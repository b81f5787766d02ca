//! The database: a pool to read from, and one door to write through.
//!
//! SQLite allows one writer at a time, so every write goes through one connection with `BEGIN IMMEDIATE`: writers
//! queue here in order instead of failing there by chance. On PostgreSQL the door opens onto the pool.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use chatdku_migration::{Migrator, MigratorTrait};
use rocket_db_pools::Pool;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    ExecResult, QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
    sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::config::DatabaseSettings;

/// The name of the pool in Rocket's configuration.
pub const POOL: &str = "chatdku";

/// Any number of our own: names the lock that migrations take.
const MIGRATION_LOCK: i64 = 0x6368_6174;
const READERS: u32 = 8;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// On SQLite writers queue for one connection; each of them is short.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
const POSTGRES_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);

/// The database of the program. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
}

impl Store {
    /// Opens the database, creating an SQLite file and its folder when they are not there.
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, DbErr> {
        let url = settings.url.reveal();
        match url.strip_prefix("sqlite://") {
            Some(path) => open_sqlite(Path::new(path), settings.durable).await,
            None => open_postgres(url).await,
        }
    }

    /// To read with. On SQLite a write through it fails: writes have a door of their own.
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Which database this is.
    pub fn backend(&self) -> DbBackend {
        self.reader.get_database_backend()
    }

    /// One transaction: all of `work` happens, or nothing of it.
    ///
    /// `work` gets the transaction by value, to pass on as `&tx`; it commits when `work` answers `Ok`.
    pub async fn write<T, E>(&self, work: impl AsyncFnOnce(Transaction) -> Result<T, E>) -> Result<T, E>
    where
        E: From<DbErr>,
    {
        let transaction = Transaction(Arc::new(self.begin().await?));
        let outcome = work(transaction.clone()).await;
        let transaction = Arc::into_inner(transaction.0)
            .ok_or_else(|| DbErr::Custom("a transaction was kept beyond its end".to_owned()))?;
        match outcome {
            Ok(value) => {
                transaction.commit().await?;
                Ok(value)
            }
            Err(error) => {
                transaction.rollback().await?;
                Err(error)
            }
        }
    }

    /// Whether this is the embedded database, which needs no server.
    pub fn is_embedded(&self) -> bool {
        self.backend() == DbBackend::Sqlite
    }

    /// How many schema changes are still to be applied.
    pub async fn pending_migrations(&self) -> anyhow::Result<usize> {
        let pending = Migrator::get_pending_migrations(&self.writer).await;
        Ok(pending.context("reading the list of migrations")?.len())
    }

    /// Brings the schema up to date, in one transaction. Processes that start together take turns.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        let transaction = self.begin().await.context("migrating the database")?;
        if !self.is_embedded() {
            // An index on a large table takes longer than any statement of a request may.
            let patient =
                "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
            transaction.execute_unprepared(patient).await.context("migrating the database")?;
            let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
            transaction.execute_unprepared(&lock).await.context("waiting for another migration")?;
        }
        Migrator::up(&transaction, None).await.context("migrating the database")?;
        transaction.commit().await.context("migrating the database")
    }

    /// Ends all connections, after the last request and the last task.
    pub async fn close_for_good(&self) -> Result<(), DbErr> {
        self.reader.close_by_ref().await?;
        self.writer.close_by_ref().await
    }

    async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.writer.begin_with_options(options).await
    }
}

async fn open_sqlite(path: &Path, durable: bool) -> Result<Store, DbErr> {
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
    read.map_sqlx_sqlite_opts(move |options| pragmas(options).pragma("query_only", "ON"));
    Ok(Store { reader: Database::connect(read).await?, writer })
}

/// Makes a folder that nobody but the program's own user can look into.
async fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = tokio::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(folder).await
}

async fn open_postgres(url: &str) -> Result<Store, DbErr> {
    let mut options = options(url, READERS);
    options
        .statement_timeout(STATEMENT_TIMEOUT)
        .acquire_timeout(POSTGRES_ACQUIRE_TIMEOUT)
        .map_sqlx_postgres_opts(|options| {
            let idle = [("idle_in_transaction_session_timeout", "10s")];
            options.application_name("chatdku").options(idle)
        })
        .test_before_acquire(false)
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .max_lifetime(Duration::from_mins(30));
    let pool = Database::connect(options).await?;
    Ok(Store { reader: pool.clone(), writer: pool })
}

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT).sqlx_logging(false);
    options
}

/// An open transaction. Lent to the work of [`Store::write`]; it ends when that work ends.
///
/// Owned rather than borrowed, so that an async closure over it can be sent between threads.
#[derive(Clone, Debug)]
pub struct Transaction(Arc<DatabaseTransaction>);

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(&*self.0)
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.0.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.0.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.0.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.0.query_all_raw(statement).await
    }
}

/// The pool as `rocket_db_pools` knows it: opened from Rocket's configuration, lent to request guards.
#[derive(rocket_db_pools::Database, Debug)]
#[database("chatdku")]
pub struct Db(Store);

impl Db {
    /// The store behind the pool.
    pub fn store(&self) -> Store {
        self.0.clone()
    }
}

#[rocket::async_trait]
impl Pool for Store {
    type Connection = DatabaseConnection;
    type Error = rocket_db_pools::Error<Box<dyn std::error::Error + Send + Sync>, DbErr>;

    async fn init(figment: &figment::Figment) -> Result<Self, Self::Error> {
        let opened = match figment.extract::<DatabaseSettings>() {
            Ok(settings) => Self::open(&settings).await.map_err(Into::into),
            Err(error) => Err(Box::from(error)),
        };
        opened.map_err(|error: Box<dyn std::error::Error + Send + Sync>| {
            tracing::error!("the database cannot be opened: {error}");
            rocket_db_pools::Error::Init(error)
        })
    }

    async fn get(&self) -> Result<Self::Connection, Self::Error> {
        Ok(self.reader.clone())
    }

    /// Nothing: Rocket calls this before its grace period, while requests still run. See
    /// [`Store::close_for_good`].
    async fn close(&self) {}
}
