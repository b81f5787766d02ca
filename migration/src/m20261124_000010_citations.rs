//! Citations: what an answer rests on. They keep title, page and quote, and so outlive the document.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, index, reference};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let citations = Table::create()
            .table("citation")
            .col(big_integer("message_id"))
            .col(integer("n"))
            .col(big_integer_null("document_id"))
            .col(big_integer_null("chunk_id"))
            .col(integer_null("file_id"))
            .col(string_len("title", 300))
            .col(string_len_null("url", 1000))
            .col(integer_null("page"))
            .col(text("quote"))
            .col(string_len("quote_hash", 64))
            .col(integer("char_start"))
            .col(integer("char_end"))
            .col(double("score"))
            .primary_key(Index::create().col("message_id").col("n"))
            .foreign_key(&mut reference(("citation", "message_id"), ("chat_chatmessages", "id")))
            .to_owned();
        manager.create_table(citations).await?;
        index(manager, "citation", &["document_id"]).await?;
        index(manager, "citation", &["file_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["citation"]).await
    }
}
