//! The routes of this slice, described.

use rocket::http::Method::{Get, Post};
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::wire::{AssistantName, Me};
use crate::platform::{
    openapi::{Entry::Callers, Operation},
    rate_limit::Class::{Read, Write},
};

const TAG: &str = "account";

/// A profile, of which nothing is kept.
#[derive(JsonSchema)]
struct Profile {
    #[expect(dead_code, reason = "only its form is of interest")]
    profile: Option<Value>,
}

/// Their descriptions.
pub fn operations() -> Vec<Operation> {
    vec![
        who(Operation::new(Get, "/user", TAG, Callers(Read), "Who am I")).notes(
            "Begins a web session. `netid` is what the proxy sent; with a session alone it is the stored name.",
        ),
        who(Operation::new(Get, "/user/health", TAG, Callers(Read), "Who am I, under the original's path")),
        who(Operation::new(
            Get,
            "/dev/<_assistant>/user",
            TAG,
            Callers(Read),
            "Who am I, for the page for developers",
        )
        .part::<AssistantName>("assistant", "One of the page's assistants.", json!("ant")))
        .older(),
        who(Operation::new(Post, "/user", TAG, Callers(Write), "Send a profile")
            .notes("Nothing of it is kept.")
            .takes::<Profile>(json!({ "profile": "" })))
        .older(),
    ]
}

fn who(operation: Operation) -> Operation {
    operation.header("X-DisplayName", "The name to greet with, from the proxy.").answers::<Me>(
        200,
        "Who the caller is, under each name that some client reads.",
        json!({
            "netid": "ab123",
            "username": "Alice",
            "name": "Alice",
            "displayName": "Alice",
            "eppn": "ab123",
            "profile": "",
        }),
    )
}
