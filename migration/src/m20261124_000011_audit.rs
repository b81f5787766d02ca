//! The audit log: what matters to security, appended and never changed.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, index};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let entries = Table::create()
            .table("audit_entry")
            .col(big_pk_auto("id"))
            .col(timestamp_with_time_zone("at"))
            .col(string_len("event", 50))
            .col(big_integer_null("account_id"))
            .col(string_len("ip_prefix", 50))
            .col(text("detail"))
            .to_owned();
        manager.create_table(entries).await?;
        index(manager, "audit_entry", &["at"]).await?;
        index(manager, "audit_entry", &["account_id", "at"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["audit_entry"]).await
    }
}
