//! Reading and stopping an answer through another instance than the one that makes it.

use std::time::{Duration, Instant};

use chatdku::chat::tables;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use super::{
    PATIENCE, Person, QUESTION, events, is_whole, measured, model, question, stopped_within, text,
    two_instances,
};

#[rocket::async_test]
async fn every_instance_tells_the_same_events_to_early_and_late_readers() {
    let words = 40;
    let model = model(words, Duration::from_millis(75)).await;
    let (one, two) = two_instances(&model).await;
    let alice = Person::named("alice1");
    let id = alice.conversation(&one).await;
    let chat = alice.ask(&one, &id, QUESTION).await;
    let late = async {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        alice.read(&two, &chat, 0).await
    };
    // A reader who loses the connection after every event, and finds another instance each time.
    let restless = async {
        let mut told = Vec::new();
        let mut at_one = false;
        while told.last().is_none_or(|event: &super::Told| event.kind != "end") {
            at_one = !at_one;
            let after = told.last().map_or(0, |event| event.id);
            let mut stream = alice.open(if at_one { &one } else { &two }, &chat, after).await;
            let mut read = String::new();
            let next = loop {
                let chunk = stream.chunk().await.expect("a stream").expect("more of it");
                read.push_str(std::str::from_utf8(&chunk).expect("a text"));
                if let Some(first) = events(&read).first() {
                    break first.clone();
                }
            };
            told.push(next);
        }
        told
    };
    let (here, there, late, restless) =
        tokio::join!(alice.read(&one, &chat, 0), alice.read(&two, &chat, 0), late, restless);
    is_whole(&here, 0, "complete");
    assert_eq!(text(&here).matches("day").count(), words);
    for other in [there, late, restless] {
        assert_eq!(other, here);
    }
    let messages = alice.messages(&two, &id).await;
    assert_eq!(messages[1]["message"], text(&here).trim());
    for after in (0..here.len()).step_by(3) {
        let rest = alice.read(&two, &chat, i64::try_from(after).unwrap()).await;
        assert_eq!(rest, here[after..], "after {after}");
    }
}

#[rocket::async_test]
async fn a_stop_reaches_the_model_from_another_instance_within_two_seconds() {
    let model = model(600, Duration::from_millis(50)).await;
    let (one, two) = two_instances(&model).await;
    let alice = Person::named("alice1");
    let id = alice.conversation(&one).await;
    let chat = alice.ask(&one, &id, QUESTION).await;
    let so_far = alice.wait_for_words(&two, &id, 5).await;
    let reading = alice.read(&two, &chat, 0);
    let stopping = async {
        let began = Instant::now();
        for _ in 0..3 {
            let stopped = alice.post(&two, &format!("/api/chat/{chat}/stop"), &json!({})).await;
            assert_eq!(stopped.status(), 202);
            let said: Value = stopped.json().await.unwrap();
            assert_eq!(said, json!({ "chatId": chat, "sessionId": id }));
        }
        while model.left().is_empty() {
            assert!(began.elapsed() < PATIENCE, "the model goes on");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        measured(&format!("a stop through another instance took {:?}", model.left()[0] - began));
        assert!(model.left()[0] - began < stopped_within(), "{:?}", model.left()[0] - began);
    };
    let (told, ()) = tokio::join!(reading, stopping);
    is_whole(&told, 0, "stopped");
    let answer = alice.ended(&one, &id).await;
    assert_eq!(answer["status"], "stopped");
    assert_eq!(answer["message"], text(&told).trim());
    assert!(answer["message"].as_str().unwrap().starts_with(so_far.trim()), "{answer}");
    // Once more, when there is nothing to stop any more.
    assert_eq!(alice.post(&one, &format!("/api/chat/{chat}/stop"), &json!({})).await.status(), 202);
    assert_eq!(alice.ended(&two, &id).await, answer);
    alice.ask(&two, &id, "And weeks?").await;
}

#[rocket::async_test]
async fn deleting_its_conversation_anywhere_stops_an_answer() {
    let model = model(600, Duration::from_millis(50)).await;
    let (one, two) = two_instances(&model).await;
    let alice = Person::named("alice1");
    let id = alice.conversation(&one).await;
    let chat = alice.ask(&one, &id, QUESTION).await;
    alice.wait_for_words(&two, &id, 3).await;
    let began = Instant::now();
    let deleted = alice.http.delete(two.url(&format!("/api/c/{id}"))).header("UID", "alice1").send().await;
    assert_eq!(deleted.unwrap().status(), 204);
    while model.left().is_empty() {
        assert!(began.elapsed() < PATIENCE, "the model goes on");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(model.left()[0] - began < stopped_within(), "{:?}", model.left()[0] - began);
    assert_eq!(alice.get(&two, &format!("/api/chat/{chat}")).await.status(), 404);
    let store = one.store().await;
    assert_eq!(tables::GenerationEvent::find().count(store.read()).await.unwrap(), 0, "nothing is left");
    store.close_for_good().await.unwrap();
}

#[rocket::async_test]
async fn a_question_sent_again_is_not_asked_twice_and_another_is_refused() {
    let words = 150;
    let model = model(words, Duration::from_millis(75)).await;
    let (one, two) = two_instances(&model).await;
    let alice = Person::named("alice1");
    let id = alice.conversation(&one).await;
    let chat = alice.ask(&one, &id, QUESTION).await;
    let refused = alice.post(&two, &format!("/api/c/{id}/ask"), &question("And weeks?")).await;
    assert_eq!(refused.status(), 409);
    let refused: Value = refused.json().await.unwrap();
    assert_eq!(refused["error"], "An answer is under way in this conversation.");
    assert_eq!(alice.ask(&two, &id, &format!(" {QUESTION} ")).await, chat);
    assert_eq!(alice.ask(&one, &id, QUESTION).await, chat);
    // The stream of text has the whole of it, through both.
    let body = json!({
        "messages": [{ "role": "user", "content": QUESTION }], "chatHistoryId": id, "thinking": false,
    });
    let stream = async |program| {
        let answer = alice.post(program, "/api/chat", &body).await;
        assert_eq!(answer.status(), 200);
        answer.text().await.expect("a whole answer")
    };
    let (here, there) = tokio::join!(stream(&one), stream(&two));
    assert_eq!(here.matches("day").count(), words);
    assert_eq!(there, here);
    assert_eq!(alice.messages(&one, &id).await.len(), 2, "one question, one answer");
    assert_eq!(model.requests().len(), 1);
    assert_ne!(alice.ask(&two, &id, QUESTION).await, chat, "after its end it is a new question");
}
