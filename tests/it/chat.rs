//! Conversations, messages, asking, feedback.

use std::time::Duration;

use chatdku::chat::{ratings, tables};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::support::{
    Actor, TestApp,
    model::{Model, Script, Step},
    pdf,
};

const LIBRARY: &[(&str, &str)] = &[("library.md", "# Library\n\nThe library opens at eight in the morning.")];
const QUESTION: &str = "When does the library open?";

async fn titled(actor: &Actor, title: &str) -> String {
    let id = actor.conversation().await;
    actor.patch(&format!("/api/c/{id}"), json!({ "title": title })).await.is(200);
    id
}

#[rocket::async_test]
async fn a_conversation_is_opened_titled_listed_renamed_and_deleted() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    assert_eq!(alice.get("/api/c/").await.is(200).json(), json!([]), "untitled ones are not listed");
    let url = format!("/api/c/{id}/");
    assert_eq!(alice.get(&url).await.is(200).json()["title"], "", "but their owner reads them");
    assert_eq!(alice.patch(&url, json!({ "title": "  Visa " })).await.is(200).json()["title"], "Visa");
    let renamed = alice.patch(&format!("{url}rename/"), json!({ "title": "Visas" })).await.is(200);
    assert_eq!(renamed.json(), json!({ "id": id, "title": "Visas" }));
    app.clock.advance(chrono::Duration::seconds(1));
    let newer = titled(&alice, "Housing").await;
    let listed = alice.get("/api/c").await.is(200).json();
    let ids: Vec<&str> = listed.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [newer.as_str(), id.as_str()]);
    assert_eq!(listed[1]["created_at"], "2026-03-09T04:00:00Z");
    let deleted = alice.delete(&url).await.is(204);
    assert!(deleted.body.is_empty());
    alice.delete(&url).await.is(404);
}

#[rocket::async_test]
async fn titles_have_their_rules() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let id = titled(&alice, "Visa").await;
    let url = format!("/api/c/{id}");
    for (title, sentence) in [
        (json!(""), "This field may not be blank."),
        (json!("  "), "This field may not be blank."),
        (json!(null), "This field may not be null."),
        (json!(["a"]), "Not a valid string."),
        (json!(true), "Not a valid string."),
        (json!("a\u{0}b"), "Null characters are not allowed."),
        (json!("长".repeat(101)), "Ensure this field has no more than 100 characters."),
    ] {
        let refused = alice.patch(&url, json!({ "title": title })).await.is(400);
        assert_eq!(refused.json(), json!({ "title": [sentence] }), "{title}");
    }
    alice.patch(&url, json!({ "title": "长".repeat(100) })).await.is(200);
    alice.patch(&url, json!({ "title": "Visa" })).await.is(200);
    for keeping in [json!({}), json!({ "title": null }), json!({ "title": "" })] {
        assert_eq!(alice.patch(&format!("{url}/rename"), keeping).await.is(200).json()["title"], "Visa");
    }
    alice.patch(&format!("{url}/rename"), json!({ "title": "x".repeat(101) })).await.is(400);
    assert_eq!(alice.patch(&url, json!({})).await.is(200).json()["title"], "Visa");
}

#[rocket::async_test]
async fn a_strangers_conversation_is_not_there() {
    let app = TestApp::start().await;
    let mine = titled(&app.user("alice1"), "Visa").await;
    let bob = app.user("bob22");
    let nobodys = "00000000-0000-4000-8000-000000000000";
    for id in [mine.as_str(), nobodys] {
        let url = format!("/api/c/{id}");
        for answer in [
            bob.get(&url).await,
            bob.delete(&url).await,
            bob.patch(&url, json!({ "title": "x" })).await,
            bob.patch(&format!("{url}/rename"), json!({ "title": "x" })).await,
            bob.get(&format!("{url}/messages")).await,
        ] {
            assert_eq!(answer.is(404).json(), json!({ "detail": "No UserSession matches the given query." }));
        }
        let refused = bob.ask(id, QUESTION, &[]).await.is(400);
        assert_eq!(refused.json(), json!({ "non_field_errors": ["Session ID not found"] }));
    }
    assert_eq!(app.user("alice1").get(&format!("/api/c/{mine}")).await.json()["title"], "Visa");
    assert_eq!(bob.get("/api/c/nonsense").await.is(404).json(), json!({ "detail": "Not found." }));
}

