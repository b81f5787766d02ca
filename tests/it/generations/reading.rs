//! Beginning an answer and reading its events, on one instance.

use std::time::Duration;

use chatdku::chat::{self, LOG_KEPT, tables};
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use serde_json::json;

use super::{QUESTION, Told, events, is_whole, measured, model, question, text};
use crate::support::{
    Actor, TestApp,
    model::{Model, Script, Step},
};

const LIBRARY: &[(&str, &str)] = &[("library.md", "# Library\n\nThe library opens at eight in the morning.")];

async fn begin(actor: &Actor, conversation: &str, text: &str) -> String {
    let begun = actor.post(&format!("/api/c/{conversation}/ask"), question(text)).await.is(202).json();
    assert_eq!(begun["sessionId"], conversation);
    begun["chatId"].as_str().unwrap().to_owned()
}

async fn read(actor: &Actor, chat: &str, after: i64) -> Vec<Told> {
    let reader = actor.clone().header("Last-Event-ID", &after.to_string());
    events(&reader.get(&format!("/api/chat/{chat}")).await.is(200).text())
}

#[rocket::async_test]
async fn an_answer_is_begun_by_one_request_and_read_by_another() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let chat = begin(&alice, &id, "When does the library open?").await;
    let answer = alice.get(&format!("/api/chat/{chat}?sessionId={id}")).await.is(200);
    assert_eq!(answer.header("Content-Type"), Some("text/event-stream"));
    assert_eq!(answer.header("Cache-Control"), Some("no-store, no-transform"));
    assert_eq!(answer.header("X-Accel-Buffering"), Some("no"));
    assert!(answer.text().starts_with("retry:1000\n"), "{}", answer.text());
    let told = events(&answer.text());
    is_whole(&told, 0, "complete");
    let lines: Vec<(&str, &str)> = told
        .iter()
        .filter(|event| event.kind == "reasoning")
        .map(|event| (event.stage.as_str(), event.content.as_str()))
        .collect();
    assert_eq!(
        lines,
        [("start", ""), ("Planner", "Searching the documents…"), ("Planner", "Reading one passage…")]
    );
    let messages = alice.messages(&id).await;
    assert_eq!((&messages[0]["message"], messages.len()), (&"When does the library open?".into(), 2));
    assert_eq!(messages[1]["message"], text(&told).trim());
    assert_eq!(messages[1]["status"], "complete");
    // It is the same text that the other way of asking gives.
    let other = alice.conversation().await;
    assert_eq!(alice.ask(&other, "When does the library open?", &[]).await.text(), text(&told));
}

#[rocket::async_test]
async fn reading_on_after_any_event_gives_the_same_whole() {
    let model = model(12, Duration::from_millis(120)).await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let chat = begin(&alice, &id, QUESTION).await;
    // One reads from the beginning, one comes late, both while it is being made.
    let late = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        read(&alice, &chat, 0).await
    };
    let (whole, late) = tokio::join!(read(&alice, &chat, 0), late);
    is_whole(&whole, 0, "complete");
    assert_eq!(whole, late);
    assert!(whole.iter().any(|event| event.kind == "chunk_batch"), "{whole:?}");
    assert_eq!(text(&whole).matches("day").count(), 12);
    // Now it is in the database alone.
    let last = whole.last().unwrap().id;
    for after in 0..=last {
        let rest = read(&alice, &chat, after).await;
        let wanted = &whole[usize::try_from(after.min(last - 1)).unwrap()..];
        assert_eq!(rest, wanted, "after {after}");
        let by_query = alice.get(&format!("/api/chat/{chat}?lastEventId={after}")).await.is(200);
        assert_eq!(events(&by_query.text()), wanted, "after {after}");
    }
    let refused = alice.get(&format!("/api/chat/{chat}?lastEventId=soon")).await.is(400).json();
    assert_eq!(refused, json!({ "lastEventId": ["A valid number of an event is required."] }));
}

