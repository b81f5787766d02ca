//! The schema: the migrations run up, down and up. That every entity fits it is in `makemigrations.rs`.

use chatdku::{accounts, platform};
use chatdku_migration::{Migrator, MigratorTrait};
use sea_orm::ConnectionTrait;

use crate::support::scratch;

#[rocket::async_test]
async fn the_migrations_run_up_down_and_up() {
    let folder = tempfile::tempdir().unwrap();
    let scratch = scratch(folder.path());
    let store = platform::store::Store::open(&scratch.settings).await.unwrap();
    let schema = sea_orm::Database::connect(scratch.settings.url.reveal()).await.unwrap();
    let count = Migrator::migrations().len();
    assert_eq!(Migrator::get_applied_migrations(&schema).await.unwrap().len(), count);
    Migrator::down(&schema, None).await.unwrap();
    assert_eq!(store.pending_migrations().await.unwrap(), count);
    store.migrate().await.unwrap();
    assert_eq!(store.pending_migrations().await.unwrap(), 0);
    store.migrate().await.unwrap();
}

#[rocket::async_test]
async fn what_cannot_be_read_through_cannot_be_written_through() {
    let folder = tempfile::tempdir().unwrap();
    let scratch = scratch(folder.path());
    let store = platform::store::Store::open(&scratch.settings).await.unwrap();
    if store.is_embedded() {
        let refused = store.read().execute_unprepared("DELETE FROM index_head").await;
        assert!(refused.is_err(), "writes have a door of their own");
    }
}

#[rocket::async_test]
async fn a_unit_of_work_that_fails_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let scratch = scratch(folder.path());
    let store = platform::store::Store::open(&scratch.settings).await.unwrap();
    let failed = store.write(async |tx| {
        accounts::user::create_campus(&tx, "somebody").await?;
        Err::<(), _>(sea_orm::DbErr::Custom("changed my mind".to_owned()))
    });
    assert!(failed.await.is_err());
    assert_eq!(accounts::user::named(store.read(), "somebody").await.unwrap(), None);
}
