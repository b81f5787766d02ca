//! Style sheets, scripts and pictures, compiled into the binary.

use std::{borrow::Cow, path::PathBuf};

use rocket::{
    Route, get,
    http::{ContentType, Header},
    response::Responder,
    routes,
};
use rust_embed::RustEmbed;

use crate::error::{Error, Result};

#[derive(RustEmbed)]
#[folder = "static/"]
#[include = "*.css"]
#[include = "*.js"]
#[include = "*.svg"]
struct Files;

/// The route of this file.
pub fn routes() -> Vec<Route> {
    routes![file]
}

/// The address of a file, which changes with its content: it may be kept for good.
pub fn address(name: &str) -> String {
    let hash =
        Files::get(name).map(|file| hex::encode(&file.metadata.sha256_hash()[..6])).unwrap_or_default();
    format!("/static/{name}?v={hash}")
}

#[derive(Responder)]
struct Asset {
    content: Cow<'static, [u8]>,
    kind: ContentType,
    cache: Header<'static>,
}

/// A file.
#[get("/static/<path..>?<v>")]
fn file(path: PathBuf, v: Option<&str>) -> Result<Asset> {
    let missing = || Error::NotFound("Not found.");
    let name = path.to_str().ok_or_else(missing)?;
    let file = Files::get(name).ok_or_else(missing)?;
    let kind = path.extension().and_then(|extension| kind(extension.to_str()?));
    let cache = if v.is_some() { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
    Ok(Asset {
        content: file.data,
        kind: kind.unwrap_or(ContentType::Binary),
        cache: Header::new("Cache-Control", cache),
    })
}

/// What a file is by its ending; texts say which characters they are of.
pub fn kind(extension: &str) -> Option<ContentType> {
    let kind = ContentType::from_extension(extension)?;
    let silent = (kind.is_javascript() || kind.is_svg()) && kind.param("charset").is_none();
    // Rocket writes what it knows as it knows it, without parameters: this is made anew.
    let of = |part: &rocket::http::uncased::UncasedStr| part.as_str().to_owned();
    let speaking = || ContentType::new(of(kind.top()), of(kind.sub())).with_params(("charset", "utf-8"));
    Some(if silent { speaking() } else { kind })
}
