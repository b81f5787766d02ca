//! Campus events. Another program writes this table; we only read it.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, index};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let events = Table::create()
            .table("weekly_events")
            .col(big_pk_auto("id"))
            .col(string_len("title", 500))
            .col(date("event_date"))
            .col(time_null("start_time"))
            .col(time_null("end_time"))
            .col(string_len("location", 200).default(""))
            .col(string_len("sponsor", 200).default(""))
            .col(string_len("open_to", 200).default(""))
            .col(string_len("speaker", 200).default(""))
            .col(string_len("url", 500).default(""))
            .col(timestamp_with_time_zone("created_at").default(Expr::current_timestamp()))
            .col(timestamp_with_time_zone("updated_at").default(Expr::current_timestamp()))
            .to_owned();
        manager.create_table(events).await?;
        index(manager, "weekly_events", &["event_date", "start_time"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["weekly_events"]).await
    }
}
