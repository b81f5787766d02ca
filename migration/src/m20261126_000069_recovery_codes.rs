//! Recovery codes: what lets a person in who has lost their authenticator, each once. Only hashes are kept.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, owned_by, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let codes = Table::create()
            .table("recovery_code")
            .col(big_pk_auto("id"))
            .col(big_integer("account_id"))
            .col(string_len("code_hash", 64))
            .col(timestamp_with_time_zone_null("used_at"))
            .foreign_key(&mut owned_by(("recovery_code", "account_id"), ("core_usermodel", "id")))
            .to_owned();
        manager.create_table(codes).await?;
        unique(manager, "recovery_code", &["account_id", "code_hash"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["recovery_code"]).await
    }
}
