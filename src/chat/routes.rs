//! `/api`: conversations, messages, asking, feedback. HTTP in, HTTP out.

use std::time::Instant;

use futures::{StreamExt, stream::BoxStream};
use rocket::{
    Route, State, delete, get, head,
    http::Status,
    patch, post,
    response::{Responder, status::Custom, stream::TextStream},
    routes,
};

use super::{
    ask, citation,
    conversation::{self, ConversationId, Listing},
    feedback, follow,
    message::{self, MessageId},
    older,
    stream::{self, Thinking},
    two_step,
    wire::{self, Blank, CitationInfo, MessageInfo, Opened, Renamed, SessionInfo, Thanks},
};
use crate::{
    accounts::{
        Caller,
        caller::{Asking, Changing, Opening, Reading},
    },
    app::App,
    error::{Error, Result},
    platform::{
        json::{Body, BodyForStream, Json},
        locale::Language,
        paging::Page,
    },
};

/// The routes of this slice.
pub fn routes() -> Vec<Route> {
    [current(), two_step::routes(), older::routes()].concat()
}

fn current() -> Vec<Route> {
    routes![
        get_session,
        head_session,
        post_session,
        create_session,
        head_create_session,
        post_create_session,
        list,
        one,
        edit,
        rename,
        delete_one,
        messages,
        citations,
        chat,
        rate
    ]
}

/// Open a conversation; kept as a read for the client's sake.
#[get("/api/get_session")]
async fn get_session(caller: Caller<Opening>, app: &State<App>) -> Result<Json<Opened>> {
    open(app, &caller).await.map(Json)
}

/// Opens nothing.
#[head("/api/get_session")]
fn head_session(_caller: Caller<Reading>) -> Status {
    Status::Ok
}

/// Open a conversation.
#[post("/api/get_session")]
async fn post_session(caller: Caller<Changing>, app: &State<App>) -> Result<Json<Opened>> {
    open(app, &caller).await.map(Json)
}

/// Open a conversation; kept as a read for the client's sake.
#[get("/api/c/create_session")]
async fn create_session(caller: Caller<Opening>, app: &State<App>) -> Result<Custom<Json<Opened>>> {
    open(app, &caller).await.map(|opened| Custom(Status::Created, Json(opened)))
}

/// Opens nothing.
#[head("/api/c/create_session")]
fn head_create_session(_caller: Caller<Reading>) -> Status {
    Status::Created
}

/// Open a conversation.
#[post("/api/c/create_session")]
async fn post_create_session(caller: Caller<Changing>, app: &State<App>) -> Result<Custom<Json<Opened>>> {
    open(app, &caller).await.map(|opened| Custom(Status::Created, Json(opened)))
}

/// The caller's titled conversations, newest first: a bare array, all of them unless asked for fewer.
#[get("/api/c?<q>&<limit>&<before>")]
async fn list(
    q: Vec<&str>,
    limit: Vec<&str>,
    before: Vec<&str>,
    caller: Caller,
    app: &State<App>,
) -> Result<Json<Vec<SessionInfo>>> {
    let listing = Listing::asked(&q, &limit, &before)?;
    let rows = conversation::list(app.store.read(), caller.account.id, &listing).await?;
    Ok(Json(rows.into_iter().map(SessionInfo::of).collect()))
}

/// One conversation.
#[get("/api/c/<id>")]
async fn one(id: &str, caller: Caller, app: &State<App>) -> Result<Json<SessionInfo>> {
    let id = ConversationId::parse(id)?;
    Ok(Json(SessionInfo::of(conversation::owned(app.store.read(), caller.account.id, id).await?)))
}

/// Change a conversation's title.
#[patch("/api/c/<id>", data = "<body>")]
async fn edit(id: &str, caller: Caller<Changing>, app: &State<App>, body: Body) -> Result<Json<SessionInfo>> {
    retitle(id, &caller, app, &body, Blank::IsRefused).await.map(|row| Json(SessionInfo::of(row)))
}

/// Change a conversation's title; without one the old title stays.
#[patch("/api/c/<id>/rename", data = "<body>")]
async fn rename(id: &str, caller: Caller<Changing>, app: &State<App>, body: Body) -> Result<Json<Renamed>> {
    retitle(id, &caller, app, &body, Blank::KeepsTheOld).await.map(|row| Json(Renamed::of(row)))
}

/// Delete a conversation with its messages.
#[delete("/api/c/<id>")]
async fn delete_one(id: &str, caller: Caller<Changing>, app: &State<App>) -> Result<Status> {
    let id = ConversationId::parse(id)?;
    app.store.write(async |tx| conversation::delete(&tx, caller.account.id, id).await).await?;
    Ok(Status::NoContent)
}

