//! The paths under which older clients ask and rate, and those of the client's page for developers.

use rocket::{Route, State, post, routes};

use super::{
    routes::{self, Streamed},
    wire::{Reset, Thanks},
};
use crate::{
    accounts::{
        AssistantName, Caller,
        caller::{Asking, Changing},
    },
    app::App,
    error::Result,
    platform::json::{Body, BodyForStream, Json},
};

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    routes![chat, chat_with, save_feedback, rate, reset]
}

/// Ask, as the first client does.
#[post("/chat", data = "<body>")]
async fn chat(caller: Caller<Asking>, app: &State<App>, body: BodyForStream) -> Result<Streamed> {
    routes::chat(caller, app, body).await
}

/// Ask one of the assistants of the developers' page, which are all the same.
#[post("/dev/<_assistant>/chat", data = "<body>")]
async fn chat_with(
    _assistant: AssistantName,
    caller: Caller<Asking>,
    app: &State<App>,
    body: BodyForStream,
) -> Result<Streamed> {
    routes::chat(caller, app, body).await
}

/// Rate an answer, as the first client does.
// parity: these two answer 200 where the current path answers 201.
#[post("/save-feedback", data = "<body>")]
async fn save_feedback(caller: Caller<Changing>, app: &State<App>, body: Body) -> Result<Json<Thanks>> {
    routes::keep_rating(app, &caller, &body).await.map(Json)
}

/// Rate an answer, as the client after the first does.
#[post("/feedback", data = "<body>")]
async fn rate(caller: Caller<Changing>, app: &State<App>, body: Body) -> Result<Json<Thanks>> {
    routes::keep_rating(app, &caller, &body).await.map(Json)
}

/// Does nothing: the first service kept the talk of everybody in memory, and this cleared it.
#[post("/reset")]
fn reset(_caller: Caller<Changing>) -> Json<Reset> {
    Json(Reset::done())
}
