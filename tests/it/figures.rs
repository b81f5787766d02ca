//! Figures of the overview.

use chatdku::{
    chat::figures::{self, Answered, Asked, Latency, Rated, Span},
    platform::grid::Grid,
    queue::{self, Enqueue, State},
    uploads,
};
use chrono::Duration;
use chrono_tz::Asia::Shanghai;
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::support::{Actor, TestApp, pdf};

const LIBRARY: &[(&str, &str)] = &[("library.md", "# Library\n\nThe library opens at eight in the morning.")];
const QUESTION: &str = "When does the library open?";

async fn asks(actor: &Actor, question: &str) -> String {
    let id = actor.conversation().await;
    actor.ask(&id, question, &[]).await.is(200);
    id
}

#[rocket::async_test]
async fn questions_people_and_answers_are_counted_by_day() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    let (alice, bob) = (app.user("alice1"), app.user("bob22"));
    // Noon on Monday, where the campus is; then Tuesday at 00:30, then Thursday.
    asks(&alice, QUESTION).await;
    let id = asks(&alice, "Hello").await;
    alice.ask(&id, QUESTION, &[]).await.is(200);
    asks(&bob, QUESTION).await;
    app.clock.advance(Duration::minutes(12 * 60 + 30));
    asks(&alice, "Is there a volcano?").await;
    app.clock.advance(Duration::days(2));
    asks(&bob, QUESTION).await;
    let db = app.app().store.read();
    let days = Grid::days(app.clock.now(), Shanghai, 5);
    let asked = |questions, people| Asked { questions, people };
    let by_day = figures::asked(db, &days).await.unwrap();
    assert_eq!(by_day, [asked(0, 0), asked(4, 2), asked(1, 1), asked(0, 0), asked(1, 1)]);
    assert_eq!(figures::questions(db, &days).await.unwrap(), [0, 4, 1, 0, 1]);
    assert_eq!(figures::asked(db, &days.whole()).await.unwrap(), [asked(6, 2)], "people are counted once");
    assert_eq!(figures::asked(db, &days.before().whole()).await.unwrap(), [asked(0, 0)]);
    let answered = figures::answered(db, &days).await.unwrap();
    let of = |answers, uncited| Answered { answers, uncited, fallbacks: 0 };
    assert_eq!(answered, [of(0, 0), of(4, 1), of(1, 1), of(0, 0), of(1, 0)]);
    let hours = Grid::hours(app.clock.now(), 3);
    assert_eq!(figures::asked(db, &hours).await.unwrap(), [asked(0, 0), asked(0, 0), asked(1, 1)]);
}

#[rocket::async_test]
async fn times_are_told_by_their_percentiles() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    for _ in 0..20 {
        asks(&app.user("alice1"), QUESTION).await;
    }
    app.clock.advance(Duration::days(1));
    asks(&app.user("alice1"), QUESTION).await;
    let store = &app.app().store;
    // The first day: 100, 200 … 2000 milliseconds. The second: an answer that never said anything.
    store
        .write(async |tx| {
            let ranked = "UPDATE answer_trace SET first_ms = 100 * (SELECT COUNT(*) FROM answer_trace AS before \
                          WHERE before.message_id <= answer_trace.message_id), total_ms = 7000";
            tx.execute_unprepared(ranked).await?;
            let silent = "UPDATE answer_trace SET first_ms = NULL WHERE message_id = \
                          (SELECT MAX(message_id) FROM answer_trace)";
            tx.execute_unprepared(silent).await
        })
        .await
        .unwrap();
    let days = Grid::days(app.clock.now(), Shanghai, 2);
    let first = figures::latency(store.read(), &days, Span::FirstText).await.unwrap();
    assert_eq!(first, [Latency { p50: Some(1000), p95: Some(1900) }, Latency::default()]);
    let whole = figures::latency(store.read(), &days, Span::Whole).await.unwrap();
    assert_eq!(whole[1], Latency { p50: Some(7000), p95: Some(7000) });
}

#[rocket::async_test]
async fn opinions_files_and_jobs_are_counted() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    for reason in ["helpful", "not_correct", "it is late", "helpful"] {
        let said =
            json!({ "userInput": "q", "botAnswer": "a", "feedbackReason": reason, "chatHistoryId": "None" });
        alice.post("/api/feedback", said).await.is(201);
    }
    alice.upload("a.pdf", &pdf::pages(&[&["The aardvark sleeps."]])).await.is(201);
    alice.upload("b.pdf", &pdf::scanned()).await.is(201);
    app.work().await;
    let (db, days) = (app.app().store.read(), Grid::days(app.clock.now(), Shanghai, 2));
    assert_eq!(figures::rated(db, &days).await.unwrap(), [Rated::default(), Rated { good: 2, bad: 2 }]);
    let files = uploads::figures::uploaded(db, &days).await.unwrap();
    assert_eq!(files[1], uploads::figures::Uploaded { files: 2, failed: 1 });
    let now = app.clock.now();
    let unreadable = Enqueue::new(uploads::INGEST, "nobody", &"no file").max_attempts(1);
    let dead = app.app().store.write(async |tx| unreadable.save(&tx, now).await).await.unwrap();
    app.work().await;
    let mut states = queue::figures::by_state(db).await.unwrap();
    states.sort_by_key(|(_, count)| *count);
    assert_eq!(states, [(State::Dead, 1), (State::Done, 2)]);
    assert_eq!(queue::figures::dead(db).await.unwrap(), 1);
    chatdku::jobs::redrive(app.app(), &[dead]).await.unwrap();
    assert_eq!(queue::figures::dead(db).await.unwrap(), 0, "somebody has acted");
    app.work().await;
}
