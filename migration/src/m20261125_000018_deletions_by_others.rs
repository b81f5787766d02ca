//! Rows of ours no longer hold rows of the original's tables: what refers to one goes with it.
//!
//! The Django service deletes what it knows of and then the row itself; it does not know our tables. SQLite cannot
//! change a reference, and nobody but this program, which deletes in order, writes to an SQLite file.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

const REFERENCES: [(&str, &str, &str); 5] = [
    ("web_session", "account_id", "core_usermodel"),
    ("document", "owner_id", "core_usermodel"),
    ("document", "file_id", "core_uploadedfile"),
    ("citation", "message_id", "chat_chatmessages"),
    ("answer_trace", "message_id", "chat_chatmessages"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        each_refers(manager, "ON DELETE CASCADE").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        each_refers(manager, "").await
    }
}

async fn each_refers(manager: &SchemaManager<'_>, on_delete: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    for (table, column, to) in REFERENCES {
        // The name is the one that PostgreSQL gives a reference without one.
        let name = format!("{table}_{column}_fkey");
        let changed = format!(
            "ALTER TABLE {table} DROP CONSTRAINT {name}, \
             ADD CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES {to} (id) {on_delete}"
        );
        manager.get_connection().execute_unprepared(&changed).await?;
    }
    Ok(())
}
