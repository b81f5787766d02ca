//! What is served while something that the program needs is away.

use std::time::{Duration, Instant};

use chatdku::chat::{self, Status, tables::Message};
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use serde_json::json;

use crate::support::TestApp;

#[rocket::async_test]
async fn while_the_database_is_away_nobody_waits_for_it_and_everybody_is_told() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    alice.get("/api/c").await.is(200);
    while !app.app().database.failed() {}
    for path in
        ["/api/c", "/user/health", "/user_files", "/api/events?start_date=2026-03-10&end_date=2026-03-12"]
    {
        let began = Instant::now();
        let refused = alice.get(path).await.is(503);
        assert!(began.elapsed() < Duration::from_millis(500));
        assert!(refused.header("Retry-After").is_some(), "{path}");
        assert_eq!(refused.json()["error"], "database_unavailable", "{path}");
        assert!(refused.json()["request_id"].is_string(), "{path}");
    }
    assert!(app.user("alice1").get("/").await.is(503).header("Retry-After").is_some());
    let page = app.developer().get("/en/admin/").await.is(503);
    assert!(!page.text().contains("database"), "{}", page.text());
    alice.get("/healthz").await.is(200);
    alice.get("/readyz").await.is(200);
    // As if four seconds had gone by: one may try, and opens the way for all.
    app.app().database.succeeded();
    alice.get("/api/c").await.is(200);
}

#[rocket::async_test]
async fn the_events_can_fail_alone() {
    let app = TestApp::with("HOST_DB", "127.0.0.1").set("PORT_DB", "1").set("USERNAME_DB", "nobody");
    let app = app.set("NAME_DB", "own").set("NAME_DB_INGESTION", "events").start().await;
    let alice = app.user("alice1");
    let refused = alice.get("/api/events?start_date=2026-03-10&end_date=2026-03-12").await.is(503);
    assert_eq!(refused.json()["error"], "events_unavailable");
    assert!(refused.header("Retry-After").is_some());
    alice.get("/api/c").await.is(200);
    alice.get("/readyz").await.is(200);
}

#[rocket::async_test]
async fn an_answer_that_waited_on_the_disk_is_saved_unless_more_of_it_is_there() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let conversation = alice.conversation().await;
    alice.ask(&conversation, "When is the library open?", &[]).await.is(200);
    let kept = Message::find().all(app.app().store.read()).await.unwrap().pop().unwrap();
    let interrupted = |text: &str| {
        let mut row: chat::messages::ActiveModel = kept.clone().into();
        (row.message, row.status) = (Set(text.to_owned()), Set(Some(Status::Interrupted)));
        row
    };
    let spool = app.folder().join("data/spool");
    std::fs::create_dir_all(&spool).unwrap();
    for (there, waiting, after) in [
        ("It is", "It is open until ten.", "It is open until ten."),
        ("It is open until ten, mostly.", "It is open", "It is open until ten, mostly."),
    ] {
        let row = interrupted(there);
        app.app().store.write(async |tx| row.update(&tx).await).await.unwrap();
        let citation = json!({
            "n": 1, "document_id": 1, "chunk_id": 1, "file_id": null, "title": "Opening hours", "url": null, "page": null,
            "quote": "until ten", "quote_hash": "", "char_start": 0, "char_end": 9, "score": 1.0,
        });
        let spooled = json!({
            "conversation": conversation, "answer": kept.id.0, "text": waiting, "citations": [citation], "whole": true,
        });
        std::fs::write(spool.join("1.json"), spooled.to_string()).unwrap();
        chat::save_spooled(app.app()).await.unwrap();
        let saved = Message::find_by_id(kept.id).one(app.app().store.read()).await.unwrap().unwrap();
        assert_eq!(saved.message, after);
        assert_eq!(std::fs::read_dir(&spool).unwrap().count(), 0);
    }
    let cited = alice.get(&format!("/api/c/{conversation}/messages/{}/citations", kept.id.0)).await.is(200);
    assert!(cited.text().contains("Opening hours"), "{}", cited.text());
}

#[rocket::async_test]
async fn a_process_that_is_leaving_is_not_ready() {
    let app = TestApp::start().await;
    app.stranger().get("/readyz").await.is(200);
    app.app().drain();
    assert_eq!(app.stranger().get("/readyz").await.is(503).json()["status"], "draining");
    app.stranger().get("/healthz").await.is(200);
}
