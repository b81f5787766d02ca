//! Answers: from a model that follows a script, and from the passages alone.

use std::time::Duration;

use serde_json::Value;

use crate::support::{
    TestApp, TestConfig,
    model::{Model, Script, Step},
};

const CAMPUS: &[(&str, &str)] = &[
    (
        "library.md",
        "# Library\n\nThe library opens at eight in the morning. On Sundays the library opens at ten.",
    ),
    ("housing.md", "# Housing\n\nThe housing deadline for returning students is the first of April."),
    (
        "scholarship.md",
        "# 奖学金\n\n奖学金申请的截止日期是每年三月十五日。申请材料需要提交给学生事务办公室。",
    ),
];

async fn with_model(model: &Model) -> TestApp {
    let quick = TestConfig::default()
        .set("LLM_BASE_URL", &model.url())
        .set("LLM_CONNECT_TIMEOUT", "0.5")
        .set("LLM_FIRST_TOKEN_TIMEOUT", "0.5")
        .set("LLM_IDLE_TIMEOUT", "0.5");
    let app = quick.start().await;
    app.campus(CAMPUS).await;
    app
}

/// Asks alice's one question and answers the text and the stored message.
async fn asked(app: &TestApp, question: &str) -> (String, Value) {
    let alice = app.user("alice1");
    let conversation = alice.conversation().await;
    let answer = alice.ask(&conversation, question, &[]).await.is(200);
    let messages = alice.messages(&conversation).await;
    assert_eq!(messages.len(), 2);
    (answer.text(), messages[1].clone())
}

#[rocket::async_test]
async fn a_models_answer_streams_with_its_citations_checked() {
    let model = Model::start(vec![Script::Stream(vec![
        Step::Say("It opens at "),
        Step::Say("eight ["),
        Step::Say("1"),
        Step::Say("]. See [99] and https://evil.example/x too."),
        Step::Done,
    ])])
    .await;
    let app = with_model(&model).await;
    let (text, message) = asked(&app, "When does the library open?").await;
    assert_eq!(text, "It opens at eight [1]. See  and  too.\n\nReference:\n- [1] Library: No URL\n");
    assert_eq!(message["status"], "complete");
    assert_eq!(message["message"], text.trim());
    let request = &model.requests()[0];
    assert_eq!((&request["stream"], &request["model"]), (&true.into(), &"default".into()));
    let prompt =
        request["messages"].as_array().unwrap().last().unwrap()["content"].as_str().unwrap().to_owned();
    assert!(
        prompt.contains("[1] Library") && prompt.contains("Question: When does the library open?"),
        "{prompt}"
    );
}

#[rocket::async_test]
async fn reasoning_never_reaches_the_text() {
    let model = Model::start(vec![Script::Stream(vec![
        Step::Reason("the user wants"),
        Step::Say("<th"),
        Step::Say("ink>secret "),
        Step::Say("thoughts</thi"),
        Step::Say("nk>\n\nAt eight"),
        Step::Reason("more"),
        Step::Say(" [1]."),
        Step::Done,
    ])])
    .await;
    let app = with_model(&model).await;
    let (text, _) = asked(&app, "When does the library open?").await;
    assert!(text.starts_with("At eight [1]."), "{text}");
    assert!(!text.contains("secret") && !text.contains("wants"));
}

