//! The checklist of the web client, one test each, in its order.

use std::time::{Duration, Instant};

use chatdku::{
    accounts::{bootstrap::ADMINISTRATOR, user},
    chat::ratings,
    knowledge,
};
use rocket::http::Method;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use crate::support::{
    Actor, TestApp,
    model::{Model, Script, Step},
    pdf, staff,
};

const LIBRARY: &[(&str, &str)] = &[("library.md", "# Library\n\nThe library opens at eight in the morning.")];
const QUESTION: &str = "When does the library open?";

async fn campus() -> TestApp {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    app
}

/// The body exactly as the client sends it.
fn as_the_client_asks(conversation: &str, question: &str) -> Value {
    json!({
        "messages": [{ "role": "user", "content": question }],
        "chatHistoryId": conversation,
        "mode": "",
        "searchMode": "",
    })
}

/// An application whose model says these steps.
async fn with_model(steps: Vec<Step>) -> (TestApp, Model) {
    let model = Model::start(vec![Script::Stream(steps)]).await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    app.campus(LIBRARY).await;
    (app, model)
}

#[rocket::async_test]
async fn c01_four_parallel_first_requests_make_one_account() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let answers = futures::join!(
        alice.get("/user"),
        alice.get("/api/get_session"),
        alice.get("/api/get_session"),
        alice.get("/api/c/")
    );
    for answer in [answers.0, answers.1, answers.2, answers.3] {
        answer.is(200);
    }
    let campus: Vec<user::Model> = user::Entity::find().all(app.app().store.read()).await.unwrap();
    assert_eq!(campus.iter().filter(|account| account.username.len() == 64).count(), 1);
}

#[rocket::async_test]
async fn c02_a_missing_display_name_is_an_empty_text() {
    let app = TestApp::start().await;
    assert_eq!(app.user("alice1").get("/user").await.is(200).json()["username"], "");
}

#[rocket::async_test]
async fn c03_messages_come_with_and_without_a_slash_and_without_a_redirect() {
    let app = campus().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    alice.ask(&id, QUESTION, &[]).await.is(200);
    let without = alice.get(&format!("/api/c/{id}/messages")).await.is(200);
    let with = alice.get(&format!("/api/c/{id}/messages/")).await.is(200);
    assert_eq!(without.json(), with.json());
    assert_eq!(without.json().as_array().map(Vec::len), Some(2));
}

/// The first bytes do not wait for the model, which is silent for five seconds.
#[rocket::async_test]
async fn c04_the_clients_own_body_is_answered_at_once() {
    let wait = Step::Wait(Duration::from_secs(5));
    let (app, _model) = with_model(vec![wait, Step::Say("At eight [1]."), Step::Done]).await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let body = as_the_client_asks(&id, QUESTION).to_string();
    let mut request = alice.request(Method::Post, "/api/chat");
    request.add_header(rocket::http::ContentType::JSON);
    let began = Instant::now();
    let mut response = request.body(body).dispatch().await;
    assert_eq!(response.status().code, 200);
    assert_eq!(response.content_type().unwrap().to_string(), "text/plain; charset=utf-8");
    let mut first = [0; 1024];
    let read = response.read(&mut first).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert!(first[..read].starts_with(b"[THINKING]:"));
    response.into_bytes().await.unwrap();
}

#[rocket::async_test]
async fn c05_thinking_lines_are_whole_come_first_and_are_not_stored() {
    let pause = || Step::Wait(Duration::from_millis(300));
    let (app, _model) =
        with_model(vec![pause(), Step::Say("At eight "), pause(), Step::Say("[1]."), Step::Done]).await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let mut request = alice.request(Method::Post, "/api/chat");
    request.add_header(rocket::http::ContentType::JSON);
    let mut response = request.body(as_the_client_asks(&id, QUESTION).to_string()).dispatch().await;
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let read = response.read(&mut buffer).await.unwrap();
        if read == 0 {
            break;
        }
        let piece = std::str::from_utf8(&buffer[..read]).unwrap();
        assert!(!piece.starts_with('[') || !piece.contains("THINKING") || piece.contains('\n'), "{piece:?}");
        text += piece;
    }
    let answer = text.lines().skip_while(|line| line.starts_with("[THINKING]:")).collect::<String>();
    assert!(text.starts_with("[THINKING]:") && !answer.contains("[THINKING]"), "{text}");
    assert!(!alice.messages(&id).await[1]["message"].as_str().unwrap().contains("[THINKING]"));
}

