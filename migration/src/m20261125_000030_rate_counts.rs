//! Requests per time, counted for several instances that have no Redis.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

use crate::{drop_tables, index};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let counts = Table::create()
            .table("rate_count")
            .col(string_len("name", 200).primary_key())
            .col(integer("count"))
            .col(big_integer("ends"))
            .to_owned();
        manager.create_table(counts).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            // Every request writes here, and nobody minds when a crash of the server forgets it.
            manager.get_connection().execute_unprepared("ALTER TABLE rate_count SET UNLOGGED").await?;
        }
        index(manager, "rate_count", &["ends"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["rate_count"]).await
    }
}
