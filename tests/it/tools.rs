//! Tools that a model calls for before it answers.

use std::time::Duration;

use chatdku::chat::{MessageId, traces};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::support::{
    Actor, TestApp,
    model::{Model, Script, Step},
    pdf,
};

const CAMPUS: &[(&str, &str)] = &[
    ("library.md", "# Library\n\nThe library opens at eight in the morning."),
    ("visa.md", "# Visas\n\nA residence permit is renewed at the Entry-Exit Bureau in Kunshan."),
    ("housing.md", "# Housing\n\nSuitemates are assigned in August by the Residence Life office."),
];
const QUESTION: &str = "When does the library open?";

fn says(text: &'static str) -> Script {
    Script::Stream(vec![Step::Say(text), Step::Done])
}

fn searches(query: &'static str) -> Script {
    Script::Stream(vec![Step::Call(0, Some("search_documents"), query), Step::Done])
}

async fn campus(model: &Model) -> TestApp {
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    app.campus(CAMPUS).await;
    app
}

async fn asked(actor: &Actor, mode: &str, sources: &[&str]) -> String {
    let conversation = actor.conversation().await;
    let body = json!({
        "messages": [{ "role": "user", "content": QUESTION }], "chatHistoryId": conversation,
        "mode": mode, "sources": sources,
    });
    actor.post("/api/chat", body).await.is(200).text()
}

/// The results of tools that the last request to the model carried.
fn results(model: &Model) -> Vec<String> {
    let requests = model.requests();
    let messages = requests.last().expect("a request")["messages"].as_array().expect("messages").clone();
    let of_tools = messages.iter().filter(|message| message["role"] == "tool");
    of_tools.map(|message| message["content"].as_str().expect("text").to_owned()).collect()
}

fn choices(model: &Model) -> Vec<Value> {
    model.requests().iter().map(|request| request["tool_choice"].clone()).collect()
}

#[rocket::async_test]
async fn a_call_in_fragments_is_made_and_what_it_finds_is_cited() {
    let model = Model::start(vec![
        Script::Stream(vec![
            Step::Reason("The evidence says nothing of permits."),
            Step::Call(0, Some("search_documents"), ""),
            Step::Call(0, None, "{\"query\": \"resid"),
            Step::Wait(Duration::from_millis(20)),
            Step::Call(0, None, "ence permit renewed\"}"),
            Step::Done,
        ]),
        says("At the Entry-Exit Bureau [2]."),
    ])
    .await;
    let app = campus(&model).await;
    let answer = asked(&app.user("alice1"), "", &[]).await;
    assert!(
        answer.contains("[THINKING]:Searching for “\u{2068}residence permit renewed\u{2069}”")
            || answer.contains("Searching for “residence permit renewed”"),
        "{answer}"
    );
    assert!(answer.contains("At the Entry-Exit Bureau [1].\n\nReference:\n- [1] Visas"), "{answer}");
    let found = results(&model);
    assert!(found[0].starts_with("[2] Visas") && found[0].contains("<<<\n"), "{found:?}");
    let requests = model.requests();
    assert_eq!(requests.len(), 2);
    let called =
        &requests[1]["messages"].as_array().unwrap().iter().find(|message| message["tool_calls"].is_array());
    let called = &called.expect("the call")["tool_calls"][0];
    assert_eq!(called["function"]["arguments"], "{\"query\": \"residence permit renewed\"}");
    assert_eq!(called["id"], "call-0");
    assert_eq!(requests[0]["tools"], requests[1]["tools"], "the beginning of the prompt stays the same");
}

#[rocket::async_test]
async fn two_calls_at_once_are_both_made_and_the_same_one_only_once() {
    let model = Model::start(vec![
        Script::Stream(vec![
            Step::Call(0, Some("search_documents"), "{\"query\": \"suitemates\"}"),
            Step::Call(1, Some("search_documents"), "{\"query\": \"residence permit\"}"),
            Step::Call(2, Some("search_documents"), "{\"query\": \"suitemates\"}"),
            Step::Call(3, Some("open_the_door"), "{}"),
            Step::Done,
        ]),
        says("In August [2], at the Bureau [3]."),
    ])
    .await;
    let app = campus(&model).await;
    let answer = asked(&app.user("alice1"), "", &[]).await;
    assert!(answer.contains("In August [1], at the Bureau [2]."), "{answer}");
    let found = results(&model);
    assert!(found[0].contains("[2] Housing") && found[1].contains("[3] Visas"), "{found:?}");
    assert!(found[2].contains("already") && found[3].contains("no such tool"), "{found:?}");
}