#[rocket::async_test]
async fn a_question_and_its_answer_are_stored_in_order() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let answer = alice.ask(&id, "  When does the library open? ", &[]).await.is(200);
    assert_eq!(answer.header("Content-Type"), Some("text/plain; charset=utf-8"));
    assert_eq!(answer.header("Cache-Control"), Some("no-cache, no-transform"));
    assert_eq!(answer.header("X-Accel-Buffering"), Some("no"));
    assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
    let messages = alice.messages(&id).await;
    let roles: Vec<&str> = messages.iter().map(|m| m["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", "bot"]);
    assert_eq!(messages[0]["message"], QUESTION);
    assert_eq!(messages[1]["message"], answer.text().trim());
    for message in &messages {
        assert_eq!(message["content"], message["message"]);
        assert_eq!(message["timestamp"], message["created_at"]);
        assert_eq!(message["status"], "complete");
        assert!(message["id"].is_i64());
    }
    assert_eq!(alice.get("/api/c").await.json()[0]["title"], QUESTION, "the title exists at once");
    assert_eq!(alice.get(&format!("/api/c/{id}/messages/")).await.json(), json!(messages));
}

#[rocket::async_test]
async fn a_very_long_question_has_a_short_title() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    for text in ["long ".repeat(1000), "𝕏".repeat(5000)] {
        let id = alice.conversation().await;
        alice.ask(&id, &text, &[]).await.is(200);
        let title = alice.get(&format!("/api/c/{id}")).await.json()["title"].as_str().unwrap().to_owned();
        assert!((50..=100).contains(&title.chars().count()), "{title}");
        assert_eq!(alice.messages(&id).await.len(), 2);
    }
}

#[rocket::async_test]
async fn checks_come_in_the_order_that_the_client_knows() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let no_id = json!({ "error": "Could not get chatHistoryId" });
    let foreign = app.user("bob22").conversation().await;
    for (body, answer) in [
        (json!({}), no_id.clone()),
        (json!({ "chatHistoryId": "" }), no_id.clone()),
        (json!({ "chatHistoryId": null }), no_id),
        (json!({ "chatHistoryId": ["x"] }), json!({ "chatHistoryId": ["Not a valid string."] })),
        (json!({ "chatHistoryId": "abc" }), json!({ "non_field_errors": ["“abc” is not a valid UUID."] })),
        (json!({ "chatHistoryId": foreign }), json!({ "non_field_errors": ["Session ID not found"] })),
        (
            json!({ "chatHistoryId": id, "sources": null }),
            json!({ "sources": ["This field may not be null."] }),
        ),
        (
            json!({ "chatHistoryId": id, "sources": "a.pdf" }),
            json!({ "sources": ["Expected a list of items but got type \"str\"."] }),
        ),
        (
            json!({ "chatHistoryId": id, "sources": [1] }),
            json!({ "sources": { "0": ["Not a valid string."] } }),
        ),
        (json!({ "chatHistoryId": id }), json!({ "error": "No message provided" })),
        (json!({ "chatHistoryId": id, "messages": null }), json!({ "error": "No message provided" })),
        (json!({ "chatHistoryId": id, "messages": [] }), json!({ "error": "No message provided" })),
        (
            json!({ "chatHistoryId": id, "messages": [{ "role": "user" }] }),
            json!({ "error": "The last message has no content" }),
        ),
        (
            json!({ "chatHistoryId": id, "messages": [{ "content": "  " }] }),
            json!({ "error": "No message provided" }),
        ),
        (
            json!({ "chatHistoryId": id, "messages": [{ "content": "x".repeat(33_000) }] }),
            json!({ "error": "The message is longer than 32 KiB" }),
        ),
    ] {
        assert_eq!(alice.post("/api/chat", body.clone()).await.is(400).json(), answer, "{body}");
    }
    assert_eq!(alice.messages(&id).await.len(), 0, "nothing is stored for a refused question");
}

#[rocket::async_test]
async fn bodies_that_are_no_json_object_are_refused() {
    use rocket::http::{ContentType, Method};
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    for path in ["/api/chat", "/api/feedback"] {
        let send = async |content: ContentType, body: &str| {
            alice.send(Method::Post, path, Some(content), body.as_bytes().to_vec()).await
        };
        let answer = send(ContentType::JSON, "{\"a\":").await.is(400).json();
        assert!(answer["detail"].as_str().unwrap().starts_with("JSON parse error - "), "{answer}");
        send(ContentType::JSON, "\u{ff}").await.is(400);
        send(ContentType::JSON, "[1]").await.is(400);
        send(ContentType::JSON, &"[".repeat(100_000)).await.is(400);
        let plain = send(ContentType::Plain, "{}").await.is(415).json();
        assert_eq!(plain["detail"], "Unsupported media type \"text/plain; charset=utf-8\" in request.");
        send(ContentType::JSON, &format!("{{\"x\":\"{}\"}}", "y".repeat(1024 * 1024))).await.is(413);
    }
    alice.get("/api/c").await.is(200);
}

