//! Conversations and messages as clients see them, and what clients send, checked in the order that they know.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    ask::Ask,
    citation,
    conversation::{self, ConversationId},
    feedback::Rating,
    message::{self, Role, Status},
    neutral::neutralise,
};
use crate::{
    accounts::UserId,
    answering::Depth,
    error::{Error, Invalid, Result},
    knowledge::{self, Scope},
    platform::{openapi::Moment, store::Store, time::wire},
    uploads,
};

/// The name that stands for campus documents among the sources.
const CAMPUS: &str = "ChatDKU";
const MAX_QUESTION_BYTES: usize = 32 * 1024;
const MAX_TITLE_CHARS: usize = 100;
const MAX_FEEDBACK_BYTES: usize = 8 * 1024;
const MAX_SOURCES: usize = 500;

/// A conversation.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SessionInfo {
    #[schemars(with = "uuid::Uuid")]
    id: String,
    /// Empty until the first question.
    title: String,
    #[schemars(with = "Moment")]
    created_at: String,
}

impl SessionInfo {
    pub(super) fn of(row: conversation::Model) -> Self {
        Self { id: row.id.to_string(), title: row.title, created_at: wire(row.created_at) }
    }
}

/// The answer to a renaming.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Renamed {
    #[schemars(with = "uuid::Uuid")]
    id: String,
    title: String,
}

impl Renamed {
    pub(super) fn of(row: conversation::Model) -> Self {
        Self { id: row.id.to_string(), title: row.title }
    }
}

/// A new conversation.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Opened {
    #[schemars(with = "uuid::Uuid")]
    session_id: String,
}

impl Opened {
    pub(super) fn of(id: ConversationId) -> Self {
        Self { session_id: id.to_string() }
    }
}

/// A message. `content` is what the current client shows, and harmless; `message` is the text as it was written.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MessageInfo {
    id: i64,
    #[schemars(with = "Role")]
    role: &'static str,
    /// Markdown as it was written.
    message: String,
    /// The same, with HTML made harmless.
    content: String,
    #[schemars(with = "Moment")]
    created_at: String,
    /// The same moment.
    #[schemars(with = "Moment")]
    timestamp: String,
    #[schemars(with = "Status")]
    status: &'static str,
}

impl MessageInfo {
    pub(super) fn of(row: message::Model) -> Self {
        let at = wire(row.created_at);
        Self {
            id: row.id.0,
            role: if row.role == Role::User { "user" } else { "bot" },
            content: neutralise(&row.message),
            status: row.status().word(),
            message: row.message,
            created_at: at.clone(),
            timestamp: at,
        }
    }
}

/// A citation of an answer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CitationInfo {
    n: i32,
    /// The document's id; null once it is gone.
    document: Option<i64>,
    title: String,
    /// The document's address, or that of the reader's own file.
    url: Option<String>,
    page: Option<i32>,
    quote: String,
}

impl CitationInfo {
    pub(super) fn of(shown: citation::Shown) -> Self {
        let row = shown.citation;
        let own = shown.file_id.map(|id| format!("/user_files/{id}/content"));
        Self {
            n: row.n,
            document: row.document_id,
            title: row.title,
            url: row.url.or(own),
            page: row.page,
            quote: row.quote,
        }
    }
}

/// What `POST /feedback` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Thanks {
    message: &'static str,
}

impl Thanks {
    pub(super) fn saved() -> Self {
        Self { message: "Feedback saved successfully" }
    }
}

/// What `POST /reset` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Reset {
    good: &'static str,
}

impl Reset {
    pub(super) fn done() -> Self {
        Self { good: "Conversations are kept apart; there is nothing to reset." }
    }
}

/// The conversation that a question names.
pub(super) fn conversation_id(body: &Map<String, Value>) -> Result<ConversationId> {
    let text = match body.get("chatHistoryId") {
        None | Some(Value::Null) => return Err(Invalid::error("Could not get chatHistoryId").into()),
        Some(Value::String(text)) if text.trim().is_empty() => {
            return Err(Invalid::error("Could not get chatHistoryId").into());
        }
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err(Invalid::field("chatHistoryId", "Not a valid string.").into()),
    };
    ConversationId::parse(&text)
        .map_err(|_| Invalid::field("non_field_errors", format!("“{text}” is not a valid UUID.")).into())
}

/// The answer for a conversation that is not the caller's, and for one that is nobody's.
pub(super) fn session_not_found() -> Error {
    Invalid::field("non_field_errors", "Session ID not found").into()
}

