//! Changing the schema: one transaction, one process at a time, and never on tables that somebody else runs.

use anyhow::{Context, bail};
use chatdku_migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseTransaction, DbErr};

use super::{
    schema::{self, Schema},
    store::Store,
};

/// The list of migrations that the Django service keeps.
pub const DJANGO_LIST: &str = "django_migrations";
/// Our own.
pub const OUR_LIST: &str = "seaql_migrations";

/// Any number of our own: names the lock that migrations take.
const LOCK: i64 = 0x6368_6174;

/// A change of the schema under way. Dropped before its commit, it has not happened.
#[derive(Debug)]
pub struct SchemaChange {
    transaction: DatabaseTransaction,
}

impl SchemaChange {
    /// Begins one. Processes that begin one at the same time take turns.
    pub async fn begin(store: &Store) -> anyhow::Result<Self> {
        let transaction = store.begin().await.context("migrating the database")?;
        if !store.is_embedded() {
            // An index on a large table takes longer than any statement of a request may.
            let patient =
                "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
            transaction.execute_unprepared(patient).await.context("migrating the database")?;
            let lock = format!("SELECT pg_advisory_xact_lock({LOCK})");
            transaction.execute_unprepared(&lock).await.context("waiting for another migration")?;
        }
        Ok(Self { transaction })
    }

    /// The transaction in which it happens.
    pub fn transaction(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// Notes migrations as applied whose work was done by somebody else.
    pub async fn record(&self, names: &[&str]) -> Result<(), DbErr> {
        Migrator::install(&self.transaction).await?;
        chatdku_migration::record(&self.transaction, names).await
    }

    /// Applies what is pending.
    pub async fn up(&self) -> anyhow::Result<()> {
        Migrator::up(&self.transaction, None).await.context("migrating the database")
    }

    /// Makes it last.
    pub async fn commit(self) -> anyhow::Result<()> {
        self.transaction.commit().await.context("migrating the database")
    }
}

/// Brings the schema up to date. Tables that the Django service made are not touched here: taking them over is a step
/// that somebody decides on.
pub async fn migrate(store: &Store) -> anyhow::Result<()> {
    let change = SchemaChange::begin(store).await?;
    if is_of_django(change.transaction()).await? {
        bail!(
            "this is the database of the Django service, and it has not been taken over yet: `chatdku migrate --plan` \
             says what that means, `chatdku migrate` does it"
        );
    }
    change.up().await?;
    change.commit().await
}

/// Whether the tables are those of the Django service, and nobody has taken them over.
pub async fn is_of_django(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(schema::has_table(db, DJANGO_LIST).await? && !any_applied(db).await?)
}

/// Whether any migration of ours has been applied.
pub async fn any_applied(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(!applied(db).await?.is_empty())
}

/// The names of the migrations that are still to be applied, in their order. Reads only. Fails on a database that a newer
/// version has changed.
pub async fn pending(db: &impl ConnectionTrait) -> anyhow::Result<Vec<String>> {
    let applied = applied(db).await.context("reading the list of migrations")?;
    let known: Vec<String> =
        Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let newer: Vec<&str> = applied.iter().filter(|name| !known.contains(name)).map(String::as_str).collect();
    if !newer.is_empty() {
        bail!("a newer version of this program has changed the database: {}", newer.join(", "));
    }
    Ok(known.into_iter().filter(|name| !applied.contains(name)).collect())
}

async fn applied(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    if schema::has_table(db, OUR_LIST).await? { chatdku_migration::applied(db).await } else { Ok(Vec::new()) }
}

/// The schema that the migrations make, read from an empty database in memory.
pub async fn blueprint() -> anyhow::Result<Schema> {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1).sqlx_logging(false);
    let empty = Database::connect(options).await.context("a database in memory")?;
    Migrator::up(&empty, None).await.context("trying the migrations in memory")?;
    let schema = schema::read(&empty).await.context("reading a schema")?;
    empty.close().await?;
    Ok(schema)
}
