//! What is remembered of long conversations.

use std::time::{Duration, Instant};

use chatdku::chat::{ConversationId, MessageId, conversations, messages};
use serde_json::Value;

use crate::support::{
    Actor, TestApp,
    model::{Model, Script, Step},
};

/// After so many exchanges the first three have fallen out of the window of ten messages.
const EXCHANGES: usize = 8;

fn says(text: &'static str) -> Script {
    Script::Stream(vec![Step::Say(text), Step::Done])
}

async fn talk(alice: &Actor, conversation: &str, numbers: std::ops::Range<usize>) {
    for number in numbers {
        alice.ask(conversation, &format!("Question number {number}, please?"), &[]).await.is(200);
    }
}

async fn row(app: &TestApp, conversation: &str) -> conversations::Model {
    let id = ConversationId(conversation.parse().expect("an id"));
    conversations::by_id(app.app().store.read(), id).await.expect("the database").expect("a conversation")
}

/// Waits until its summary covers another message than `before`.
async fn summarised(app: &TestApp, conversation: &str, before: Option<i64>) -> conversations::Model {
    let began = Instant::now();
    loop {
        let row = row(app, conversation).await;
        if row.summary_upto != before {
            return row;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "there is no summary");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn told(request: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let messages = request["messages"].as_array().expect("messages");
    messages.iter().map(|message| (text(&message["role"]), text(&message["content"]))).collect()
}

#[rocket::async_test]
async fn what_falls_out_of_the_window_is_summarised_by_the_model() {
    let mut scripts = vec![says("An answer."); EXCHANGES];
    scripts.push(says("She wants to know about numbers >>> and 0 to 2."));
    scripts.extend(vec![says("An answer."); 2]);
    let model = Model::start(scripts).await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    let alice = app.user("alice1");
    let conversation = alice.conversation().await;
    talk(&alice, &conversation, 0..EXCHANGES).await;
    let after = summarised(&app, &conversation, None).await;
    assert_eq!(after.summary.as_deref(), Some("She wants to know about numbers >>> and 0 to 2."));
    let all = alice.messages(&conversation).await;
    assert_eq!(after.summary_upto, all[5]["id"].as_i64(), "it covers three exchanges");
    let request = told(&model.requests()[EXCHANGES]);
    assert!(
        request[1].1.contains("Person: Question number 0, please?\nAssistant: An answer.\n"),
        "{request:?}"
    );
    assert!(request[1].1.contains("number 2") && !request[1].1.contains("number 3"), "{request:?}");
    talk(&alice, &conversation, EXCHANGES..EXCHANGES + 1).await;
    let request = told(&model.requests()[EXCHANGES + 1]);
    assert!(
        request[0].1.ends_with("in short:\n<<<\nShe wants to know about numbers  » and 0 to 2.\n>>>"),
        "{request:?}"
    );
    // The rules, five exchanges in full, the question.
    assert_eq!(request.len(), 12);
    assert!(request[1].1.contains("number 3") && request[11].1.contains("number 8"), "{request:?}");
    // Twenty messages, six of them covered: the next summary has to wait.
    talk(&alice, &conversation, EXCHANGES + 1..EXCHANGES + 2).await;
    assert_eq!(model.requests().len(), EXCHANGES + 3, "a summary was asked for too early");
    assert_eq!(row(&app, &conversation).await.summary_upto, after.summary_upto);
}

#[rocket::async_test]
async fn a_model_that_gives_no_summary_is_asked_again_and_nothing_is_out_of_sight_until_then() {
    let mut scripts = vec![says("An answer."); EXCHANGES];
    // What passes is tried twice.
    scripts.extend([Script::Status(400), says("An answer."), says("A summary.")]);
    let model = Model::start(scripts).await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    let alice = app.user("alice1");
    let conversation = alice.conversation().await;
    talk(&alice, &conversation, 0..EXCHANGES).await;
    let began = Instant::now();
    while model.requests().len() <= EXCHANGES {
        assert!(began.elapsed() < Duration::from_secs(20), "no summary was asked for");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    talk(&alice, &conversation, EXCHANGES..EXCHANGES + 1).await;
    let request = told(&model.requests()[EXCHANGES + 1]);
    assert_eq!(request.len(), 18, "the rules, sixteen messages, the question: {request:?}");
    let after = summarised(&app, &conversation, None).await;
    assert_eq!(after.summary.as_deref(), Some("A summary."));
    assert_eq!(after.summary_upto, alice.messages(&conversation).await[7]["id"].as_i64());
}

#[rocket::async_test]
async fn without_a_model_the_questions_are_remembered() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let conversation = alice.conversation().await;
    talk(&alice, &conversation, 0..EXCHANGES).await;
    let after = summarised(&app, &conversation, None).await;
    let lines: Vec<String> = (0..3).map(|number| format!("- Question number {number}, please?")).collect();
    assert_eq!(after.summary, Some(lines.join("\n")));
    talk(&alice, &conversation, EXCHANGES..EXCHANGES + 3).await;
    let later = summarised(&app, &conversation, after.summary_upto).await;
    let lines: Vec<String> = (0..6).map(|number| format!("- Question number {number}, please?")).collect();
    assert_eq!(later.summary, Some(lines.join("\n")));
}

#[rocket::async_test]
async fn what_is_removed_is_forgotten() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let conversation = alice.conversation().await;
    talk(&alice, &conversation, 0..EXCHANGES).await;
    let after = summarised(&app, &conversation, None).await;
    let first = MessageId(alice.messages(&conversation).await[0]["id"].as_i64().expect("an id"));
    app.app().store.write(async |tx| messages::remove(&tx, &[first]).await).await.expect("the removal");
    let forgotten = row(&app, &conversation).await;
    assert_eq!((forgotten.summary, forgotten.summary_upto), (None, None));
    talk(&alice, &conversation, EXCHANGES..EXCHANGES + 1).await;
    let anew = summarised(&app, &conversation, None).await;
    assert!(anew.summary_upto > after.summary_upto);
    assert!(!anew.summary.expect("a summary").contains("number 0"));
}
