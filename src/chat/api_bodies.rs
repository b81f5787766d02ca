//! The bodies that clients send, as schemas.
//!
//! They are read by hand in `wire.rs`, in the order and with the sentences that clients know; requests made up from
//! these schemas hold the two together.

use schemars::{JsonSchema, r#gen::SchemaGenerator, schema::Schema};
use serde_json::{Value, json};

/// A text that is not blank and has no null character.
const SAID: &str = r"^[^\x00]*[^\s\x00][^\x00]*$";

macro_rules! body {
    ($(#[$about:meta])* $name:ident, $schema:expr) => {
        $(#[$about])*
        pub(super) struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> String {
                stringify!($name).to_owned()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                serde_json::from_value($schema).expect("a schema")
            }
        }
    };
}

/// The fields of a question.
fn question() -> Value {
    json!({
        "messages": {
            "description": "The last one is the question. What was said before is known from the conversation.",
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["content"],
                "properties": {
                    "content": {
                        "description": "At most 32 KiB, and not blank.",
                        "type": "string",
                        "maxLength": 32_768,
                        "pattern": SAID,
                    },
                    "role": { "description": "Who said it. Taken, and without effect." },
                },
            },
        },
        "sources": {
            "description":
                "Names of the caller's files, and `ChatDKU` for campus documents. Without any, campus documents.",
            "type": "array",
            "maxItems": 500,
            "items": { "type": "string", "pattern": SAID },
        },
        "mode": {
            "description": "`agent`: more may be looked up, which takes longer. Anything else: as usual.",
        },
        "searchMode": { "description": "Taken, and without effect." },
    })
}

/// The fields of a question whose answer streams as text.
fn question_for_stream() -> Value {
    let mut fields = question();
    fields["chatHistoryId"] = json!({
        "description": "The conversation to ask in.",
        "type": "string",
        "format": "uuid",
    });
    fields["thinking"] = json!({ "description": "`false`: no thinking lines." });
    fields["test"] = json!({ "description": "`true`: a load test, without thinking lines." });
    fields
}

body!(
    /// A question.
    Question,
    json!({
        "type": "object",
        "required": ["messages", "chatHistoryId"],
        "properties": question_for_stream(),
    })
);

body!(
    /// A question to the conversation of its path.
    QuestionHere,
    json!({ "type": "object", "required": ["messages"], "properties": question() })
);

body!(
    /// Another title.
    NewTitle,
    json!({
        "type": "object",
        "properties": {
            "title": {
                "description": "After trimming, 1 to 100 characters. A number is taken for its digits.",
                "anyOf": [{ "type": "string", "maxLength": 100, "pattern": SAID }, { "type": "number" }],
            },
        },
    })
);

body!(
    /// Another title, or none.
    NewTitleOrNone,
    json!({
        "type": "object",
        "properties": {
            "title": {
                "description":
                    "At most 100 characters after trimming. Null, empty or missing: the old one stays.",
                "anyOf": [
                    { "type": "string", "nullable": true, "maxLength": 100, "pattern": r"^[^\x00]*$" },
                    { "type": "number" },
                ],
            },
        },
    })
);

body!(
    /// An opinion about an answer.
    RatingBody,
    json!({
        "type": "object",
        "required": ["userInput", "botAnswer", "feedbackReason", "chatHistoryId"],
        "properties": {
            "userInput": {
                "description": "The question. Kept up to 8 KiB.",
                "type": "string",
                "pattern": r"\S",
            },
            "botAnswer": {
                "description": "The answer as it was shown. Kept up to 8 KiB.",
                "type": "string",
                "pattern": r"\S",
            },
            "feedbackReason": {
                "description":
                    "`helpful`, `not_correct`, `not_clear`, `not_relevant`, or a text of at most 8 KiB.",
                "type": "string",
                "maxLength": 8_192,
                "pattern": r"\S",
            },
            "chatHistoryId": {
                "description": "The conversation.",
                "type": "string",
                "maxLength": 8_192,
                "pattern": r"\S",
            },
        },
    })
);
