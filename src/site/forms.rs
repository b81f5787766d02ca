//! The forms of the page: each is answered by a page, or for the script by what it needs to show.

use std::time::Duration;

use rocket::{
    Data, FromForm, Request, Route, State,
    http::{Accept, ContentType, RawStr, Status},
    post,
    request::{FromRequest, Outcome},
    response::{Redirect, Responder},
    routes,
};
use serde::Serialize;

use super::{
    errors, messages,
    view::{self, CAMPUS, Looking, MainPage, Opening},
};
use crate::{
    accounts::{
        Caller,
        caller::{Asking, Changing, Uploading},
    },
    answering::Depth,
    app::App,
    chat::{
        self, Ask, Asked, Blank, ConversationId, MessageId, Rating, checked_question, checked_rating,
        checked_title, conversations, ratings,
    },
    error::{Error, Result},
    platform::{form::Form, json::Json, locale::Language},
    uploads,
};

/// How long a form without scripts waits for its answer before the page is shown without it.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long one waits for the end of an answer that it stops.
const STOPPING: Duration = Duration::from_secs(2);

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    routes![ask, rename, delete, stop, rate, upload, delete_file]
}

/// A question from the page's form.
#[derive(FromForm)]
struct QuestionForm {
    #[field(default = "")]
    conversation: String,
    #[field(default = "")]
    question: String,
    source: Vec<String>,
}

/// What the script gets for a question: the address that shows it, and the two messages to add to an open page.
#[derive(Serialize)]
struct Shown {
    location: String,
    html: String,
}

/// What asking leads to.
#[derive(Responder)]
enum AskAnswer {
    Script(Json<Shown>),
    Refused(Box<MainPage>),
    Page(Box<Redirect>),
    Problem((Status, Json<Problem>)),
}

/// What the script says about a refusal.
#[derive(Serialize)]
struct Problem {
    detail: String,
}

/// Ask. The page is shown again with the answer; a script gets its place instead and follows it there.
#[post("/ask", data = "<form>")]
async fn ask(
    caller: Caller<Asking>,
    reader: Reader,
    language: Language,
    app: &State<App>,
    form: Form<QuestionForm>,
) -> Result<AskAnswer> {
    let Form(form) = form;
    let asked = match begin(app, &caller, &form).await {
        Ok(asked) => asked,
        Err(error) => return refused(app, &caller, reader, language, form, error).await,
    };
    let location = place(&asked, &form.source);
    if reader == Reader::Script {
        let html = both_messages(app, &caller, &asked, language).await?;
        return Ok(AskAnswer::Script(Json(Shown { location, html })));
    }
    let _shown_later = tokio::time::timeout(PATIENCE, asked.following.wait(app)).await;
    Ok(AskAnswer::Page(Box::new(Redirect::to(location))))
}

/// Where a question and its answer are shown, with the same sources chosen for the next one.
fn place(asked: &Asked, sources: &[String]) -> String {
    let sources: Vec<String> =
        sources.iter().map(|name| format!("source={}", RawStr::new(name).percent_encode())).collect();
    let query = if sources.is_empty() { String::new() } else { format!("?{}", sources.join("&")) };
    format!("/c/{}{query}#m{}", asked.conversation, asked.question.0)
}

async fn begin(app: &App, caller: &Caller<Asking>, form: &QuestionForm) -> Result<Asked> {
    let by = caller.account.id;
    let text = checked_question(&form.question)?;
    let mut names = form.source.clone();
    names.retain(|name| name != CAMPUS);
    let campus = names.is_empty() || form.source.iter().any(|name| name == CAMPUS);
    let scope = chat::scope(&app.store, by, campus, &names).await?;
    let conversation = if form.conversation.is_empty() {
        chat::open(app, by).await?
    } else {
        ConversationId::parse(&form.conversation)?
    };
    chat::ask(app, by, Ask { conversation, text, scope, depth: Depth::Usual }).await
}

/// The question and its answer as they stand now.
async fn both_messages(
    app: &App,
    caller: &Caller<Asking>,
    asked: &Asked,
    language: Language,
) -> Result<String> {
    let reader = caller.account.id;
    let rows = chat::messages::list(app.store.read(), asked.conversation).await?;
    let both = rows.into_iter().filter(|row| row.id == asked.question || row.id == asked.answer).collect();
    messages::html(&messages::views(app, reader, both, language).await?)
}

/// The question goes back into its field, with a word about why.
async fn refused(
    app: &App,
    caller: &Caller<Asking>,
    reader: Reader,
    language: Language,
    form: QuestionForm,
    error: Error,
) -> Result<AskAnswer> {
    let Some(problem) = errors::about_asking(&error, language) else { return Err(error) };
    let status = error.status();
    if reader == Reader::Script {
        return Ok(AskAnswer::Problem((status, Json(Problem { detail: problem }))));
    }
    let conversation =
        if form.conversation.is_empty() { None } else { Some(ConversationId::parse(&form.conversation)?) };
    let path = conversation.map_or_else(|| "/".to_owned(), |id| format!("/c/{id}"));
    let opening = Opening {
        conversation,
        sources: form.source,
        problem: Some(problem),
        draft: form.question,
        status: Some(status),
        ..Opening::default()
    };
    let page = view::page(Looking { app, identity: caller, language, path }, opening).await?;
    Ok(AskAnswer::Refused(Box::new(page)))
}

/// A new title.
#[derive(FromForm)]
struct TitleForm {
    #[field(default = "")]
    title: String,
}

