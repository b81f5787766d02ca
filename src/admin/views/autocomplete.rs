//! What a picker finds: rows of the model that a field refers to, as JSON.

use rocket::{Route, get, routes, serde::json::Json};
use serde::Serialize;

use super::super::{
    access::Verb, change_list::rows, desk::Desk, filter::Reading, model::Model, refusal::Refusal, search,
};

/// Rows that are answered at once.
const PAGE: u64 = 20;

pub(super) fn routes() -> Vec<Route> {
    routes![autocomplete]
}

/// What the original's picker reads.
#[derive(Serialize)]
struct Found {
    results: Vec<Item>,
    pagination: Pagination,
}

#[derive(Serialize)]
struct Item {
    id: String,
    text: String,
}

#[derive(Serialize)]
struct Pagination {
    more: bool,
}

/// Rows for a field. Needs the permission to look at them, whoever may change the field.
#[get("/autocomplete?<app_label>&<model_name>&<field_name>&<term>&<page>")]
async fn autocomplete(
    desk: Desk,
    app_label: &str,
    model_name: &str,
    field_name: &str,
    term: Option<&str>,
    page: Option<u64>,
) -> Result<Json<Found>, Refusal> {
    let model = desk.site.model(app_label, model_name).ok_or(Refusal::NotFound)?;
    let field = model.field(field_name).and_then(|field| field.refers_to);
    let target = field.and_then(|table| desk.site.of_table(table)).ok_or(Refusal::NotFound)?;
    if !target.may(&desk.staff, Verb::View) {
        return Err(Refusal::Forbidden(Some(target.permission(Verb::View))));
    }
    let page = page.unwrap_or(1).clamp(1, 500);
    let mut results = found(&desk, target, term.unwrap_or_default(), (page - 1) * PAGE, PAGE + 1).await?;
    let more = results.len() as u64 > PAGE;
    results.truncate(usize::try_from(PAGE).unwrap_or_default());
    let results = results.into_iter().map(|(id, text)| Item { id, text }).collect();
    Ok(Json(Found { results, pagination: Pagination { more } }))
}

/// Rows that a text finds: keys and what they are called.
pub(super) async fn found(
    desk: &Desk,
    model: &Model,
    text: &str,
    offset: u64,
    limit: u64,
) -> Result<Vec<(String, String)>, Refusal> {
    let reading = Reading { model, backend: desk.site.store.backend(), locale: desk.locale };
    let words = search::words(&text.replace('\0', ""));
    let mut select = rows::select(model);
    if let Some(condition) = search::condition(reading, &words) {
        select.cond_where(condition);
    }
    rows::order(&mut select, model, &model.order);
    select.offset(offset).limit(limit);
    let rows = rows::read(desk.site.store.read(), model, &select).await?;
    Ok(rows.iter().map(|row| (row.key_text(), model.text_of(row, &desk.locale))).collect())
}
