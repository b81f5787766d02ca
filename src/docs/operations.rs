//! The whole list of described routes.

use rocket::http::Method::Get;
use serde_json::json;

use super::Form;
use crate::{
    accounts, chat, dictation, events, health, metrics, person,
    platform::openapi::{
        Entry::{Everybody, Staff},
        Operation,
    },
    uploads,
};

/// All routes of the API, described.
pub fn operations() -> Vec<Operation> {
    let chapters = [
        accounts::api::operations(),
        person::api::operations(),
        chat::api::operations(),
        uploads::api::operations(),
        dictation::api::operations(),
        events::api::operations(),
        health::operations(),
        metrics::operations(),
        own(),
    ];
    chapters.into_iter().flatten().collect()
}

fn own() -> Vec<Operation> {
    let staff = |path, summary| Operation::new(Get, path, "operation", Staff, summary);
    vec![
        staff("/doc/schema", "This document")
            .notes("YAML, unless `format` or `Accept` asks for JSON.")
            .option::<Form>("format", "In this form, whatever `Accept` says.")
            .refuses(404, "There is no such form.", json!({ "detail": "Not found." }))
            .refuses(
                406,
                "`Accept` leaves no room for YAML or JSON.",
                json!({
                    "detail": "Could not satisfy the request Accept header.",
                }),
            )
            .answers_as::<String>(200, "The document.", "application/vnd.oai.openapi")
            .answers_as::<String>(200, "The document.", "application/yaml")
            .answers_as::<schemars::Map<String, serde_json::Value>>(
                200,
                "The document.",
                "application/vnd.oai.openapi+json",
            )
            .answers_as::<schemars::Map<String, serde_json::Value>>(200, "The document.", "application/json"),
        staff("/doc/schema/view", "This document as a page to try it on").answers_as::<String>(
            200,
            "The page.",
            "text/html; charset=utf-8",
        ),
        Operation::new(Get, "/doc/assets/<name>", "operation", Everybody, "A file of that page")
            .part::<String>("name", "The file.", "swagger-ui.css".into())
            .option::<String>("v", "Which version; with it the file may be kept for good.")
            .answers_as::<String>(200, "The file.", "text/css; charset=utf-8")
            .answers_as::<String>(200, "The file.", "text/javascript"),
    ]
}
