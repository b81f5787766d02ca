//! Uploaded files in the dashboard: how far each has come, reading it again, its bytes.

use rocket::{
    Request, Response, Route, State as Managed, get,
    http::{ContentType, Header},
    response::{self, Responder},
    routes,
};
use sea_orm::DbErr;

use super::{
    content, deletion,
    file::{self, Column},
    ingest,
};
use crate::{
    accounts::{staff, user},
    admin::{Action, Cell, Chosen, Desk, Fieldset, ModelAdmin, Page, Refusal, Tone, Verb, row},
    app::App,
    platform::audit::{self, Object},
};

/// Uploaded files.
pub fn files() -> ModelAdmin<file::Entity> {
    use Column::*;
    ModelAdmin::new("core", "uploadedfile")
        .class("UploadedFile")
        .shortcut('u')
        .named_by(|row, _| row.text(Filename))
        .list([Filename, UserId, UploadedTime, Size, Pages, State, Reason])
        .search([Filename, Reason])
        .search_exact([Id])
        .filters([State, UploadedTime, UserId, Size])
        .by_date(UploadedTime)
        .newest_first(UploadedTime)
        .refers::<user::Entity>(UserId)
        .bytes([Size])
        .personal([Filename, UserId])
        .choices(
            State,
            [
                ("queued", Tone::Plain),
                ("processing", Tone::Plain),
                ("ready", Tone::Good),
                ("partial", Tone::Warn),
                ("rejected", Tone::Bad),
                ("failed", Tone::Bad),
                ("missing", Tone::Bad),
            ],
        )
        .fieldset(Fieldset::new().shown([Filename, UserId, UploadedTime, State, Reason, Pages, Size]))
        .fieldset(Fieldset::titled("stored").shown([Id, StoredName, Sha256]).collapsed())
        .never([Verb::Add, Verb::Change])
        .permission("download_uploadedfile")
        .action(Action::new("reingest", reingest).needs("change_uploadedfile"))
        .on_remove(|removing| async move {
            deletion::remove(&removing.tx, removing.now, &ids(&removing.keys)).await.map(drop)
        })
        .link("file-download", Some("core.download_uploadedfile"), |row| {
            Some(format!("core/uploadedfile/{}/download/", row.key_text()))
        })
}

/// How many files each account of a page has: one query.
pub async fn files_of_users(page: Page) -> Result<Vec<Cell>, DbErr> {
    page.counted::<file::Entity>(Column::UserId).await
}

fn ids(keys: &[sea_orm::Value]) -> Vec<i32> {
    keys.iter().filter_map(row::number).filter_map(|id| i32::try_from(id).ok()).collect()
}

async fn reingest(chosen: Chosen) -> Result<u64, DbErr> {
    ingest::reingest(&chosen.tx, chosen.now, &ids(&chosen.keys)).await
}

/// The pages of this file, to be mounted at each base of the dashboard.
pub fn staff_routes() -> Vec<Route> {
    routes![download]
}

/// The bytes of a file.
struct Download {
    name: String,
    file: std::fs::File,
}

impl<'r> Responder<'r, 'static> for Download {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let name = rocket::http::RawStr::new(&self.name).percent_encode().to_string();
        Response::build()
            .header(ContentType::PDF)
            .header(Header::new("Content-Disposition", format!("attachment; filename*=UTF-8''{name}")))
            .header(Header::new("Content-Security-Policy", "sandbox"))
            .sized_body(None, tokio::fs::File::from_std(self.file))
            .ok()
    }
}

/// Somebody's file is private: who takes it is known.
#[get("/core/uploadedfile/<id>/download")]
async fn download(desk: Desk, id: i32, app: &Managed<App>) -> Result<Download, Refusal> {
    desk.require("core.view_uploadedfile")?;
    desk.require("core.download_uploadedfile")?;
    let (row, file) = content::open(app, id).await.map_err(staff::refused)?;
    let object =
        Object { model: "core.uploadedfile".to_owned(), key: id.to_string(), text: row.filename.clone() };
    let event = audit::Event { object: Some(object), ..desk.event("file.downloaded") };
    app.store.write(async |tx| audit::append(&tx, desk.locale.now, event).await).await?;
    Ok(Download { name: row.filename, file })
}
