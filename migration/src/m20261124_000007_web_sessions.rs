//! Web sessions: who a browser cookie stands for. Django's own session table is left alone.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, index, reference};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sessions = Table::create()
            .table("web_session")
            .col(string_len("token_hash", 64).primary_key())
            .col(big_integer("account_id"))
            .col(string_len("realm", 20))
            .col(string_len("auth_hash", 64))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("last_seen"))
            .col(timestamp_with_time_zone("idle_until"))
            .col(timestamp_with_time_zone("absolute_until"))
            .col(string_len("csrf_secret", 64))
            .col(text("data"))
            .col(string_len("ip_prefix", 50))
            .col(string_len("ua_family", 50))
            .foreign_key(&mut reference(("web_session", "account_id"), ("core_usermodel", "id")))
            .to_owned();
        manager.create_table(sessions).await?;
        index(manager, "web_session", &["account_id"]).await?;
        index(manager, "web_session", &["idle_until"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["web_session"]).await
    }
}