#[rocket::async_test]
async fn thinking_lines_come_first_whole_and_can_be_switched_off() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    let alice = app.user("alice1");
    let ask = async |extra: Value| {
        let id = alice.conversation().await;
        let mut body = json!({ "messages": [{ "content": QUESTION }], "chatHistoryId": id });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        (alice.post("/api/chat", body).await.is(200).text(), alice.messages(&id).await)
    };
    let (shown, messages) = ask(json!({})).await;
    let lines: Vec<&str> = shown.lines().take_while(|line| line.starts_with("[THINKING]:")).collect();
    assert_eq!(lines, ["[THINKING]:Searching the documents…", "[THINKING]:Reading one passage…"]);
    assert_eq!(shown.matches("[THINKING]").count(), 2, "none after the answer has begun");
    assert!(!messages[1]["message"].as_str().unwrap().contains("[THINKING]"), "none stored");
    for hidden in [json!({ "thinking": false }), json!({ "test": true })] {
        assert!(!ask(hidden).await.0.contains("[THINKING]"));
    }
    let off = TestApp::with("STREAM_THINKING", "false").start().await;
    let id = off.user("alice1").conversation().await;
    let body = json!({ "messages": [{ "content": QUESTION }], "chatHistoryId": id });
    assert!(!off.user("alice1").post("/api/chat", body).await.is(200).text().contains("[THINKING]"));
}

#[rocket::async_test]
async fn a_chat_is_streamed_whatever_is_accepted_and_json_is_not() {
    let app = TestApp::start().await;
    let alice = app.user("alice1").header("Accept", "text/plain");
    let id = app.user("alice1").conversation().await;
    alice.ask(&id, QUESTION, &[]).await.is(200);
    let refused = alice.get("/api/c").await.is(406).json();
    assert_eq!(refused, json!({ "detail": "Could not satisfy the request Accept header." }));
    app.user("alice1").header("Accept", "text/html, */*;q=0.8").get("/api/c").await.is(200);
}

#[rocket::async_test]
async fn own_files_are_asked_about_by_name() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    let alice = app.user("alice1");
    let pages = pdf::pages(&[&["Nothing here."], &["The library of my town opens at noon."]]);
    alice.upload("town.pdf", &pages).await.is(201);
    let id = alice.conversation().await;
    // While it is being read, questions to own files wait; others do not.
    for sources in [vec!["town.pdf"], vec!["ChatDKU", "town.pdf"]] {
        let locked = alice.ask(&id, QUESTION, &sources).await.is(423);
        assert_eq!(locked.text(), r#"{"error":"The file is uploading"}"#);
    }
    alice.ask(&id, QUESTION, &[]).await.is(200);
    app.user("bob22").upload("other.pdf", &pages).await.is(201);
    app.work().await;
    let own = alice.ask(&id, QUESTION, &["town.pdf"]).await.is(200).text();
    assert!(own.contains("opens at noon") && !own.contains("eight"), "{own}");
    assert!(own.contains("- [1] town.pdf: No URL, page 2\n"), "{own}");
    let both = alice.ask(&id, QUESTION, &["town.pdf", "ChatDKU"]).await.is(200).text();
    assert!(both.contains("noon") && both.contains("eight"), "{both}");
    let campus = alice.ask(&id, QUESTION, &["ChatDKU"]).await.is(200).text();
    assert!(!campus.contains("noon"), "{campus}");
    let foreign = app.user("bob22").conversation().await;
    let nothing = app.user("bob22").ask(&foreign, QUESTION, &["town.pdf"]).await.is(200).text();
    assert!(!nothing.contains("noon") && nothing.contains("could not find"), "{nothing}");
}

