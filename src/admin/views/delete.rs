//! Removing one row: the question, and the deed.

use askama::Template;
use rocket::{
    Either, Route, get,
    http::{CookieJar, RawStr},
    post,
    response::Redirect,
    routes,
};
use sea_orm::{Condition, ExprTrait};

use super::{
    super::{
        access::Verb,
        change_list::Params,
        desk::Desk,
        flash::{Level, Message},
        frame::Frame,
        model::Model,
        posted::Posted,
        refusal::Refusal,
        removal::{self, IN_REQUEST, Picked, Removal},
        remove::{self, Going, Summary},
        row::Row,
    },
    form,
    proof::{self, Proof},
};
use crate::platform::page::Page;

/// From this number on it has to be typed.
pub(super) const TYPED_FROM: u64 = 100;

pub(super) fn routes() -> Vec<Route> {
    routes![ask, delete]
}

/// The page that asks.
#[derive(Template)]
#[template(path = "admin/delete.html")]
pub(super) struct DeletePage {
    pub(super) frame: Frame,
    pub(super) question: String,
    pub(super) going: Vec<Going>,
    /// Models whose rows may not be removed.
    pub(super) blocked: Vec<String>,
    /// Why they must not be removed by anybody.
    pub(super) refused: Option<String>,
    /// The number that has to be typed.
    pub(super) typed: Option<u64>,
    pub(super) fault: Option<String>,
    pub(super) proof: Proof,
    /// What is sent along.
    pub(super) fields: Vec<(String, String)>,
    pub(super) back: String,
}

impl DeletePage {
    /// Whether it is too much for a request.
    pub(super) fn goes_to_a_worker(&self) -> bool {
        all(&self.going) > IN_REQUEST
    }
}

fn all(going: &[Going]) -> u64 {
    going.iter().map(|going| going.count).sum()
}

type Answered = Result<Either<Page<DeletePage>, Redirect>, Refusal>;

#[get("/<app>/<model>/<pk>/delete")]
async fn ask(desk: Desk, app: &str, model: &str, pk: &str, cookies: &CookieJar<'_>) -> Answered {
    let model = deletable(&desk, app, model)?;
    let Some(row) = form::found(&desk, model, pk).await? else { return Ok(gone(&desk, model, pk, cookies)) };
    allowed(&desk, model, &row)?;
    let summary = remove::summary(&desk, model, &this(model, &row)).await?;
    Ok(Either::Left(Page::ok(page(&desk, model, &row, summary, cookies))))
}

#[post("/<app>/<model>/<pk>/delete", data = "<posted>")]
async fn delete(
    desk: Desk,
    app: &str,
    model: &str,
    pk: &str,
    cookies: &CookieJar<'_>,
    mut posted: Posted,
) -> Answered {
    let model = deletable(&desk, app, model)?;
    let Some(row) = form::found(&desk, model, pk).await? else { return Ok(gone(&desk, model, pk, cookies)) };
    allowed(&desk, model, &row)?;
    let this = this(model, &row);
    let summary = remove::summary(&desk, model, &this).await?;
    if !summary.blocked.is_empty() {
        return Err(Refusal::Forbidden(None));
    }
    let text = model.text_of(&row, &desk.locale);
    let mut page = page(&desk, model, &row, summary, cookies);
    if page.refused.is_some() {
        return Ok(Either::Left(Page::ok(page)));
    }
    if let Some(fault) = unconfirmed(&page, &posted) {
        page.fault = Some(desk.locale.t(fault));
        return Ok(Either::Left(Page::ok(page)));
    }
    if let Some(fault) = proof::fault(&desk, page.proof, &mut posted)? {
        page.fault = Some(fault);
        return Ok(Either::Left(Page::ok(page)));
    }
    if page.goes_to_a_worker() {
        let removal = Removal::new(&desk, model, Picked::Keys(vec![row.key_text()]), 1);
        return Ok(Either::Right(Redirect::found(removal::later(&desk, &removal).await?)));
    }
    remove::at_once(&desk, model, &this).await?;
    let name = model.one(&desk.locale);
    let text = desk.locale.with("admin-deleted", &[("name", &name), ("object", &text)]);
    let seen = model.may(&desk.staff, Verb::View);
    let href = if seen { list(&desk, model) } else { desk.url("") };
    Ok(Either::Right(desk.redirect(cookies, href, &[Message::new(Level::Success, text)])))
}

