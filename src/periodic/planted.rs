//! The tasks of the program as rows: each is planted once, at a start, and is its owners' from then on.
//!
//! What has been planted is remembered by itself, so that a row that was edited or deleted stays so.

use chrono::{DateTime, Utc};
use sea_orm::{Condition, Set, entity::prelude::*, sea_query::OnConflict};

use super::{
    crontab,
    registry::{Known, Registry, Seed},
    task,
};
use crate::platform::store::Store;

/// A task that has been planted.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "planted_task")]
pub struct Model {
    /// Its name in the list of the program.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// When.
    pub planted_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// Plants what has not been planted before. Several instances may do so at the same time.
pub async fn plant(store: &Store, registry: &Registry, now: DateTime<Utc>) -> Result<(), DbErr> {
    let planted: Vec<String> =
        Entity::find().all(store.read()).await?.into_iter().map(|row| row.name).collect();
    let new: Vec<(&Known, Seed)> = registry
        .all()
        .iter()
        .filter(|known| !planted.iter().any(|name| name == known.name))
        .filter_map(|known| Some((known, known.seed?)))
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    store
        .write(async |tx| {
            for (known, seed) in &new {
                plant_one(&tx, known, *seed, now).await?;
            }
            Ok(())
        })
        .await
}

async fn plant_one(
    db: &impl ConnectionTrait,
    known: &Known,
    seed: Seed,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let noted = ActiveModel { name: Set(known.name.to_owned()), planted_at: Set(now) };
    let unless_there = OnConflict::column(Column::Name).do_nothing().to_owned();
    let first = Entity::insert(noted).on_conflict(unless_there).exec_without_returning(db).await?;
    // A database that was taken over has a row for it, whatever it is called there.
    let there = Condition::any().add(task::COLUMN.name.eq(known.name)).add(task::COLUMN.task.eq(known.name));
    if first == 0 || task::Entity::find().filter(there).one(db).await?.is_some() {
        return Ok(());
    }
    let new = task::ActiveModel {
        name: Set(known.name.to_owned()),
        task: Set(known.name.to_owned()),
        args: Set("[]".to_owned()),
        kwargs: Set("{}".to_owned()),
        headers: Set("{}".to_owned()),
        description: Set(String::new()),
        enabled: Set(true),
        one_off: Set(false),
        total_run_count: Set(0),
        date_changed: Set(now),
        scheduled_from: Set(Some(now)),
        crontab_id: Set(Some(crontab::planted(db, seed.fields(), chrono_tz::UTC, now).await?)),
        expire_seconds: Set(seed.expire_seconds),
        ..task::ActiveModel::new()
    };
    task::Entity::insert(new).exec_without_returning(db).await.map(drop)
}

/// Gives tasks the schedule and the arguments back that they were planted with. Answers how many have one.
pub async fn reset(
    db: &impl ConnectionTrait,
    registry: &Registry,
    ids: &[i32],
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let tasks = task::by_ids(db, ids).await?;
    let mut reset = 0;
    // One round for each task of the program's list, however many rows there are.
    for (known, seed) in registry.all().iter().filter_map(|known| Some((known, known.seed?))) {
        let of = tasks.iter().filter(|task| task.task == known.name).map(|task| task.id);
        let of: Vec<i32> = of.collect();
        if of.is_empty() {
            continue;
        }
        let crontab = crontab::planted(db, seed.fields(), chrono_tz::UTC, now).await?;
        let row = task::ActiveModel {
            args: Set("[]".to_owned()),
            kwargs: Set("{}".to_owned()),
            crontab_id: Set(Some(crontab)),
            interval_id: Set(None),
            clocked_id: Set(None),
            solar_id: Set(None),
            one_off: Set(false),
            start_time: Set(None),
            expires: Set(None),
            expire_seconds: Set(seed.expire_seconds),
            date_changed: Set(now),
            scheduled_from: Set(Some(now)),
            next_run_at: Set(None),
            ..task::ActiveModel::new()
        };
        let rows = task::Entity::update_many().set(row).filter(task::COLUMN.id.is_in(of));
        reset += rows.exec(db).await?.rows_affected;
    }
    Ok(reset)
}
