//! A model that makes things up, over and over: nothing that it invents reaches a reader.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::json;

use crate::support::{
    Actor, TestApp, figure,
    model::{Model, Script, Step},
};

/// Answers of a usual run. `CHATDKU_TEST_LIES=1000` makes it a thousand.
const ANSWERS: usize = 300;
const ASKERS: usize = 4;

const CAMPUS: &[(&str, &str)] = &[
    ("library.md", "# Library\n\nThe library opens at eight in the morning and closes at midnight."),
    ("visa.md", "# Visas\n\nThe library helps nobody with visas; the Entry-Exit Bureau opens at nine."),
    ("housing.md", "# Housing\n\nResidence halls open in August, long before the library does."),
    (
        "metadata.csv",
        "path,title,url\nlibrary.md,Library Guide,https://library.example.edu/hours\nvisa.md,Visa Guide,\n",
    ),
];
const QUESTION: &str = "When does the library open?";
/// What readers may see as a source: title and address.
const SOURCES: [(&str, Option<&str>); 3] =
    [("Library Guide", Some("https://library.example.edu/hours")), ("Visa Guide", None), ("Housing", None)];

/// Words of an answer: some true, most made up.
const CLAIMS: [&str; 19] = [
    "The library opens at eight [1]. ",
    "It is the largest of Asia [7]. ",
    "So says the rector [1][12], and the dean [2, 44]. ",
    "See https://evil.example/hours for more. ",
    "See [the hours](https://library.example.edu/other). ",
    "See [https://evil.example](https://library.example.edu/hours). ",
    "Write to www.made-up.example, please. ",
    "It stands in [the guide](javascript:alert(1)) [3]. ",
    "As [^9] shows, and [0], and [999]. ",
    "<img src=https://evil.example/x.png> ",
    "# A heading\n\n- a point [2]\n- another [88]\n",
    "Reference:\n- [1] A Secret Guide: https://evil.example, page 9\n\n",
    "**Sources**\n1. Secret Guide, https://evil.example\n2. Another\n\n",
    "参考资料：\n[1] 秘密指南 https://evil.example\n\n",
    "The official [address](https://library.example.edu/hours) is known [1]. ",
    "[[5]](https://evil.example) and [ 6 ] and [1 ,77]. ",
    "请见https://evil.example/hours。",
    "So [9](https://library.example.edu/hours) says. ",
    "And so do others [7-9]. ",
];

fn lies(random: &mut StdRng) -> Script {
    let claims = random.random_range(1..8);
    let text: String = (0..claims).map(|_| *CLAIMS.choose(random).expect("a claim")).collect();
    let chars: Vec<char> = text.chars().collect();
    let (mut steps, mut at) = (Vec::new(), 0);
    while at < chars.len() {
        let end = (at + random.random_range(1..12)).min(chars.len());
        let piece: String = chars[at..end].iter().collect();
        steps.push(Step::Raw(json!({ "choices": [{ "delta": { "content": piece } }] }).to_string()));
        at = end;
    }
    steps.push(Step::Done);
    Script::Stream(steps)
}

/// What an answer says of its sources: the numbers in its text, and the lines of its block.
fn numbers(text: &str) -> Vec<i64> {
    let mut found = Vec::new();
    for part in text.split('[').skip(1) {
        if let Some((inside, _)) = part.split_once(']')
            && let Ok(number) = inside.trim().parse()
        {
            found.push(number);
        }
    }
    found
}

async fn check(alice: &Actor, conversation: &str, text: &str) -> Result<usize, String> {
    let (body, block) = text.split_once("\n\nReference:\n").unwrap_or((text, ""));
    let fault = |what: &str| Err(format!("{what}:\n{text}"));
    if body.contains("evil.example") || body.contains("made-up") || body.contains("library.example.edu/other")
    {
        return fault("an address that nothing has");
    }
    if body.contains("Secret") || body.contains("秘密") || body.contains("javascript:") {
        return fault("a source that there is not");
    }
    let messages = alice.messages(conversation).await;
    let answer = messages.last().expect("an answer")["id"].clone();
    let cited = alice.get(&format!("/api/c/{conversation}/messages/{answer}/citations")).await.is(200).json();
    let cited = cited.as_array().expect("a list").clone();
    let known: BTreeMap<i64, (String, Option<String>)> = cited
        .iter()
        .map(|citation| {
            let text = |name: &str| citation[name].as_str().map(str::to_owned);
            (citation["n"].as_i64().expect("a number"), (text("title").expect("a title"), text("url")))
        })
        .collect();
    for (title, url) in known.values() {
        if !SOURCES.contains(&(title.as_str(), url.as_deref())) {
            return fault("a citation of something else");
        }
    }
    let quoted = cited.iter().all(|citation| {
        let quote = citation["quote"].as_str().unwrap_or_default();
        CAMPUS.iter().any(|(_, text)| quote.len() > 10 && text.contains(quote.trim_start_matches("# ")))
    });
    if !quoted {
        return fault("a quote that no document has");
    }
    if numbers(body).iter().any(|number| !known.contains_key(number)) || body.contains("[7-9]") {
        return fault("a number that stands for nothing");
    }
    for line in block.lines().filter(|line| !line.trim().is_empty()) {
        let Some((title, url)) = numbers(line).first().and_then(|number| known.get(number)) else {
            return fault("a line of the block that stands for nothing");
        };
        let url = url.as_deref().unwrap_or("No URL");
        if !line.contains(&format!(" {title}: {url}")) {
            return fault("a line of the block that is not true");
        }
    }
    Ok(known.len())
}

#[rocket::async_test]
async fn nothing_that_a_model_makes_up_reaches_a_reader() {
    let answers = figure("CHATDKU_TEST_LIES").unwrap_or(ANSWERS);
    let mut random = StdRng::seed_from_u64(7);
    let scripts: Vec<Script> = (0..answers).map(|_| lies(&mut random)).collect();
    let model = Model::start(scripts).await;
    let app =
        ["READ", "CHAT", "WRITE"].iter().fold(TestApp::with("LLM_BASE_URL", &model.url()), |app, class| {
            app.set(&format!("RATE_LIMIT_{class}"), "1000000/60")
        });
    let app = app.start().await;
    app.campus(CAMPUS).await;
    let askers = (0..ASKERS).map(|number| {
        let (alice, app) = (app.user(&format!("asker{number}")), &app);
        async move {
            let mut cited = 0;
            for _ in 0..answers / ASKERS {
                let conversation = alice.conversation().await;
                let text = alice.ask(&conversation, QUESTION, &[]).await.is(200).text();
                cited += check(&alice, &conversation, &text).await.unwrap_or_else(|fault| panic!("{fault}"));
            }
            let _ = app;
            cited
        }
    });
    let cited: usize = futures::future::join_all(askers).await.into_iter().sum();
    assert!(cited > answers / 4, "{cited} citations in {answers} answers: too little was said");
    let repairs = app.developer().get("/metrics").await.figure("chatdku_citation_repairs_total");
    assert!(repairs.is_some_and(|repairs| repairs > answers as f64 / 2.0), "{repairs:?}");
    #[expect(clippy::print_stdout, reason = "figures are what this is run for")]
    {
        println!("{answers} answers, {cited} true citations, {repairs:?} inventions taken out, none left");
    }
}
