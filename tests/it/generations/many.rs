//! Many clients who lose their connections, and what all of it costs the database.

use std::time::Duration;

use chatdku::chat::tables;
use futures::{StreamExt, stream};
use rand::RngExt;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, Statement};
use serde_json::json;

use super::{Person, QUESTION, events, measured, model, question, text};
use crate::support::{Program, TestApp};

const CLIENTS: usize = 500;
const AT_ONCE: usize = 40;
const WORDS: usize = 12;

/// What a client received before its connection broke.
struct Received {
    person: Person,
    conversation: String,
    text: String,
    /// The answer and the events it has, of one who asks in two steps.
    chat: Option<(String, i64)>,
}

#[rocket::async_test]
async fn whatever_a_client_received_before_it_went_away_is_kept() {
    let model = model(WORDS, Duration::from_millis(30)).await;
    let mut program = Program::on_a_database().set("LLM_BASE_URL", &model.url()).set("LOG_LEVEL", "warn");
    program = program.set("LLM_CONCURRENCY", "200");
    for class in ["READ", "CHAT", "WRITE"] {
        program = program.set(&format!("RATE_LIMIT_{class}"), "1000000/60");
    }
    program.start().await;
    let program = &program;
    let clients = stream::iter(0..CLIENTS).map(|number| async move {
        let person = Person::named(&format!("person{number}"));
        let conversation = person.conversation(program).await;
        if number % 2 == 0 {
            streaming(program, person, conversation).await
        } else {
            in_two_steps(program, person, conversation).await
        }
    });
    let received: Vec<Received> = clients.buffer_unordered(AT_ONCE).collect().await;
    let mut empty = 0;
    for client in received {
        let answer = client.person.ended(program, &client.conversation).await;
        assert_eq!(answer["status"], "complete");
        let kept = answer["message"].as_str().unwrap();
        assert_eq!(kept.matches("day").count(), WORDS);
        assert!(kept.starts_with(client.text.trim()), "{:?} is not in {kept:?}", client.text);
        empty += usize::from(client.text.is_empty());
        if let Some((chat, after)) = client.chat {
            let rest = client.person.read(program, &chat, after).await;
            // Who had the end already is told it once more.
            assert_eq!((client.text + &text(&rest)).trim(), kept);
        }
    }
    assert!(empty < CLIENTS / 2, "{empty} clients were gone before the first word");
    measured(&format!("{CLIENTS} clients went away, {empty} of them before the first word"));
}

/// How many words a client reads before it goes away: somewhere between none and all of them.
fn some() -> usize {
    rand::rng().random_range(0..=WORDS)
}

fn words(text: &str) -> usize {
    text.matches("day").count()
}

async fn streaming(program: &Program, person: Person, conversation: String) -> Received {
    let body = json!({
        "messages": [{ "role": "user", "content": QUESTION }], "chatHistoryId": conversation, "thinking": false,
    });
    let mut answer = person.post(program, "/api/chat", &body).await;
    assert_eq!(answer.status(), 200);
    let (wanted, mut read) = (some(), String::new());
    while words(&read) < wanted
        && let Ok(Some(chunk)) = answer.chunk().await
    {
        read.push_str(std::str::from_utf8(&chunk).expect("a text"));
    }
    drop(answer);
    Received { person, conversation, text: read, chat: None }
}

async fn in_two_steps(program: &Program, person: Person, conversation: String) -> Received {
    let chat = person.ask(program, &conversation, QUESTION).await;
    let mut stream = person.open(program, &chat, 0).await;
    let (wanted, mut read) = (some(), String::new());
    while words(&text(&events(&read))) < wanted
        && let Ok(Some(chunk)) = stream.chunk().await
    {
        read.push_str(std::str::from_utf8(&chunk).expect("a text"));
    }
    drop(stream);
    let told = events(&read);
    let after = told.last().map_or(0, |event| event.id);
    Received { person, conversation, text: text(&told), chat: Some((chat, after)) }
}

/// Transactions of a PostgreSQL database so far. Its figures come late: a connection at rest may keep its own for ten
/// seconds.
async fn transactions(app: &TestApp) -> Option<i64> {
    let store = &app.app().store;
    if store.is_embedded() {
        return None;
    }
    let figure = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()";
    tokio::time::sleep(Duration::from_secs(11)).await;
    let row = store.read().query_one_raw(Statement::from_string(store.backend(), figure)).await.unwrap();
    Some(row.unwrap().try_get_by_index(0).unwrap())
}

#[rocket::async_test]
async fn the_log_of_many_answers_costs_as_much_as_that_of_one() {
    let answers = 30;
    let model = model(200, Duration::from_millis(20)).await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    let mut asked = Vec::new();
    for number in 0..answers {
        let person = app.user(&format!("person{number}"));
        let conversation = person.conversation().await;
        asked.push((person, conversation));
    }
    let before = transactions(&app).await;
    let began = std::time::Instant::now();
    let chats = asked.iter().map(|(person, conversation)| async move {
        let answer =
            person.post(&format!("/api/c/{conversation}/ask"), question(QUESTION)).await.is(202).json();
        let chat = answer["chatId"].as_str().unwrap().to_owned();
        events(&person.get(&format!("/api/chat/{chat}")).await.is(200).text()).len()
    });
    let rows: usize = futures::future::join_all(chats).await.into_iter().sum();
    let took = began.elapsed();
    let ticks = usize::try_from(took.as_millis() / 200).unwrap() + 2;
    assert!(rows <= answers * (ticks + 8), "{rows} rows in {took:?}");
    assert_eq!(tables::GenerationEvent::find().count(app.app().store.read()).await.unwrap(), rows as u64);
    measured(&format!("{answers} answers of 200 words at once: {rows} rows of the log in {took:?}"));
    if let (Some(before), Some(after)) = (before, transactions(&app).await) {
        let spent = usize::try_from(after - before).unwrap();
        measured(&format!("{spent} transactions, {} for each answer", spent / answers));
        // Per answer its beginning, its end and what its requests ask; per tick one write, one look or two.
        assert!(spent <= answers * 20 + ticks * 5, "{spent} transactions for {answers} answers in {took:?}");
    }
}