#[rocket::async_test]
async fn the_log_goes_five_minutes_after_the_end_and_the_answer_stays() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let chat = begin(&alice, &id, "When does the library open?").await;
    let whole = read(&alice, &chat, 0).await;
    let logged = async || tables::GenerationEvent::find().count(app.app().store.read()).await.unwrap();
    assert_eq!(logged().await, whole.len() as u64);
    app.clock.advance(LOG_KEPT - chrono::Duration::seconds(1));
    chat::forget_logs(app.app()).await.unwrap();
    assert_eq!(logged().await, whole.len() as u64, "not a second earlier");
    app.clock.advance(chrono::Duration::seconds(1));
    chat::forget_logs(app.app()).await.unwrap();
    assert_eq!(logged().await, 0);
    let later = read(&alice, &chat, 0).await;
    let kinds: Vec<&str> = later.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["chunk_batch", "end"]);
    assert_eq!(later[0].content, alice.messages(&id).await[1]["content"].as_str().unwrap());
    let last = whole.last().unwrap();
    assert_eq!((later[1].id, later[1].content.as_str()), (last.id, "complete"));
    for after in 1..=last.id {
        assert_eq!(
            read(&alice, &chat, after).await,
            std::slice::from_ref(last),
            "who has a part is told nothing twice: after {after}"
        );
    }
}

#[rocket::async_test]
async fn deleting_a_conversation_takes_its_generations_and_their_logs_along() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let chat = begin(&alice, &id, QUESTION).await;
    read(&alice, &chat, 0).await;
    alice.delete(&format!("/api/c/{id}")).await.is(204);
    let db = app.app().store.read();
    assert_eq!(tables::Generation::find().count(db).await.unwrap(), 0);
    assert_eq!(tables::GenerationEvent::find().count(db).await.unwrap(), 0);
    alice.get(&format!("/api/chat/{chat}")).await.is(404);
}

