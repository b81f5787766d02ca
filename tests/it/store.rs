//! The one door of writes: what is called off is done once more, and what is not known to have failed is not.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use chatdku::{
    accounts::user,
    platform::{clock::Clock, store::Store},
};
use sea_orm::DbErr;
use tokio::sync::Barrier;

use crate::support::scratch;

#[rocket::async_test]
async fn two_that_wait_for_each_other_both_come_through() {
    let folder = tempfile::tempdir().unwrap();
    let database = scratch(folder.path());
    let store = Store::open(&database.settings).await.unwrap();
    let account = async |name: &str| {
        let made = store.write(async |tx| user::create_campus(&tx, name).await).await.unwrap();
        made.unwrap().id
    };
    let (a, b) = (account("a").await, account("b").await);
    let (met, tries) = (Barrier::new(2), AtomicUsize::default());
    let lock_both = async |first, second| {
        store
            .write(async |tx| {
                tries.fetch_add(1, Ordering::SeqCst);
                user::lock(&tx, first).await?;
                // On SQLite the other has not come in yet; a second try meets nobody.
                let _both_hold_one = tokio::time::timeout(Duration::from_millis(300), met.wait()).await;
                user::lock(&tx, second).await
            })
            .await
    };
    let (one, other) = futures::join!(lock_both(a, b), lock_both(b, a));
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    let wanted = if store.is_embedded() { 2 } else { 3 };
    assert_eq!(tries.load(Ordering::SeqCst), wanted, "one of them was called off and came again");
}

#[rocket::async_test]
async fn what_fails_for_a_reason_of_its_own_is_not_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let database = scratch(folder.path());
    let store = Store::open(&database.settings).await.unwrap();
    let tries = AtomicUsize::default();
    let failed = store.write(async |_tx| {
        tries.fetch_add(1, Ordering::SeqCst);
        Err::<(), _>(DbErr::Custom("changed my mind".to_owned()))
    });
    assert!(failed.await.is_err());
    assert_eq!(tries.load(Ordering::SeqCst), 1);
}

#[rocket::async_test]
async fn the_clock_follows_the_database_and_a_held_one_stays() {
    let folder = tempfile::tempdir().unwrap();
    let database = scratch(folder.path());
    let store = Store::open(&database.settings).await.unwrap();
    let system = Clock::system();
    let before = system.now();
    let apart = system.follow(&store).await.unwrap();
    assert!(apart.abs() < chrono::Duration::seconds(1), "both are on this machine: {apart}");
    assert!((system.now() - before).abs() < chrono::Duration::seconds(2));
    let held = Clock::held_at(crate::support::noon());
    held.follow(&store).await.unwrap();
    assert_eq!(held.now(), crate::support::noon());
}
