//! A conversation as staff read it: what was asked and answered, from which sources, how long it took, and what was
//! said about it. Whoever opens one is noted in the audit log.

use std::collections::HashMap;

use askama::Template;
use rocket::{Route, State, get, http::CookieJar, routes};

use super::{
    markdown::{self, Html},
    messages::answer_html,
};
use crate::{
    accounts::user,
    admin::{Desk, Frame, Locale, Refusal, is_digest, shortened},
    app::App,
    chat::{
        self, ConversationId, MessageId, Role, ShownCitation, Status, conversations, messages, ratings,
        traces,
    },
    platform::{
        audit::{self, Object},
        page::Page,
    },
};

/// The page of this file, to be mounted at each base of the dashboard.
pub fn staff_routes() -> Vec<Route> {
    routes![transcript]
}

/// The page.
#[derive(Template)]
#[template(path = "site/transcript.html")]
struct TranscriptPage {
    frame: Frame,
    id: String,
    turns: Vec<Turn>,
    facts: Vec<(String, Fact)>,
    earlier: Option<String>,
    later: Option<String>,
    delete: Option<String>,
}

/// A fact about the conversation: text, and where it leads.
struct Fact {
    text: String,
    href: Option<String>,
}

/// A message.
struct Turn {
    id: i64,
    question: bool,
    html: Html,
    at: When,
    /// The key of its status and how it is coloured.
    status: Option<(String, &'static str)>,
    took: Option<String>,
    pins: Vec<Pin>,
    sources: Vec<Source>,
    stages: Vec<StageView>,
    searched: Vec<String>,
    made_by: Option<String>,
}

/// A moment.
struct When {
    text: String,
    exact: String,
    machine: String,
}

/// What somebody said about an answer.
struct Pin {
    good: bool,
    reason: String,
    state: String,
    at: When,
    href: String,
    note: Option<String>,
}

/// A source of an answer.
struct Source {
    n: i32,
    title: String,
    href: Option<String>,
    page: Option<String>,
    score: String,
    quote: String,
}

/// A step of an answer: where its bar begins, and how long it is, in percent.
struct StageView {
    name: String,
    from: i32,
    width: i32,
    text: String,
    /// The tools that were used.
    used: Vec<String>,
}

#[get("/chat/usersession/<id>/conversation")]
async fn transcript(
    desk: Desk,
    id: &str,
    app: &State<App>,
    cookies: &CookieJar<'_>,
) -> Result<Page<TranscriptPage>, Refusal> {
    desk.require("chat.view_usersession")?;
    desk.require("chat.view_chatmessages")?;
    let id = ConversationId::parse(id).map_err(|_| Refusal::NotFound)?;
    let db = app.store.read();
    let conversation = conversations::by_id(db, id).await?.ok_or(Refusal::NotFound)?;
    let mut rows = messages::list(db, id).await?;
    chat::fill_in(app, &mut rows).await?;
    let ids: Vec<MessageId> = rows.iter().map(|row| row.id).collect();
    let (cited, traced, opinions, neighbours, owner) = futures::try_join!(
        chat::citations_of(db, conversation.user_id, &ids),
        traces::of_messages(db, &ids),
        ratings::about(db, id, &ids),
        conversations::neighbours(db, &conversation),
        user::by_id(db, conversation.user_id),
    )?;
    opened(&desk, app, &conversation).await?;
    let mut telling = Telling { desk: &desk, cited, traced, opinions };
    let turns: Vec<Turn> = rows.into_iter().map(|row| telling.turn(row)).collect();
    let to =
        |id: Option<ConversationId>| id.map(|id| desk.url(&format!("chat/usersession/{id}/conversation/")));
    let title = title(&conversation, &desk.locale);
    let delete = desk
        .staff
        .holds("chat.delete_usersession")
        .then(|| desk.url(&format!("chat/usersession/{id}/delete/")));
    Ok(Page::ok(TranscriptPage {
        frame: Frame::new(&desk, cookies, title.clone())
            .crumb(desk.locale.t("model-chat-usersession-many"), desk.url("chat/usersession/"))
            .here(title),
        facts: facts(&desk, &conversation, owner, turns.len()),
        earlier: to(neighbours.0),
        later: to(neighbours.1),
        id: id.to_string(),
        turns,
        delete,
    }))
}

fn title(conversation: &conversations::Model, locale: &Locale) -> String {
    if conversation.title.is_empty() { locale.t("conversation-untitled") } else { conversation.title.clone() }
}

/// Somebody's conversation is private: who reads it is known.
async fn opened(desk: &Desk, app: &App, conversation: &conversations::Model) -> Result<(), Refusal> {
    let object = Object {
        model: "chat.usersession".to_owned(),
        key: conversation.id.to_string(),
        text: String::new(),
    };
    let event = audit::Event { object: Some(object), ..desk.event("conversation.opened") };
    app.store.write(async |tx| audit::append(&tx, desk.locale.now, event).await).await?;
    Ok(())
}

fn facts(
    desk: &Desk,
    conversation: &conversations::Model,
    owner: Option<user::Model>,
    messages: usize,
) -> Vec<(String, Fact)> {
    let locale = &desk.locale;
    let text = |text: String| Fact { text, href: None };
    // A name that is no hash says who somebody is.
    let name = owner.map(|owner| owner.username).unwrap_or_default();
    let shown = is_digest(&name) || desk.staff.holds("chat.view_personal");
    let owner = Fact {
        text: if shown { shortened(&name) } else { locale.t("transcript-name-hidden") },
        href: (shown && desk.staff.holds("core.view_usermodel"))
            .then(|| desk.url(&format!("core/usermodel/{}/change/", conversation.user_id.0))),
    };
    let mut facts = vec![
        (locale.t("field-user_id"), owner),
        (locale.t("field-created_at"), text(locale.moment(conversation.created_at))),
        (locale.t("field-messages"), text(messages.to_string())),
    ];
    if let Some(at) = conversation.last_activity {
        facts.insert(2, (locale.t("field-last_activity"), text(locale.moment(at))));
    }
    facts
}

/// What messages are told with.
struct Telling<'a> {
    desk: &'a Desk,
    cited: HashMap<MessageId, Vec<ShownCitation>>,
    traced: HashMap<MessageId, traces::Model>,
    opinions: Vec<ratings::Model>,
}

