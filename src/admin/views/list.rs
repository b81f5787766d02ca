//! The list of a model's rows.

use std::collections::HashMap;

use askama::Template;
use rocket::{Route, get, http::CookieJar, routes};
use sea_orm::{DbErr, Value};

use super::super::{
    access::Verb,
    action::{Action, DELETE_SELECTED, EXPORT_SELECTED},
    cell::{Cell, CellView},
    change_list::{self, ChangeList, Chip, Count, DateBar, Misread, Pages, Panel, rows},
    desk::Desk,
    flash::{Level, Message},
    frame::Frame,
    model::{Column, Direction, Model, Page as ListPage},
    refusal::Refusal,
    row::Row,
    search::{SearchBy, marked},
};
use crate::platform::page::Page;

pub(super) fn routes() -> Vec<Route> {
    routes![list]
}

/// The page.
#[derive(Template)]
#[template(path = "admin/change_list.html")]
struct ListView {
    frame: Frame,
    /// What one row and what several are called.
    one: String,
    many: String,
    add: Option<String>,
    export: Option<String>,
    searchable: bool,
    query: String,
    /// What the search form keeps.
    kept: Vec<(String, String)>,
    note: Option<String>,
    count: String,
    /// How many rows there are without search and filters, and where.
    total: Option<(String, String)>,
    exact: Option<String>,
    chips: Vec<Chip>,
    clear: String,
    dates: Option<DateBar>,
    panel: Panel,
    actions: Vec<(String, String)>,
    /// All rows that match, for the box that chooses them.
    matching: String,
    headers: Vec<Header>,
    rows: Vec<Line>,
    pages: Pages,
    /// What links to rows carry, to come back to this list.
    query_text: String,
}

/// The head of a column.
struct Header {
    label: String,
    sort: Option<String>,
    unsort: Option<String>,
    rank: Option<usize>,
    aria: Option<&'static str>,
    right: bool,
}

/// A row of the table.
struct Line {
    key: String,
    text: String,
    cells: Vec<Place>,
}

/// A cell of the table.
struct Place {
    label: String,
    view: CellView,
    /// The text in pieces, what was searched for marked.
    pieces: Vec<(bool, String)>,
    /// The page of the row, in the first column.
    link: Option<String>,
    right: bool,
    ago: Option<String>,
}

/// Rows of a model.
#[get("/<app>/<model>", rank = 20)]
async fn list(
    desk: Desk,
    app: &str,
    model: &str,
    cookies: &CookieJar<'_>,
) -> Result<Page<ListView>, Refusal> {
    let model = desk.site.model(app, model).ok_or(Refusal::NotFound)?;
    if !model.may(&desk.staff, Verb::View) {
        return Err(Refusal::Forbidden(Some(model.permission(Verb::View))));
    }
    let params = desk.params();
    match ChangeList::parse(model, &desk.site.store, desk.locale, params.clone()) {
        Ok(list) => in_time(&desk, page(&desk, model, list, cookies)).await,
        Err(Misread::Parameters(without)) => {
            let here = desk.url(&model.list_path());
            Err(Refusal::Found(format!("{here}{}", without.with("e", "1").href())))
        }
        Err(Misread::NullCharacters) => {
            let without = params.without(|name| name == "q");
            let list = ChangeList::parse(model, &desk.site.store, desk.locale, without);
            let list = list.map_err(|_| Refusal::Invalid("admin-null-characters"))?;
            let mut page = in_time(&desk, page(&desk, model, list, cookies)).await?;
            let text = desk.locale.t("admin-null-characters");
            page.template.frame.say(Message::new(Level::Error, text));
            Ok(page)
        }
    }
}

async fn in_time<T>(desk: &Desk, work: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
    tokio::time::timeout(desk.site.patience, work).await.unwrap_or(Err(Refusal::TooSlow))
}

