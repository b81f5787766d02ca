//! Scheduled tasks and their schedules, as the Django service made them. On a database that was taken over they are there.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, index, is_there, reference, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TASK: &str = "django_celery_beat_periodictask";
const SOLAR: &str = "django_celery_beat_solarschedule";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in schedules() {
            manager.create_table(table).await?;
        }
        if !is_there(manager, SOLAR).await? {
            let solar = Table::create()
                .table(SOLAR)
                .col(pk_auto("id"))
                .col(string_len("event", 24))
                .col(decimal_len("latitude", 9, 6))
                .col(decimal_len("longitude", 9, 6))
                .to_owned();
            manager.create_table(solar).await?;
            unique(manager, SOLAR, &["event", "latitude", "longitude"]).await?;
        }
        if is_there(manager, TASK).await? { Ok(()) } else { tasks(manager).await }
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            TASK,
            "django_celery_beat_periodictasks",
            SOLAR,
            "django_celery_beat_clockedschedule",
            "django_celery_beat_intervalschedule",
            "django_celery_beat_crontabschedule",
        ];
        drop_tables(manager, &tables).await
    }
}

fn schedules() -> [TableCreateStatement; 4] {
    let mut crontab = Table::create();
    crontab
        .table("django_celery_beat_crontabschedule")
        .if_not_exists()
        .col(pk_auto("id"))
        .col(string_len("minute", 240))
        .col(string_len("hour", 96))
        .col(string_len("day_of_week", 64))
        .col(string_len("day_of_month", 124))
        .col(string_len("month_of_year", 64))
        .col(string_len("timezone", 63));
    let mut interval = Table::create();
    interval
        .table("django_celery_beat_intervalschedule")
        .if_not_exists()
        .col(pk_auto("id"))
        .col(integer("every"))
        .col(string_len("period", 24));
    let mut clocked = Table::create();
    clocked
        .table("django_celery_beat_clockedschedule")
        .if_not_exists()
        .col(pk_auto("id"))
        .col(timestamp_with_time_zone("clocked_time"));
    let mut changes = Table::create();
    changes
        .table("django_celery_beat_periodictasks")
        .if_not_exists()
        .col(small_integer("ident").primary_key())
        .col(timestamp_with_time_zone("last_update"));
    [crontab, interval, clocked, changes]
}

async fn tasks(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let tasks = Table::create()
        .table(TASK)
        .col(pk_auto("id"))
        .col(string_len("name", 200))
        .col(string_len("task", 200))
        .col(text("args"))
        .col(text("kwargs"))
        .col(string_len_null("queue", 200))
        .col(string_len_null("exchange", 200))
        .col(string_len_null("routing_key", 200))
        .col(timestamp_with_time_zone_null("expires"))
        .col(boolean("enabled"))
        .col(timestamp_with_time_zone_null("last_run_at"))
        .col(integer("total_run_count"))
        .col(timestamp_with_time_zone("date_changed"))
        .col(text("description"))
        .col(integer_null("crontab_id"))
        .col(integer_null("interval_id"))
        .col(integer_null("solar_id"))
        .col(boolean("one_off"))
        .col(timestamp_with_time_zone_null("start_time"))
        .col(integer_null("priority"))
        .col(text("headers"))
        .col(integer_null("clocked_id"))
        .col(integer_null("expire_seconds"))
        .foreign_key(&mut reference((TASK, "crontab_id"), ("django_celery_beat_crontabschedule", "id")))
        .foreign_key(&mut reference((TASK, "interval_id"), ("django_celery_beat_intervalschedule", "id")))
        .foreign_key(&mut reference((TASK, "solar_id"), (SOLAR, "id")))
        .foreign_key(&mut reference((TASK, "clocked_id"), ("django_celery_beat_clockedschedule", "id")))
        .to_owned();
    manager.create_table(tasks).await?;
    unique(manager, TASK, &["name"]).await?;
    for column in ["crontab_id", "interval_id", "solar_id", "clocked_id"] {
        index(manager, TASK, &[column]).await?;
    }
    Ok(())
}
