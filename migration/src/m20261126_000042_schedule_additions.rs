//! What we add to scheduled tasks: when each runs next, since when its schedule counts, and which tasks of the program
//! have been planted. Django writes none of it.

use sea_orm_migration::{prelude::*, schema::*};

use crate::drop_tables;

#[derive(DeriveMigrationName)]
pub struct Migration;

const ADDED: [(&str, &str); 5] = [
    ("django_celery_beat_periodictask", "next_run_at"),
    ("django_celery_beat_periodictask", "scheduled_from"),
    ("django_celery_beat_crontabschedule", "changed_at"),
    ("django_celery_beat_intervalschedule", "changed_at"),
    ("django_celery_beat_clockedschedule", "changed_at"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in ADDED {
            let added =
                Table::alter().table(table).add_column(timestamp_with_time_zone_null(column)).to_owned();
            manager.alter_table(added).await?;
        }
        let planted = Table::create()
            .table("planted_task")
            .col(string_len("name", 200).primary_key())
            .col(timestamp_with_time_zone("planted_at"))
            .to_owned();
        manager.create_table(planted).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["planted_task"]).await?;
        for (table, column) in ADDED {
            manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
