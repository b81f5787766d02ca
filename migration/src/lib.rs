//! Schema history: one change per file, up and down, never edited once shared.
//!
//! The first four files are the tables of the Django service this one replaces, with their names, columns and
//! types, so that its live database can be taken over; what we add comes in files of its own. Entities are not
//! known here: history must not change when an entity does.
//!
//! Every statement has to run on SQLite and on PostgreSQL.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

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
        ]
    }
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

/// A reference whose rows go with the row they point to. Only between tables of our own.
fn owned_by(
    from: (&'static str, &'static str),
    to: (&'static str, &'static str),
) -> ForeignKeyCreateStatement {
    reference(from, to).on_delete(ForeignKeyAction::Cascade).to_owned()
}