/// The messages of a conversation, oldest first: a bare array, all of them unless asked for fewer, which are then
/// the last ones. An answer under way comes with its text so far.
#[get("/api/c/<id>/messages?<q>&<limit>&<before>")]
async fn messages(
    id: &str,
    q: Vec<&str>,
    limit: Vec<&str>,
    before: Vec<&str>,
    caller: Caller,
    app: &State<App>,
) -> Result<Json<Vec<MessageInfo>>> {
    let id = ConversationId::parse(id)?;
    let page = Page::asked(&q, &limit, &before)?;
    conversation::owned(app.store.read(), caller.account.id, id).await?;
    let mut rows = message::page(app.store.read(), id, &page).await?;
    follow::fill_in(app, &mut rows).await?;
    Ok(Json(rows.into_iter().map(MessageInfo::of).collect()))
}

/// What an answer cites, by number.
#[get("/api/c/<id>/messages/<mid>/citations")]
async fn citations(id: &str, mid: i64, caller: Caller, app: &State<App>) -> Result<Json<Vec<CitationInfo>>> {
    let (by, mid) = (caller.account.id, MessageId(mid));
    message::owned(app.store.read(), by, ConversationId::parse(id)?, mid).await?;
    let mut cited = citation::of_messages(app.store.read(), by, &[mid]).await?;
    Ok(Json(cited.remove(&mid).unwrap_or_default().into_iter().map(CitationInfo::of).collect()))
}

/// Ask. The answer streams as plain text: thinking lines first, unless they are not wanted, then Markdown.
#[post("/api/chat", data = "<body>")]
pub(super) async fn chat(caller: Caller<Asking>, app: &State<App>, body: BodyForStream) -> Result<Streamed> {
    let began = Instant::now();
    let BodyForStream(body) = body;
    let by = caller.account.id;
    let conversation = wire::conversation_id(&body)?;
    match conversation::owned(app.store.read(), by, conversation).await {
        Err(Error::NotFound(_)) => return Err(wire::session_not_found()),
        found => found?,
    };
    let question = wire::asked(&app.store, by, conversation, &body).await?;
    let language = Language::of_text(&question.text);
    let asked = match ask::ask(app, by, question).await {
        Err(Error::NotFound(_)) => return Err(wire::session_not_found()),
        asked => asked?,
    };
    let shown = app.config.limits.thinking && wire::wants_thinking(&body);
    let thinking = if shown { Thinking::Shown } else { Thinking::Hidden };
    let metrics = app.metrics.clone();
    let mut silent = true;
    let first_byte = move |_: &String| {
        if std::mem::take(&mut silent) {
            metrics.first_byte(began.elapsed());
        }
    };
    let updates = asked.following.updates(app);
    Ok(Streamed(stream::text(updates, thinking, language).inspect(first_byte).boxed()))
}

/// Rate an answer.
#[post("/api/feedback", data = "<body>")]
async fn rate(caller: Caller<Changing>, app: &State<App>, body: Body) -> Result<Custom<Json<Thanks>>> {
    keep_rating(app, &caller, &body).await.map(|thanks| Custom(Status::Created, Json(thanks)))
}

/// Keeps an opinion as a client sent it.
pub(super) async fn keep_rating<E>(app: &App, caller: &Caller<E>, body: &Body) -> Result<Thanks> {
    feedback::keep(app, caller.account.id, wire::rating(&body.0)?).await?;
    Ok(Thanks::saved())
}

async fn open<E>(app: &App, caller: &Caller<E>) -> Result<Opened> {
    Ok(Opened::of(ask::open(app, caller.account.id).await?))
}

async fn retitle<E>(
    id: &str,
    caller: &Caller<E>,
    app: &App,
    body: &Body,
    blank: Blank,
) -> Result<conversation::Model> {
    let id = ConversationId::parse(id)?;
    let by = caller.account.id;
    // Whose it is comes before what is wrong with the title.
    let there = conversation::owned(app.store.read(), by, id).await?;
    match wire::title(&body.0, blank)? {
        Some(title) => app.store.write(async |tx| conversation::rename(&tx, by, id, title).await).await,
        None => Ok(there),
    }
}

/// The answer's text with the headers that keep it streaming.
pub(super) struct Streamed(BoxStream<'static, String>);

impl<'r> Responder<'r, 'r> for Streamed {
    fn respond_to(self, request: &'r rocket::Request<'_>) -> rocket::response::Result<'r> {
        let mut response = TextStream::from(self.0).respond_to(request)?;
        response.set_raw_header("Cache-Control", "no-cache, no-transform");
        response.set_raw_header("X-Accel-Buffering", "no");
        Ok(response)
    }
}
