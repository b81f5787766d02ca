//! The search over all models, as a page and for the palette.

use std::time::Duration;

use askama::Template;
use futures::future::join_all;
use rocket::{Route, get, http::CookieJar, routes, serde::json::Json};
use serde::Serialize;

use super::{
    super::{access::Verb, desk::Desk, frame::Frame, model::Model, refusal::Refusal, search},
    autocomplete::found,
};
use crate::platform::page::Page;

/// Rows of each model.
const EACH: u64 = 5;
/// A model that takes longer is left out, and that is said.
const LIMIT: Duration = Duration::from_millis(150);

pub(super) fn routes() -> Vec<Route> {
    routes![page, palette]
}

/// The page.
#[derive(Template)]
#[template(path = "admin/search.html")]
struct SearchPage {
    frame: Frame,
    query: String,
    groups: Vec<Group>,
    /// Models that took too long.
    skipped: Vec<String>,
}

/// What was found of a model.
struct Group {
    label: String,
    hits: Vec<Hit>,
    /// The list of all that match, when there are more.
    more: Option<String>,
}

/// A row that was found.
struct Hit {
    text: String,
    href: String,
}

/// What the palette shows.
#[derive(Serialize)]
struct Palette {
    results: Vec<Line>,
}

/// A line of the palette.
#[derive(Serialize)]
struct Line {
    text: String,
    url: String,
    model: String,
}

/// What a text finds.
#[get("/search?<q>", rank = 5)]
async fn page(desk: Desk, q: Option<&str>, cookies: &CookieJar<'_>) -> Result<Page<SearchPage>, Refusal> {
    let title = desk.locale.t("admin-search-title");
    let frame = Frame::new(&desk, cookies, title.clone()).here(title);
    let query: String = q.unwrap_or_default().trim().chars().take(search::MAX_CHARS).collect();
    let (groups, skipped) = searched(&desk, &query).await?;
    Ok(Page::ok(SearchPage { frame, query, groups, skipped }))
}

/// What a text finds, for the palette.
#[get("/search/palette?<q>", rank = 5)]
async fn palette(desk: Desk, q: Option<&str>) -> Result<Json<Palette>, Refusal> {
    let (groups, _) = searched(&desk, q.unwrap_or_default().trim()).await?;
    let lines = groups.into_iter().flat_map(|group| {
        let model = group.label;
        group.hits.into_iter().map(move |hit| Line { text: hit.text, url: hit.href, model: model.clone() })
    });
    Ok(Json(Palette { results: lines.collect() }))
}

/// What a query asks for: all models, or those that a prefix names.
struct Asked<'a> {
    text: &'a str,
    /// `id:` asks for a key alone.
    key: bool,
    model: Option<&'a str>,
}

fn asked(query: &str) -> Asked<'_> {
    match query.split_once(':') {
        Some(("id", text)) => Asked { text: text.trim(), key: true, model: None },
        Some((prefix, text)) if prefix.chars().all(char::is_alphanumeric) && !prefix.is_empty() => {
            Asked { text: text.trim(), key: false, model: Some(prefix) }
        }
        _ => Asked { text: query, key: false, model: None },
    }
}

async fn searched(desk: &Desk, query: &str) -> Result<(Vec<Group>, Vec<String>), Refusal> {
    if query.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let asked = asked(query);
    let named = |model: &Model| {
        asked.model.is_none_or(|prefix| {
            let label = model.one(&desk.locale).to_lowercase();
            model.name.starts_with(prefix) || label.starts_with(&prefix.to_lowercase())
        })
    };
    let seen = |model: &&Model| model.may(&desk.staff, Verb::View) && !model.search.is_empty();
    let models: Vec<&Model> = desk.site.models.iter().filter(seen).collect();
    let fitting: Vec<&Model> = models.iter().copied().filter(|model| named(model)).collect();
    // A prefix that names nothing is part of the text.
    let (models, text) = if fitting.is_empty() { (models, query) } else { (fitting, asked.text) };
    let looks = models.iter().map(|model| async {
        let look = hits(desk, model, text, asked.key);
        (*model, tokio::time::timeout(LIMIT, look).await)
    });
    let (mut groups, mut skipped) = (Vec::new(), Vec::new());
    for (model, looked) in join_all(looks).await {
        match looked {
            Ok(hits) => groups.extend(group(desk, model, text, hits?)),
            Err(_) => skipped.push(model.many_of(&desk.locale)),
        }
    }
    Ok((groups, skipped))
}

/// A key that fits is the first hit.
async fn hits(
    desk: &Desk,
    model: &Model,
    text: &str,
    key_only: bool,
) -> Result<Vec<(String, String)>, Refusal> {
    let mut hits = Vec::new();
    if let Some(row) = super::form::found(desk, model, text).await? {
        hits.push((row.key_text(), model.text_of(&row, &desk.locale)));
    }
    if !key_only {
        let more = found(desk, model, text, 0, EACH + 1).await?;
        hits.extend(
            more.into_iter()
                .filter(|(key, _)| hits.first().is_none_or(|(first, _)| first != key))
                .collect::<Vec<_>>(),
        );
    }
    Ok(hits)
}

fn group(desk: &Desk, model: &Model, text: &str, mut hits: Vec<(String, String)>) -> Option<Group> {
    if hits.is_empty() {
        return None;
    }
    let query = rocket::http::RawStr::new(text).percent_encode().to_string();
    let more = (hits.len() as u64 > EACH).then(|| format!("{}?q={query}", desk.url(&model.list_path())));
    hits.truncate(usize::try_from(EACH).unwrap_or_default());
    let hit = |(key, text): (String, String)| Hit { text, href: desk.url(&model.row_path(&key, "change")) };
    Some(Group { label: model.many_of(&desk.locale), hits: hits.into_iter().map(hit).collect(), more })
}