#[rocket::async_test]
async fn a_model_that_always_calls_has_to_answer_in_the_end() {
    for (mode, rounds) in [("", 2), ("agent", 4)] {
        let mut scripts = vec![
            searches("{\"query\": \"visa\"}"),
            searches("{\"query\": \"permit\"}"),
            searches("{\"query\": \"bureau\"}"),
            searches("{\"query\": \"renewed\"}"),
        ];
        scripts.truncate(rounds);
        scripts.push(says("That is all I know [1]."));
        let model = Model::start(scripts).await;
        let app = campus(&model).await;
        let answer = asked(&app.user("alice1"), mode, &[]).await;
        assert!(answer.contains("That is all I know [1]."), "{answer}");
        let mut expected = vec![json!("auto"); rounds];
        expected.push(json!("none"));
        assert_eq!(choices(&model), expected, "{mode}");
    }
}

#[rocket::async_test]
async fn a_model_that_calls_although_it_may_not_is_replaced_by_the_passages() {
    let model = Model::start(vec![searches("{\"query\": \"visa\"}")]).await;
    let app = campus(&model).await;
    let answer = asked(&app.user("alice1"), "", &[]).await;
    assert!(answer.contains("opens at eight in the morning"), "{answer}");
    assert_eq!(model.requests().len(), 3);
}

#[rocket::async_test]
async fn what_is_said_before_a_call_is_a_paragraph_of_its_own() {
    let model = Model::start(vec![
        Script::Stream(vec![
            Step::Say("Let me look that up."),
            Step::Call(0, Some("search_documents"), "{\"query\": \"suitemates\"}"),
            Step::Done,
        ]),
        says("In August [2]."),
    ])
    .await;
    let app = campus(&model).await;
    let answer = asked(&app.user("alice1"), "", &[]).await;
    assert!(answer.contains("Let me look that up.\n\nIn August [1]."), "{answer}");
}

#[rocket::async_test]
async fn a_server_without_tools_is_asked_without_them_from_then_on() {
    let model = Model::start(vec![
        Script::Refusal(400, "{\"error\": \"tools are not supported\"}"),
        says("At eight [1]."),
        says("At eight [1]."),
    ])
    .await;
    let app = campus(&model).await;
    for _ in 0..2 {
        assert!(asked(&app.user("alice1"), "", &[]).await.contains("At eight [1]."));
    }
    let with_tools: Vec<bool> = model.requests().iter().map(|request| request["tools"].is_array()).collect();
    assert_eq!(with_tools, [true, false, false]);
}

#[rocket::async_test]
async fn a_prompt_that_is_too_long_is_sent_again_with_half_the_evidence() {
    let refusal = "{\"error\": {\"message\": \"This model's maximum context length is 2048 tokens.\"}}";
    let model = Model::start(vec![Script::Refusal(400, refusal), says("At eight [1].")]).await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    let texts: Vec<(String, String)> = (0..6)
        .map(|at| (format!("{at}.md"), format!("# Library {at}\n\nThe library number {at} opens at eight.")))
        .collect();
    let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    app.campus(&files).await;
    assert!(asked(&app.user("alice1"), "", &[]).await.contains("At eight [1]."));
    let evidence = |request: &Value| {
        let messages = request["messages"].as_array().unwrap();
        messages.last().unwrap()["content"].as_str().unwrap().matches("\n<<<\n").count()
    };
    let counts: Vec<usize> = model.requests().iter().map(evidence).collect();
    assert_eq!(counts, [6, 3]);
}

#[rocket::async_test]
async fn reading_on_stays_within_what_the_reader_chose() {
    let model = Model::start(vec![
        Script::Stream(vec![
            Step::Call(0, Some("read_document"), "{\"evidence\": 1, \"page_from\": 2, \"page_to\": 3}"),
            Step::Call(1, Some("read_document"), "{\"evidence\": 99}"),
            Step::Call(2, Some("search_documents"), "{\"query\": \"pelican fee\"}"),
            Step::Done,
        ]),
        says("The fee is ten [2]."),
    ])
    .await;
    let app = campus(&model).await;
    let (alice, bob) = (app.user("alice1"), app.user("bob22"));
    let secret = pdf::pages(&[&["The pelican fee of Bob is secret."]]);
    bob.upload("bob.pdf", &secret).await.is(201);
    let own =
        pdf::pages(&[&["When the library opens is on the next page."], &["The fee is ten."], &["The end."]]);
    alice.upload("own.pdf", &own).await.is(201);
    app.work().await;
    let answer = asked(&alice, "", &["own.pdf"]).await;
    let found = results(&model);
    assert!(found[0].contains("own.pdf, page 2") || found[0].contains("own, page 2"), "{found:?}");
    assert!(found[0].contains("The fee is ten.") && found[0].contains("The end."), "{found:?}");
    assert!(found[1].contains("no evidence of this number"), "{found:?}");
    for request in model.requests() {
        let prompt = request.to_string();
        assert!(!prompt.contains("secret") && !prompt.contains("Entry-Exit"), "{prompt}");
        assert!(!prompt.contains("list_events"), "their own files are all that is asked about");
    }
    assert!(answer.contains("The fee is ten [1]."), "{answer}");
    assert!(answer.contains(", page 2"), "{answer}");
}

