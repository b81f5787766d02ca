//! The routes of this slice, described.

use rocket::http::Method::{Delete, Get, Head, Patch, Post};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    api_bodies::{NewTitle, NewTitleOrNone, Question, RatingBody},
    two_step_api,
    wire::{CitationInfo, MessageInfo, Opened, Renamed, Reset, SessionInfo, Thanks},
};
use crate::{
    accounts::AssistantName,
    platform::{
        openapi::{Entry::Callers, Operation, PageSize},
        rate_limit::Class::{Chat, Read, Write},
    },
};

const CONVERSATIONS: &str = "conversations";
pub(super) const CHAT: &str = "chat";
const FEEDBACK: &str = "feedback";
/// Where the answer to an opening has the conversation.
const OPENED: &str = "$response.body#/session_id";
pub(super) const ID: &str = "8f0c0c0e-7c0a-4f4e-9a36-3a3f0a2f5f10";

/// Their descriptions.
pub fn operations() -> Vec<Operation> {
    let chapters = [opening(), conversations(), messages(), asking(), two_step_api::operations(), rating()];
    chapters.into_iter().flatten().collect()
}

fn opening() -> Vec<Operation> {
    let opened = |operation: Operation, status| {
        operation
            .notes("An account with twenty empty conversations gets its oldest empty one again.")
            .answers::<Opened>(status, "The conversation to ask in.", json!({ "session_id": ID }))
            .leads_to(status, "get_api_c_id", &[("id", OPENED)])
            .leads_to(status, "patch_api_c_id", &[("id", OPENED)])
            .leads_to(status, "patch_api_c_id_rename", &[("id", OPENED)])
            .leads_to(status, "get_api_c_id_messages", &[("id", OPENED)])
            .leads_to(status, "delete_api_c_id", &[("id", OPENED)])
            .leads_to_body(
                status,
                "post_api_chat",
                json!({
                    "messages": [{ "role": "user", "content": "When does the add/drop period end?" }],
                    "chatHistoryId": OPENED,
                }),
            )
    };
    let get = |path, summary| Operation::new(Get, path, CONVERSATIONS, Callers(Read), summary);
    let post = |path, summary| Operation::new(Post, path, CONVERSATIONS, Callers(Write), summary);
    let head = |path| Operation::new(Head, path, CONVERSATIONS, Callers(Read), "Open nothing");
    vec![
        opened(get("/api/get_session", "Open a conversation"), 200),
        opened(post("/api/get_session", "Open a conversation"), 200),
        head("/api/get_session").answers_nothing(200, "Nothing was opened."),
        opened(get("/api/c/create_session", "Open a conversation, under the original's path"), 201),
        opened(post("/api/c/create_session", "Open a conversation, under the original's path"), 201),
        head("/api/c/create_session").answers_nothing(201, "Nothing was opened."),
    ]
}

fn conversations() -> Vec<Operation> {
    let one = |method, path, class, summary| {
        let operation = Operation::new(method, path, CONVERSATIONS, Callers(class), summary);
        operation.part::<Uuid>("id", "The conversation.", json!(ID))
    };
    let session = || json!({ "id": ID, "title": "Visa", "created_at": "2026-03-08T04:05:06.123456Z" });
    let title = || json!({ "title": "Visa" });
    vec![
        paged(Operation::new(Get, "/api/c", CONVERSATIONS, Callers(Read), "My conversations"))
            .notes("Those with a title, newest first. `q` looks through titles and messages.")
            .option::<Uuid>("before", "Only those older than this conversation.")
            .answers::<Vec<SessionInfo>>(200, "A bare array.", json!([session()])),
        one(Get, "/api/c/<id>", Read, "One conversation").answers::<SessionInfo>(
            200,
            "The conversation.",
            session(),
        ),
        one(Patch, "/api/c/<id>", Write, "Give it another title")
            .takes::<NewTitle>(title())
            .answers::<SessionInfo>(200, "The conversation.", session())
            .refuses(
                400,
                "The title is blank, too long, or no text.",
                json!({ "title": ["Ensure this field has no more than 100 characters."] }),
            ),
        one(Patch, "/api/c/<id>/rename", Write, "Give it another title")
            .notes("Without a title, or with an empty one, the old title stays.")
            .takes::<NewTitleOrNone>(title())
            .answers::<Renamed>(200, "The conversation.", json!({ "id": ID, "title": "Visa" }))
            .refuses(
                400,
                "The title is too long, or no text.",
                json!({ "title": ["Ensure this field has no more than 100 characters."] }),
            ),
        one(Delete, "/api/c/<id>", Write, "Delete it with its messages").answers_nothing(204, "It is gone."),
    ]
}

