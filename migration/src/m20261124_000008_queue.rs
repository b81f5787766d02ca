//! The durable queue: jobs, the keys that serialise them, and the occurrences of schedules that have fired.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, index};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let keys = Table::create()
            .table("job_key")
            .col(string_len("key", 200).primary_key())
            .col(big_integer("fence").default(0))
            .col(string_len_null("holder", 100))
            .col(timestamp_with_time_zone_null("lease_until"))
            .col(big_integer("next_seq").default(0))
            .to_owned();
        manager.create_table(keys).await?;
        jobs(manager).await?;

        let fires = Table::create()
            .table("cron_fire")
            .col(string_len("name", 100))
            .col(timestamp_with_time_zone("due_at"))
            .col(timestamp_with_time_zone("fired_at"))
            .primary_key(Index::create().col("name").col("due_at"))
            .to_owned();
        manager.create_table(fires).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["cron_fire", "job", "job_key"]).await
    }
}

async fn jobs(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let jobs = Table::create()
        .table("job")
        .col(pk_uuid("id"))
        .col(string_len("kind", 100))
        .col(string_len("key", 200))
        .col(big_integer("seq"))
        .col(text("payload"))
        .col(string_len("state", 20))
        .col(integer("attempt").default(0))
        .col(integer("max_attempts"))
        .col(timestamp_with_time_zone("run_at"))
        .col(string_len_null("lease_owner", 100))
        .col(timestamp_with_time_zone_null("lease_until"))
        .col(big_integer_null("fence"))
        .col(string_len_null("dedupe", 200))
        .col(timestamp_with_time_zone("enqueued_at"))
        .col(timestamp_with_time_zone_null("started_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .col(string_len_null("error_code", 100))
        .col(uuid_null("parent_id"))
        .foreign_key(ForeignKey::create().from("job", "key").to("job_key", "key"))
        .to_owned();
    manager.create_table(jobs).await?;

    // One running job per key: the database itself refuses a second.
    let running = Index::create()
        .name("job_one_running_per_key")
        .table("job")
        .col("key")
        .unique()
        .and_where(Expr::col("state").eq(Expr::cust("'running'")))
        .to_owned();
    manager.create_index(running).await?;
    // The same work is wanted once, until it has ended.
    let dedupe = Index::create()
        .name("job_dedupe_until_ended")
        .table("job")
        .col("dedupe")
        .unique()
        .and_where(Expr::cust("state IN ('queued', 'running', 'retry_wait')"))
        .to_owned();
    manager.create_index(dedupe).await?;
    index(manager, "job", &["key", "seq"]).await?;
    index(manager, "job", &["state", "run_at"]).await?;
    index(manager, "job", &["state", "finished_at"]).await
}
