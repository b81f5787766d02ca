//! The change itself: one transaction that ends with tables that either program can work on, or has never been.

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use super::{inventory, original::TABLES, plan, recognise};
use crate::{
    platform::{
        db_failure::was_called_off,
        schema::{self, Schema},
        schema_change::{self, SchemaChange},
        store::Store,
    },
    uploads,
};

/// What has been done.
#[derive(Clone, Copy, Debug)]
pub struct Adopted {
    /// Changes of the schema that were applied.
    pub migrations: usize,
    /// Uploaded files that wait to be read.
    pub files: u64,
}

/// Takes the database over. Everything is looked at once more: it may have changed since it was planned.
pub async fn take_over(store: &Store, now: DateTime<Utc>) -> anyhow::Result<Adopted> {
    match take_over_once(store, now).await {
        Err(error) if was_called_off(&error) => take_over_once(store, now).await,
        done => done,
    }
}

async fn take_over_once(store: &Store, now: DateTime<Utc>) -> anyhow::Result<Adopted> {
    let change = SchemaChange::begin(store).await?;
    let adopted = adopt(&change, now).await.context(
        "the database could not be taken over, and nothing has been changed; if the Django service is running, stop it \
         and try again",
    )?;
    change.commit().await?;
    Ok(adopted)
}

async fn adopt(change: &SchemaChange, now: DateTime<Utc>) -> anyhow::Result<Adopted> {
    let tx = change.transaction();
    if !schema_change::is_of_django(tx).await? {
        bail!("it has been taken over by somebody else meanwhile");
    }
    // Better to fail than to hold up a service that still works on these tables.
    tx.execute_unprepared("SET LOCAL lock_timeout = '10s'").await?;
    let (live, blueprint) = (schema::read(tx).await?, schema_change::blueprint().await?);
    let problems = recognise::problems(tx, &live, &blueprint).await?;
    if !problems.is_empty() {
        bail!("it has changed since it was looked at:\n  - {}", problems.join("\n  - "));
    }
    let there = TABLES.iter().filter(|original| live.tables.contains_key(original.table));
    let done: BTreeSet<&str> = there.map(|original| original.migration).collect();
    change.record(&done.into_iter().collect::<Vec<_>>()).await.context("noting what is there already")?;
    allow_names_twice(tx, &live).await.context("making file names unique per account")?;
    let migrations = schema_change::pending(tx).await?.len();
    change.up().await?;
    complete_indexes(tx, &blueprint).await.context("making indexes")?;
    move_sequences(tx).await.context("moving sequences on")?;
    let files = uploads::files::adopt(tx, now).await.context("having uploaded files read")?;
    Ok(Adopted { migrations, files })
}

/// File names were unique across all accounts. Another account's file is nobody's business: they are unique per account
/// from here on, by an index that a migration adds.
async fn allow_names_twice(tx: &DatabaseTransaction, live: &Schema) -> Result<(), DbErr> {
    for name in plan::unique_names(live) {
        let name = name.replace('"', "\"\"");
        let dropped = format!(
            "ALTER TABLE core_uploadedfile DROP CONSTRAINT IF EXISTS \"{name}\"; DROP INDEX IF EXISTS \"{name}\""
        );
        tx.execute_unprepared(&dropped).await?;
    }
    Ok(())
}

/// Makes those of our indexes that neither Django nor a migration has made.
async fn complete_indexes(tx: &DatabaseTransaction, blueprint: &Schema) -> Result<(), DbErr> {
    let live = schema::read(tx).await?;
    for (table, index) in plan::missing_indexes(&live, blueprint) {
        let unique = if index.unique { "UNIQUE " } else { "" };
        let columns = index.columns.join("\", \"");
        let made = format!("CREATE {unique}INDEX \"{}\" ON \"{table}\" (\"{columns}\")", index.name);
        tx.execute_unprepared(&made).await?;
    }
    Ok(())
}

/// Numbers of new rows begin behind those that are taken.
async fn move_sequences(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let tables: Vec<&str> = TABLES.iter().map(|original| original.table).collect();
    for behind in inventory::sequences_behind(tx, &tables).await? {
        let moved = format!("SELECT setval('{}', {})", behind.sequence.replace('\'', "''"), behind.highest);
        tx.execute_unprepared(&moved).await?;
    }
    Ok(())
}
