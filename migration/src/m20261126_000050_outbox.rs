//! The outbox: mails that wait, have been sent, or could not be.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, index, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mails = Table::create()
            .table("mail")
            .col(uuid("id").primary_key())
            .col(string_len("kind", 50))
            // Null for a letter that may be written again.
            .col(string_len_null("dedupe", 420))
            .col(string_len("message_id", 200))
            .col(string_len("recipient", 254))
            .col(string_len("subject", 200))
            .col(text("text"))
            .col(text_null("html"))
            .col(string_len("state", 20))
            .col(integer("attempt"))
            .col(small_integer_null("smtp_code"))
            .col(text_null("reason"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("tried_at"))
            .col(timestamp_with_time_zone_null("sent_at"))
            .to_owned();
        manager.create_table(mails).await?;
        unique(manager, "mail", &["dedupe"]).await?;
        index(manager, "mail", &["created_at", "id"]).await?;
        index(manager, "mail", &["state", "created_at"]).await?;
        index(manager, "mail", &["recipient"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["mail"]).await
    }
}
