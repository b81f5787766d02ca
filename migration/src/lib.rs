//! Schema history: one change per file, up and down, never edited once shared.
//!
//! The first four files are the tables of the Django service this one replaces, with their names, columns and
//! types, so that its live database can be taken over; what we add comes in files of its own. Entities are not
//! known here: history must not change when an entity does.
//!
//! Every statement has to run on SQLite and on PostgreSQL.

use std::time::SystemTime;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::{
    prelude::*,
    sea_orm::{ActiveValue::Set, ConnectionTrait, DbBackend, EntityTrait, Statement},
    seaql_migrations,
};

mod m20261124_000001_original_accounts;
mod m20261124_000002_original_chat;
mod m20261124_000003_original_uploads;
mod m20261124_000004_original_events;
mod m20261124_000005_chat_additions;
mod m20261124_000006_upload_additions;
mod m20261124_000007_web_sessions;
mod m20261124_000008_queue;
mod m20261124_000009_knowledge;
mod m20261124_000010_citations;
mod m20261124_000011_audit;
mod m20261125_000012_sign_in_failures;
mod m20261125_000013_audit_of_changes;
mod m20261125_000014_answer_traces;
mod m20261125_000015_list_indexes;
mod m20261125_000016_campus_files;
mod m20261125_000017_conversations_by_creation;
mod m20261125_000018_deletions_by_others;
mod m20261125_000019_titles_with_their_keys;
mod m20261125_000030_rate_counts;
mod m20261126_000040_scheduled_tasks;
mod m20261126_000041_task_results;
mod m20261126_000042_schedule_additions;
mod m20261126_000050_outbox;
mod m20261126_000051_readers_of_reports;
mod m20261126_000052_faults;
mod m20261126_000055_load_test_trouble;
mod m20261126_000060_embeddings;
mod m20261126_000062_course_catalogue;
mod m20261126_000064_generations;
mod m20261126_000065_generation_events;
mod m20261126_000068_second_factors;
mod m20261126_000069_recovery_codes;
mod m20261126_000070_found_by_person;

/// The list of all changes, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_original_accounts::Migration),
            Box::new(m20261124_000002_original_chat::Migration),
            Box::new(m20261124_000003_original_uploads::Migration),
            Box::new(m20261124_000004_original_events::Migration),
            Box::new(m20261124_000005_chat_additions::Migration),
            Box::new(m20261124_000006_upload_additions::Migration),
            Box::new(m20261124_000007_web_sessions::Migration),
            Box::new(m20261124_000008_queue::Migration),
            Box::new(m20261124_000009_knowledge::Migration),
            Box::new(m20261124_000010_citations::Migration),
            Box::new(m20261124_000011_audit::Migration),
            Box::new(m20261125_000012_sign_in_failures::Migration),
            Box::new(m20261125_000013_audit_of_changes::Migration),
            Box::new(m20261125_000014_answer_traces::Migration),
            Box::new(m20261125_000015_list_indexes::Migration),
            Box::new(m20261125_000016_campus_files::Migration),
            Box::new(m20261125_000017_conversations_by_creation::Migration),
            Box::new(m20261125_000018_deletions_by_others::Migration),
            Box::new(m20261125_000019_titles_with_their_keys::Migration),
            Box::new(m20261125_000030_rate_counts::Migration),
            Box::new(m20261126_000040_scheduled_tasks::Migration),
            Box::new(m20261126_000041_task_results::Migration),
            Box::new(m20261126_000042_schedule_additions::Migration),
            Box::new(m20261126_000050_outbox::Migration),
            Box::new(m20261126_000051_readers_of_reports::Migration),
            Box::new(m20261126_000052_faults::Migration),
            Box::new(m20261126_000055_load_test_trouble::Migration),
            Box::new(m20261126_000060_embeddings::Migration),
            Box::new(m20261126_000062_course_catalogue::Migration),
            Box::new(m20261126_000064_generations::Migration),
            Box::new(m20261126_000065_generation_events::Migration),
            Box::new(m20261126_000068_second_factors::Migration),
            Box::new(m20261126_000069_recovery_codes::Migration),
            Box::new(m20261126_000070_found_by_person::Migration),
        ]
    }
}

/// Notes migrations as applied without applying them: their tables are there, made by somebody else. The list has to
/// be there.
pub async fn record(db: &impl ConnectionTrait, names: &[&str]) -> Result<(), DbErr> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let noted = names.iter().map(|name| seaql_migrations::ActiveModel {
        version: Set((*name).to_owned()),
        applied_at: Set(now.cast_signed()),
    });
    seaql_migrations::Entity::insert_many(noted).exec_without_returning(db).await.map(drop)
}

/// The names of the migrations that have been applied. The list has to be there.
pub async fn applied(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let noted = seaql_migrations::Entity::find().all(db).await?;
    Ok(noted.into_iter().map(|noted| noted.version).collect())
}

/// Whether a table is there: one that the Django service made, in a database that was taken over before we knew of it.
async fn is_there(manager: &SchemaManager<'_>, table: &str) -> Result<bool, DbErr> {
    let (db, backend) = (manager.get_connection(), manager.get_database_backend());
    let there = match backend {
        DbBackend::Postgres => {
            "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1"
        }
        _ => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?",
    };
    Ok(db.query_one_raw(Statement::from_sql_and_values(backend, there, [table.into()])).await?.is_some())
}

/// Drops tables in the order given, which must be children first.
async fn drop_tables(manager: &SchemaManager<'_>, tables: &[&'static str]) -> Result<(), DbErr> {
    for table in tables {
        manager.drop_table(Table::drop().table(*table).to_owned()).await?;
    }
    Ok(())
}

/// A plain index named `<table>_<columns>_idx`.
async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    manager.create_index(named_index(table, columns, "idx")).await
}

/// How many indexes the migrations make on this database only, because it is PostgreSQL with or able to get `pg_trgm`.
pub async fn indexes_of_postgres(db: &impl ConnectionTrait) -> Result<usize, DbErr> {
    m20261125_000017_conversations_by_creation::can_have_trigrams(db).await.map(usize::from)
}

/// A unique index named `<table>_<columns>_key`.
async fn unique(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    manager.create_index(named_index(table, columns, "key").unique().to_owned()).await
}

fn named_index(table: &'static str, columns: &[&'static str], ending: &str) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}_{ending}", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

/// A reference without an action on delete, as Django makes them: who deletes a row deletes what hangs on it.
fn reference(
    from: (&'static str, &'static str),
    to: (&'static str, &'static str),
) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(from.0, from.1).to(to.0, to.1).to_owned()
}

/// A reference whose rows go with the row they point to: between tables of our own, and from them to the tables of the
/// Django service, which does not know them and could not delete a row that they hold.
fn owned_by(
    from: (&'static str, &'static str),
    to: (&'static str, &'static str),
) -> ForeignKeyCreateStatement {
    reference(from, to).on_delete(ForeignKeyAction::Cascade).to_owned()
}
