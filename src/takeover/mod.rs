//! Taking over the database of the Django service that this program replaces.
//!
//! Its tables stay as they are and keep their rows; what we need besides is added, so that either program can work on
//! them afterwards. Looking comes first and changes nothing; the change itself is one transaction, and somebody's
//! decision: no other command than `migrate` does it.

mod adopt;
mod inventory;
mod original;
mod plan;
mod recognise;
mod words;

use anyhow::Context;
use sea_orm::{DatabaseTransaction, TransactionTrait};

pub use adopt::{Adopted, take_over};
pub use plan::Plan;

use crate::{
    config::Config,
    platform::{
        db_failure::was_called_off,
        schema::{self, Schema},
        schema_change::{self, DJANGO_LIST},
        store::Store,
    },
};

/// What a database is.
#[derive(Debug)]
pub enum Found {
    /// One without tables.
    Nothing(Schema),
    /// Ours, with these migrations still to be applied.
    Ours(Vec<String>),
    /// That of the Django service, and what taking it over means.
    Django(Box<Plan>),
    /// One that cannot be worked on, and everything that is wrong with it.
    Unusable(Vec<String>),
}

/// Looks at the database, and at the folder of uploaded files when that belongs to a Django service. Changes nothing.
pub async fn look(store: &Store, config: &Config) -> anyhow::Result<Found> {
    match look_once(store, config).await {
        Err(error) if was_called_off(&error) => look_once(store, config).await,
        found => found,
    }
}

async fn look_once(store: &Store, config: &Config) -> anyhow::Result<Found> {
    // One transaction, so that what is counted is of one moment, however long the counting takes.
    let snapshot = store.read().begin().await.context("looking at the database")?;
    if !store.is_embedded() {
        let patient = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = 0; \
                       SET LOCAL idle_in_transaction_session_timeout = 0";
        sea_orm::ConnectionTrait::execute_unprepared(&snapshot, patient).await?;
    }
    let found = look_at(&snapshot, store, config).await;
    snapshot.rollback().await?;
    found
}

async fn look_at(db: &DatabaseTransaction, store: &Store, config: &Config) -> anyhow::Result<Found> {
    if schema_change::any_applied(db).await? {
        return Ok(Found::Ours(schema_change::pending(db).await?));
    }
    let live = schema::read(db).await.context("reading the catalogue of the database")?;
    let blueprint = schema_change::blueprint().await?;
    let known: Vec<&str> = blueprint
        .tables
        .keys()
        .map(String::as_str)
        .filter(|table| live.tables.contains_key(*table))
        .collect();
    if !live.tables.contains_key(DJANGO_LIST) {
        return Ok(if known.iter().all(|table| *table == schema_change::OUR_LIST) {
            Found::Nothing(blueprint)
        } else {
            Found::Unusable(known.into_iter().map(of_nobody).collect())
        });
    }
    if store.is_embedded() {
        let only =
            "the Django service kept its data in PostgreSQL: an SQLite database of it is not taken over";
        return Ok(Found::Unusable(vec![only.to_owned()]));
    }
    let problems = recognise::problems(db, &live, &blueprint).await?;
    if problems.is_empty() {
        Ok(Found::Django(Box::new(Plan::new(db, config, &live, &blueprint).await?)))
    } else {
        Ok(Found::Unusable(problems))
    }
}

fn of_nobody(table: &str) -> String {
    format!("{table}: the table is there, but neither Django's list of migrations is nor ours")
}
