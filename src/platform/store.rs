//! The database: a pool to read from, and one door to write through.
//!
//! SQLite allows one writer at a time, so every write goes through one connection with `BEGIN IMMEDIATE`: writers
//! queue here in order instead of failing there by chance. On PostgreSQL the door opens onto the pool, and no statement
//! is waited for without end: a server that vanishes without a word must not hold anybody up for good.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use rocket_db_pools::Pool;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

pub use super::{
    db_failure::{AWAY, is_away, is_cancelled, unavailability},
    pools::open_reader,
};
use super::{
    db_failure::{is_broken, is_called_off},
    doubt::Doubt,
    pools, schema_change,
};
use crate::config::DatabaseSettings;

/// The name of the pool in Rocket's configuration.
pub const POOL: &str = "chatdku";

/// Most rows named in one statement by their ids; more are named in several.
pub const BATCH: usize = 1_000;

/// A little longer than a statement may take: by then the server itself would have given up.
const SILENCE: Duration = Duration::from_secs(7);

/// The database of the program. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    doubt: Doubt,
}

/// The connections of a pool.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// `read`, which on PostgreSQL is the only one, or `write`.
    pub name: &'static str,
    /// How many there are.
    pub open: u32,
    /// How many of them nobody uses.
    pub idle: u32,
}

/// Before a transaction that was called off comes again. The one that it stood in the way of has to be woken first: who is
/// there before it takes its row once more, and one of both is called off again.
const PAUSE: Duration = Duration::from_millis(50);

impl Store {
    /// Opens the database, creating an SQLite file and its folder when they are not there.
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, DbErr> {
        let url = settings.url.reveal();
        match url.strip_prefix("sqlite://") {
            Some(path) => {
                let (reader, writer) = pools::sqlite(Path::new(path), settings.durable).await?;
                Ok(Self { reader, writer, doubt: Doubt::default() })
            }
            None => {
                let doubt = Doubt::default();
                let pool = pools::postgres(url, &doubt).await?;
                Ok(Self { reader: pool.clone(), writer: pool, doubt })
            }
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
    /// `work` gets the transaction by value, to pass on as `&tx`; it commits when `work` answers `Ok`. It is done once
    /// more when the database has called it off for the sake of another (a deadlock, a failed serialisation), and
    /// never when it is not known whether it happened.
    pub async fn write<T, E>(
        &self,
        work: impl AsyncFnOnce(Transaction) -> Result<T, E> + Clone,
    ) -> Result<T, E>
    where
        E: From<DbErr>,
    {
        match self.attempt(work.clone()).await {
            Attempt::Ended(outcome) => outcome,
            Attempt::CalledOff(_) => {
                tokio::time::sleep(PAUSE).await;
                self.write_once(work).await
            }
        }
    }

    /// As [`Self::write`], for work that cannot be done a second time.
    pub async fn write_once<T, E>(&self, work: impl AsyncFnOnce(Transaction) -> Result<T, E>) -> Result<T, E>
    where
        E: From<DbErr>,
    {
        match self.attempt(work).await {
            Attempt::Ended(outcome) => outcome,
            Attempt::CalledOff(error) => Err(error),
        }
    }

    async fn attempt<T, E>(&self, work: impl AsyncFnOnce(Transaction) -> Result<T, E>) -> Attempt<T, E>
    where
        E: From<DbErr>,
    {
        let begun = match self.begin().await {
            Ok(begun) => begun,
            Err(error) => return Attempt::Ended(Err(error.into())),
        };
        let transaction = Transaction(Arc::new(Open { inner: begun, called_off: AtomicBool::new(false) }));
        let outcome = work(transaction.clone()).await;
        let Some(open) = Arc::into_inner(transaction.0) else {
            let kept = DbErr::Custom("a transaction was kept beyond its end".to_owned());
            return Attempt::Ended(Err(kept.into()));
        };
        let backend = open.inner.get_database_backend();
        match outcome {
            Ok(value) => match bounded(backend, open.inner.commit()).await {
                Ok(()) => Attempt::Ended(Ok(value)),
                Err(error) if is_called_off(&error) => Attempt::CalledOff(error.into()),
                Err(error) => Attempt::Ended(Err(error.into())),
            },
            Err(error) => {
                // A transaction whose connection is gone is rolled back by the database.
                let rolled_back = bounded(backend, open.inner.rollback()).await;
                if open.called_off.into_inner() {
                    return Attempt::CalledOff(error);
                }
                if let Err(failed) = rolled_back {
                    tracing::debug!(error = %failed, "a transaction could not be rolled back");
                }
                Attempt::Ended(Err(error))
            }
        }
    }

    /// Waits for something read from the database, no longer than the database could have something to say.
    pub async fn patient<T>(&self, read: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        bounded(self.backend(), read).await
    }

    /// A connection has failed: those that wait in the pool are tried before they are used.
    pub fn doubt(&self) {
        self.doubt.raise();
    }

    /// The time of a database that is on another machine, or may be.
    pub async fn time(&self) -> Result<Option<DateTime<Utc>>, DbErr> {
        if self.is_embedded() {
            return Ok(None);
        }
        let now = Statement::from_string(DbBackend::Postgres, "SELECT clock_timestamp() AS now");
        let row = bounded(DbBackend::Postgres, self.reader.query_one_raw(now)).await?;
        row.map(|row| row.try_get("", "now")).transpose()
    }

    /// The connections that are open.
    pub fn pools(&self) -> Vec<Connections> {
        let of = |name, connection: &DatabaseConnection| {
            let (open, idle) = if self.is_embedded() {
                let pool = connection.get_sqlite_connection_pool();
                (pool.size(), pool.num_idle())
            } else {
                let pool = connection.get_postgres_connection_pool();
                (pool.size(), pool.num_idle())
            };
            Connections { name, open, idle: u32::try_from(idle).unwrap_or(u32::MAX) }
        };
        let mut pools = vec![of("read", &self.reader)];
        if self.is_embedded() {
            pools.push(of("write", &self.writer));
        }
        pools
    }

    /// Whether this is the embedded database, which needs no server.
    pub fn is_embedded(&self) -> bool {
        self.backend() == DbBackend::Sqlite
    }

    /// How many schema changes are still to be applied.
    pub async fn pending_migrations(&self) -> anyhow::Result<usize> {
        Ok(schema_change::pending(&self.reader).await?.len())
    }

    /// Brings the schema up to date, in one transaction. Processes that start together take turns.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        schema_change::migrate(self).await
    }

    /// Ends all connections, after the last request and the last task.
    pub async fn close_for_good(&self) -> Result<(), DbErr> {
        self.reader.close_by_ref().await?;
        self.writer.close_by_ref().await
    }

    pub(super) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        match self.try_begin().await {
            // A connection that broke while it was idle: nothing has been sent that could have happened.
            Err(error) if is_broken(&error) => {
                self.doubt();
                self.try_begin().await
            }
            begun => begun,
        }
    }