#[rocket::async_test]
async fn an_answer_under_way_is_in_the_list_and_goes_on_without_its_reader() {
    let model = Model::start(vec![Script::Stream(vec![
        Step::Say("It opens "),
        Step::Wait(Duration::from_millis(1500)),
        Step::Say("at eight [1]."),
        Step::Done,
    ])])
    .await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    app.campus(LIBRARY).await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    // The reader goes away after a moment.
    let reading = alice.ask(&id, QUESTION, &[]);
    let gone = tokio::time::timeout(Duration::from_millis(700), reading).await;
    assert!(gone.is_err());
    let so_far = alice.messages(&id).await;
    assert_eq!((&so_far[1]["message"], &so_far[1]["status"]), (&"It opens ".into(), &"streaming".into()));
    // A second question waits its turn, then is answered.
    let second = alice.ask(&id, "When does the library open on Mondays?", &[]).await.is(200);
    assert!(second.text().starts_with("It opens at eight [1]."));
    let messages = alice.messages(&id).await;
    assert_eq!(messages.len(), 4);
    for answer in [&messages[1], &messages[3]] {
        assert_eq!(answer["status"], "complete");
        assert_eq!(answer["message"], "It opens at eight [1].\n\nReference:\n- [1] Library: No URL");
    }
}

#[rocket::async_test]
async fn an_account_has_two_answers_under_way_at_most() {
    let model = Model::start(vec![Script::Stream(vec![
        Step::Say("Well, "),
        Step::Wait(Duration::from_secs(2)),
        Step::Done,
    ])])
    .await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    app.campus(LIBRARY).await;
    let alice = app.user("alice1");
    let (a, b, c) = (alice.conversation().await, alice.conversation().await, alice.conversation().await);
    let third = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let refused = alice.ask(&c, QUESTION, &[]).await.is(429);
        assert!(refused.header("Retry-After").is_some());
        assert_eq!(alice.messages(&c).await.len(), 0);
    };
    let (first, second, ()) = tokio::join!(alice.ask(&a, QUESTION, &[]), alice.ask(&b, QUESTION, &[]), third);
    assert_eq!((first.is(200).status.code, second.is(200).status.code), (200, 200));
}

#[rocket::async_test]
async fn deleting_a_conversation_ends_its_answer() {
    let steps = (0..40).flat_map(|_| [Step::Say("word "), Step::Wait(Duration::from_millis(250))]).collect();
    let model = Model::start(vec![Script::Stream(steps)]).await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    app.campus(LIBRARY).await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let delete = async {
        tokio::time::sleep(Duration::from_millis(600)).await;
        alice.delete(&format!("/api/c/{id}")).await.is(204);
    };
    let began = std::time::Instant::now();
    let (answer, ()) = tokio::join!(alice.ask(&id, QUESTION, &[]), delete);
    answer.is(200);
    assert!(began.elapsed() < Duration::from_secs(6), "the answer went on for {:?}", began.elapsed());
    let db = app.app().store.read();
    assert_eq!(tables::Message::find().count(db).await.unwrap(), 0);
    assert_eq!(tables::Citation::find().count(db).await.unwrap(), 0);
}

#[rocket::async_test]
async fn an_answer_whose_process_died_is_marked_and_its_conversation_free() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    alice.ask(&id, QUESTION, &[]).await.is(200);
    // What a process leaves behind that dies in the middle of an answer.
    let now = app.clock.now();
    app.app()
        .store
        .write(async |tx| {
            use sea_orm::ConnectionTrait;
            tx.execute_unprepared(
                "UPDATE chat_chatmessages SET status = 'streaming', message = 'Half an' WHERE role = 'bot'",
            )
            .await?;
            let taken = chatdku::chat::tables::Conversation::update_many()
                .col_expr(
                    tables::ConversationColumn::ActiveRun,
                    sea_orm::sea_query::Expr::value(uuid::Uuid::new_v4()),
                )
                .col_expr(
                    tables::ConversationColumn::ActiveUntil,
                    sea_orm::sea_query::Expr::value(now + chrono::Duration::seconds(30)),
                );
            taken.exec(&tx).await
        })
        .await
        .unwrap();
    chatdku::chat::close_interrupted(app.app()).await.unwrap();
    assert_eq!(alice.messages(&id).await[1]["status"], "streaming", "it may still be alive");
    app.clock.advance(chrono::Duration::seconds(31));
    chatdku::chat::close_interrupted(app.app()).await.unwrap();
    let message = &alice.messages(&id).await[1];
    assert_eq!((&message["status"], &message["message"]), (&"interrupted".into(), &"Half an".into()));
    alice.ask(&id, QUESTION, &[]).await.is(200);
}

