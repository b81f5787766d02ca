//! What is left of an answer whose process died.

use std::time::{Duration, Instant};

use chatdku::chat::tables;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryOrder};

use super::{PATIENCE, Person, QUESTION, events, is_whole, model, text, two_instances};
use crate::support::{Program, TestApp};

#[rocket::async_test]
async fn a_kill_in_the_midst_of_an_answer_leaves_what_was_logged_and_marks_it() {
    let model = model(2000, Duration::from_millis(25)).await;
    let (mut one, two) = two_instances(&model).await;
    let alice = Person::named("alice1");
    let id = alice.conversation(&one).await;
    let chat = alice.ask(&one, &id, QUESTION).await;
    let seen = alice.wait_for_words(&two, &id, 20).await;
    // One has read along for a while, one reads on at the other instance.
    let mut stream = alice.open(&two, &chat, 0).await;
    let mut read = String::new();
    while text(&events(&read)).matches("day").count() < 20 {
        read.push_str(std::str::from_utf8(&stream.chunk().await.unwrap().expect("more")).unwrap());
    }
    one.kill();
    two.expire_leases().await;
    while let Some(chunk) = stream.chunk().await.unwrap() {
        read.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    let told = events(&read);
    is_whole(&told, 0, "interrupted");
    assert_eq!(told[told.len() - 2].kind, "error");
    let answer = alice.ended(&two, &id).await;
    assert_eq!(answer["status"], "interrupted");
    assert_eq!(answer["message"], text(&told).trim());
    assert!(answer["message"].as_str().unwrap().starts_with(seen.trim()), "{seen}: {answer}");
    // The next question finds the conversation free, and the same stands after a restart.
    alice.ask(&two, &id, "And weeks?").await;
    one.start_again().await;
    assert_eq!(alice.messages(&one, &id).await[1], answer);
    assert_eq!(alice.read(&one, &chat, 0).await, told);
}

#[rocket::async_test]
async fn a_process_that_is_back_before_anybody_noticed_closes_its_own() {
    let model = model(2000, Duration::from_millis(25)).await;
    let mut one = Program::on_a_database().set("LLM_BASE_URL", &model.url()).set("LOG_LEVEL", "warn");
    one.start().await;
    let alice = Person::named("alice1");
    let id = alice.conversation(&one).await;
    alice.ask(&one, &id, QUESTION).await;
    let began = Instant::now();
    let store = one.store().await;
    // What is in the log, and not what this process has in memory.
    while tables::GenerationEvent::find().all(store.read()).await.unwrap().len() < 6 {
        assert!(began.elapsed() < PATIENCE, "nothing is logged");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    one.kill();
    store.close_for_good().await.unwrap();
    one.expire_leases().await;
    one.start_again().await;
    let answer = alice.ended(&one, &id).await;
    // Now: what it sent last may have reached the database after its own end.
    let store = one.store().await;
    let rows = tables::GenerationEvent::find().order_by_asc(tables::GenerationEventColumn::Seq);
    let rows = rows.all(store.read()).await.unwrap();
    let logged: String =
        rows.into_iter().filter(|row| row.content.contains("day")).map(|row| row.content).collect();
    store.close_for_good().await.unwrap();
    assert!(!logged.is_empty());
    assert_eq!(answer["status"], "interrupted");
    assert_eq!(answer["message"], logged.trim());
}

#[rocket::async_test]
async fn a_generation_that_its_conversation_does_not_hold_is_closed() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    alice.ask(&id, "Hello", &[]).await.is(200);
    // What an instance of an earlier version leaves, which takes a conversation over and knows nothing of logs.
    let undo = [
        "UPDATE generation SET state = 'streaming', ended_at = NULL, log_until = NULL",
        "UPDATE chat_chatmessages SET status = 'interrupted', message = '' WHERE role = 'bot'",
        "DELETE FROM generation_event WHERE kind = 'end'",
    ];
    let undone = app.app().store.write(async |tx| {
        for statement in undo {
            tx.execute_unprepared(statement).await?;
        }
        Ok::<_, DbErr>(())
    });
    undone.await.unwrap();
    chatdku::chat::close_interrupted(app.app()).await.unwrap();
    let answer = &alice.messages(&id).await[1];
    assert_eq!(answer["status"], "interrupted");
    assert!(!answer["message"].as_str().unwrap().is_empty());
    let generation = tables::Generation::find().one(app.app().store.read()).await.unwrap().unwrap();
    let told = alice.get(&format!("/api/chat/{}", generation.id)).await.is(200);
    is_whole(&events(&told.text()), 0, "interrupted");
}