fn messages() -> Vec<Operation> {
    let messages = Operation::new(
        Get,
        "/api/c/<id>/messages",
        CONVERSATIONS,
        Callers(Read),
        "Its messages, oldest first",
    );
    let citations = Operation::new(
        Get,
        "/api/c/<id>/messages/<mid>/citations",
        CONVERSATIONS,
        Callers(Read),
        "What an answer cites",
    );
    vec![
        paged(messages.part::<Uuid>("id", "The conversation.", json!(ID)))
            .notes(
                "An answer under way comes with its text so far and the status `streaming`. With `limit` the last \
                 messages.",
            )
            .option::<i64>("before", "Only those older than this message.")
            .answers::<Vec<MessageInfo>>(200, "A bare array.", json!([message()]))
            .leads_to(
                200,
                "get_api_c_id_messages_mid_citations",
                &[("id", "$request.path.id"), ("mid", "$response.body#/1/id")],
            ),
        citations
            .part::<Uuid>("id", "The conversation.", json!(ID))
            .part::<i64>("mid", "The answer.", json!(2))
            .answers::<Vec<CitationInfo>>(
                200,
                "A bare array, in the order of the numbers in the text.",
                json!([{
                    "n": 1,
                    "document": 7,
                    "title": "Student handbook",
                    "url": "https://example.edu/handbook.pdf",
                    "page": 12,
                    "quote": "The add/drop period ends on the second Friday of each term.",
                }]),
            ),
    ]
}

fn message() -> Value {
    json!({
        "id": 2,
        "role": "bot",
        "message": "On the second Friday of each term [1].",
        "content": "On the second Friday of each term [1].",
        "created_at": "2026-03-08T04:05:06.123456Z",
        "timestamp": "2026-03-08T04:05:06.123456Z",
        "status": "complete",
    })
}

/// The parameters of every list.
fn paged(operation: Operation) -> Operation {
    operation
        .option::<String>("q", "Only what contains this text, whatever its case.")
        .option::<PageSize>("limit", "At most so many. Without it, all.")
}

fn asking() -> Vec<Operation> {
    let ask = |path, summary| {
        Operation::new(Post, path, CHAT, Callers(Chat), summary)
            .takes::<Question>(json!({
                "messages": [{ "role": "user", "content": "When does the add/drop period end?" }],
                "chatHistoryId": ID,
                "mode": "",
                "searchMode": "",
                "sources": ["ChatDKU"],
            }))
            .answers_as::<String>(
                200,
                "The answer, in pieces until the end of the body.",
                "text/plain; charset=utf-8",
            )
            .refuses(
                400,
                "The question is not well formed, or its conversation is not the caller's.",
                json!({ "non_field_errors": ["Session ID not found"] }),
            )
            .refuses(
                409,
                "Another answer is under way in this conversation and did not end in 30 seconds.",
                json!({ "error": "An answer is under way in this conversation." }),
            )
            .refuses(
                423,
                "A file of the caller's is being read.",
                json!({ "error": "The file is uploading" }),
            )
    };
    vec![
        ask("/api/chat", "Ask").notes(
            "The body of the answer is Markdown, written while it is being made. It may begin with lines \
             `[THINKING]:…`, which say what is being done and are no part of the answer. Who goes away loses nothing: \
             the answer is finished and stands among the messages of the conversation. A refused question is not \
             stored and does not use up the limit of questions.",
        ),
        ask("/chat", "Ask, under the first service's path").older(),
        ask("/dev/<_assistant>/chat", "Ask, on the page for developers")
            .part::<AssistantName>("assistant", "One of the page's assistants: all are the same.", json!("ant"))
            .older(),
    ]
}

fn rating() -> Vec<Operation> {
    let rate = |path, status, summary| {
        Operation::new(Post, path, FEEDBACK, Callers(Write), summary)
            .takes::<RatingBody>(json!({
                "userInput": "When does the add/drop period end?",
                "botAnswer": "On the second Friday of each term [1].",
                "feedbackReason": "helpful",
                "chatHistoryId": ID,
            }))
            .answers::<Thanks>(status, "It is kept.", json!({ "message": "Feedback saved successfully" }))
            .refuses(
                400,
                "A field is missing, empty or too long.",
                json!({ "error": "Missing required fields", "message": "Missing required fields" }),
            )
    };
    let reset = Operation::new(Post, "/reset", CHAT, Callers(Write), "Do nothing").older();
    vec![
        rate("/api/feedback", 201, "Rate an answer").notes(
            "The opinion is linked to the newest answer of the conversation with this text. An unknown conversation \
             is no mistake: the opinion is kept without a link.",
        ),
        rate("/save-feedback", 200, "Rate an answer, under the first service's path").older(),
        rate("/feedback", 200, "Rate an answer, under an older path").older(),
        reset.answers::<Reset>(
            200,
            "Nothing has changed.",
            json!({ "good": "Conversations are kept apart; there is nothing to reset." }),
        ),
    ]
}