/// Why the deed is not yet confirmed.
pub(super) fn unconfirmed(page: &DeletePage, posted: &Posted) -> Option<&'static str> {
    if posted.last("post") != Some("yes") {
        return Some("admin-delete-confirm");
    }
    let typed = posted.last("typed_count").map(|text| text.trim().replace(',', ""));
    match page.typed {
        Some(count) if typed.as_deref() != Some(&count.to_string()) => Some("admin-delete-type-the-count"),
        _ => None,
    }
}

/// How many rows have to be confirmed by typing their number.
pub(super) fn typed(going: &[Going]) -> Option<u64> {
    let count = all(going);
    (count > TYPED_FROM).then_some(count)
}

fn page(desk: &Desk, model: &Model, row: &Row, summary: Summary, cookies: &CookieJar<'_>) -> DeletePage {
    let (locale, text) = (&desk.locale, model.text_of(row, &desk.locale));
    let name = model.one(locale);
    let blocked = !summary.blocked.is_empty();
    let key = if blocked { "admin-cannot-delete" } else { "admin-are-you-sure" };
    let title = locale.with(key, &[("name", &name), ("object", &text)]);
    let question = locale.with(
        if blocked { "admin-delete-blocked" } else { "admin-delete-question" },
        &[("name", &name), ("object", &text)],
    );
    let list = list(desk, model);
    let row_page =
        format!("{}{}", desk.url(&model.row_path(&row.key_text(), "change")), kept(&desk.params()));
    let app = locale.or_last_word(&format!("app-{}", model.app));
    let frame = Frame::new(desk, cookies, title)
        .crumb(app, desk.url(&format!("{}/", model.app)))
        .crumb(model.many_of(locale), list)
        .crumb(text, row_page.clone())
        .here(locale.t("admin-delete"));
    let typed = typed(&summary.going);
    DeletePage {
        frame,
        question,
        typed,
        fault: None,
        proof: Proof::of(desk, typed.is_some()),
        fields: Vec::new(),
        back: row_page,
        going: summary.going,
        blocked: summary.blocked,
        refused: summary.refused,
    }
}

fn kept(params: &Params) -> String {
    match params.last("_changelist_filters") {
        Some(kept) => format!("?_changelist_filters={}", RawStr::new(kept).percent_encode()),
        None => String::new(),
    }
}

fn list(desk: &Desk, model: &Model) -> String {
    let kept = Params::parse(desk.params().last("_changelist_filters").unwrap_or_default());
    format!("{}{}", desk.url(&model.list_path()), kept.href().trim_start_matches('.'))
}

fn this(model: &Model, row: &Row) -> Condition {
    Condition::all().add(model.key_col().eq(row.key().clone()))
}

fn deletable<'a>(desk: &'a Desk, app: &str, model: &str) -> Result<&'a Model, Refusal> {
    let model = desk.site.model(app, model).ok_or(Refusal::NotFound)?;
    if model.may(&desk.staff, Verb::Delete) {
        Ok(model)
    } else {
        Err(Refusal::Forbidden(Some(model.permission(Verb::Delete))))
    }
}

fn allowed(desk: &Desk, model: &Model, row: &Row) -> Result<(), Refusal> {
    if model.may_with(&desk.staff, row, Verb::Delete) { Ok(()) } else { Err(Refusal::Forbidden(None)) }
}

fn gone<T>(desk: &Desk, model: &Model, pk: &str, cookies: &CookieJar<'_>) -> Either<T, Redirect> {
    Either::Right(desk.redirect(cookies, desk.url(""), &[form::missing(desk, model, pk)]))
}
