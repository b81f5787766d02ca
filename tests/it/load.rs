//! Twenty people who ask at once, and a model of known speed: how much later than the model's own first word ours is.

use std::time::{Duration, Instant};

use futures::{StreamExt, future::join_all};
use serde_json::{Value, json};

use crate::support::{
    Program,
    model::{Model, Script, Step},
    process::{http, other_program},
};

const PEOPLE: usize = 20;
const QUESTIONS: usize = 5;
/// The model's time to its first word.
const THINKS: Duration = Duration::from_millis(100);
/// What may be added to it. A build for development beside other tests has no speed to speak of.
const MOST: Duration = Duration::from_millis(20);
const MOST_IN_DEVELOPMENT: Duration = Duration::from_secs(20);

/// The time from a request until its stream says `word`, and until its first byte.
async fn until(request: reqwest::RequestBuilder, word: &str) -> (Duration, Duration) {
    let began = Instant::now();
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let (mut parts, mut text, mut first) = (answer.bytes_stream(), String::new(), None);
    while let Some(part) = parts.next().await {
        text.push_str(&String::from_utf8_lossy(&part.expect("a part")));
        first.get_or_insert_with(|| began.elapsed());
        if text.contains(word) {
            let found = began.elapsed();
            // To the end: an answer is not cut short by whoever measures it.
            while parts.next().await.is_some() {}
            return (found, first.unwrap_or(found));
        }
    }
    panic!("{word} was never said: {text}");
}

fn p95(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[(times.len() * 95).div_ceil(100) - 1]
}

#[rocket::async_test]
async fn our_first_word_comes_soon_after_the_models() {
    let steps =
        vec![Step::Wait(THINKS), Step::Say("Eight"), Step::Wait(THINKS), Step::Say(" [1]."), Step::Done];
    let model = Model::start(vec![Script::Stream(steps)]).await;
    let mut program = Program::on_a_database().released().set("LLM_BASE_URL", &model.url());
    for class in ["READ", "CHAT", "WRITE"] {
        program = program.set(&format!("RATE_LIMIT_{class}"), "1000000/60");
    }
    let campus = program.folder().join("campus");
    std::fs::create_dir(&campus).expect("a folder");
    std::fs::write(campus.join("library.md"), "# Library\n\nThe library opens at eight.").expect("a file");
    let (fine, said) = program.run(&["ingest", "campus"]);
    assert!(fine, "{said}");
    program.start().await;
    let raw = join_all((0..PEOPLE).map(async |_| {
        let (http, url) = (http(), format!("{}/chat/completions", model.url()));
        let mut times = Vec::new();
        for _ in 0..QUESTIONS {
            times.push(until(http.post(&url).json(&json!({})), "Eight").await.0);
        }
        times
    }));
    let raw = p95(raw.await.concat());
    let asked_before = model.requests().len();
    let ours = join_all((0..PEOPLE).map(async |number| {
        let (http, name, mut times) = (http(), format!("person{number}"), Vec::new());
        for _ in 0..QUESTIONS {
            let opened = http.get(program.url("/api/get_session")).header("UID", &name).send().await;
            let opened: Value = opened.expect("an answer").json().await.expect("JSON");
            let question = json!({
                "messages": [{ "role": "user", "content": "When does the library open?" }],
                "chatHistoryId": opened["session_id"],
            });
            let asked = http.post(program.url("/api/chat")).header("UID", &name).json(&question);
            times.push(until(asked, "Eight").await);
        }
        times
    }));
    let (words, bytes): (Vec<Duration>, Vec<Duration>) = ours.await.concat().into_iter().unzip();
    let (word, byte) = (p95(words), p95(bytes));
    let calls = model.requests().len() - asked_before;
    assert_eq!(calls, PEOPLE * QUESTIONS, "one request to the model for each question");
    let overhead = word.saturating_sub(raw);
    #[expect(clippy::print_stdout, reason = "figures are what this is run for")]
    {
        println!(
            "p95 of {calls}: model {raw:?}, our first word {word:?} ({overhead:?} later), our first thinking line {byte:?}"
        );
    }
    let most = if other_program().is_some() { MOST } else { MOST_IN_DEVELOPMENT };
    assert!(overhead <= most, "our first word came {overhead:?} after the model's");
}
