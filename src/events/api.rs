//! The route of this slice, described.

use rocket::http::Method::Get;
use serde_json::json;

use super::wire::Events;
use crate::platform::{
    openapi::{Day, Entry::Callers, Operation},
    rate_limit::Class::Read,
};

/// Its description.
pub fn operations() -> Vec<Operation> {
    let list = Operation::new(Get, "/api/events", "events", Callers(Read), "Campus events of some days")
        .notes("By day and time, those without a time last in their day. At most 366 days.")
        .query::<Day>("start_date", "The first day.", json!("2026-03-09"))
        .query::<Day>("end_date", "The last day.", json!("2026-03-15"))
        .answers::<Events>(
            200,
            "The events.",
            json!({ "events": [{
                "title": "Open lab",
                "date": "2026-03-09",
                "start_time": "14:00:00",
                "end_time": null,
                "location": "IB 1012",
                "sponsor": "Library",
                "open_to": "Everybody",
                "speaker": "",
                "url": "",
            }] }),
        )
        .refuses(
            400,
            "A day is missing or malformed, or the days are too many.",
            json!({ "error": "Missing start_date or end_date" }),
        );
    vec![list]
}
