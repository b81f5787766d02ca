//! Faults that maintainers have to be told of, counted by what caused them.

use sea_orm_migration::{prelude::*, schema::*};

use crate::drop_tables;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let faults = Table::create()
            .table("fault")
            .col(string_len("cause", 300).primary_key())
            // Those that nobody has been told of.
            .col(big_integer("count"))
            .col(timestamp_with_time_zone("first_at"))
            .col(timestamp_with_time_zone("last_at"))
            .col(string_len("last_request", 32))
            .col(timestamp_with_time_zone_null("told_at"))
            .to_owned();
        manager.create_table(faults).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["fault"]).await
    }
}
