//! Rows of other models below the form of a row: the first of those that refer to it.

use rocket::http::RawStr;
use sea_orm::ExprTrait;

use super::{
    super::{
        access::Verb,
        cell::CellView,
        change_list::rows,
        desk::Desk,
        model::{Column, Model},
        refusal::Refusal,
        row::Row,
    },
    list,
};

/// Rows that are shown.
const FIRST: u64 = 10;

/// Rows of another model.
pub struct TabView {
    /// What they are called.
    pub label: String,
    /// All of them.
    pub all: Option<String>,
    /// Heads of columns.
    pub heads: Vec<String>,
    /// The rows.
    pub rows: Vec<TabRow>,
}

/// A row of another model.
pub struct TabRow {
    /// Its page.
    pub href: Option<String>,
    /// Heads and cells.
    pub cells: Vec<(String, CellView)>,
}

/// The tabs of a row, as far as the staff member may look.
pub(super) async fn of(desk: &Desk, model: &Model, row: Option<&Row>) -> Result<Vec<TabView>, Refusal> {
    let Some(row) = row else { return Ok(Vec::new()) };
    let mut tabs = Vec::new();
    for tab in desk.site.tabs.iter().filter(|tab| tab.of == (model.app, model.name)) {
        let Some(target) = desk.site.model(tab.shown.0, tab.shown.1) else { continue };
        if target.may(&desk.staff, Verb::View) {
            tabs.push(self::tab(desk, target, tab.column, row).await?);
        }
    }
    Ok(tabs)
}

async fn tab(desk: &Desk, target: &Model, column: &'static str, row: &Row) -> Result<TabView, Refusal> {
    let mut select = rows::select(target);
    select.and_where(target.col(column).eq(row.key().clone()));
    rows::order(&mut select, target, &target.order);
    select.limit(FIRST);
    let found = rows::read(desk.site.store.read(), target, &select).await?;
    let cells = list::cells(desk, target, &found).await?;
    // The column that refers to this very row would say the same in each line.
    let shown = |at: &usize| match target.list.get(*at) {
        Some(Column::Stored(field)) => target.fields[*field].name != column,
        _ => true,
    };
    let columns: Vec<usize> = (0..target.list.len()).filter(shown).collect();
    let head = |at: usize| {
        let name = match &target.list[at] {
            Column::Stored(field) => target.fields[*field].name,
            Column::Computed(computed) => computed.name,
        };
        target.label_of(&desk.locale, name)
    };
    let rows = found.iter().enumerate().map(|(line, row)| {
        let cells = columns.iter().map(|at| {
            let mut view = cells[*at][line].view(&desk.locale);
            if view.kind == "link" {
                view.href = desk.url(&view.href);
            }
            (head(*at), view)
        });
        TabRow { href: Some(desk.url(&target.row_path(&row.key_text(), "change"))), cells: cells.collect() }
    });
    let key = row.key_text();
    let name =
        target.fields.iter().find(|field| field.name == column).map_or(column, |field| field.form_name());
    let query = format!("?{name}__id__exact={}", RawStr::new(&key).percent_encode());
    Ok(TabView {
        label: target.many_of(&desk.locale),
        all: Some(format!("{}{query}", desk.url(&target.list_path()))),
        heads: columns.iter().map(|at| head(*at)).collect(),
        rows: rows.collect(),
    })
}
