//! Exchanges as clients and the original have them, from `recorded/*.txt`: each request is sent, each answer compared.
//!
//! `>` begins a line of the request: method and path, then headers, then the body. `<` begins a line of the answer:
//! status, then headers, then the body. `$name` stands for an id; `"<uuid>"`, `"<time>"`, `"<text>"` and `"<number>"` for
//! any of their kind. Who sends no `UID` is alice1; `UID: -` is nobody.

use std::collections::HashMap;

use rocket::http::{ContentType, Method};
use serde_json::{Value, json};

use crate::support::{Actor, Answer, TestApp, pdf};

/// A request and the answer to it.
#[derive(Debug, Default)]
struct Exchange {
    title: String,
    sent: Vec<String>,
    expected: Vec<String>,
}

fn exchanges(text: &str) -> Vec<Exchange> {
    let mut exchanges = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("== ") {
            exchanges.push(Exchange { title: title.to_owned(), ..Exchange::default() });
        } else if let Some(sent) = line.strip_prefix("> ") {
            exchanges.last_mut().unwrap().sent.push(sent.to_owned());
        } else if let Some(expected) = line.strip_prefix("< ") {
            exchanges.last_mut().unwrap().expected.push(expected.to_owned());
        } else {
            assert!(line.is_empty() || line.starts_with('#'), "{line}");
        }
    }
    exchanges
}

/// A line `Name: value` with a name of letters.
fn header(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(": ")?;
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-').then_some((name, value))
}

async fn send(app: &TestApp, lines: &[String]) -> Answer {
    let (method, path) = lines[0].split_once(' ').unwrap();
    let mut headers: HashMap<String, String> = HashMap::from([("UID".into(), "alice1".into())]);
    let mut body = String::new();
    for line in &lines[1..] {
        match header(line).filter(|_| body.is_empty()) {
            Some((name, value)) => drop(headers.insert(name.to_owned(), value.to_owned())),
            None => body += line,
        }
    }
    // Nobody: an address that is no proxy of ours, so that it is not the developer either.
    let mut actor: Actor = if headers.get("UID").is_some_and(|uid| uid == "-") {
        headers.remove("UID");
        app.stranger()
    } else {
        app.developer()
    };
    let content = headers.remove("Content-Type").map(|kind| kind.parse::<ContentType>().unwrap());
    let content = content.or_else(|| (!body.is_empty()).then_some(ContentType::JSON));
    for (name, value) in headers {
        actor = actor.header(&name, &value);
    }
    if let Some(name) = body.strip_prefix("file:") {
        let (part, name) = name.split_once(':').unwrap();
        return actor.upload_to(path, part, name, &pdf::pages(&[&["A page."]])).await;
    }
    actor.send(method.parse::<Method>().unwrap(), path, content, body.into_bytes()).await
}

fn fits(expected: &Value, got: &Value) -> bool {
    match (expected, got) {
        (Value::String(kind), got) if kind.starts_with('<') => match kind.as_str() {
            "<uuid>" => got.as_str().is_some_and(|text| uuid::Uuid::parse_str(text).is_ok()),
            "<time>" => got.as_str().is_some_and(|text| text.ends_with('Z') && text.len() >= 20),
            "<text>" => got.is_string(),
            "<number>" => got.is_number(),
            _ => false,
        },
        (Value::Object(expected), Value::Object(got)) => {
            expected.len() == got.len()
                && expected.iter().all(|(key, value)| got.get(key).is_some_and(|got| fits(value, got)))
        }
        (Value::Array(expected), Value::Array(got)) => {
            expected.len() == got.len() && expected.iter().zip(got).all(|(expected, got)| fits(expected, got))
        }
        (expected, got) => expected == got,
    }
}

fn compare(title: &str, expected: &[String], answer: &Answer) {
    let said = answer.text();
    assert_eq!(answer.status.code.to_string(), expected[0], "{title}: {said}");
    let mut body = String::new();
    for line in &expected[1..] {
        match header(line).filter(|_| body.is_empty()) {
            Some((name, "-")) => assert_eq!(answer.header(name), None, "{title}: {name}"),
            Some((name, value)) => assert_eq!(answer.header(name), Some(value), "{title}: {name}"),
            None => body += line,
        }
    }
    match body.as_str() {
        "" => {}
        "nothing" => assert_eq!(said, "", "{title}"),
        text if text.starts_with(['{', '[']) => {
            let expected: Value =
                serde_json::from_str(text).unwrap_or_else(|error| panic!("{title}: {error}"));
            assert!(fits(&expected, &answer.json()), "{title}:\n expected {expected}\n got {said}");
            assert!(!said.contains("\": ") && !said.contains("\", \""), "{title}: written without blanks");
        }
        text => assert_eq!(said, text, "{title}"),
    }
}

async fn replay(text: &str) {
    let app = TestApp::start().await;
    app.campus(&[("library.md", "# Library\n\nThe library opens at eight in the morning.")]).await;
    let alice = app.user("alice1");
    let names = HashMap::from([
        ("$titled", titled(&alice, "Visa").await),
        ("$empty", alice.conversation().await),
        ("$foreign", titled(&app.user("bob22"), "Secret").await),
        ("$file", file(&alice).await),
        ("$theirfile", file(&app.user("bob22")).await),
    ]);
    app.work().await;
    for exchange in exchanges(text) {
        let mut longest_first: Vec<_> = names.iter().collect();
        longest_first.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        let filled = |line: &String| {
            longest_first.iter().fold(line.clone(), |line, (name, id)| line.replace(**name, id))
        };
        let sent: Vec<String> = exchange.sent.iter().map(filled).collect();
        let expected: Vec<String> = exchange.expected.iter().map(filled).collect();
        compare(&exchange.title, &expected, &send(&app, &sent).await);
    }
    app.work().await;
}

async fn titled(actor: &Actor, title: &str) -> String {
    let id = actor.conversation().await;
    actor.patch(&format!("/api/c/{id}"), json!({ "title": title })).await.is(200);
    id
}

async fn file(actor: &Actor) -> String {
    let uploaded = actor
        .upload("notes.pdf", &pdf::pages(&[&["The notes of this course are kept in one place."]]))
        .await
        .is(201)
        .json();
    uploaded["id"].as_str().unwrap().to_owned()
}

#[rocket::async_test]
async fn who_is_calling() {
    replay(include_str!("recorded/identity.txt")).await;
}

#[rocket::async_test]
async fn conversations_and_their_messages() {
    replay(include_str!("recorded/conversations.txt")).await;
}

#[rocket::async_test]
async fn questions_and_opinions() {
    replay(include_str!("recorded/chat.txt")).await;
}

#[rocket::async_test]
async fn files_and_their_names() {
    replay(include_str!("recorded/files.txt")).await;
}

#[rocket::async_test]
async fn events_and_everything_else() {
    replay(include_str!("recorded/others.txt")).await;
}