#[rocket::async_test]
async fn c06_a_client_that_goes_away_loses_nothing() {
    let pause = Step::Wait(Duration::from_secs(6));
    let (app, _model) =
        with_model(vec![Step::Say("It opens "), pause, Step::Say("at eight."), Step::Done]).await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let gone = tokio::time::timeout(Duration::from_secs(3), alice.ask(&id, QUESTION, &[])).await;
    assert!(gone.is_err());
    assert_eq!(alice.messages(&id).await[1]["status"], "streaming");
    assert_eq!(alice.messages(&id).await[1]["message"], "It opens ");
    let began = Instant::now();
    while alice.messages(&id).await[1]["status"] == "streaming" {
        assert!(began.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(alice.messages(&id).await[1]["message"], "It opens at eight.");
}

#[rocket::async_test]
async fn c07_a_lost_conversation_is_replaced_by_the_clients_retry() {
    let app = campus().await;
    let alice = app.user("alice1");
    let deleted = alice.conversation().await;
    alice.delete(&format!("/api/c/{deleted}/")).await.is(204);
    for lost in [deleted, app.user("bob22").conversation().await] {
        let refused = alice.post("/api/chat", as_the_client_asks(&lost, QUESTION)).await.is(400).json();
        assert_eq!(refused, json!({ "non_field_errors": ["Session ID not found"] }));
        let fresh = alice.conversation().await;
        alice.post("/api/chat", as_the_client_asks(&fresh, QUESTION)).await.is(200);
        let questions = alice.messages(&fresh).await;
        assert_eq!(questions.iter().filter(|message| message["role"] == "user").count(), 1);
    }
}

#[rocket::async_test]
async fn c08_a_question_of_five_thousand_characters_has_a_short_title() {
    let app = campus().await;
    let alice = app.user("alice1");
    for question in ["a".repeat(5_000), "𝕏".repeat(5_000)] {
        let id = alice.conversation().await;
        alice.post("/api/chat", as_the_client_asks(&id, &question)).await.is(200);
        let title = alice.get(&format!("/api/c/{id}")).await.json()["title"].as_str().unwrap().to_owned();
        assert!((1..=100).contains(&title.chars().count()), "{title}");
        assert_eq!(alice.messages(&id).await[1]["status"], "complete");
    }
}

#[rocket::async_test]
async fn c09_html_in_an_answer_is_neutral_and_code_stays_whole() {
    let said = "<img src=x onerror=alert(1)> and\n\n```html\n<b>code</b>\n```\n";
    let (app, _model) = with_model(vec![Step::Say(said), Step::Done]).await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let streamed = alice.ask(&id, QUESTION, &[]).await.is(200).text();
    let stored = alice.messages(&id).await[1]["content"].as_str().unwrap().to_owned();
    for text in [streamed, stored] {
        assert!(text.starts_with("&lt;img") && !text.contains("<img"), "{text}");
        assert!(text.contains("```html\n<b>code</b>\n```"), "{text}");
    }
}

#[rocket::async_test]
async fn c10_two_hundred_parallel_reads_of_messages_pass() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let reads = (0..200).map(|_| async { alice.get(&format!("/api/c/{id}/messages")).await.status.code });
    assert!(futures::future::join_all(reads).await.into_iter().all(|status| status == 200));
}

#[rocket::async_test]
async fn c11_an_upload_is_deleted_by_its_id_with_all_that_is_its() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let file = pdf::pages(&[&["The library of my town opens at noon."]]);
    for part in ["file_", "file"] {
        let uploaded = alice.upload_to("/user_files", part, "town.pdf", &file).await.is(201).json();
        app.work().await;
        let db = app.app().store.read();
        assert!(knowledge::tables::Chunk::find().count(db).await.unwrap() > 0);
        alice.delete(&format!("/user_files/{}", uploaded["id"].as_str().unwrap())).await.is(204);
        app.work().await;
        assert_eq!(alice.get("/user_files").await.json(), json!([]));
        assert_eq!(knowledge::tables::Chunk::find().count(db).await.unwrap(), 0);
        let id = alice.conversation().await;
        let nothing = alice.ask(&id, "When does the library of my town open?", &["town.pdf"]).await.is(200);
        assert!(!nothing.text().contains("noon"));
    }
}