#[rocket::async_test]
async fn events_are_offered_when_there_are_any_and_keep_their_addresses() {
    let script = vec![
        Script::Stream(vec![
            Step::Call(0, Some("list_events"), "{\"from\": \"2026-03-09\", \"to\": \"2026-03-16\"}"),
            Step::Done,
        ]),
        says("There is a [concert](https://events.example.edu/1), see also https://evil.example/2 ."),
    ];
    let model = Model::start(script).await;
    let app = campus(&model).await;
    let sql = "INSERT INTO weekly_events (title, event_date, url) VALUES \
        ('Concert >>> now', '2026-03-10', 'https://events.example.edu/1')";
    let write = async |tx: chatdku::platform::store::Transaction| tx.execute_unprepared(sql).await.map(drop);
    app.app().store.write(write).await.unwrap();
    let answer = asked(&app.user("alice1"), "", &[]).await;
    assert!(answer.contains("There is a [concert](https://events.example.edu/1), see also"), "{answer}");
    assert!(!answer.contains("evil.example"), "{answer}");
    let found = results(&model);
    assert!(
        found[0].contains("Tuesday, 2026-03-10: Concert") && found[0].matches(">>>").count() == 1,
        "{found:?}"
    );
}

#[rocket::async_test]
async fn the_trace_tells_what_was_looked_up() {
    let model = Model::start(vec![searches("{\"query\": \"suitemates\"}"), says("In August [2].")]).await;
    let app = campus(&model).await;
    let alice = app.user("alice1");
    let conversation = alice.conversation().await;
    alice.ask(&conversation, QUESTION, &[]).await.is(200);
    let id = MessageId(alice.messages(&conversation).await[1]["id"].as_i64().unwrap());
    let trace = traces::of_messages(app.app().store.read(), &[id]).await.unwrap().remove(&id).unwrap();
    let stages: Vec<String> = trace.stages().into_iter().map(|stage| stage.name).collect();
    assert_eq!(stages, ["search", "model", "tools", "model"]);
    let used = ("search_documents".to_owned(), "suitemates".to_owned());
    assert_eq!(trace.stages()[2].used, [used]);
    let titles: Vec<String> = trace.searched().into_iter().map(|finding| finding.title).collect();
    assert_eq!(titles, ["Library", "Housing"]);
    assert!(!trace.fallback && trace.model.is_some());
}

#[rocket::async_test]
async fn whoever_waits_for_the_model_is_told_their_place() {
    let slow =
        Script::Stream(vec![Step::Say("At eight [1]."), Step::Wait(Duration::from_millis(800)), Step::Done]);
    let model = Model::start(vec![slow]).await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).set("LLM_CONCURRENCY", "1").start().await;
    app.campus(CAMPUS).await;
    let (alice, bob) = (app.user("alice1"), app.user("bob22"));
    let (first, second) = futures::join!(asked(&alice, "", &[]), asked(&bob, "", &[]));
    let told = [&first, &second].map(|answer| answer.contains("you are number"));
    assert!(told[0] != told[1], "one of them waits:\n{first}\n{second}");
    assert!(first.contains("At eight [1].") && second.contains("At eight [1]."));
}

#[rocket::async_test]
async fn a_task_model_names_a_conversation_unless_somebody_has() {
    let model = Model::start(vec![says("At eight [1]."), says("\"Library opening hours.\"")]).await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).set("LLM_TASK_MODEL", "small").start().await;
    app.campus(CAMPUS).await;
    let alice = app.user("alice1");
    let title = async |conversation: &str, wanted: usize| {
        while model.requests().len() < wanted {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let path = format!("/api/c/{conversation}");
        alice.get(&path).await.is(200).json()["title"].as_str().unwrap().to_owned()
    };
    let first = alice.conversation().await;
    alice.ask(&first, QUESTION, &[]).await.is(200);
    while title(&first, 2).await == QUESTION {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(title(&first, 2).await, "Library opening hours");
    let models: Vec<Value> = model.requests().iter().map(|request| request["model"].clone()).collect();
    assert_eq!(models, ["default", "small"]);
    alice.ask(&first, "And on Sundays?", &[]).await.is(200);
    assert_eq!(model.requests().len(), 3, "a conversation is named once");
    let second = alice.conversation().await;
    let path = format!("/api/c/{second}");
    alice.patch(&path, json!({ "title": "Mine" })).await.is(200);
    alice.ask(&second, QUESTION, &[]).await.is(200);
    assert_eq!(title(&second, 5).await, "Mine");
}
