//! Without the service, or with one that is of no use: keywords alone, said so, and made up for later.

use std::time::{Duration, Instant};

use chatdku::{
    chat::{MessageId, traces},
    knowledge::{Means, embedding},
};
use chrono::TimeDelta;
use futures::future::join_all;

use super::{CAMPUS, retrieved, rows, titles, with};
use crate::support::{
    TestApp,
    embeddings::{Embedder, Mood},
};

/// Works on what is there and on what comes due in the next minutes.
async fn work_on(app: &TestApp) {
    for _ in 0..12 {
        app.work().await;
        app.clock.advance(TimeDelta::minutes(1));
        app.app().worker().sweep().await.unwrap();
    }
    app.work().await;
}

async fn backfilled(app: &TestApp) {
    app.ask_for(embedding::BACKFILL).await;
    work_on(app).await;
}

#[rocket::async_test]
async fn a_service_that_is_away_costs_nothing_but_itself_and_is_made_up_for() {
    let service = Embedder::start().await;
    service.is(Mood::Refuses(503));
    let app = with(&service).start().await;
    app.campus(CAMPUS).await;
    work_on(&app).await;
    assert!(rows(&app).await.is_empty());
    let found = retrieved(&app, "canteen").await;
    assert_eq!((found.means, found.passages.len()), (Means::KeywordsAlone, 1));
    let metrics = app.developer().get("/metrics").await.is(200).text();
    assert!(metrics.contains("chatdku_searches_by_keywords_alone_total 1"), "{metrics}");
    service.is(Mood::Fine);
    backfilled(&app).await;
    assert_eq!(rows(&app).await.len(), CAMPUS.len());
    // It is left alone for four seconds after its failures.
    let began = Instant::now();
    while titles(&app, "my car").await.is_empty() {
        assert!(began.elapsed() < Duration::from_mins(1));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(titles(&app, "my car").await, ["Traffic"]);
    let before = service.asked().len();
    backfilled(&app).await;
    assert_eq!(
        service.asked().len(),
        before + 1,
        "nothing is missing any more: it is only looked whether it is there"
    );
}

#[rocket::async_test]
async fn an_answer_says_afterwards_that_it_rests_on_keywords_alone() {
    let service = Embedder::start().await;
    let app = with(&service).start().await;
    app.campus(CAMPUS).await;
    app.work().await;
    service.is(Mood::Refuses(500));
    let alice = app.user("alice1");
    let conversation = alice.conversation().await;
    alice.ask(&conversation, "When does the canteen open?", &[]).await.is(200);
    let answer = alice.messages(&conversation).await[1].clone();
    assert!(answer["message"].to_string().contains("seven"), "{answer}");
    let id = MessageId(answer["id"].as_i64().unwrap());
    let trace = traces::of_messages(app.app().store.read(), &[id]).await.unwrap().remove(&id).unwrap();
    assert_eq!(trace.stages()[0].notes, ["keywords_alone"]);
    let page = format!("/en/admin/chat/usersession/{conversation}/conversation/");
    let page = app.developer().get(&page).await.is(200).text();
    assert!(page.contains("by keyword alone"), "{page}");
}

#[rocket::async_test]
async fn nobody_waits_for_a_silent_service_longer_than_its_time_and_soon_nobody_waits_at_all() {
    let service = Embedder::start().await;
    let app = with(&service).set("EMBEDDING_TIMEOUT", "0.3").start().await;
    app.campus(CAMPUS).await;
    app.work().await;
    let before = service.asked().len();
    let mut left_alone = false;
    for round in 0..10 {
        service.is(Mood::Silent);
        // All at once: failures of a few seconds count, and one after the other they may take longer.
        let silent = (0..8).map(|number| {
            let app = &app;
            async move {
                let began = Instant::now();
                let found = retrieved(app, &format!("canteen {round} {number}")).await;
                assert_eq!((found.means, found.passages.len()), (Means::KeywordsAlone, 1));
                assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
            }
        });
        join_all(silent).await;
        // It would answer now, if it were asked.
        service.is(Mood::Fine);
        let asked = service.asked().len();
        let found = retrieved(&app, &format!("canteen {round}")).await;
        left_alone = found.means == Means::KeywordsAlone && service.asked().len() == asked;
        if left_alone {
            break;
        }
    }
    assert!(service.asked().len() > before && left_alone);
}

#[rocket::async_test]
async fn what_is_no_set_of_vectors_never_becomes_one() {
    for mood in [Mood::Short, Mood::Ragged, Mood::Zero, Mood::Babbles, Mood::Refuses(422)] {
        let service = Embedder::start().await;
        service.is(mood.clone());
        let app = with(&service).start().await;
        // Two chunks at least, so that some of them could be right.
        let long = "The canteen opens at seven, and the automobile waits. ".repeat(120);
        app.campus(&[("long.md", &format!("# Long\n\n{long}"))]).await;
        work_on(&app).await;
        assert!(rows(&app).await.is_empty(), "{mood:?}");
        assert_eq!(titles(&app, "canteen").await[0], "Long", "{mood:?}");
    }
}

#[rocket::async_test]
async fn documents_that_came_before_there_was_a_service_are_embedded_when_there_is_one() {
    let service = Embedder::start().await;
    let app = TestApp::start().await;
    app.campus(CAMPUS).await;
    assert_eq!(app.work().await, 0, "nothing is to be embedded");
    let settings = super::upkeep::settings(&service, None);
    let other = super::upkeep::with_another_service(&app, settings).await;
    app.ask_for(embedding::BACKFILL).await;
    other.worker().run_until_empty().await.unwrap();
    assert_eq!(rows(&app).await.len(), CAMPUS.len());
}
