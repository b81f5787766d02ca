//! `/user_files` and its older names.

use rocket::{
    Data, Request, Response, Route, State, delete, get,
    http::{ContentType, Header, Status},
    post,
    response::{self, Responder, status::Created},
    routes,
};

use super::{
    content, deletion, file, lock, multipart,
    refusal::{Refused, UploadError},
    wire::{FileInfo, Names, Uploaded},
};
use crate::{
    accounts::{
        Caller,
        caller::{Changing, Uploading},
        user,
    },
    app::App,
    error::{Error, Result},
    platform::{disk, json::Json, locale::Language, paging::Page, permits::Permits},
};

/// Uploads under way at a time: of an account, and of this instance.
const PER_ACCOUNT: usize = 2;
const PER_INSTANCE: usize = 64;

/// How many uploads may be under way.
pub fn permits() -> Permits {
    Permits::new(PER_ACCOUNT, PER_INSTANCE, "too_many_uploads")
}

/// The routes of this slice.
pub fn routes() -> Vec<Route> {
    routes![
        names,
        names_older,
        upload,
        upload_older,
        upload_for_client,
        upload_oldest,
        list,
        one,
        bytes,
        remove
    ]
}

/// Upload a PDF: multipart, part `file_` or `file`.
#[post("/user_files", data = "<body>")]
async fn upload(
    caller: Caller<Uploading>,
    content_type: Option<&ContentType>,
    body: Data<'_>,
    app: &State<App>,
) -> Result<Created<Json<Uploaded>>> {
    let row = receive(app, &caller.account, content_type, body).await?;
    Ok(Created::new(format!("/user_files/{}", row.id)).body(Json(Uploaded::of(&row))))
}

/// The same, under the original's path.
#[post("/user/upload", data = "<body>")]
async fn upload_older(
    caller: Caller<Uploading>,
    content_type: Option<&ContentType>,
    body: Data<'_>,
    app: &State<App>,
) -> Result<Created<Json<Uploaded>>> {
    upload(caller, content_type, body, app).await
}

/// The same, under a path that the client knows.
#[post("/api/upload", data = "<body>")]
async fn upload_for_client(
    caller: Caller<Uploading>,
    content_type: Option<&ContentType>,
    body: Data<'_>,
    app: &State<App>,
) -> Result<Created<Json<Uploaded>>> {
    upload(caller, content_type, body, app).await
}

/// The same, under the first service's path.
#[post("/upload", data = "<body>")]
async fn upload_oldest(
    caller: Caller<Uploading>,
    content_type: Option<&ContentType>,
    body: Data<'_>,
    app: &State<App>,
) -> Result<Created<Json<Uploaded>>> {
    upload(caller, content_type, body, app).await
}

/// The names of the caller's files.
#[get("/user/upload")]
async fn names(caller: Caller, app: &State<App>) -> Result<Json<Names>> {
    let rows = file::list(app.store.read(), caller.account.id).await?;
    Ok(Json(Names::of(caller.account.username.clone(), rows)))
}

/// The same, under the load tester's path.
#[get("/user/user_files")]
async fn names_older(caller: Caller, app: &State<App>) -> Result<Json<Names>> {
    names(caller, app).await
}

/// The caller's files, newest first: a bare array, all of them unless asked for fewer.
#[get("/user_files?<q>&<limit>&<before>")]
async fn list(
    q: Vec<&str>,
    limit: Vec<&str>,
    before: Vec<&str>,
    caller: Caller,
    language: Language,
    app: &State<App>,
) -> Result<Json<Vec<FileInfo>>> {
    let page = Page::asked(&q, &limit, &before)?;
    let rows = file::page(app.store.read(), caller.account.id, &page).await?;
    Ok(Json(rows.iter().map(|row| FileInfo::of(row, language)).collect()))
}

/// One of the caller's files.
#[get("/user_files/<id>")]
async fn one(id: i32, caller: Caller, language: Language, app: &State<App>) -> Result<Json<FileInfo>> {
    let row = file::owned(app.store.read(), caller.account.id, id).await?;
    Ok(Json(FileInfo::of(&row, language)))
}