    async fn try_begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        bounded(self.backend(), self.writer.begin_with_options(options)).await
    }
}

/// How one go at a transaction went.
enum Attempt<T, E> {
    Ended(Result<T, E>),
    /// Nothing of it happened, for a reason that is not its own.
    CalledOff(E),
}

/// Waits for a database that may have vanished, as long as it could have something to say.
async fn bounded<T>(backend: DbBackend, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    if backend == DbBackend::Sqlite {
        return answer.await;
    }
    let silent = || DbErr::Conn(RuntimeErr::Internal("the database is silent".to_owned()));
    tokio::time::timeout(SILENCE, answer).await.unwrap_or_else(|_| Err(silent()))
}

/// An open transaction. Lent to the work of [`Store::write`]; it ends when that work ends.
///
/// Owned rather than borrowed, so that an async closure over it can be sent between threads.
#[derive(Clone, Debug)]
pub struct Transaction(Arc<Open>);

#[derive(Debug)]
struct Open {
    inner: DatabaseTransaction,
    /// Whether the database has called it off for the sake of another.
    called_off: AtomicBool,
}

impl Transaction {
    async fn see<T>(&self, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let answer = bounded(self.get_database_backend(), answer).await;
        if answer.as_ref().is_err_and(is_called_off) {
            self.0.called_off.store(true, Ordering::Relaxed);
        }
        answer
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(&self.0.inner)
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.see(self.0.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.see(self.0.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.see(self.0.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.see(self.0.inner.query_all_raw(statement)).await
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
