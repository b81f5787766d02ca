//! Generations: the making of each answer, as it can be followed and stopped from any instance.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, index, owned_by, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let generations = Table::create()
            .table("generation")
            .col(uuid("id").primary_key())
            .col(uuid("conversation_id"))
            .col(big_integer("message_id"))
            .col(string_len("question_hash", 64))
            .col(string_len("state", 20))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("stop_asked_at"))
            .col(timestamp_with_time_zone_null("ended_at"))
            // Null while it is being made, and once its log is gone.
            .col(timestamp_with_time_zone_null("log_until"))
            .col(big_integer("last_seq"))
            .foreign_key(&mut owned_by(("generation", "conversation_id"), ("chat_usersession", "id")))
            .foreign_key(&mut owned_by(("generation", "message_id"), ("chat_chatmessages", "id")))
            .to_owned();
        manager.create_table(generations).await?;
        unique(manager, "generation", &["message_id"]).await?;
        index(manager, "generation", &["conversation_id"]).await?;
        // Both are about the few that are under way or have just ended, never about the many that were.
        let under_way = Index::create()
            .name("generation_under_way_idx")
            .table("generation")
            .col("created_at")
            .and_where(Expr::cust("state = 'streaming'"))
            .to_owned();
        manager.create_index(under_way).await?;
        let logged = Index::create()
            .name("generation_log_until_idx")
            .table("generation")
            .col("log_until")
            .and_where(Expr::cust("log_until IS NOT NULL"))
            .to_owned();
        manager.create_index(logged).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["generation"]).await
    }
}
