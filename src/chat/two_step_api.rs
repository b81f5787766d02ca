//! The two-step API, described.

use rocket::http::Method::{Get, Post};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    api::{CHAT, ID},
    api_bodies::QuestionHere,
    two_step_wire::Generating,
};
use crate::platform::{
    openapi::{Entry::Callers, Operation},
    rate_limit::Class::{Chat, Read, Write},
};

const CHAT_ID: &str = "0b9b8a0e-4d3f-4a57-9a0f-7b1f6f9f2c11";

/// Their descriptions.
pub(super) fn operations() -> Vec<Operation> {
    vec![begin(), events(), stop()]
}

fn generating() -> Value {
    json!({ "chatId": CHAT_ID, "sessionId": ID })
}

fn begin() -> Operation {
    Operation::new(Post, "/api/c/<id>/ask", CHAT, Callers(Chat), "Ask in two steps: begin the answer")
        .notes(
            "The same questions as `/api/chat` takes, and the same refusals. The answer is made whether or not anybody reads \
             it. The same question sent again while it is being answered gets the same `chatId` and is not asked twice.",
        )
        .part::<Uuid>("id", "The conversation.", json!(ID))
        .takes::<QuestionHere>(json!({
            "messages": [{ "role": "user", "content": "When does the add/drop period end?" }],
            "sources": ["ChatDKU"],
        }))
        .answers::<Generating>(202, "The answer has been begun.", generating())
        .leads_to(202, "get_api_chat_chat", &[("chat", "$response.body#/chatId")])
        .leads_to(202, "post_api_chat_chat_stop", &[("chat", "$response.body#/chatId")])
        .refuses(400, "The question is not well formed.", json!({ "error": "No message provided" }))
        .refuses(
            409,
            "Another answer is under way in this conversation.",
            json!({ "error": "An answer is under way in this conversation." }),
        )
        .refuses(423, "A file of the caller's is being read.", json!({ "error": "The file is uploading" }))
}

fn events() -> Operation {
    Operation::new(Get, "/api/chat/<chat>", CHAT, Callers(Read), "Ask in two steps: read the answer")
        .notes(
            "Server-sent events. The data of each is `{\"id\": \"…\", \"data\": {\"type\", \"stage\", \"content\"}}`; `id`, a number \
             that rises from 1, is the event's own id as well, by which a reader goes on where it was.\n\n\
             - `reasoning`: what is being done, a line; the first event is one with the stage `start` and without a line. \
             Stages: `Planner` while passages are looked for and the model is asked, `Executor` while tools are used.\n\
             - `chunk`, `chunk_batch`: more text, in harmless Markdown, to be appended. A batch has it a second time, as the \
             list `chunks`.\n\
             - `error`: the answer broke off; `content` is `failed` or `interrupted`.\n\
             - `end`: the last event; `content` is the status that the message has from now on.\n\n\
             Events are kept for five minutes after the end. From then on the answer is a `chunk_batch` with all of the \
             text, and `end`; who has a part already is told `end` alone and reads the message. Every instance tells the \
             same.",
        )
        .part::<Uuid>("chat", "The answer, as asking has named it.", json!(CHAT_ID))
        .option::<Uuid>("sessionId", "The conversation. An answer of another is not found.")
        .option::<i64>("lastEventId", "Only the events after this one.")
        .header("Last-Event-ID", "The same, as browsers say it. Counts before the query.")
        .answers_as::<String>(200, "The events, as they happen, until the end.", "text/event-stream")
        .refuses(
            400,
            "The last event is no number of one.",
            json!({ "lastEventId": ["A valid number of an event is required."] }),
        )
}

fn stop() -> Operation {
    Operation::new(Post, "/api/chat/<chat>/stop", CHAT, Callers(Write), "Stop an answer")
        .notes(
            "What there is of the answer stays, with the status `stopped`. One that has ended stays as it is. Readers are \
             told by `end`, within two seconds.",
        )
        .part::<Uuid>("chat", "The answer, as asking has named it.", json!(CHAT_ID))
        .answers::<Generating>(202, "It is being stopped, or has ended.", generating())
}
