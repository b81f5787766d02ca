//! Conversations, messages and feedback, as the Django service made them.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, index, reference};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conversations = Table::create()
            .table("chat_usersession")
            .col(pk_uuid("id"))
            .col(timestamp_with_time_zone("created_at"))
            .col(string_len("title", 100))
            .col(big_integer("user_id"))
            .foreign_key(&mut reference(("chat_usersession", "user_id"), ("core_usermodel", "id")))
            .to_owned();
        manager.create_table(conversations).await?;
        index(manager, "chat_usersession", &["user_id"]).await?;

        let messages = Table::create()
            .table("chat_chatmessages")
            .col(big_pk_auto("id"))
            .col(string_len("role", 20))
            .col(text("message"))
            .col(timestamp_with_time_zone("created_at"))
            .col(uuid("session_id"))
            .foreign_key(&mut reference(("chat_chatmessages", "session_id"), ("chat_usersession", "id")))
            .to_owned();
        manager.create_table(messages).await?;
        index(manager, "chat_chatmessages", &["session_id"]).await?;

        let feedback = Table::create()
            .table("chat_feedback")
            .col(pk_auto("id"))
            .col(text("user_input"))
            .col(text("gen_answer"))
            .col(text("feedback_reason"))
            .col(text("question_id"))
            .col(timestamp_with_time_zone("time"))
            .to_owned();
        manager.create_table(feedback).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["chat_feedback", "chat_chatmessages", "chat_usersession"]).await
    }
}