#[rocket::async_test]
async fn a_model_that_is_down_silent_or_empty_leaves_the_word_to_the_passages() {
    for script in [
        Script::Status(500),
        Script::Status(401),
        Script::Silence,
        Script::Stream(vec![Step::Done]),
        Script::Stream(vec![Step::Cut]),
        Script::Stream(vec![Step::Raw(r#"{"error":{"message":"overloaded"}}"#.to_owned())]),
        Script::Stream(vec![Step::Say("<think>only thoughts"), Step::Done]),
        Script::Stream(vec![Step::Raw("not json".to_owned())]),
    ] {
        let model = Model::start(vec![script.clone()]).await;
        let app = with_model(&model).await;
        let (text, message) = asked(&app, "When does the library open?").await;
        assert!(
            text.contains("quoted as they stand") && text.contains("opens at eight"),
            "{script:?}: {text}"
        );
        assert!(text.contains("\nReference:\n- [1] Library: No URL"), "{script:?}: {text}");
        assert_eq!(message["status"], "complete");
    }
}

#[rocket::async_test]
async fn an_address_where_nothing_listens_is_a_model_that_is_down() {
    let app = TestApp::with("LLM_BASE_URL", "http://127.0.0.1:9/v1").start().await;
    app.campus(CAMPUS).await;
    let (text, _) = asked(&app, "When does the library open?").await;
    assert!(text.contains("opens at eight"), "{text}");
}

#[rocket::async_test]
async fn a_request_is_repeated_once_before_the_first_token() {
    let answer = Script::Stream(vec![Step::Say("At eight [1]."), Step::Done]);
    let model = Model::start(vec![Script::Status(503), answer.clone()]).await;
    let app = with_model(&model).await;
    assert!(asked(&app, "When does the library open?").await.0.starts_with("At eight [1]."));
    assert_eq!(model.requests().len(), 2);
    // Then the next endpoint has its turn.
    let down = Model::start(vec![Script::Status(503)]).await;
    let up = Model::start(vec![answer]).await;
    let both = format!("{},{}", down.url(), up.url());
    let app = TestApp::with("LLM_BASE_URL", &both).start().await;
    app.campus(CAMPUS).await;
    assert!(asked(&app, "When does the library open?").await.0.starts_with("At eight [1]."));
    assert_eq!((down.requests().len(), up.requests().len()), (2, 1));
}

#[rocket::async_test]
async fn an_answer_that_breaks_off_keeps_what_was_said() {
    for end in [vec![Step::Cut], vec![Step::Wait(Duration::from_secs(2)), Step::Done]] {
        let steps = [vec![Step::Say("It opens at eight [1], "), Step::Say("and then")], end].concat();
        let model = Model::start(vec![Script::Stream(steps)]).await;
        let app = with_model(&model).await;
        let (text, message) = asked(&app, "When does the library open?").await;
        assert!(text.starts_with("It opens at eight [1], and then"), "{text}");
        assert!(text.contains("Reference:"), "{text}");
        assert_eq!(message["status"], "failed");
        assert_eq!(message["message"], text.trim());
        assert_eq!(model.requests().len(), 1, "half an answer is not begun again");
    }
}

#[rocket::async_test]
async fn a_server_that_does_not_stream_is_understood() {
    // An answer in one piece comes as an ordinary message.
    let whole =
        r#"{"choices":[{"message":{"role":"assistant","content":"At eight [1]."},"finish_reason":"stop"}]}"#;
    let model = Model::start(vec![Script::Stream(vec![Step::Raw(whole.to_owned()), Step::Done])]).await;
    let app = with_model(&model).await;
    assert!(asked(&app, "When does the library open?").await.0.starts_with("At eight [1]."));
}

#[rocket::async_test]
async fn earlier_turns_go_along_without_their_references() {
    let model = Model::start(vec![Script::Stream(vec![Step::Say("At eight [1]."), Step::Done])]).await;
    let app = with_model(&model).await;
    let alice = app.user("alice1");
    let conversation = alice.conversation().await;
    alice.ask(&conversation, "When does the library open?", &[]).await.is(200);
    alice.ask(&conversation, "And on Sundays?", &[]).await.is(200);
    let messages = model.requests()[1]["messages"].as_array().unwrap().clone();
    let roles: Vec<&str> = messages.iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "user"]);
    assert_eq!(messages[2]["content"], "At eight [1].");
    assert!(messages[3]["content"].as_str().unwrap().contains("Sundays the library opens at ten"));
}

#[rocket::async_test]
async fn a_hostile_document_changes_neither_rules_nor_markup() {
    let model = Model::start(vec![Script::Stream(vec![
        Step::Say("Ignore that <script>alert(1)</script> <im"),
        Step::Say("g src=x onerror=alert(1)> [1] [click](javascript:alert(1))"),
        Step::Done,
    ])])
    .await;
    let app = with_model(&model).await;
    let alice = app.user("alice1");
    let conversation = alice.conversation().await;
    let text = alice.ask(&conversation, "When does the library open?", &[]).await.is(200).text();
    assert!(!text.contains("<script") && !text.contains("<img") && !text.contains("</"), "{text}");
    assert!(!text.contains("javascript:"), "{text}");
    let message = &alice.messages(&conversation).await[1];
    assert!(message["message"].as_str().unwrap().contains("<script>"), "the raw text stays for programs");
    assert!(!message["content"].as_str().unwrap().contains("<script"));
}

#[rocket::async_test]
async fn without_a_model_the_answer_is_made_of_cited_passages() {
    let app = TestApp::start().await;
    app.campus(CAMPUS).await;
    let (text, message) = asked(&app, "When does the library open on Sundays?").await;
    insta::assert_snapshot!("extractive_english", text);
    assert_eq!(message["status"], "complete");
    assert!(text.chars().count() >= 100);
    let (again, _) = asked(&app, "When does the library open on Sundays?").await;
    assert_eq!(text, again, "the same question gives the same answer");
}

#[rocket::async_test]
async fn a_chinese_question_is_answered_in_chinese() {
    let app = TestApp::start().await;
    app.campus(CAMPUS).await;
    let (text, _) = asked(&app, "奖学金申请什么时候截止？").await;
    insta::assert_snapshot!("extractive_chinese", text);
    assert!(text.chars().count() >= 100);
}

#[rocket::async_test]
async fn a_question_that_nothing_answers_gets_an_honest_no() {
    let app = TestApp::start().await;
    app.campus(CAMPUS).await;
    for (question, sentence) in [
        ("How do rockets reach the moon?", "I could not find an answer"),
        ("火箭怎样到达月球？", "没有在校园文档中找到"),
    ] {
        let (text, message) = asked(&app, question).await;
        assert!(text.contains(sentence) && !text.contains("Reference:"), "{text}");
        assert!(text.chars().count() >= 100, "{}", text.chars().count());
        assert_eq!(message["status"], "complete");
    }
}

#[rocket::async_test]
async fn a_greeting_is_greeted() {
    let app = TestApp::start().await;
    assert!(asked(&app, "Hello!").await.0.starts_with("Hello! I am ChatDKU"));
    assert!(asked(&app, "你好").await.0.starts_with("你好！我是"));
}

#[rocket::async_test]
async fn an_outdated_passage_is_marked() {
    let app = TestApp::start().await;
    app.campus(&[
        ("old.md", "The zeppelin shuttle leaves at nine from the gate."),
        (
            "metadata.csv",
            "path,title,url,valid_from,valid_to\nold.md,Old shuttle plan,,2020-01-01,2021-01-01\n",
        ),
    ])
    .await;
    let (text, _) = asked(&app, "When does the zeppelin shuttle leave?").await;
    assert!(text.contains("may be outdated"), "{text}");
}
