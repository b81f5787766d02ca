//! Indexes for lists in the order of time and for figures over a period, so that both stay fast at millions of rows.

use sea_orm_migration::prelude::*;

use crate::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

const INDEXES: [(&str, &[&str], &str); 7] = [
    ("chat_chatmessages", &["created_at", "id"], "chat_chatmessages_created_at_id_idx"),
    // Holds all that counting questions and those who ask needs of a message.
    (
        "chat_chatmessages",
        &["role", "created_at", "session_id"],
        "chat_chatmessages_role_created_at_session_id_idx",
    ),
    ("chat_feedback", &["time", "id"], "chat_feedback_time_id_idx"),
    ("core_uploadedfile", &["uploaded_time", "id"], "core_uploadedfile_uploaded_time_id_idx"),
    ("document", &["updated_at", "id"], "document_updated_at_id_idx"),
    ("job", &["enqueued_at", "id"], "job_enqueued_at_id_idx"),
    ("job", &["parent_id"], "job_parent_id_idx"),
];

const LAST_SAID: &str = "chat_usersession_last_said_id_idx";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns, _) in INDEXES {
            index(manager, table, columns).await?;
        }
        // Conversations are listed by when something was last said in them, which the original did not note.
        let last_said = format!(
            "CREATE INDEX \"{LAST_SAID}\" ON \"chat_usersession\" (COALESCE(\"last_activity\", \"created_at\"), \"id\")"
        );
        manager.get_connection().execute_unprepared(&last_said).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().table("chat_usersession").name(LAST_SAID).to_owned()).await?;
        for (table, _, name) in INDEXES {
            manager.drop_index(Index::drop().table(table).name(name).to_owned()).await?;
        }
        Ok(())
    }
}