#[rocket::async_test]
async fn feedback_is_stored_clean_and_linked_to_its_answer() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let answer = alice.ask(&id, QUESTION, &[]).await.text();
    let message = alice.messages(&id).await[1]["id"].as_i64();
    let shown = format!("[THINKING]:Searching…\n[THINKING]:Reading…\n{answer}");
    let body = json!({ "userInput": QUESTION, "botAnswer": shown, "feedbackReason": "helpful", "chatHistoryId": id });
    let saved = alice.post("/api/feedback", body.clone()).await.is(201);
    assert_eq!(saved.text(), r#"{"message":"Feedback saved successfully"}"#);
    app.user("bob22").post("/api/feedback", body).await.is(201);
    let unknown = json!({ "userInput": "x", "botAnswer": "y", "feedbackReason": "it is late", "chatHistoryId": "None" });
    alice.post("/api/feedback/", unknown).await.is(201);
    let rows = tables::Feedback::find().all(app.app().store.read()).await.unwrap();
    let linked: Vec<Option<i64>> = rows.iter().map(|row| row.message_id.map(|id| id.0)).collect();
    assert_eq!(linked, [message, None, None]);
    assert_eq!(rows[0].gen_answer, answer.trim());
    assert_eq!((rows[2].feedback_reason.as_str(), rows[2].state), ("it is late", Some(ratings::State::New)));
}

#[rocket::async_test]
async fn feedback_without_its_fields_is_refused() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let whole =
        json!({ "userInput": "q", "botAnswer": "a", "feedbackReason": "helpful", "chatHistoryId": "x" });
    for name in ["userInput", "botAnswer", "feedbackReason", "chatHistoryId"] {
        for value in [json!(null), json!(""), json!(3)] {
            let mut body = whole.clone();
            body[name] = value;
            let refused = alice.post("/api/feedback", body).await.is(400).json();
            assert_eq!(
                refused,
                json!({ "error": "Missing required fields", "message": "Missing required fields" })
            );
        }
    }
    let mut long = whole;
    long["feedbackReason"] = json!("x".repeat(9000));
    alice.post("/api/feedback", long).await.is(400);
}

#[rocket::async_test]
async fn empty_conversations_are_few_and_go_away() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..30 {
        ids.insert(alice.conversation().await);
        app.clock.advance(chrono::Duration::seconds(1));
    }
    assert_eq!(ids.len(), 20);
    let kept = titled(&alice, "Visa").await;
    app.clock.advance(chrono::Duration::hours(7));
    let fresh = alice.conversation().await;
    app.ask_for("chat.tasks.clean_empty_sessions").await;
    app.work().await;
    let left = tables::Conversation::find().all(app.app().store.read()).await.unwrap();
    let left: Vec<String> = left.into_iter().map(|row| row.id.to_string()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.contains(&kept) && left.contains(&fresh));
}

#[rocket::async_test]
async fn a_head_request_opens_nothing() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    for path in ["/api/get_session", "/api/c/create_session/"] {
        let answer = alice.head(path).await;
        assert!(answer.status.code < 300 && answer.body.is_empty());
    }
    assert_eq!(tables::Conversation::find().count(app.app().store.read()).await.unwrap(), 0);
    assert_eq!(alice.get("/api/c/create_session/").await.status.code, 201);
    assert_eq!(alice.post("/api/get_session", json!({})).await.status.code, 200);
}

#[rocket::async_test]
async fn conversations_are_searched_by_title_and_by_what_was_said() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    let alice = app.user("alice1");
    let visa = titled(&alice, "Visa 100%").await;
    app.clock.advance(chrono::Duration::seconds(1));
    let library = alice.conversation().await;
    alice.ask(&library, QUESTION, &[]).await.is(200);
    titled(&app.user("bob22"), "Visa of Bob").await;
    let found = async |query: &str| {
        let list = alice.get(&format!("/api/c?{query}")).await.is(200).json();
        list.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("q=visa").await, [visa.as_str()]);
    assert_eq!(found("q=100%25").await, [visa.as_str()]);
    assert_eq!(found("q=%25").await, [visa.as_str()], "a wildcard is a letter");
    assert_eq!(found("q=MORNING").await, [library.as_str()]);
    assert_eq!(found("limit=1").await, [library.as_str()]);
    assert_eq!(found(&format!("limit=1&before={library}")).await, [visa]);
}

