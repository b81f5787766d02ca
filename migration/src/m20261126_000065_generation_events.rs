//! The logs of generations: what was said, piece by piece, in the order in which it was.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, owned_by};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let events = Table::create()
            .table("generation_event")
            .col(uuid("generation_id"))
            .col(big_integer("seq"))
            .col(string_len("kind", 20))
            .col(string_len("stage", 20))
            .col(text("content"))
            .primary_key(Index::create().col("generation_id").col("seq"))
            .foreign_key(&mut owned_by(("generation_event", "generation_id"), ("generation", "id")))
            .to_owned();
        manager.create_table(events).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["generation_event"]).await
    }
}
