//! Bad answers to the load test's checks, counted until somebody is told of them.

use sea_orm_migration::{prelude::*, schema::*};

use crate::drop_tables;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let trouble = Table::create()
            .table("load_test_trouble")
            .col(string_len("name", 50).primary_key())
            .col(timestamp_with_time_zone("since"))
            .col(integer("count"))
            .to_owned();
        manager.create_table(trouble).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["load_test_trouble"]).await
    }
}