/// The PDF itself; with `?inline`, to be opened in the browser rather than saved.
#[get("/user_files/<id>/content?<inline>")]
async fn bytes(id: i32, inline: Option<&str>, caller: Caller, app: &State<App>) -> Result<Pdf> {
    let row = file::owned(app.store.read(), caller.account.id, id).await?;
    let shown = if inline.is_some() { Shown::Inline } else { Shown::Attachment };
    let file = content::of(app, &row, &caller.account.folder).await?;
    Ok(Pdf { file, name: row.filename, shown })
}

/// Delete a file, its text and its bytes.
#[delete("/user_files/<id>")]
async fn remove(id: i32, caller: Caller<Changing>, app: &State<App>) -> Result<Status> {
    delete(app, &caller.account, id).await?;
    Ok(Status::NoContent)
}

/// Receives an upload: any failure leaves neither row nor file.
pub async fn receive(
    app: &App,
    owner: &user::Model,
    content_type: Option<&ContentType>,
    body: Data<'_>,
) -> Result<file::Model, UploadError> {
    let limits = app.config.uploads;
    let (files, bytes) = file::usage(app.store.read(), owner.id).await?;
    if files >= limits.files_per_account {
        return Err(Refused::TooManyFiles.into());
    }
    if bytes >= limits.bytes_per_account {
        return Err(Refused::TooMuchSpace.into());
    }
    let free = disk::free_bytes(&app.config.media_root).await.map_err(disk::failure)?;
    if free < limits.min_free_bytes {
        return Err(Error::OutOfSpace.into());
    }
    let _permit = app.upload_permits.take(owner.id.0)?;
    let mut received = multipart::receive(content_type, body, &app.files).await?;
    let stored_name = file::Model::fresh_stored_name();
    let size_bytes = received.incoming.size_bytes();
    let sha256 = received.incoming.keep(&owner.folder, &stored_name).await.map_err(disk::failure)?;
    let arrived = file::Arrived {
        owner: owner.id,
        display_name: received.display_name,
        stored_name: stored_name.clone(),
        size_bytes,
        sha256,
    };
    let now = app.clock.now();
    let registered = app.store.write(async |tx| file::register(&tx, now, arrived).await).await;
    match registered {
        Ok(row) => {
            app.queue.wake();
            lock::show(app, owner).await;
            app.metrics.uploaded(size_bytes);
            tracing::info!(user.id = owner.id.0, upload.size_bytes = size_bytes, "a file was uploaded");
            Ok(row)
        }
        Err(error) => {
            if let Err(left) = app.files.remove(&owner.folder, &stored_name).await {
                tracing::warn!(error = %left, "an unregistered file stays on the disk until the sweep");
            }
            Err(error.into())
        }
    }
}

/// Deletes a file of `owner`.
pub async fn delete(app: &App, owner: &user::Model, id: i32) -> Result<()> {
    file::owned(app.store.read(), owner.id, id).await?;
    let now = app.clock.now();
    app.store.write(async |tx| deletion::remove(&tx, now, &[id]).await).await?;
    app.queue.wake();
    Ok(())
}

/// How a PDF is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Attachment,
    Inline,
}

/// A PDF of the caller's.
struct Pdf {
    file: std::fs::File,
    name: String,
    shown: Shown,
}

impl<'r> Responder<'r, 'static> for Pdf {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let (disposition, policy) = match self.shown {
            Shown::Attachment => ("attachment", "sandbox"),
            // A sandboxed page cannot hold a browser's own PDF viewer; scripts stay forbidden all the same.
            Shown::Inline => (
                "inline",
                "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            ),
        };
        let ascii: String = self
            .name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' })
            .collect();
        let encoded = rocket::http::RawStr::new(&self.name).percent_encode().to_string();
        Response::build()
            .header(ContentType::PDF)
            .header(Header::new(
                "Content-Disposition",
                format!("{disposition}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}"),
            ))
            .header(Header::new("Content-Security-Policy", policy))
            .sized_body(None, tokio::fs::File::from_std(self.file))
            .ok()
    }
}
