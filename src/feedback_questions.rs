//! Feedback as a file of questions for `chatdku eval`: what people were not content with, to be found better.
//!
//! The documents in it are those that the answers cited, as a beginning: somebody who knows better puts them right.

use rocket::{
    Request, Response, Route, State, get,
    http::Header,
    response::{self, Responder},
    routes,
};
use serde_json::json;

use crate::{
    admin::{Desk, Refusal},
    app::App,
    chat::ratings,
    evaluation::Question,
    platform::audit::{self, Object},
};

/// Opinions that are looked at.
const MOST: u64 = 5_000;

/// The page of this file, to be mounted at each base of the dashboard.
pub fn routes() -> Vec<Route> {
    routes![questions]
}

/// A file of questions.
struct Download {
    name: String,
    lines: String,
}

impl<'r> Responder<'r, 'static> for Download {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let disposition = format!("attachment; filename=\"{}\"", self.name);
        Response::build()
            .header(Header::new("Content-Type", "application/x-ndjson"))
            .header(Header::new("Content-Disposition", disposition))
            .sized_body(None, std::io::Cursor::new(self.lines))
            .ok()
    }
}

/// What people asked is personal; who asked is not in it.
#[get("/chat/feedback/questions")]
async fn questions(desk: Desk, app: &State<App>) -> Result<Download, Refusal> {
    desk.require("chat.export_feedback")?;
    desk.require("chat.export_personal")?;
    let complaints = ratings::newest_complaints(app.store.read(), MOST).await?;
    let mut lines = String::new();
    for complaint in &complaints {
        let question = Question {
            question: complaint.question.clone(),
            documents: complaint.cited.clone(),
            facts: Vec::new(),
            note: Some(complaint.reason.clone()).filter(|reason| !reason.is_empty()),
        };
        let line = serde_json::to_string(&question).map_err(|error| Refusal::Failed(error.into()))?;
        lines.push_str(&line);
        lines.push('\n');
    }
    let object = Object { model: "chat.feedback".to_owned(), key: String::new(), text: String::new() };
    let detail = json!({ "format": "questions", "rows": complaints.len(), "personal": true });
    let event = audit::Event { object: Some(object), detail, ..desk.event("admin.export") };
    app.store.write(async |tx| audit::append(&tx, desk.locale.now, event).await).await?;
    Ok(Download { name: format!("questions-{}.jsonl", desk.locale.today()), lines })
}
