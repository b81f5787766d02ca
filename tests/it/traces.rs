//! Traces of answers: what staff can know afterwards of how an answer came to be.

use std::time::Duration;

use chatdku::chat::{MessageId, traces};

use crate::support::{
    TestApp,
    model::{Model, Script, Step},
};

const LIBRARY: &[(&str, &str)] = &[
    ("library.md", "# Library\n\nThe library opens at eight in the morning."),
    ("museum.md", "# Museum\n\nThe museum beside the library opens at nine."),
];
const QUESTION: &str = "When does the library open?";

/// Asks, and answers the trace and the status of what came of it.
async fn traced(app: &TestApp, question: &str) -> (traces::Model, String) {
    let alice = app.user("alice1");
    let conversation = alice.conversation().await;
    alice.ask(&conversation, question, &[]).await.is(200);
    let answer = &alice.messages(&conversation).await[1];
    let id = MessageId(answer["id"].as_i64().unwrap());
    let mut traces = traces::of_messages(app.app().store.read(), &[id]).await.unwrap();
    (traces.remove(&id).expect("a trace"), answer["status"].as_str().unwrap().to_owned())
}

fn steps(trace: &traces::Model) -> Vec<String> {
    trace.stages().into_iter().map(|stage| stage.name).collect()
}

#[rocket::async_test]
async fn an_answer_of_passages_says_what_was_found_and_how_long_it_took() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    let (trace, _) = traced(&app, QUESTION).await;
    assert_eq!((trace.passages, trace.model.as_deref(), trace.fallback), (2, None, false));
    assert!(trace.citations >= 1);
    assert_eq!(trace.created_at, app.clock.now());
    assert_eq!(steps(&trace), ["search", "passages"]);
    let found = trace.searched();
    let titles: Vec<&str> = found.iter().map(|finding| finding.title.as_str()).collect();
    assert_eq!(titles, ["Library", "Museum"], "the best comes first");
    assert!(found[0].score > found[1].score && found[0].page.is_none() && found[0].document > 0);
    let (first, total) = (trace.first_ms.unwrap(), trace.total_ms.unwrap());
    assert!(first <= total, "{first} {total}");
    assert!(trace.stages().iter().map(|stage| stage.ms).sum::<i32>() <= total);
}

#[rocket::async_test]
async fn a_models_answer_names_the_model_and_its_first_word() {
    let pause = Duration::from_millis(400);
    let model = Model::start(vec![Script::Stream(vec![
        Step::Wait(pause),
        Step::Say("At eight [1]."),
        Step::Wait(pause),
        Step::Say(" Come early."),
        Step::Done,
    ])])
    .await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    app.campus(LIBRARY).await;
    let (trace, _) = traced(&app, QUESTION).await;
    assert_eq!((trace.model.as_deref(), trace.fallback, trace.citations), (Some("default"), false, 1));
    assert_eq!(steps(&trace), ["search", "model"]);
    let (first, total) = (trace.first_ms.unwrap(), trace.total_ms.unwrap());
    assert!(first >= 400 && total >= first + 400, "{first} {total}");
    assert!(trace.stages()[1].ms >= 800);
}

#[rocket::async_test]
async fn passages_that_stand_in_for_a_model_are_told_apart() {
    let model = Model::start(vec![Script::Status(500)]).await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    app.campus(LIBRARY).await;
    let (trace, status) = traced(&app, QUESTION).await;
    assert_eq!((status.as_str(), trace.model.as_deref(), trace.fallback), ("complete", None, true));
    assert_eq!(steps(&trace), ["search", "model", "passages"]);
}

#[rocket::async_test]
async fn an_answer_that_broke_off_has_a_trace_too() {
    let model = Model::start(vec![Script::Stream(vec![Step::Say("It opens "), Step::Cut])]).await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    app.campus(LIBRARY).await;
    let (trace, status) = traced(&app, QUESTION).await;
    assert_eq!((status.as_str(), trace.model.as_deref()), ("failed", Some("default")));
    assert_eq!((trace.passages, trace.citations), (2, 0));
    assert!(trace.first_ms.is_some());
}

#[rocket::async_test]
async fn a_greeting_searches_nothing() {
    let app = TestApp::start().await;
    let (trace, _) = traced(&app, "Hello!").await;
    assert_eq!((trace.passages, steps(&trace)), (0, vec!["greeting".to_owned()]));
    assert!(trace.searched().is_empty());
}

#[rocket::async_test]
async fn a_models_answer_says_what_it_cost_and_what_it_made_up() {
    let usage = |read: u64, written: u64| {
        let usage = serde_json::json!({ "prompt_tokens": read, "completion_tokens": written });
        Step::Raw(serde_json::json!({ "choices": [], "usage": usage }).to_string())
    };
    let calls = Step::Call(0, Some("search_documents"), "{\"query\": \"museum\"}");
    let model = Model::start(vec![
        Script::Stream(vec![calls, usage(900, 12), Step::Done]),
        Script::Stream(vec![
            Step::Say("At eight [1][8], see https://made.up/hours."),
            // Some servers tell more than once: the last one counts.
            usage(1_000, 1),
            usage(1_000, 40),
            Step::Done,
        ]),
    ])
    .await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    app.campus(LIBRARY).await;
    let (trace, _) = traced(&app, QUESTION).await;
    let cost = |stage: &traces::Stage| stage.tokens.map(|tokens| (tokens.prompt, tokens.completion));
    let costs: Vec<_> =
        trace.stages().iter().map(|stage| (stage.name.clone(), cost(stage), stage.repairs)).collect();
    let expected = [
        ("search", None, 0),
        ("model", Some((900, 12)), 0),
        ("tools", None, 0),
        ("model", Some((1_000, 40)), 2),
    ];
    assert_eq!(costs, expected.map(|(name, cost, repairs)| (name.to_owned(), cost, repairs)));
    let page = app.developer().get("/metrics").await.is(200);
    let figures = [
        ("chatdku_model_calls_total", 2.0),
        ("chatdku_answer_model_calls_sum", 2.0),
        ("chatdku_tool_calls_total", 1.0),
        ("chatdku_model_tokens_total{kind=\"prompt\"}", 1_900.0),
        ("chatdku_model_tokens_total{kind=\"completion\"}", 52.0),
        ("chatdku_citation_repairs_total", 2.0),
        ("chatdku_retrieval_seconds_count", 1.0),
    ];
    for (name, value) in figures {
        assert_eq!(page.figure(name), Some(value), "{name}");
    }
}
