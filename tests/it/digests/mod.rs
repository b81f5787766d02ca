//! The weekly report: what it counts, what it quotes, and that nobody who is quoted in it writes it.

mod attacks;
mod page;
mod report;

use chatdku::{digests, mail::outbox};
use chrono::Duration;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use crate::support::{
    TestApp, TestConfig,
    model::{Model, Script, Step},
};

const READER: &str = "reader@example.edu";

fn with_reader() -> TestConfig {
    TestApp::with("EMAIL_TO", READER)
}

/// Says something about an answer.
async fn say(app: &TestApp, question: &str, answer: &str, reason: &str) {
    let body = json!({
        "userInput": question, "botAnswer": answer, "feedbackReason": reason, "chatHistoryId": "None",
    });
    app.user("alice1").post("/api/feedback", body).await.is(201);
    // The newest come first.
    app.clock.advance(Duration::seconds(2));
}

/// Makes the report of this week and sends it. Answers the one mail that comes of it.
async fn report(app: &TestApp) -> outbox::Model {
    let mails = digests::weekly_report(app.app()).await.unwrap();
    assert_eq!(mails.len(), 1);
    app.work().await;
    let mails =
        outbox::Entity::find().order_by_desc(outbox::Column::CreatedAt).order_by_desc(outbox::Column::Id);
    mails.one(app.app().store.read()).await.unwrap().unwrap()
}

async fn a_week_later(app: &TestApp) {
    app.clock.advance(Duration::days(7));
    app.work().await;
}

/// An answer of the model.
fn answers(text: &str) -> Script {
    let delta = json!({ "choices": [{ "index": 0, "delta": { "content": text } }] });
    Script::Stream(vec![Step::Raw(delta.to_string()), Step::Done])
}

/// A theme as it is asked for.
fn theme(title: &str, summary: &str, quotes: &[i32]) -> Value {
    json!({ "title": title, "summary": summary, "quotes": quotes })
}

fn themes(themes: &[Value]) -> String {
    json!({ "themes": themes }).to_string()
}

/// The application with a model that answers its requests in turn.
async fn with_model(scripts: Vec<Script>) -> (TestApp, Model) {
    let model = Model::start(scripts).await;
    let app = with_reader().set("LLM_BASE_URL", &model.url()).start().await;
    (app, model)
}
