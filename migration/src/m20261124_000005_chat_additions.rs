//! What we add to conversations, messages and feedback. Every column is nullable: Django does not write it.

use sea_orm_migration::{prelude::*, schema::*};

use crate::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns() {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        index(manager, "chat_usersession", &["user_id", "created_at"]).await?;
        index(manager, "chat_usersession", &["active_until"]).await?;
        index(manager, "chat_usersession", &["title", "created_at"]).await?;
        index(manager, "chat_chatmessages", &["session_id", "created_at", "id"]).await?;
        index(manager, "chat_feedback", &["message_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let indexes = [
            ("chat_feedback", "chat_feedback_message_id_idx"),
            ("chat_chatmessages", "chat_chatmessages_session_id_created_at_id_idx"),
            ("chat_usersession", "chat_usersession_title_created_at_idx"),
            ("chat_usersession", "chat_usersession_active_until_idx"),
            ("chat_usersession", "chat_usersession_user_id_created_at_idx"),
        ];
        for (table, name) in indexes {
            manager.drop_index(Index::drop().table(table).name(name).to_owned()).await?;
        }
        for (table, column) in columns().into_iter().rev() {
            let name = column.get_column_name();
            manager.alter_table(Table::alter().table(table).drop_column(name).to_owned()).await?;
        }
        Ok(())
    }
}

fn columns() -> Vec<(&'static str, ColumnDef)> {
    vec![
        // Null means complete.
        ("chat_chatmessages", string_len_null("status", 20)),
        ("chat_usersession", uuid_null("active_run")),
        ("chat_usersession", timestamp_with_time_zone_null("active_until")),
        ("chat_usersession", timestamp_with_time_zone_null("last_activity")),
        ("chat_usersession", text_null("summary")),
        ("chat_usersession", big_integer_null("summary_upto")),
        ("chat_feedback", big_integer_null("user_id")),
        ("chat_feedback", big_integer_null("message_id")),
        ("chat_feedback", string_len_null("state", 20)),
        ("chat_feedback", big_integer_null("assignee_id")),
        ("chat_feedback", text_null("note")),
    ]
}