/// Rename a conversation.
#[post("/c/<id>/rename", data = "<form>")]
async fn rename(
    id: &str,
    caller: Caller<Changing>,
    app: &State<App>,
    form: Form<TitleForm>,
) -> Result<Redirect> {
    let id = ConversationId::parse(id)?;
    let by = caller.account.id;
    if let Some(title) = checked_title(form.0.title.trim().chars().take(100).collect(), Blank::KeepsTheOld)? {
        app.store.write(async |tx| conversations::rename(&tx, by, id, title).await).await?;
    }
    Ok(Redirect::to(format!("/c/{id}")))
}

/// Delete a conversation.
#[post("/c/<id>/delete")]
async fn delete(id: &str, caller: Caller<Changing>, app: &State<App>) -> Result<Redirect> {
    let id = ConversationId::parse(id)?;
    app.store.write(async |tx| conversations::delete(&tx, caller.account.id, id).await).await?;
    Ok(Redirect::to("/"))
}

/// Stop an answer. The page is shown again with what there is of it; a script sees that in the stream.
#[post("/c/<id>/messages/<mid>/stop")]
async fn stop(
    id: &str,
    mid: i64,
    caller: Caller<Changing>,
    reader: Reader,
    app: &State<App>,
) -> Result<Done> {
    let (id, mid) = (ConversationId::parse(id)?, MessageId(mid));
    chat::stop_answer(app, caller.account.id, id, mid).await?;
    if reader == Reader::Browser
        && let Some(following) = chat::of_answer(app, mid).await?
    {
        let _shown_later = tokio::time::timeout(STOPPING, following.wait(app)).await;
    }
    Ok(reader.done(format!("/c/{id}#m{}", mid.0)))
}

/// An opinion about an answer: one of the buttons, or words of one's own.
#[derive(FromForm)]
struct RatingForm {
    #[field(default = "")]
    reason: String,
    #[field(default = "")]
    words: String,
}

/// Rate an answer.
#[post("/c/<id>/messages/<mid>/feedback", data = "<form>")]
async fn rate(
    id: &str,
    mid: i64,
    caller: Caller<Changing>,
    reader: Reader,
    app: &State<App>,
    form: Form<RatingForm>,
) -> Result<Done> {
    let (id, mid, by) = (ConversationId::parse(id)?, MessageId(mid), caller.account.id);
    let answer = chat::messages::owned(app.store.read(), by, id, mid).await?;
    let reason = [&form.0.reason, &form.0.words].into_iter().find(|text| !text.trim().is_empty());
    if let Some(reason) = reason {
        let rows = chat::messages::list(app.store.read(), id).await?;
        let question = rows.iter().take_while(|row| row.id != mid).last().map(|row| row.message.clone());
        let rating = checked_rating(Rating {
            question: question.unwrap_or_default(),
            answer: answer.message,
            reason: reason.trim().to_owned(),
            conversation: id.to_string(),
            message: Some(mid),
        })?;
        ratings::keep(app, by, rating).await?;
    }
    Ok(reader.done(format!("/c/{id}#m{}", mid.0)))
}

/// Upload a file.
#[post("/files", data = "<body>")]
async fn upload(
    caller: Caller<Uploading>,
    content_type: Option<&ContentType>,
    reader: Reader,
    language: Language,
    app: &State<App>,
    body: Data<'_>,
) -> Result<UploadAnswer> {
    let problem = match uploads::receive(app, &caller.account, content_type, body).await {
        Ok(file) if reader == Reader::Script => {
            return Ok(UploadAnswer::Script((Status::Created, Json(Named { name: file.filename }))));
        }
        Ok(_) => return Ok(UploadAnswer::Page(Box::new(Redirect::to("/#files")))),
        Err(error) => error,
    };
    let Some(words) = problem.words(language) else { return Err(problem.into()) };
    let status = Error::from(problem).status();
    if reader == Reader::Script {
        return Ok(UploadAnswer::Problem((status, Json(Problem { detail: words }))));
    }
    let opening = Opening { upload_message: Some(words), status: Some(status), ..Opening::default() };
    let looking = Looking { app, identity: &caller, language, path: "/".to_owned() };
    Ok(UploadAnswer::Refused(Box::new(view::page(looking, opening).await?)))
}

/// The name under which a file is kept.
#[derive(Serialize)]
struct Named {
    name: String,
}

/// What uploading leads to.
#[derive(Responder)]
enum UploadAnswer {
    Page(Box<Redirect>),
    Script((Status, Json<Named>)),
    Refused(Box<MainPage>),
    Problem((Status, Json<Problem>)),
}

/// Delete a file.
#[post("/files/<id>/delete")]
async fn delete_file(id: i32, caller: Caller<Changing>, reader: Reader, app: &State<App>) -> Result<Done> {
    uploads::delete_file(app, &caller.account, id).await?;
    Ok(reader.done("/#files".to_owned()))
}

/// Who reads the answer to a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    /// A browser that shows the next page.
    Browser,
    /// The page's script.
    Script,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Reader {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let json =
            request.accept().map(Accept::preferred).is_some_and(|wanted| wanted.media_type().is_json());
        Outcome::Success(if json { Self::Script } else { Self::Browser })
    }
}

/// A form that was done.
#[derive(Responder)]
enum Done {
    Browser(Box<Redirect>),
    Script(Status),
}

impl Reader {
    fn done(self, next: String) -> Done {
        match self {
            Self::Browser => Done::Browser(Box::new(Redirect::to(next))),
            Self::Script => Done::Script(Status::NoContent),
        }
    }
}
