//! Pages on which staff add a campus document, give it another file, or have it read again.
//!
//! The parts of such a form come in order: the token first, so that nothing is kept that nobody may send.

use std::collections::HashMap;

use askama::Template;
use multer::{Constraints, Multipart, SizeLimit};
use rocket::{
    Data, Either, Route, State,
    data::ToByteUnit,
    get,
    http::{ContentType, CookieJar},
    post,
    response::Redirect,
    routes,
};
use tokio_util::io::ReaderStream;

use crate::{
    accounts::staff::refused,
    admin::{Desk, Frame, Level, Message, Refusal, TOKEN_FIELD, is_valid_token},
    app::App,
    knowledge::{
        DocumentId,
        campus_files::{self, Arrived, MAX_FILE_BYTES},
        documents::{self, Description, DocumentError},
        tables,
    },
    platform::{
        audit::{self, Object},
        disk,
        pace::{Pace, Paced},
        page::Page,
    },
};

/// What a field other than the file may hold.
const MAX_FIELD_BYTES: u64 = 8 * 1024;

/// The pages of this file, to be mounted at each base of the dashboard.
pub fn routes() -> Vec<Route> {
    routes![add_form, add, file_form, replace]
}

/// The page.
#[derive(Template)]
#[template(path = "documents/file.html")]
struct FilePage {
    frame: Frame,
    /// What was typed: title, address, first and last day.
    typed: HashMap<String, String>,
    faults: Vec<String>,
    /// Whether a document is added, or one that is there gets another file.
    adds: bool,
    /// The file that is there: its name and how far it has come.
    kept: Option<(String, String)>,
    back: String,
}

impl FilePage {
    fn value(&self, name: &str) -> &str {
        self.typed.get(name).map_or("", String::as_str)
    }
}

type Answered = Result<Either<Page<FilePage>, Redirect>, Refusal>;

/// What was sent.
struct Sent {
    typed: HashMap<String, String>,
    file: Option<Arrived>,
}

#[get("/core/document/upload")]
fn add_form(desk: Desk, cookies: &CookieJar<'_>) -> Result<Page<FilePage>, Refusal> {
    desk.require("core.add_document")?;
    Ok(Page::ok(page(&desk, cookies, None)))
}

#[post("/core/document/upload", data = "<data>")]
async fn add(
    desk: Desk,
    app: &State<App>,
    cookies: &CookieJar<'_>,
    content_type: &ContentType,
    data: Data<'_>,
) -> Answered {
    desk.require("core.add_document")?;
    let sent = receive(&desk, app, content_type, data).await?;
    let mut page = page(&desk, cookies, None);
    let Some(file) = sent.file else {
        return Ok(again(page, sent.typed, vec![desk.locale.t("document-no-file")]));
    };
    let said = match described(&sent.typed) {
        Ok(said) => said,
        Err(key) => return Ok(again(page, sent.typed, vec![desk.locale.t(key)])),
    };
    match campus_files::add(app, file, said).await {
        Ok(kept) => {
            log(&desk, app, "admin.add", kept.document_id, &kept.filename).await?;
            Ok(Either::Right(done(&desk, cookies, kept.document_id)))
        }
        Err(DocumentError::Other(error)) => Err(refused(error)),
        Err(DocumentError::Faults(faults)) => {
            page.frame.faulty = true;
            let faults = faults.iter().map(|fault| fault.sentence(desk.locale.language)).collect();
            Ok(again(page, sent.typed, faults))
        }
    }
}

#[get("/core/document/<id>/file")]
async fn file_form(
    desk: Desk,
    id: i64,
    app: &State<App>,
    cookies: &CookieJar<'_>,
) -> Result<Page<FilePage>, Refusal> {
    desk.require("core.change_document")?;
    Ok(Page::ok(page(&desk, cookies, Some(there(&desk, app, id).await?))))
}

/// Another file in the place of the one that is there, or, without one, the same read again.
#[post("/core/document/<id>/file", data = "<data>")]
async fn replace(
    desk: Desk,
    id: i64,
    app: &State<App>,
    cookies: &CookieJar<'_>,
    content_type: &ContentType,
    data: Data<'_>,
) -> Answered {
    desk.require("core.change_document")?;
    let there = there(&desk, app, id).await?;
    let sent = receive(&desk, app, content_type, data).await?;
    let page = page(&desk, cookies, Some(there));
    let Some(file) = sent.file else {
        let read = documents::reingest(app, &[DocumentId(id)]).await.map_err(refused)?;
        if read.queued.is_empty() {
            return Ok(again(page, sent.typed, vec![desk.locale.t("document-no-source")]));
        }
        log(&desk, app, "admin.change", DocumentId(id), "").await?;
        return Ok(Either::Right(done(&desk, cookies, DocumentId(id))));
    };
    match campus_files::replace_file(app, DocumentId(id), file).await {
        Ok(kept) => {
            log(&desk, app, "admin.change", kept.document_id, &kept.filename).await?;
            Ok(Either::Right(done(&desk, cookies, kept.document_id)))
        }
        Err(DocumentError::Other(error)) => Err(refused(error)),
        Err(DocumentError::Faults(faults)) => {
            let faults = faults.iter().map(|fault| fault.sentence(desk.locale.language)).collect();
            Ok(again(page, sent.typed, faults))
        }
    }
}

