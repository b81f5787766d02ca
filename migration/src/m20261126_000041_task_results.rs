//! What came of tasks, as the Django service kept it. On a database that was taken over the tables are there.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, index, is_there, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

const RESULT: &str = "django_celery_results_taskresult";
const GROUP: &str = "django_celery_results_groupresult";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if !is_there(manager, RESULT).await? {
            results(manager).await?;
        }
        if is_there(manager, GROUP).await? { Ok(()) } else { groups(manager).await }
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &[GROUP, RESULT]).await
    }
}

async fn results(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let results = Table::create()
        .table(RESULT)
        .col(pk_auto("id"))
        .col(string_len("task_id", 255))
        .col(string_len("status", 50))
        .col(string_len("content_type", 128))
        .col(string_len("content_encoding", 64))
        .col(text_null("result"))
        .col(timestamp_with_time_zone("date_done"))
        .col(text_null("traceback"))
        .col(text_null("meta"))
        .col(text_null("task_args"))
        .col(text_null("task_kwargs"))
        .col(string_len_null("task_name", 255))
        .col(string_len_null("worker", 100))
        .col(timestamp_with_time_zone("date_created"))
        .col(string_len_null("periodic_task_name", 255))
        .col(timestamp_with_time_zone_null("date_started"))
        .to_owned();
    manager.create_table(results).await?;
    unique(manager, RESULT, &["task_id"]).await?;
    for column in ["status", "task_name", "worker", "date_created", "date_done", "periodic_task_name"] {
        index(manager, RESULT, &[column]).await?;
    }
    Ok(())
}

async fn groups(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let groups = Table::create()
        .table(GROUP)
        .col(pk_auto("id"))
        .col(string_len("group_id", 255))
        .col(timestamp_with_time_zone("date_created"))
        .col(timestamp_with_time_zone("date_done"))
        .col(string_len("content_type", 128))
        .col(string_len("content_encoding", 64))
        .col(text_null("result"))
        .to_owned();
    manager.create_table(groups).await?;
    unique(manager, GROUP, &["group_id"]).await?;
    index(manager, GROUP, &["date_created"]).await?;
    index(manager, GROUP, &["date_done"]).await
}
