//! `/doc/…`: the document, in the form that is asked for, and the page that shows it.

use anyhow::Context;
use rocket::{
    Request, Route, get,
    http::{ContentType, Header},
    request::{FromRequest, Outcome},
    response::Responder,
    routes,
};
use schemars::JsonSchema;

use super::{document, viewer};
use crate::{
    accounts::maintainer::Maintainer,
    error::{Error, Result},
};

/// The routes of this slice.
pub fn routes() -> Vec<Route> {
    [routes![schema], viewer::routes()].concat()
}

/// How the document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Form {
    /// YAML, as the original by default.
    Yaml,
    /// JSON.
    Json,
}

/// The document as text.
pub fn written(form: Form) -> anyhow::Result<String> {
    let document = document();
    match form {
        Form::Json => serde_json::to_string(&document).context("writing the document as JSON"),
        Form::Yaml => {
            // By way of JSON values, whose maps are in the order of their keys.
            let value = serde_json::to_value(&document).context("writing the document as JSON")?;
            serde_saphyr::to_string(&value).context("writing the document as YAML")
        }
    }
}

#[derive(Responder)]
struct Written {
    text: String,
    content: ContentType,
    name: Header<'static>,
}

/// The document.
#[get("/doc/schema?<format>")]
fn schema(_staff: Maintainer, format: Vec<&str>, accepted: Accepted) -> Result<Written> {
    let media = match format.as_slice() {
        ["json"] => OPENAPI_JSON,
        ["yaml"] => OPENAPI_YAML,
        [] => accepted.0.ok_or(Error::NotAcceptable)?,
        _ => return Err(Error::NotFound("Not found.")),
    };
    let form = if media.ends_with("json") { Form::Json } else { Form::Yaml };
    let ending = if form == Form::Json { "json" } else { "yaml" };
    Ok(Written {
        text: written(form).map_err(Error::Internal)?,
        content: ContentType::parse_flexible(media).unwrap_or(ContentType::Plain),
        name: Header::new("Content-Disposition", format!("inline; filename=\"ChatDKU.{ending}\"")),
    })
}

const OPENAPI_YAML: &str = "application/vnd.oai.openapi";
const OPENAPI_JSON: &str = "application/vnd.oai.openapi+json";
/// The media types of the document, the preferred first.
const MEDIA: [&str; 4] = [OPENAPI_YAML, "application/yaml", OPENAPI_JSON, "application/json"];

/// Which of the document's media types a request wants most; `None` when it wants none of them.
struct Accepted(Option<&'static str>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Accepted {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let Some(accept) = request.accept() else { return Outcome::Success(Self(Some(MEDIA[0]))) };
        let mut wanted: Vec<_> = accept.iter().collect();
        if wanted.is_empty() {
            return Outcome::Success(Self(Some(MEDIA[0])));
        }
        // Stable: of two wanted equally, the first named wins.
        wanted.sort_by(|a, b| b.weight_or(1.0).total_cmp(&a.weight_or(1.0)));
        let fits = |top: &str, sub: &str, media: &str| {
            let (ours, kind) = media.split_once('/').unwrap_or((media, ""));
            (top == "*" || top == ours) && (sub == "*" || sub == kind)
        };
        let first = wanted.iter().find_map(|wanted| {
            let media = wanted.media_type();
            MEDIA.into_iter().find(|ours| fits(media.top().as_str(), media.sub().as_str(), ours))
        });
        Outcome::Success(Self(first))
    }
}
