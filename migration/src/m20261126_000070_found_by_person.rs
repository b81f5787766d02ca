//! Indexes for what is one person's, and for what has been kept long enough.

use sea_orm_migration::prelude::*;

use crate::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

const INDEXES: [(&str, &[&str], &str); 3] = [
    ("chat_feedback", &["user_id", "id"], "chat_feedback_user_id_id_idx"),
    ("chat_feedback", &["assignee_id"], "chat_feedback_assignee_id_idx"),
    ("mail", &["state", "sent_at"], "mail_state_sent_at_idx"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns, _) in INDEXES {
            index(manager, table, columns).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, _, name) in INDEXES {
            manager.drop_index(Index::drop().table(table).name(name).to_owned()).await?;
        }
        Ok(())
    }
}
