//! The page on which a developer reads the document and tries calls: Swagger UI, from this binary.

use std::{collections::HashMap, io::Read, sync::Arc};

use anyhow::Context;
use askama::Template;
use rocket::{
    Route, State, get,
    http::{ContentType, Header},
    response::Responder,
    routes,
};
use tokio::sync::OnceCell;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;

use crate::{
    accounts::maintainer::Maintainer,
    app::App,
    config::Profile,
    error::{Error, Result},
    platform::{assets, locale::Language, page::Page},
};

/// The files of Swagger UI that the page needs.
const FILES: [&str; 2] = ["swagger-ui-bundle.js", STYLE];
const STYLE: &str = "swagger-ui.css";

pub(super) fn routes() -> Vec<Route> {
    routes![view, file]
}

/// The page.
#[derive(Template)]
#[template(path = "docs/viewer.html")]
struct Viewer {
    language: Language,
    banner: Option<String>,
    version: String,
    style: String,
    script: String,
    icon: String,
}

/// The document as a page.
#[get("/doc/schema/view")]
fn view(_staff: Maintainer, language: Language, app: &State<App>) -> Page<Viewer> {
    let debug = app.config.profile == Profile::Debug;
    Page::ok(Viewer {
        language,
        banner: debug.then(|| language.text("site-debug-banner")),
        // The files change with the archive that they come from.
        version: format!("{:x}", SWAGGER_UI_VENDORED.len()),
        style: assets::address("docs/viewer.css"),
        script: assets::address("docs/viewer.js"),
        icon: assets::address("site/icon.svg"),
    })
}

#[derive(Responder)]
struct Asset {
    bytes: Vec<u8>,
    kind: ContentType,
    cache: Header<'static>,
}

/// A file of Swagger UI.
#[get("/doc/assets/<name>?<v>")]
async fn file(name: &str, v: Option<&str>) -> Result<Asset> {
    let missing = || Error::NotFound("Not found.");
    let bytes = files().await?.get(name).ok_or_else(missing)?.as_ref().clone();
    let kind = name.rsplit_once('.').and_then(|(_, ending)| assets::kind(ending)).ok_or_else(missing)?;
    let cache = if v.is_some() { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
    Ok(Asset { bytes, kind, cache: Header::new("Cache-Control", cache) })
}

type Files = HashMap<&'static str, Arc<Vec<u8>>>;

/// The files, unpacked at their first use.
async fn files() -> Result<&'static Files> {
    static UNPACKED: OnceCell<Files> = OnceCell::const_new();
    let unpack = || async {
        let unpacked = rocket::tokio::task::spawn_blocking(unpack).await;
        unpacked.context("unpacking Swagger UI")?
    };
    UNPACKED.get_or_try_init(unpack).await.map_err(Error::Internal)
}

fn unpack() -> anyhow::Result<Files> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(SWAGGER_UI_VENDORED))?;
    let mut files = Files::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at)?;
        let path = file.name().to_owned();
        if let Some(name) = FILES.into_iter().find(|name| path.ends_with(&format!("dist/{name}"))) {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            files.insert(name, Arc::new(bytes));
        }
    }
    Ok(files)
}
