//! Traces: how each answer came to be, and how long it took.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, reference};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let traces = Table::create()
            .table("answer_trace")
            .col(big_integer("message_id").primary_key())
            .col(integer_null("first_ms"))
            .col(integer_null("total_ms"))
            .col(integer("passages"))
            .col(integer("citations"))
            // Null for an answer made of passages.
            .col(string_len_null("model", 100))
            .col(boolean("fallback"))
            .col(text("stages"))
            .col(text("searched"))
            .col(timestamp_with_time_zone("created_at"))
            .foreign_key(&mut reference(("answer_trace", "message_id"), ("chat_chatmessages", "id")))
            .to_owned();
        manager.create_table(traces).await?;
        // Holds all that figures over a period need: the rows themselves are wide.
        let figures = Index::create()
            .name("answer_trace_figures_idx")
            .table("answer_trace")
            .col("created_at")
            .col("first_ms")
            .col("total_ms")
            .col("citations")
            .col("fallback")
            .to_owned();
        manager.create_index(figures).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["answer_trace"]).await
    }
}
