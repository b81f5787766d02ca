//! Failed sign-ins, counted so that passwords cannot be tried out.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, index};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let failures = Table::create()
            .table("sign_in_failure")
            .col(string_len("key", 150).primary_key())
            .col(integer("failures"))
            .col(timestamp_with_time_zone("last_at"))
            .col(timestamp_with_time_zone("blocked_until"))
            .to_owned();
        manager.create_table(failures).await?;
        index(manager, "sign_in_failure", &["last_at"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["sign_in_failure"]).await
    }
}