/// The question of a body, to this conversation.
pub(super) async fn asked(
    store: &Store,
    by: UserId,
    conversation: ConversationId,
    body: &Map<String, Value>,
) -> Result<Ask> {
    let sources = sources(body)?;
    let scope = scope(store, by, sources.campus, &sources.files).await?;
    Ok(Ask { conversation, text: question(body)?, scope, depth: depth(body) })
}

/// The sources that a question names: campus documents, and names of the caller's own files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sources {
    pub(super) campus: bool,
    pub(super) files: Vec<String>,
}

/// Reads `sources`: by membership, whatever the order. No source at all means campus documents.
pub(super) fn sources(body: &Map<String, Value>) -> Result<Sources> {
    let names = match body.get("sources") {
        None => Vec::new(),
        Some(Value::Array(names)) if names.len() > MAX_SOURCES => {
            return Err(Invalid::field("sources", format!("No more than {MAX_SOURCES} sources.")).into());
        }
        Some(Value::Array(names)) => source_names(names)?,
        Some(Value::Null) => return Err(Invalid::field("sources", "This field may not be null.").into()),
        Some(other) => {
            let kind = crate::platform::json::kind(other);
            let sentence = format!("Expected a list of items but got type \"{kind}\".");
            return Err(Invalid::field("sources", sentence).into());
        }
    };
    let mut files = names;
    files.retain(|name| name != CAMPUS);
    let campus =
        files.is_empty() || body["sources"].as_array().is_some_and(|all| all.contains(&Value::from(CAMPUS)));
    Ok(Sources { campus, files })
}

fn source_names(items: &[Value]) -> Result<Vec<String>> {
    let mut faults = Map::new();
    let mut names = Vec::new();
    for (at, item) in items.iter().enumerate() {
        match item.as_str().map(str::trim) {
            // PostgreSQL keeps no such character, and no file has it in its name.
            Some(name) if name.contains('\0') => {
                faults.insert(at.to_string(), vec!["Null characters are not allowed."].into());
            }
            Some("") => drop(faults.insert(at.to_string(), vec!["This field may not be blank."].into())),
            Some(name) => names.push(name.to_owned()),
            None => drop(faults.insert(at.to_string(), vec!["Not a valid string."].into())),
        }
    }
    if faults.is_empty() { Ok(names) } else { Err(Invalid::default().with("sources", faults).into()) }
}

/// What a caller may have searched: refused with 423 while files of theirs are being read and wanted.
pub async fn scope(store: &Store, by: UserId, campus: bool, names: &[String]) -> Result<Scope> {
    if names.is_empty() {
        return Ok(Scope::campus());
    }
    if uploads::is_being_read(store.read(), by).await? {
        return Err(Error::Locked("The file is uploading"));
    }
    let names: Vec<String> = names.iter().filter(|name| !name.contains('\0')).cloned().collect();
    let files = uploads::chosen(store.read(), by, &names).await?;
    let documents = knowledge::of_files(store.read(), by, &files).await?;
    Ok(Scope { campus, own: Some((by, documents)) })
}

/// How much may be looked up: more where the client's `mode` is `agent`, whatever else it says.
pub(super) fn depth(body: &Map<String, Value>) -> Depth {
    if body.get("mode").is_some_and(|mode| mode == "agent") { Depth::Agent } else { Depth::Usual }
}

/// The question: the content of the last message.
pub(super) fn question(body: &Map<String, Value>) -> Result<String> {
    let messages = match body.get("messages") {
        None | Some(Value::Null) => return Err(no_message()),
        Some(Value::Array(messages)) => messages,
        Some(_) => return Err(Invalid::error("messages must be a list").into()),
    };
    let Some(last) = messages.last() else { return Err(no_message()) };
    match last.get("content") {
        Some(Value::String(text)) => checked_question(text),
        _ => Err(Invalid::error("The last message has no content").into()),
    }
}

/// A question's text within its bounds.
pub fn checked_question(text: &str) -> Result<String> {
    if text.trim().is_empty() {
        return Err(no_message());
    }
    if text.len() > MAX_QUESTION_BYTES {
        return Err(Invalid::error("The message is longer than 32 KiB").into());
    }
    if text.contains('\0') {
        return Err(Invalid::error("Null characters are not allowed.").into());
    }
    Ok(text.to_owned())
}

fn no_message() -> Error {
    Invalid::error("No message provided").into()
}

/// Whether a stream may begin with thinking lines: not for load tests, and not for those who say no.
pub(super) fn wants_thinking(body: &Map<String, Value>) -> bool {
    body.get("thinking") != Some(&Value::Bool(false)) && body.get("test") != Some(&Value::Bool(true))
}

