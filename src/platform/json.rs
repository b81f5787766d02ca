//! JSON bodies in and out, with the refusals that clients of the API know.

use std::io;

use rocket::{
    Data, Request, Response,
    data::{FromData, Outcome},
    http::{ContentType, MediaType, Status},
    response::{self, Responder},
};
use serde::Serialize;
use serde_json::{Map, Value};

use super::pace::{Pace, read_all};
use crate::error::{Error, Invalid, leave};

const MAX_BODY_BYTES: u64 = 1024 * 1024;

/// A request body that is a JSON object. What its fields mean is for the route to say.
#[derive(Debug)]
pub struct Body(pub Map<String, Value>);

/// A JSON body of a route that streams text: the answer's type is not JSON, so `Accept` is not held against it.
#[derive(Debug)]
pub struct BodyForStream(pub Map<String, Value>);

#[rocket::async_trait]
impl<'r> FromData<'r> for Body {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        let read = match accepts_json(request) {
            Ok(()) => read(request, data).await,
            Err(error) => Err(error),
        };
        match read {
            Ok(fields) => Outcome::Success(Self(fields)),
            Err(error) => Outcome::Error((leave(request, error), ())),
        }
    }
}

#[rocket::async_trait]
impl<'r> FromData<'r> for BodyForStream {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        match read(request, data).await {
            Ok(fields) => Outcome::Success(Self(fields)),
            Err(error) => Outcome::Error((leave(request, error), ())),
        }
    }
}

async fn read(request: &Request<'_>, data: Data<'_>) -> Result<Map<String, Value>, Error> {
    if !request.content_type().is_some_and(|sent| sent.media_type() == &MediaType::JSON || sent.is_json()) {
        let sent = request.headers().get_one("Content-Type").unwrap_or_default();
        return Err(Error::UnsupportedMedia(sent.to_owned()));
    }
    let bytes = read_all(data, MAX_BODY_BYTES, Pace::JSON, "The request body is larger than 1 MiB.").await?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(other) => {
            let sentence = format!("Invalid data. Expected a dictionary, but got {}.", kind(&other));
            Err(Invalid::field("non_field_errors", sentence).into())
        }
        Err(error) => Err(Invalid::detail(format!("JSON parse error - {error}")).into()),
    }
}

/// The words the original used for JSON types.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// Refuses a request whose `Accept` leaves no room for JSON.
pub fn accepts_json(request: &Request<'_>) -> Result<(), Error> {
    let Some(accept) = request.accept() else { return Ok(()) };
    let fits = |media: &MediaType| {
        let top = media.top() == "*" || media.top() == "application";
        top && (media.sub() == "*" || media.sub() == "json")
    };
    // An empty list is a header that does not parse: treated as absent.
    let mut listed = accept.media_types().peekable();
    if listed.peek().is_none() || listed.any(fits) { Ok(()) } else { Err(Error::NotAcceptable) }
}

/// An answer in JSON, written without blanks.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<'r, T: Serialize> Responder<'r, 'static> for Json<T> {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        if let Err(error) = accepts_json(request) {
            return Err(leave(request, error));
        }
        let body =
            serde_json::to_vec(&self.0).map_err(|error| leave(request, Error::Internal(error.into())))?;
        Response::build()
            .status(Status::Ok)
            .header(ContentType::JSON)
            .sized_body(body.len(), io::Cursor::new(body))
            .ok()
    }
}