async fn page(
    desk: &Desk,
    model: &Model,
    mut list: ChangeList<'_>,
    cookies: &CookieJar<'_>,
) -> Result<Page<ListView>, Refusal> {
    let store = &desk.site.store;
    let found = list.found(store).await?;
    let panel = change_list::panel(&desk.site, &list).await?;
    let dates = change_list::bar(&list, store).await?;
    let cells = cells(desk, model, &found.rows).await?;
    let frame = frame(desk, model, &list, cookies);
    let href = desk.url(&model.list_path());
    let narrowed = list.is_narrowed();
    let params = list.params.without(|name| name == "e");
    Ok(Page::ok(ListView {
        one: model.one(&desk.locale),
        many: model.many_of(&desk.locale),
        add: model.may(&desk.staff, Verb::Add).then(|| format!("{href}add/")),
        export: model
            .may(&desk.staff, Verb::Export)
            .then(|| format!("{href}export/{}", params.href().trim_start_matches('.'))),
        searchable: !model.search.is_empty(),
        query: list.params.last("q").unwrap_or_default().to_owned(),
        kept: list.kept(|name| name == "q"),
        note: note(desk, model, &list),
        count: if narrowed { results(desk, found.count) } else { counted(desk, model, found.count) },
        total: narrowed.then(|| (total(desk, found.total), list.cleared().href())),
        exact: found.count.more.then(|| list.params.with("count", "exact").href()),
        chips: change_list::chips(&list, &panel),
        clear: list.cleared().href(),
        actions: actions(desk, model),
        matching: matching(desk, model, found.count),
        headers: headers(desk, model, &list),
        rows: lines(desk, model, &list, &found.rows, cells),
        pages: found.pages,
        query_text: params.text(),
        frame,
        dates,
        panel,
    }))
}

fn frame(desk: &Desk, model: &Model, list: &ChangeList<'_>, cookies: &CookieJar<'_>) -> Frame {
    let locale = &desk.locale;
    let one = model.one(locale);
    let key =
        if model.may(&desk.staff, Verb::Change) { "admin-select-to-change" } else { "admin-select-to-view" };
    let app = locale.or_last_word(&format!("app-{}", model.app));
    let mut frame = Frame::new(desk, cookies, locale.with(key, &[("name", &one)]))
        .crumb(app, desk.url(&format!("{}/", model.app)))
        .here(model.many_of(locale));
    if list.params.last("e").is_some() {
        frame.say(Message::new(Level::Warning, locale.t("admin-filter-ignored")));
    }
    frame
}

/// How far a search reaches, when there is one.
fn note(desk: &Desk, model: &Model, list: &ChangeList<'_>) -> Option<String> {
    let note = model.search.iter().find_map(|by| match by {
        SearchBy::Note(key) => Some(*key),
        _ => None,
    });
    note.filter(|_| !list.words.is_empty()).map(|key| desk.locale.t(key))
}

fn number(desk: &Desk, count: Count) -> String {
    let number = desk.locale.number(i64::try_from(count.rows).unwrap_or(i64::MAX));
    if count.more { format!("{number}+") } else { number }
}

fn counted(desk: &Desk, model: &Model, count: Count) -> String {
    let names = [
        ("number", &*number(desk, count)),
        ("one", &model.one(&desk.locale)),
        ("many", &model.many_of(&desk.locale)),
    ];
    desk.locale.counted("admin-count", count.rows, &names)
}

fn results(desk: &Desk, count: Count) -> String {
    desk.locale.counted("admin-results", count.rows, &[("number", &number(desk, count))])
}

fn total(desk: &Desk, count: Count) -> String {
    desk.locale.counted("admin-total", count.rows, &[("number", &number(desk, count))])
}

fn matching(desk: &Desk, model: &Model, count: Count) -> String {
    let names = [("number", &*number(desk, count)), ("many", &model.many_of(&desk.locale))];
    desk.locale.counted("admin-all-matching", count.rows, &names)
}

/// What can be done to chosen rows: names and labels.
fn actions(desk: &Desk, model: &Model) -> Vec<(String, String)> {
    let many = model.many_of(&desk.locale);
    let mut actions = Vec::new();
    if model.may(&desk.staff, Verb::Delete) {
        actions.push((
            DELETE_SELECTED.to_owned(),
            desk.locale.with("admin-delete-selected", &[("many", &many)]),
        ));
    }
    if model.may(&desk.staff, Verb::Export) {
        actions.push((
            EXPORT_SELECTED.to_owned(),
            desk.locale.with("admin-export-selected", &[("many", &many)]),
        ));
    }
    let allowed = model.actions.iter().filter(|action| model.may_act(&desk.staff, action));
    actions.extend(allowed.map(|action: &Action| {
        (action.name.to_owned(), desk.locale.with(&format!("action-{}", action.name), &[("many", &many)]))
    }));
    actions
}

