//! `conversations.json`: what was asked and answered, with what was cited and what the person thought of it.

use std::collections::{HashMap, VecDeque};

use serde_json::{Value, json};

use super::archive::{Archive, List};
use crate::{
    accounts::UserId,
    app::App,
    chat::{
        self, ConversationId, MessageId, ShownCitation, conversations, messages, ratings, takeout, traces,
    },
};

/// The entry's name.
pub(super) const NAME: &str = "conversations.json";
/// Conversations, and messages, that are in memory at once.
const CONVERSATIONS: u64 = 50;
const MESSAGES: u64 = 200;

/// Writes the entry.
pub(super) async fn write(app: &App, of: UserId, archive: &mut Archive) -> anyhow::Result<()> {
    let db = app.store.read();
    let mut writer =
        Writer { list: List::begin(archive, NAME).await?, waiting: VecDeque::new(), open: None, said: false };
    let mut after = None;
    loop {
        let page = takeout::conversations(db, of, after, CONVERSATIONS).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.created_at, last.id));
        writer.waiting.extend(page);
        write_messages(app, of, &mut writer).await?;
    }
    writer.list.end().await
}

/// Writes the conversations that wait, each with its messages.
async fn write_messages(app: &App, of: UserId, writer: &mut Writer<'_>) -> anyhow::Result<()> {
    let db = app.store.read();
    let mut last: Option<messages::Model> = None;
    loop {
        let rest: Vec<ConversationId> = writer.waiting.iter().map(|row| row.id).collect();
        let page = takeout::messages(db, last.as_ref(), &rest, MESSAGES).await?;
        let Some(end) = page.last().cloned() else { break };
        last = Some(end);
        let ids: Vec<MessageId> = page.iter().map(|row| row.id).collect();
        let mut beside = Beside {
            cited: chat::citations_of(db, of, &ids).await?,
            traced: traces::of_messages(db, &ids).await?,
            opinions: takeout::opinions_about(db, of, &ids).await?,
        };
        for row in page {
            writer.message(row, &mut beside).await?;
        }
    }
    writer.close_all().await
}

/// What belongs to a page of messages.
struct Beside {
    cited: HashMap<MessageId, Vec<ShownCitation>>,
    traced: HashMap<MessageId, traces::Model>,
    opinions: HashMap<MessageId, Vec<ratings::Model>>,
}

/// The list, as far as it has come.
struct Writer<'a> {
    list: List<'a>,
    /// Conversations whose turn is still to come.
    waiting: VecDeque<conversations::Model>,
    /// The one that is being written.
    open: Option<ConversationId>,
    /// Whether a message of it has been.
    said: bool,
}

impl Writer<'_> {
    async fn message(&mut self, row: messages::Model, beside: &mut Beside) -> anyhow::Result<()> {
        // Those before it have no messages, or none any more.
        while self.open != Some(row.session_id) && self.open_next().await? {}
        let between: &[u8] = if self.said { b",\n  " } else { b"\n  " };
        self.said = true;
        let archive = self.list.last();
        archive.write(between).await?;
        archive.json(&message(row, beside)).await
    }

    /// Ends the open conversation and begins the next. `false` when there is none.
    async fn open_next(&mut self) -> anyhow::Result<bool> {
        self.close().await?;
        let Some(next) = self.waiting.pop_front() else { return Ok(false) };
        let mut head = head(&next).to_string();
        // The messages follow inside of the same object.
        head.pop();
        let archive = self.list.another().await?;
        archive.write(format!("{head},\"messages\":[").as_bytes()).await?;
        (self.open, self.said) = (Some(next.id), false);
        Ok(true)
    }

    async fn close(&mut self) -> anyhow::Result<()> {
        if self.open.take().is_some() { self.list.last().write(b"]}").await } else { Ok(()) }
    }

    async fn close_all(&mut self) -> anyhow::Result<()> {
        while self.open_next().await? {}
        Ok(())
    }
}

fn head(row: &conversations::Model) -> Value {
    json!({
        "id": row.id.to_string(),
        "title": row.title,
        "created_at": row.created_at,
        "last_activity": row.last_activity,
        "summary": row.summary,
    })
}

fn message(row: messages::Model, beside: &mut Beside) -> Value {
    let cited = beside.cited.remove(&row.id).unwrap_or_default();
    let opinions = beside.opinions.remove(&row.id).unwrap_or_default();
    let status: String = sea_orm::ActiveEnum::to_value(&row.status());
    let role: String = sea_orm::ActiveEnum::to_value(&row.role);
    json!({
        "id": row.id.0,
        "role": role,
        "created_at": row.created_at,
        "status": status,
        "message": row.message,
        "citations": cited.into_iter().map(citation).collect::<Vec<_>>(),
        "feedback": opinions.iter().map(|opinion| json!({
            "id": opinion.id,
            "time": opinion.time,
            "reason": opinion.feedback_reason,
        })).collect::<Vec<_>>(),
        "made": beside.traced.remove(&row.id).as_ref().map(made),
    })
}

fn citation(shown: ShownCitation) -> Value {
    let row = shown.citation;
    json!({
        "n": row.n,
        "title": row.title,
        "url": row.url,
        "page": row.page,
        "file_id": shown.file_id,
        "quote": row.quote,
    })
}

/// How an answer came to be.
fn made(trace: &traces::Model) -> Value {
    json!({
        "model": trace.model,
        "first_ms": trace.first_ms,
        "total_ms": trace.total_ms,
        "passages": trace.passages,
        "steps": trace.stages(),
    })
}