/// What a title may be. `None` means that none was given.
pub(super) fn title(body: &Map<String, Value>, blank: Blank) -> Result<Option<String>> {
    let refuse = |sentence: &str| Err(Invalid::field("title", sentence).into());
    let text = match body.get("title") {
        None => return Ok(None),
        Some(Value::Null) if blank == Blank::KeepsTheOld => return Ok(None),
        Some(Value::Null) => return refuse("This field may not be null."),
        Some(Value::String(text)) => text.trim().to_owned(),
        // The original took numbers for text.
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return refuse("Not a valid string."),
    };
    checked_title(text, blank)
}

/// A title within its bounds.
pub fn checked_title(text: String, blank: Blank) -> Result<Option<String>> {
    let refuse = |sentence: &str| Err(Invalid::field("title", sentence).into());
    if text.is_empty() {
        return if blank == Blank::KeepsTheOld { Ok(None) } else { refuse("This field may not be blank.") };
    }
    if text.contains('\0') {
        return refuse("Null characters are not allowed.");
    }
    if text.chars().count() > MAX_TITLE_CHARS {
        return refuse("Ensure this field has no more than 100 characters.");
    }
    Ok(Some(text))
}

/// What a blank title means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blank {
    /// A mistake.
    IsRefused,
    /// The old title stays.
    KeepsTheOld,
}

/// Feedback as clients send it.
pub(super) fn rating(body: &Map<String, Value>) -> Result<Rating> {
    let names = ["userInput", "botAnswer", "feedbackReason", "chatHistoryId"];
    let given = |name: &str| match body.get(name) {
        Some(Value::String(text)) if !text.trim().is_empty() => Some(text.clone()),
        _ => None,
    };
    let fields: Vec<String> = names.into_iter().filter_map(given).collect();
    let Ok([question, answer, reason, conversation]) = <[String; 4]>::try_from(fields) else {
        let sentence = "Missing required fields";
        return Err(Invalid::error(sentence).with("message", sentence).into());
    };
    checked_rating(Rating {
        question,
        answer: without_thinking(&answer),
        reason,
        conversation,
        message: None,
    })
}

/// Feedback within its bounds.
pub fn checked_rating(rating: Rating) -> Result<Rating> {
    for text in [&rating.reason, &rating.conversation] {
        if text.len() > MAX_FEEDBACK_BYTES {
            let sentence = "A field is longer than 8 KiB";
            return Err(Invalid::error(sentence).with("message", sentence).into());
        }
    }
    let cut = |text: String| {
        let text = text.replace('\0', "");
        text[..text.floor_char_boundary(MAX_FEEDBACK_BYTES)].to_owned()
    };
    Ok(Rating {
        question: cut(rating.question),
        answer: cut(rating.answer),
        reason: cut(rating.reason),
        conversation: cut(rating.conversation),
        message: rating.message,
    })
}

/// The client sends all it has received, its thinking lines included.
fn without_thinking(answer: &str) -> String {
    let mut rest = answer;
    while let Some(line) = rest.strip_prefix("[THINKING]:") {
        rest = line.split_once('\n').map_or("", |(_, rest)| rest);
    }
    rest.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn sources_count_by_membership() {
        let read =
            |value: Value| sources(&body(value)).map(|sources| (sources.campus, sources.files.len())).ok();
        assert_eq!(read(json!({})), Some((true, 0)));
        assert_eq!(read(json!({ "sources": [] })), Some((true, 0)));
        assert_eq!(read(json!({ "sources": ["ChatDKU", "ChatDKU"] })), Some((true, 0)));
        assert_eq!(read(json!({ "sources": ["a.pdf"] })), Some((false, 1)));
        assert_eq!(read(json!({ "sources": ["ChatDKU", "a.pdf"] })), Some((true, 1)));
        assert_eq!(read(json!({ "sources": ["a.pdf", "ChatDKU"] })), Some((true, 1)));
        for wrong in [json!(null), json!("a.pdf"), json!([1]), json!([null]), json!({}), json!([""])] {
            assert_eq!(read(json!({ "sources": wrong })), None);
        }
    }

    #[test]
    fn thinking_lines_are_no_part_of_an_answer() {
        assert_eq!(
            without_thinking("[THINKING]:a\n[THINKING]:b\n\nIt is so.\n[THINKING]:c"),
            "It is so.\n[THINKING]:c"
        );
        assert_eq!(without_thinking("[THINKING]:a"), "");
    }
}
