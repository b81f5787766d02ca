//! Vectors of documents: one row for each document and model, the vectors of all its chunks in their order.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, owned_by};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let embeddings = Table::create()
            .table("embedding")
            .col(big_integer("document_id"))
            .col(string_len("model", 200))
            .col(integer("dim"))
            // The id of the first chunk: ids are never given twice, so it names the text that the vectors are of.
            .col(big_integer("first_chunk"))
            .col(blob("data"))
            .primary_key(Index::create().col("document_id").col("model"))
            .foreign_key(&mut owned_by(("embedding", "document_id"), ("document", "id")))
            .to_owned();
        manager.create_table(embeddings).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["embedding"]).await
    }
}