#[rocket::async_test]
async fn a_strangers_answer_is_not_there_neither_to_be_read_nor_to_be_stopped() {
    let model = model(600, Duration::from_millis(100)).await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    let (alice, bob) = (app.user("alice1"), app.user("bob22"));
    let (id, other) = (alice.conversation().await, alice.conversation().await);
    let chat = begin(&alice, &id, QUESTION).await;
    let nobodys = "00000000-0000-4000-8000-000000000000";
    let mut refusals = Vec::new();
    for (actor, chat) in [(&bob, chat.as_str()), (&bob, nobodys), (&alice, nobodys), (&alice, "nonsense")] {
        refusals.push(actor.get(&format!("/api/chat/{chat}")).await.is(404).text());
        refusals.push(actor.post(&format!("/api/chat/{chat}/stop"), json!({})).await.is(404).text());
    }
    for named in [other.as_str(), nobodys, "nonsense"] {
        refusals.push(alice.get(&format!("/api/chat/{chat}?sessionId={named}")).await.is(404).text());
    }
    refusals.dedup();
    assert_eq!(refusals, [r#"{"detail":"Not found."}"#], "one answer for all");
    bob.post(&format!("/api/c/{id}/ask"), question(QUESTION)).await.is(404);
    assert_eq!(alice.messages(&id).await[1]["status"], "streaming", "nobody has stopped it");
    alice.post(&format!("/api/chat/{chat}/stop"), json!({})).await.is(202);
    is_whole(&read(&alice, &chat, 0).await, 0, "stopped");
}

#[rocket::async_test]
async fn a_refused_question_is_neither_stored_nor_charged() {
    let app = TestApp::with("RATE_LIMIT_CHAT", "2/60").start().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let path = format!("/api/c/{id}/ask");
    for (body, refusal) in [
        (json!({}), json!({ "error": "No message provided" })),
        (json!({ "messages": [{}] }), json!({ "error": "The last message has no content" })),
        (
            json!({ "messages": [{ "content": "Hi" }], "sources": null }),
            json!({ "sources": ["This field may not be null."] }),
        ),
    ] {
        let refused = alice.post(&path, body).await.is(400);
        assert_eq!(refused.header("X-RateLimit-Remaining"), Some("2"));
        assert_eq!(refused.json(), refusal);
    }
    assert!(alice.messages(&id).await.is_empty());
    let begun = alice.post(&path, question(QUESTION)).await.is(202);
    assert_eq!(begun.header("X-RateLimit-Limit"), Some("2"));
    assert_eq!(begun.header("X-RateLimit-Remaining"), Some("1"));
    let chat = begun.json()["chatId"].as_str().unwrap().to_owned();
    read(&alice, &chat, 0).await;
    let elsewhere = alice.clone().header("Sec-Fetch-Site", "cross-site");
    elsewhere.post(&path, question(QUESTION)).await.is(403);
    elsewhere.post(&format!("/api/chat/{chat}/stop"), json!({})).await.is(403);
}

#[rocket::async_test]
async fn what_is_logged_is_harmless() {
    let model = Model::start(vec![Script::Stream(vec![
        Step::Say("Look: <im"),
        Step::Wait(Duration::from_millis(400)),
        Step::Say("g src=x onerror=alert(1)> and [this](java"),
        Step::Wait(Duration::from_millis(400)),
        Step::Say("script:alert(1)) <script>x</script>"),
        Step::Done,
    ])])
    .await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let chat = begin(&alice, &id, QUESTION).await;
    let told = text(&read(&alice, &chat, 0).await);
    assert!(told.contains("&lt;img src=x") && !told.contains("<img"), "{told}");
    let rows = tables::GenerationEvent::find().order_by_asc(tables::GenerationEventColumn::Seq);
    let rows = rows.all(app.app().store.read()).await.unwrap();
    let logged: String = rows.into_iter().map(|row| row.content).collect();
    for harm in ["<img", "<script", "</script", "javascript:"] {
        assert!(!logged.contains(harm), "{logged}");
    }
}

#[rocket::async_test]
async fn a_stream_that_has_nothing_to_tell_shows_that_it_is_alive() {
    let silence = Duration::from_secs(12);
    let steps = vec![Step::Say("Well, "), Step::Wait(silence), Step::Say("no."), Step::Done];
    let model = Model::start(vec![Script::Stream(steps)]).await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let chat = begin(&alice, &id, QUESTION).await;
    let stream = alice.get(&format!("/api/chat/{chat}")).await.is(200).text();
    assert!(stream.lines().any(|line| line.starts_with(':')), "{stream}");
    assert_eq!(text(&events(&stream)), "Well, no.");
}

#[rocket::async_test]
async fn an_answer_that_breaks_off_says_so_before_its_end() {
    let model = Model::start(vec![Script::Stream(vec![Step::Say("It opens "), Step::Cut])]).await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let chat = begin(&alice, &id, QUESTION).await;
    let told = read(&alice, &chat, 0).await;
    is_whole(&told, 0, "failed");
    let before = &told[told.len() - 2];
    assert_eq!((before.kind.as_str(), before.content.as_str()), ("error", "failed"));
}

#[rocket::async_test]
async fn a_long_answer_is_tens_of_rows_and_its_message_is_written_once() {
    let words = 1_000;
    let model = model(words, Duration::from_millis(2)).await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let began = std::time::Instant::now();
    let chat = begin(&alice, &id, QUESTION).await;
    let told = read(&alice, &chat, 0).await;
    let most = usize::try_from(began.elapsed().as_millis() / 200).unwrap() + 8;
    assert_eq!(text(&told).matches("day").count(), words);
    assert!(told.len() <= most, "{} events in {:?}", told.len(), began.elapsed());
    measured(&format!("{words} words in {:?}: {} rows of the log", began.elapsed(), told.len()));
}
