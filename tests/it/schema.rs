//! The schema: the migrations run up, down and up, and every entity fits it.

use chatdku::{accounts, chat, events, knowledge, platform, queue, uploads};
use chatdku_migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, EntityTrait};

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

/// Selects every column of an entity.
async fn fits<E: EntityTrait>(db: &impl ConnectionTrait) {
    if let Err(error) = E::find().one(db).await {
        panic!("{}: {error}", E::default().table_name());
    }
}

#[rocket::async_test]
async fn every_column_of_every_entity_is_in_the_schema() {
    let folder = tempfile::tempdir().unwrap();
    let scratch = scratch(folder.path());
    let store = platform::store::Store::open(&scratch.settings).await.unwrap();
    let db = store.read();
    fits::<accounts::user::Entity>(db).await;
    fits::<accounts::group::Entity>(db).await;
    fits::<accounts::group::membership::Entity>(db).await;
    fits::<accounts::group::granted::Entity>(db).await;
    fits::<accounts::permission::Entity>(db).await;
    fits::<accounts::permission::granted::Entity>(db).await;
    fits::<accounts::content_type::Entity>(db).await;
    fits::<accounts::log_entry::Entity>(db).await;
    fits::<accounts::web_session::Entity>(db).await;
    fits::<chat::tables::Conversation>(db).await;
    fits::<chat::tables::Message>(db).await;
    fits::<chat::tables::Feedback>(db).await;
    fits::<chat::tables::Citation>(db).await;
    fits::<uploads::Entity>(db).await;
    fits::<events::Entity>(db).await;
    fits::<knowledge::tables::Document>(db).await;
    fits::<knowledge::tables::Chunk>(db).await;
    fits::<knowledge::tables::IndexHead>(db).await;
    fits::<knowledge::tables::IndexChange>(db).await;
    fits::<queue::job::Entity>(db).await;
    fits::<queue::key::Entity>(db).await;
    fits::<queue::cron::Entity>(db).await;
    fits::<platform::audit::Entity>(db).await;
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