/// A document that is there, and its file.
struct There {
    title: String,
    id: i64,
    kept: Option<(String, String)>,
}

async fn there(desk: &Desk, app: &App, id: i64) -> Result<There, Refusal> {
    use sea_orm::EntityTrait;
    let row = tables::Document::find_by_id(DocumentId(id)).one(app.store.read()).await?;
    let row = row.filter(|row| row.owner_id.is_none()).ok_or(Refusal::NotFound)?;
    let kept = campus_files::of_documents(app.store.read(), &[DocumentId(id)]).await?.pop();
    let kept = kept.map(|file| {
        let state: String = sea_orm::ActiveEnum::to_value(&file.state);
        (file.filename, desk.locale.t(&format!("choice-state-{state}")))
    });
    Ok(There { title: row.title, id, kept })
}

fn page(desk: &Desk, cookies: &CookieJar<'_>, there: Option<There>) -> FilePage {
    let locale = &desk.locale;
    let list = desk.url("core/document/");
    let title = locale.t(if there.is_some() { "document-file-title" } else { "document-upload" });
    let mut frame =
        Frame::new(desk, cookies, title.clone()).crumb(locale.t("model-core-document-many"), list.clone());
    let mut back = list;
    if let Some(there) = &there {
        back = desk.url(&format!("core/document/{}/change/", there.id));
        frame = frame.crumb(there.title.clone(), back.clone());
    }
    FilePage {
        frame: frame.here(title),
        typed: HashMap::new(),
        faults: Vec::new(),
        adds: there.is_none(),
        kept: there.and_then(|there| there.kept),
        back,
    }
}

fn again(
    mut page: FilePage,
    typed: HashMap<String, String>,
    faults: Vec<String>,
) -> Either<Page<FilePage>, Redirect> {
    page.frame.faulty = true;
    page.typed = typed;
    page.faults = faults;
    Either::Left(Page::ok(page))
}

fn done(desk: &Desk, cookies: &CookieJar<'_>, id: DocumentId) -> Redirect {
    let message = Message::new(Level::Success, desk.locale.t("document-will-be-read"));
    desk.redirect(cookies, desk.url(&format!("core/document/{}/change/", id.0)), &[message])
}

async fn log(
    desk: &Desk,
    app: &App,
    event: &'static str,
    id: DocumentId,
    filename: &str,
) -> Result<(), Refusal> {
    let object =
        Object { model: "core.document".to_owned(), key: id.0.to_string(), text: filename.to_owned() };
    let event = audit::Event { object: Some(object), ..desk.event(event) };
    app.store.write(async |tx| audit::append(&tx, desk.locale.now, event).await).await?;
    Ok(())
}

fn described(typed: &HashMap<String, String>) -> Result<Description, &'static str> {
    let text = |name: &str| typed.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let day = |name: &str| match text(name) {
        day if day.is_empty() => Ok(None),
        day => day.parse().map(Some).map_err(|_| "admin-bad-date"),
    };
    Ok(Description {
        title: text("title"),
        url: Some(text("url")).filter(|url| !url.is_empty()),
        valid_from: day("valid_from")?,
        valid_to: day("valid_to")?,
    })
}

/// Receives a form: its fields, and the file, streamed to the disk.
async fn receive(
    desk: &Desk,
    app: &App,
    content_type: &ContentType,
    data: Data<'_>,
) -> Result<Sent, Refusal> {
    let unreadable = |_| Refusal::Invalid("admin-form-unreadable");
    let boundary = content_type.param("boundary").ok_or(Refusal::Invalid("admin-not-a-form"))?;
    let most = MAX_FILE_BYTES + 1024 * 1024;
    let body = ReaderStream::new(Paced::new(data.open((most + 1).bytes()), Pace::UPLOAD));
    let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(most));
    let mut parts = Multipart::with_constraints(body, boundary, limits);
    let mut sent = Sent { typed: HashMap::new(), file: None };
    let mut trusted = false;
    while let Some(mut part) = parts.next_field().await.map_err(unreadable)? {
        let name = part.name().unwrap_or_default().to_owned();
        if let Some(filename) = part.file_name().filter(|name| !name.is_empty()).map(str::to_owned) {
            if !trusted {
                return Err(Refusal::Forged(Vec::new()));
            }
            let mut incoming = campus_files::begin(app).await.map_err(refused)?;
            while let Some(bytes) = part.chunk().await.map_err(|_| Refusal::TooLarge)? {
                if incoming.size_bytes() + bytes.len() as u64 > MAX_FILE_BYTES {
                    return Err(Refusal::TooLarge);
                }
                incoming.write(&bytes).await.map_err(|error| refused(disk::failure(error)))?;
            }
            sent.file = Some(Arrived { filename, incoming });
            continue;
        }
        let mut text = Vec::new();
        while let Some(bytes) = part.chunk().await.map_err(unreadable)? {
            if text.len() as u64 + bytes.len() as u64 > MAX_FIELD_BYTES {
                return Err(Refusal::TooLarge);
            }
            text.extend_from_slice(&bytes);
        }
        let text = String::from_utf8(text).map_err(|_| Refusal::Invalid("admin-form-unreadable"))?;
        trusted |= name == TOKEN_FIELD && is_valid_token(&desk.staff.csrf_secret, &text);
        sent.typed.insert(name, text);
    }
    if trusted { Ok(sent) } else { Err(Refusal::Forged(Vec::new())) }
}
