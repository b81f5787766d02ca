//! `POST /api/transcribe`.

use rocket::{Data, Route, State, http::ContentType, post, routes};
use schemars::JsonSchema;
use serde::Serialize;

use super::recording;
use crate::{
    accounts::{Caller, caller::Uploading},
    app::App,
    error::{Error, Result},
    platform::json::Json,
};

/// The route of this slice.
pub fn routes() -> Vec<Route> {
    routes![transcribe]
}

/// What was said.
#[derive(Serialize, JsonSchema)]
pub(super) struct Words {
    /// In one line, of 8,000 characters at most; empty where nobody speaks.
    text: String,
}

/// Write down a recording: multipart, part `file`.
#[post("/api/transcribe", data = "<body>")]
async fn transcribe(
    caller: Caller<Uploading>,
    content_type: Option<&ContentType>,
    body: Data<'_>,
    app: &State<App>,
) -> Result<Json<Words>> {
    let Some(dictation) = &app.dictation else {
        return Err(Error::NotFound("Dictation is not available here."));
    };
    let _permit = dictation.permit(caller.account.id)?;
    let recording = recording::receive(content_type, body).await?;
    Ok(Json(Words { text: dictation.write_down(recording).await? }))
}
