//! `/api`: asking in two steps. The first begins the answer; the second reads its events, as often and from where one
//! likes, until some time after its end.

use std::time::Duration;

use futures::{StreamExt, stream::BoxStream};
use rocket::{
    Request, Route, State, get,
    http::Status,
    post,
    request::{FromRequest, Outcome},
    response::{
        Responder,
        status::Custom,
        stream::{Event, EventStream},
    },
    routes,
};

use super::{
    ask,
    conversation::{self, ConversationId},
    follow::Following,
    generation::{self, GenerationId},
    stop,
    two_step_wire::{Generating, Told, last_event},
    wire,
};
use crate::{
    accounts::{
        Caller,
        caller::{Asking, Changing},
    },
    app::App,
    error::Result,
    platform::json::{Body, Json},
};

/// Proxies cut streams that are silent for a minute.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// When a reader comes back whose connection broke.
const RETRY: Duration = Duration::from_secs(1);

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    routes![begin, events, stop_it]
}

/// Ask. The answer is read by the next route; who asks while another answer is under way is refused.
#[post("/api/c/<id>/ask", data = "<body>")]
async fn begin(
    id: &str,
    caller: Caller<Asking>,
    app: &State<App>,
    body: Body,
) -> Result<Custom<Json<Generating>>> {
    let (conversation, by) = (ConversationId::parse(id)?, caller.account.id);
    // Whose it is comes before what is wrong with the question.
    conversation::owned(app.store.read(), by, conversation).await?;
    let question = wire::asked(&app.store, by, conversation, &body.0).await?;
    let asked = ask::at_once(app, by, question).await?;
    Ok(Custom(Status::Accepted, Json(Generating::of(asked.following.id(), conversation))))
}

/// The events of an answer of the caller's, after the last one that the reader has.
#[get("/api/chat/<chat>?<sessionId>&<lastEventId>")]
#[expect(non_snake_case, reason = "the names that clients know")]
async fn events(
    chat: &str,
    sessionId: Option<&str>,
    lastEventId: Option<&str>,
    heard: LastEventId<'_>,
    caller: Caller,
    app: &State<App>,
) -> Result<Events> {
    let named = sessionId.map(ConversationId::parse).transpose()?;
    let (by, id) = (caller.account.id, GenerationId::parse(chat)?);
    generation::owned(app.store.read(), by, id, named).await?;
    let after = last_event(heard.0, lastEventId)?;
    let retry = futures::stream::once(std::future::ready(Event::retry(RETRY)));
    let told = Following::of(app, id).events(app, after).map(|event| {
        let seq = event.seq.to_string();
        Event::json(&Told::of(event)).id(seq)
    });
    Ok(Events(retry.chain(told).boxed()))
}

/// Stop an answer of the caller's. What there is of it stays.
#[post("/api/chat/<chat>/stop")]
async fn stop_it(chat: &str, caller: Caller<Changing>, app: &State<App>) -> Result<Custom<Json<Generating>>> {
    let (by, id) = (caller.account.id, GenerationId::parse(chat)?);
    let generation = generation::owned(app.store.read(), by, id, None).await?;
    stop::stop(app, &generation).await?;
    Ok(Custom(Status::Accepted, Json(Generating::of(id, generation.conversation_id))))
}

/// What a browser sends when it opens a broken stream again.
struct LastEventId<'r>(Option<&'r str>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for LastEventId<'r> {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        Outcome::Success(Self(request.headers().get_one("Last-Event-ID")))
    }
}

/// Events with the headers that keep them streaming.
struct Events(BoxStream<'static, Event>);

impl<'r> Responder<'r, 'r> for Events {
    fn respond_to(self, request: &'r Request<'_>) -> rocket::response::Result<'r> {
        let mut response = EventStream::from(self.0).heartbeat(HEARTBEAT).respond_to(request)?;
        response.set_raw_header("Cache-Control", "no-store, no-transform");
        response.set_raw_header("X-Accel-Buffering", "no");
        Ok(response)
    }
}