/// The cells of all rows: references are named and columns worked out with one query each.
pub(super) async fn cells(desk: &Desk, model: &Model, found: &[Row]) -> Result<Vec<Vec<Cell>>, DbErr> {
    let shared = std::sync::Arc::new(found.to_vec());
    let mut columns: Vec<Vec<Cell>> = Vec::new();
    for column in &model.list {
        columns.push(match column {
            Column::Stored(at) => {
                let field = &model.fields[*at];
                let values = || found.iter().map(|row| row.value(field.name).cloned());
                match field.refers_to {
                    Some(table) => references(desk, table, values().flatten().collect()).await?,
                    None => values()
                        .map(|value| value.map_or(Cell::Empty, |value| Cell::of(field, &value)))
                        .collect(),
                }
            }
            Column::Computed(computed) => {
                let page = ListPage {
                    db: desk.site.store.read().clone(),
                    rows: shared.clone(),
                    locale: desk.locale,
                };
                (computed.load)(page).await?
            }
        });
    }
    Ok(columns)
}

/// What keys refer to, named, and linked where the staff member may look.
pub(in super::super) async fn references(
    desk: &Desk,
    table: &str,
    keys: Vec<Value>,
) -> Result<Vec<Cell>, DbErr> {
    use super::super::value;
    let Some(target) = desk.site.of_table(table) else {
        return Ok(keys.iter().map(|key| Cell::Text(value::plain(key))).collect());
    };
    let labels: HashMap<String, String> =
        rows::labels(desk.site.store.read(), target, keys.iter().cloned(), &desk.locale).await?;
    let may = desk.site.may_view_table(table, &desk.staff);
    let cell = |key: &Value| {
        if value::is_null(key) {
            return Cell::Empty;
        }
        let key = value::plain(key);
        let label =
            labels.get(&key).cloned().unwrap_or_else(|| format!("{} {key}", target.one(&desk.locale)));
        if may { Cell::Link(label, target.row_path(&key, "change")) } else { Cell::Text(label) }
    };
    Ok(keys.iter().map(cell).collect())
}

fn headers(desk: &Desk, model: &Model, list: &ChangeList<'_>) -> Vec<Header> {
    let header = |(at, column): (usize, &Column)| {
        let (name, right) = match column {
            Column::Stored(field) => {
                let field = &model.fields[*field];
                (field.name, field.kind.is_right() && field.refers_to.is_none())
            }
            Column::Computed(computed) => (computed.name, computed.number),
        };
        let sortable = change_list::sort_of(model, at).is_some();
        let rank = list.sorted.iter().position(|(sorted, _)| *sorted == at);
        let direction = rank.map(|rank| list.sorted[rank].1);
        Header {
            label: model.label_of(&desk.locale, name),
            sort: sortable.then(|| list.sort_href(at)),
            unsort: rank.map(|_| list.unsort_href(at)),
            rank: rank.filter(|_| list.sorted.len() > 1).map(|rank| rank + 1),
            aria: direction.map(|direction| match direction {
                Direction::Ascending => "ascending",
                Direction::Descending => "descending",
            }),
            right,
        }
    };
    model.list.iter().enumerate().map(header).collect()
}

fn lines(
    desk: &Desk,
    model: &Model,
    list: &ChangeList<'_>,
    found: &[Row],
    cells: Vec<Vec<Cell>>,
) -> Vec<Line> {
    let mut columns: Vec<std::vec::IntoIter<Cell>> = cells.into_iter().map(Vec::into_iter).collect();
    let query = list.params.without(|name| name == "e").text();
    let kept = if query.is_empty() {
        String::new()
    } else {
        format!("?_changelist_filters={}", rocket::http::RawStr::new(&query).percent_encode())
    };
    let mut lines = Vec::new();
    for row in found {
        let key = row.key_text();
        let href = format!("{}{kept}", desk.url(&model.row_path(&key, "change")));
        let places = columns.iter_mut().zip(&model.list).enumerate().map(|(at, (column, of))| {
            let cell = column.next().unwrap_or(Cell::Empty);
            place(desk, model, &list.words, of, &cell, (at == 0).then(|| href.clone()))
        });
        lines.push(Line { cells: places.collect(), text: model.text_of(row, &desk.locale), key });
    }
    lines
}

fn place(
    desk: &Desk,
    model: &Model,
    words: &[String],
    column: &Column,
    cell: &Cell,
    link: Option<String>,
) -> Place {
    let name = match column {
        Column::Stored(field) => model.fields[*field].name,
        Column::Computed(computed) => computed.name,
    };
    let mut view = cell.view(&desk.locale);
    if view.kind == "link" {
        view.href = desk.url(&view.href);
    }
    let pieces = match view.kind {
        "text" | "long" | "link" => marked(&view.text, words),
        _ => vec![(false, view.text.clone())],
    };
    let ago = match cell {
        Cell::Moment(at) => desk.locale.ago(*at),
        _ => None,
    };
    Place { label: model.label_of(&desk.locale, name), pieces, view, link, right: cell.is_number(), ago }
}
