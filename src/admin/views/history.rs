//! The history of a row, and the audit log.

use askama::Template;
use rocket::{Route, get, http::CookieJar, routes};

use super::{
    super::{
        access::Verb,
        desk::Desk,
        frame::Frame,
        history::{self, EntryView},
        refusal::Refusal,
    },
    form,
};
use crate::platform::page::Page;

pub(super) fn routes() -> Vec<Route> {
    routes![of_row]
}

/// The page.
#[derive(Template)]
#[template(path = "admin/history.html")]
struct HistoryPage {
    frame: Frame,
    entries: Vec<EntryView>,
    newer: Option<String>,
    older: Option<String>,
}

#[get("/<app>/<model>/<pk>/history?<p>")]
async fn of_row(
    desk: Desk,
    app: &str,
    model: &str,
    pk: &str,
    p: Option<&str>,
    cookies: &CookieJar<'_>,
) -> Result<Page<HistoryPage>, Refusal> {
    let model = desk.site.model(app, model).ok_or(Refusal::NotFound)?;
    if !model.may(&desk.staff, Verb::View) {
        return Err(Refusal::Forbidden(Some(model.permission(Verb::View))));
    }
    let row = form::found(&desk, model, pk).await?.ok_or(Refusal::NotFound)?;
    if !model.may_with(&desk.staff, &row, Verb::View) {
        return Err(Refusal::Forbidden(None));
    }
    let page = p.and_then(|p| p.parse::<u64>().ok()).unwrap_or(1).max(1);
    let (entries, more) = history::of_row(&desk, model, &row, page).await?;
    let (locale, text) = (&desk.locale, model.text_of(&row, &desk.locale));
    let app = locale.or_last_word(&format!("app-{}", model.app));
    let title = locale.with("admin-history-title", &[("object", &text)]);
    let frame = Frame::new(&desk, cookies, title)
        .crumb(app, desk.url(&format!("{}/", model.app)))
        .crumb(model.many_of(locale), desk.url(&model.list_path()))
        .crumb(text, desk.url(&model.row_path(&row.key_text(), "change")))
        .here(locale.t("admin-history"));
    let to = |page: u64| format!("?p={page}");
    Ok(Page::ok(HistoryPage {
        newer: (page > 1).then(|| to(page - 1)),
        older: more.then(|| to(page + 1)),
        frame,
        entries,
    }))
}
