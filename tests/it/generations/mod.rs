//! Answers that can be read again, from anywhere, and stopped: the two-step API and the log behind it.

mod closing;
mod elsewhere;
mod ending;
mod many;
mod page;
mod reading;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{
    Program,
    model::{Model, Script, Step},
    process::other_program,
};

/// What may take its time on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);
const QUESTION: &str = "How many days?";

/// How long the model may go on speaking after a stop. A build for development beside other tests has no speed to
/// speak of.
fn stopped_within() -> Duration {
    Duration::from_secs(if other_program().is_some() { 2 } else { 20 })
}

/// A model that says so many words, with a pause after each.
async fn model(words: usize, pause: Duration) -> Model {
    let steps = std::iter::repeat_n([Step::Say("day "), Step::Wait(pause)], words);
    let mut steps: Vec<Step> = steps.flatten().collect();
    steps.push(Step::Done);
    Model::start(vec![Script::Stream(steps)]).await
}

fn question(text: &str) -> Value {
    json!({ "messages": [{ "role": "user", "content": text }], "sources": ["ChatDKU"] })
}

/// Says what was measured.
#[expect(clippy::print_stdout, reason = "the figures")]
fn measured(what: &str) {
    println!("{what}");
}

/// An event as it was sent.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    id: i64,
    kind: String,
    stage: String,
    content: String,
}

/// The events of a stream, or of the beginning of one. An event that has not come whole is none.
fn events(stream: &str) -> Vec<Told> {
    let mut told = Vec::new();
    for block in stream.split_inclusive("\n\n").filter(|block| block.ends_with("\n\n")) {
        let field = |name: &str| {
            block.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim_start().to_owned())
        };
        let Some(data) = field("data:") else { continue };
        let data: Value = serde_json::from_str(&data).unwrap_or_else(|error| panic!("{error}: {block}"));
        assert_eq!(data["id"].as_str(), field("id:").as_deref(), "an event has one id: {block}");
        let word = |name: &str| data["data"][name].as_str().expect("a word").to_owned();
        let event = Told {
            id: data["id"].as_str().unwrap().parse().expect("a number"),
            kind: word("type"),
            stage: word("stage"),
            content: word("content"),
        };
        if event.kind == "chunk_batch" {
            assert_eq!(data["data"]["chunks"], json!([event.content]), "{block}");
        }
        told.push(event);
    }
    told
}

/// The text of events.
fn text(events: &[Told]) -> String {
    let chunks = events.iter().filter(|event| event.kind == "chunk" || event.kind == "chunk_batch");
    chunks.map(|event| event.content.as_str()).collect()
}

/// The events are a whole log, or the rest of one after `after`.
#[track_caller]
fn is_whole(events: &[Told], after: i64, how: &str) {
    let numbers: Vec<i64> = events.iter().map(|event| event.id).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
    assert!(after > 0 || numbers[0] == 1, "{numbers:?}");
    if after == 0 {
        assert_eq!((events[0].kind.as_str(), events[0].stage.as_str()), ("reasoning", "start"));
    }
    let end = events.last().expect("an end");
    assert_eq!((end.kind.as_str(), end.stage.as_str(), end.content.as_str()), ("end", "end", how));
    assert_eq!(events.iter().filter(|event| event.kind == "end").count(), 1);
}

/// Somebody who calls instances over connections.
#[derive(Clone)]
struct Person {
    http: reqwest::Client,
    name: String,
}

impl Person {
    fn named(name: &str) -> Self {
        Self { http: crate::support::process::http(), name: name.to_owned() }
    }

    async fn get(&self, program: &Program, path: &str) -> reqwest::Response {
        self.http.get(program.url(path)).header("UID", &self.name).send().await.expect("an answer")
    }

    async fn post(&self, program: &Program, path: &str, body: &Value) -> reqwest::Response {
        let sent = self.http.post(program.url(path)).header("UID", &self.name).json(body);
        sent.send().await.expect("an answer")
    }

    async fn conversation(&self, program: &Program) -> String {
        let opened: Value = self.get(program, "/api/get_session").await.json().await.expect("JSON");
        opened["session_id"].as_str().expect("an id").to_owned()
    }

    /// Begins an answer. Answers its id.
    async fn ask(&self, program: &Program, conversation: &str, text: &str) -> String {
        let begun = self.post(program, &format!("/api/c/{conversation}/ask"), &question(text)).await;
        assert_eq!(begun.status(), 202);
        let begun: Value = begun.json().await.expect("JSON");
        assert_eq!(begun["sessionId"], conversation);
        begun["chatId"].as_str().expect("an id").to_owned()
    }

    /// Opens the stream of an answer after an event.
    async fn open(&self, program: &Program, chat: &str, after: i64) -> reqwest::Response {
        let asked = self.http.get(program.url(&format!("/api/chat/{chat}"))).header("UID", &self.name);
        let opened = asked.header("Last-Event-ID", after.to_string()).send().await.expect("an answer");
        assert_eq!(opened.status(), 200);
        opened
    }

    /// Reads an answer to its end.
    async fn read(&self, program: &Program, chat: &str, after: i64) -> Vec<Told> {
        events(&self.open(program, chat, after).await.text().await.expect("a whole stream"))
    }

    async fn messages(&self, program: &Program, conversation: &str) -> Vec<Value> {
        let messages: Value =
            self.get(program, &format!("/api/c/{conversation}/messages")).await.json().await.expect("JSON");
        messages.as_array().expect("a list").clone()
    }

    /// Waits until the answer has a status other than `streaming`. Answers the message.
    async fn ended(&self, program: &Program, conversation: &str) -> Value {
        let began = Instant::now();
        loop {
            let messages = self.messages(program, conversation).await;
            if let Some(answer) = messages.get(1).filter(|answer| answer["status"] != "streaming") {
                return answer.clone();
            }
            assert!(began.elapsed() < PATIENCE, "it does not end: {messages:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the list of messages has this many words of the answer.
    async fn wait_for_words(&self, program: &Program, conversation: &str, words: usize) -> String {
        let began = Instant::now();
        loop {
            let messages = self.messages(program, conversation).await;
            let text = messages.get(1).map(|answer| answer["message"].as_str().unwrap().to_owned());
            if let Some(text) = text.filter(|text| text.matches("day").count() >= words) {
                return text;
            }
            assert!(began.elapsed() < PATIENCE, "no words come: {messages:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Two instances of one service, with a model.
async fn two_instances(model: &Model) -> (Program, Program) {
    let mut one = Program::on_a_database().set("LLM_BASE_URL", &model.url()).set("LOG_LEVEL", "warn");
    for class in ["READ", "CHAT", "WRITE"] {
        one = one.set(&format!("RATE_LIMIT_{class}"), "1000000/60");
    }
    let mut two = one.sibling();
    one.start().await;
    two.start().await;
    (one, two)
}