impl Telling<'_> {
    fn turn(&mut self, row: messages::Model) -> Turn {
        let locale = &self.desk.locale;
        let cited = self.cited.remove(&row.id).unwrap_or_default();
        let trace = self.traced.remove(&row.id);
        let numbers: Vec<i32> = cited.iter().map(|shown| shown.citation.n).collect();
        let question = row.role == Role::User;
        let total = trace.as_ref().and_then(|trace| trace.total_ms);
        let (pins, rest) = std::mem::take(&mut self.opinions)
            .into_iter()
            .partition(|opinion: &ratings::Model| opinion.message_id == Some(row.id));
        self.opinions = rest;
        let pins: Vec<ratings::Model> = pins;
        Turn {
            html: if question {
                markdown::plain(&row.message)
            } else {
                answer_html(&row.message, row.id, &numbers)
            },
            at: self.when(row.created_at),
            status: (!question).then(|| status(row.status())),
            took: total.map(seconds),
            pins: pins.into_iter().map(|opinion| self.pin(opinion)).collect(),
            sources: cited.into_iter().map(|shown| self.source(shown)).collect(),
            stages: trace.as_ref().map(|trace| self.stages(trace)).unwrap_or_default(),
            searched: trace.as_ref().map(|trace| self.searched(trace)).unwrap_or_default(),
            made_by: trace.map(|trace| {
                let model = trace.model.unwrap_or_else(|| locale.t("transcript-extractive"));
                if trace.fallback { locale.with("transcript-fallback", &[("model", &model)]) } else { model }
            }),
            id: row.id.0,
            question,
        }
    }

    fn when(&self, at: chrono::DateTime<chrono::Utc>) -> When {
        let locale = &self.desk.locale;
        When { text: locale.moment(at), exact: locale.exact(at), machine: at.to_rfc3339() }
    }

    fn pin(&self, opinion: ratings::Model) -> Pin {
        let locale = &self.desk.locale;
        let state = sea_orm::ActiveEnum::to_value(&opinion.state());
        let known = locale.language.find(&format!("choice-reason-{}", opinion.feedback_reason));
        Pin {
            good: opinion.feedback_reason == "helpful",
            state: locale.t(&format!("choice-state-{state}")),
            at: self.when(opinion.time),
            href: self.desk.url(&format!("chat/feedback/{}/change/", opinion.id)),
            note: opinion.note,
            reason: known.unwrap_or(opinion.feedback_reason),
        }
    }

    fn source(&self, shown: ShownCitation) -> Source {
        let row = shown.citation;
        let file = shown.file_id.filter(|_| self.desk.staff.holds("core.view_uploadedfile"));
        Source {
            n: row.n,
            title: row.title,
            href: row
                .url
                .or_else(|| file.map(|id| self.desk.url(&format!("core/uploadedfile/{id}/change/")))),
            page: row.page.map(|page| self.desk.locale.language.text_with("site-page", [("page", page)])),
            score: format!("{:.2}", row.score),
            quote: row.quote,
        }
    }

    fn stages(&self, trace: &traces::Model) -> Vec<StageView> {
        let stages = trace.stages();
        let whole = stages.iter().map(|stage| stage.ms).sum::<i32>().max(1);
        let mut from = 0;
        let mut views = Vec::new();
        for stage in stages {
            let percent = |ms: i32| i32::try_from(i64::from(ms) * 100 / i64::from(whole)).unwrap_or(100);
            views.push(StageView {
                name: self.desk.locale.t(&format!("stage-{}", stage.name)),
                from: percent(from),
                width: percent(stage.ms).max(1),
                text: seconds(stage.ms),
                used: self.said_of(&stage),
            });
            from += stage.ms;
        }
        views
    }

    /// What is to be known of a stage: what was used in it, what it had to do without, what it cost.
    fn said_of(&self, stage: &traces::Stage) -> Vec<String> {
        let used = stage.used.iter().map(|(tool, subject)| self.tool(tool, subject));
        let notes = stage.notes.iter().map(|note| self.desk.locale.t(&format!("stage-note-{note}")));
        used.chain(notes).chain(self.cost(stage)).collect()
    }

    /// What the model read, wrote and made up in a step.
    fn cost(&self, stage: &traces::Stage) -> Vec<String> {
        let language = self.desk.locale.language;
        let tokens = stage.tokens.map(|tokens| {
            let counts = [("read", tokens.prompt), ("written", tokens.completion)];
            language.text_with("transcript-tokens", counts)
        });
        let repairs =
            (stage.repairs > 0).then(|| language.text_with("transcript-repairs", [("count", stage.repairs)]));
        tokens.into_iter().chain(repairs).collect()
    }

    /// A tool that was used, and what for. The names are the model's own words, which may be anything.
    fn tool(&self, name: &str, subject: &str) -> String {
        let language = self.desk.locale.language;
        match name {
            "search_documents"
            | "read_document"
            | "list_events"
            | "lookup_major"
            | "lookup_prerequisites"
            | "lookup_schedule"
            | "recommend_courses"
            | "lookup_syllabus" => {
                language.text_with(&format!("tool-{name}"), [("query", subject.to_owned())])
            }
            _ => language.text("tool-unknown"),
        }
    }

    fn searched(&self, trace: &traces::Model) -> Vec<String> {
        let locale = &self.desk.locale;
        let line = |found: traces::Finding| {
            let page = found.page.map(|page| locale.language.text_with("site-page", [("page", page)]));
            let page = page.map(|page| format!(", {page}")).unwrap_or_default();
            format!("{}{page} ({:.2})", found.title, found.score)
        };
        trace.searched().into_iter().map(line).collect()
    }
}

fn status(status: Status) -> (String, &'static str) {
    let word: String = sea_orm::ActiveEnum::to_value(&status);
    let tone = match status {
        Status::Complete => "good",
        Status::Streaming => "plain",
        Status::Stopped => "warn",
        Status::Failed | Status::Interrupted => "bad",
    };
    (format!("choice-status-{word}"), tone)
}

/// Milliseconds as people read them.
fn seconds(ms: i32) -> String {
    if ms < 1000 { format!("{ms} ms") } else { format!("{:.1} s", f64::from(ms) / 1000.0) }
}