#[rocket::async_test]
async fn c12_two_people_upload_the_same_name_and_see_their_own() {
    let app = TestApp::start().await;
    for (netid, hour) in [("alice1", "noon"), ("bob22", "midnight")] {
        let file = pdf::pages(&[&[&format!("The library of my town opens at {hour}.")]]);
        let uploaded = app.user(netid).upload("town.pdf", &file).await.is(201).json();
        assert_eq!(uploaded["filename"], "town.pdf");
    }
    app.work().await;
    for (netid, own, other) in [("alice1", "noon", "midnight"), ("bob22", "midnight", "noon")] {
        let actor = app.user(netid);
        for sources in [&[][..], &["town.pdf"], &["ChatDKU", "town.pdf"]] {
            let id = actor.conversation().await;
            let said = actor.ask(&id, "When does the library of my town open?", sources).await.is(200).text();
            assert!(!said.contains(other), "{netid} {sources:?}: {said}");
            assert_eq!(said.contains(own), !sources.is_empty(), "{netid} {sources:?}: {said}");
        }
    }
}

#[rocket::async_test]
async fn c13_own_files_are_locked_while_they_are_read_and_cited_afterwards() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    alice.upload("town.pdf", &pdf::pages(&[&["The library of my town opens at noon."]])).await.is(201);
    let locked = alice.ask(&id, "When does the library of my town open?", &["town.pdf"]).await.is(423);
    assert_eq!(locked.json(), json!({ "error": "The file is uploading" }));
    app.work().await;
    let said = alice.ask(&id, "When does the library of my town open?", &["town.pdf"]).await.is(200).text();
    assert!(said.contains("noon") && said.contains("[1] town.pdf"), "{said}");
}

#[rocket::async_test]
async fn c14_feedback_is_stored_without_thinking_lines_and_linked() {
    let app = campus().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let received = alice.post("/api/chat", as_the_client_asks(&id, QUESTION)).await.is(200).text();
    assert!(received.starts_with("[THINKING]:"));
    let rating = json!({
        "userInput": QUESTION,
        "botAnswer": received,
        "feedbackReason": "helpful",
        "chatHistoryId": id,
    });
    alice.post("/api/feedback", rating).await.is(201);
    let kept = chatdku::chat::tables::Feedback::find().one(app.app().store.read()).await.unwrap();
    let kept: ratings::Model = kept.unwrap();
    assert!(!kept.gen_answer.contains("[THINKING]"), "{}", kept.gen_answer);
    assert_eq!(kept.message_id.map(|id| json!(id.0)), Some(alice.messages(&id).await[1]["id"].clone()));
}

#[rocket::async_test]
async fn c15_a_header_counts_from_the_proxy_alone_and_reaches_no_local_account() {
    let app = TestApp::start().await;
    for header in ["UID", "X-EPPN"] {
        app.stranger().header(header, "alice1").get("/api/c").await.is(401);
    }
    let chief = staff::superuser(&app, "head_admin").await;
    let named: Actor = app.user("head_admin");
    named.get("/user").await.is(200);
    assert_ne!(named.get("/en/admin/").await.status.code, 200);
    let accounts = user::Entity::find().all(app.app().store.read()).await.unwrap();
    let local = [chief.username.as_str(), ADMINISTRATOR];
    let campus: Vec<_> =
        accounts.iter().filter(|account| !local.contains(&account.username.as_str())).collect();
    assert!(
        !campus.is_empty() && campus.iter().all(|account| account.username.len() == 64 && !account.is_staff)
    );
}