#[rocket::async_test]
async fn two_hundred_reads_at_once_are_within_the_rate() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let id = titled(&alice, "Visa").await;
    let reads = (0..200).map(|_| async { alice.get(&format!("/api/c/{id}/messages")).await.status.code });
    assert!(futures::future::join_all(reads).await.into_iter().all(|status| status == 200));
}

#[rocket::async_test]
async fn a_limit_is_told_in_headers_and_body() {
    let app = TestApp::with("RATE_LIMIT_WRITE", "2/60").start().await;
    let alice = app.user("alice1");
    let first = alice.post("/api/feedback", json!({})).await.is(400);
    assert_eq!(first.header("X-RateLimit-Limit"), Some("2"));
    assert_eq!(first.header("X-RateLimit-Remaining"), Some("1"));
    assert_eq!(first.header("X-RateLimit-Policy"), Some("2;w=60"));
    alice.post("/api/feedback", json!({})).await.is(400);
    app.clock.advance(chrono::Duration::seconds(20));
    let refused = alice.post("/api/feedback", json!({})).await.is(429);
    assert_eq!(refused.header("Retry-After"), Some("40"));
    let body = refused.json();
    assert_eq!(
        (&body["error"], &body["retry_after"], &body["limit"], &body["window"]),
        (&"rate_limit_exceeded".into(), &40.into(), &2.into(), &60.into())
    );
    app.clock.advance(chrono::Duration::seconds(40));
    alice.post("/api/feedback", json!({})).await.is(400);
}

#[rocket::async_test]
async fn a_page_of_conversations_has_a_size_that_makes_sense() {
    let app = TestApp::start().await;
    for limit in ["0", "-1", "201", "many", "18446744073709551615"] {
        let refused = app.user("alice1").get(&format!("/api/c?limit={limit}")).await.is(400).json();
        assert!(refused["limit"][0].as_str().unwrap().contains("1 to 200"), "{refused}");
    }
    app.user("alice1").get("/api/c?limit=200").await.is(200);
}

#[rocket::async_test]
async fn null_characters_are_refused_or_found_nowhere() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let conversation = alice.conversation().await;
    let refused = alice.ask(&conversation, "Why?", &["a\0.pdf"]).await.is(400).json();
    assert_eq!(refused["sources"]["0"][0], "Null characters are not allowed.");
    assert_eq!(alice.get("/api/c?q=%00").await.is(200).json().as_array().unwrap().len(), 0);
    alice.get("/?source=%00&q=%00").await.is(200);
    let asked = [("question", "Why?"), ("source", "a\0.pdf")];
    alice.form("/ask", &asked).await.is(303);
}

#[rocket::async_test]
async fn what_an_answer_cites_is_served_to_its_owner() {
    let app = TestApp::start().await;
    app.campus(&[("visa.md", "# Visas\n\nThe visa office is in room 1042 of the conference centre.\n")])
        .await;
    let alice = app.user("alice1");
    let conversation = alice.conversation().await;
    alice.ask(&conversation, "Where is the visa office?", &[]).await.is(200);
    let answer = alice.messages(&conversation).await[1]["id"].clone();
    let path = format!("/api/c/{conversation}/messages/{answer}/citations");
    let cited = alice.get(&path).await.is(200).json();
    assert_eq!((&cited[0]["n"], &cited[0]["title"]), (&1.into(), &"Visas".into()));
    assert!(cited[0]["quote"].as_str().unwrap().contains("room 1042"), "{cited}");
    app.user("mallory1").get(&path).await.is(404);
}

#[rocket::async_test]
async fn feedback_on_a_long_answer_is_linked_to_it() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let conversation = alice.conversation().await;
    alice.ask(&conversation, "What is there?", &[]).await.is(200);
    let answer = alice.messages(&conversation).await[1]["id"].as_i64().unwrap();
    let long = "A long answer. ".repeat(1_000);
    let stretch = format!("UPDATE chat_chatmessages SET message = '{long}' WHERE id = {answer}");
    app.app().store.write(async |tx| tx.execute_unprepared(&stretch).await).await.unwrap();
    let body = json!({
        "userInput": "What is there?", "botAnswer": long, "feedbackReason": "helpful", "chatHistoryId": conversation,
    });
    alice.post("/api/feedback", body).await.is(201);
    let kept = tables::Feedback::find().one(app.app().store.read()).await.unwrap().expect("a row");
    assert_eq!(kept.message_id.map(|id| id.0), Some(answer));
}
