//! A list of rows: what an address asks for, the rows that answer it, and the links that change one thing.
//!
//! Knows nothing of requests and pages: a query string goes in, rows and links come out.

mod dates;
mod pages;
mod panel;
mod params;
pub(crate) mod rows;

use std::collections::BTreeMap;

use sea_orm::{Condition, DbErr};

pub(super) use dates::{DateBar, bar};
use pages::{COUNTED, Place, SIZES, USUAL_SIZE};
pub(super) use pages::{Count, Pages};
pub(super) use panel::{Chip, Panel, chips, panel};
pub use params::Params;

use super::{
    filter::{Reading, conditions},
    locale::Locale,
    model::{Column, Direction, Model, OrderBy},
    row::Row,
    search,
};
use crate::platform::store::Store;

/// A list as an address asks for it.
pub(super) struct ChangeList<'a> {
    pub(super) model: &'a Model,
    pub(super) locale: Locale,
    pub(super) params: Params,
    /// What is searched for.
    pub(super) words: Vec<String>,
    /// What the reader orders by: columns of the list, the most important first.
    pub(super) sorted: Vec<(usize, Direction)>,
    pub(super) order: Vec<(OrderBy, Direction)>,
    /// The conditions of the search and of each parameter.
    searched: Option<Condition>,
    filtered: Vec<(String, Condition)>,
    page: u64,
    size: u64,
    /// Whether all rows are wanted on one page.
    all: bool,
    exact: bool,
}

/// Why an address cannot be answered as it is.
#[derive(Debug)]
pub(super) enum Misread {
    /// Parameters that mean nothing; the address without them.
    Parameters(Params),
    /// The search has characters that no text can have.
    NullCharacters,
}

/// The rows of a page.
pub(super) struct Found {
    pub(super) rows: Vec<Row>,
    pub(super) count: Count,
    /// Rows without search and filters.
    pub(super) total: Count,
    pub(super) pages: Pages,
}

impl<'a> ChangeList<'a> {
    /// Reads an address.
    pub(super) fn parse(
        model: &'a Model,
        store: &Store,
        locale: Locale,
        params: Params,
    ) -> Result<Self, Misread> {
        let reading = Reading { model, backend: store.backend(), locale };
        let text = params.last("q").unwrap_or_default();
        if text.contains('\0') {
            return Err(Misread::NullCharacters);
        }
        let words = search::words(text);
        let (dated, others) = dates::split(model, &params);
        let mut filtered = match conditions(reading, &others) {
            Ok(conditions) => conditions,
            Err(unknown) => {
                let without = params.without(|name| unknown.iter().any(|bad| bad == name) || name == "p");
                return Err(Misread::Parameters(without));
            }
        };
        for (name, condition) in dates::conditions(reading, &dated).ok_or_else(|| {
            Misread::Parameters(
                params.without(|name| dated.iter().any(|(bad, _)| bad == name) || name == "p"),
            )
        })? {
            filtered.push((name, condition));
        }
        let sorted = sorted(model, params.last("o").unwrap_or_default());
        let mut order: Vec<(OrderBy, Direction)> =
            sorted.iter().filter_map(|(at, direction)| Some((sort_of(model, *at)?, *direction))).collect();
        if order.is_empty() {
            order.clone_from(&model.order);
        }
        let number = |name| params.last(name).and_then(|text| text.parse::<u64>().ok());
        let all = params.last("all").is_some();
        let size = number("n").filter(|size| SIZES.contains(size)).unwrap_or(USUAL_SIZE);
        Ok(Self {
            searched: search::condition(reading, &words),
            page: number("p").unwrap_or(1).max(1),
            size,
            all,
            exact: params.last("count") == Some("exact"),
            model,
            locale,
            words,
            sorted,
            order,
            filtered,
            params,
        })
    }

    /// Whether rows are left out by a search or a filter.
    pub(super) fn is_narrowed(&self) -> bool {
        self.searched.is_some() || !self.filtered.is_empty()
    }

    /// The condition of search and filters, but not of those parameters that `skip` is true of.
    pub(super) fn condition_but(&self, skip: impl Fn(&str) -> bool) -> Condition {
        let mut all = Condition::all();
        if let Some(searched) = &self.searched {
            all = all.add(searched.clone());
        }
        for (_, condition) in self.filtered.iter().filter(|(name, _)| !skip(name)) {
            all = all.add(condition.clone());
        }
        all
    }

    /// The condition of search and filters.
    pub(super) fn condition(&self) -> Condition {
        self.condition_but(|_| false)
    }

    /// The rows of the page. A page beyond the last is the last one.
    pub(super) async fn found(&mut self, store: &Store) -> Result<Found, DbErr> {
        let condition = self.condition();
        let narrowed = self.is_narrowed();
        let count = async {
            let most = if self.exact { None } else { Some(COUNTED + 1) };
            Ok::<_, DbErr>(counted(
                rows::count(store.read(), self.model, &condition, most).await?,
                self.exact,
            ))
        };
        let total = async {
            if !narrowed {
                return Ok::<_, DbErr>(None);
            }
            let everything = Condition::all();
            let rows = rows::count(store.read(), self.model, &everything, Some(COUNTED + 1)).await?;
            Ok(Some(counted(rows, false)))
        };
        // All at the same time: a search takes about as long to count as to find.
        let (mut count, total, mut found) =
            futures::try_join!(count, total, self.page_of(store, &condition))?;
        if found.is_empty() && self.page > 1 {
            if count.more {
                // Beyond what was counted: now it has to be known where the end is.
                count = counted(rows::count(store.read(), self.model, &condition, None).await?, true);
            }
            self.page = count.rows.div_ceil(self.size).max(1);
            found = self.page_of(store, &condition).await?;
        }
        if self.all && !count.more && count.rows <= SIZES[3] && self.size < SIZES[3] {
            (self.page, self.size) = (1, SIZES[3]);
            found = self.page_of(store, &condition).await?;
        }
        let more = found.len() as u64 > self.size;
        found.truncate(usize::try_from(self.size).unwrap_or(usize::MAX));
        let place = Place { page: self.page, size: self.size, count, more };
        let pages = place.pages(&self.params.without(|name| name == "e"));
        Ok(Found { rows: found, count, total: total.unwrap_or(count), pages })
    }

    async fn page_of(&self, store: &Store, condition: &Condition) -> Result<Vec<Row>, DbErr> {
        let wanted = rows::Wanted {
            condition,
            order: &self.order,
            offset: (self.page - 1).saturating_mul(self.size).min(i64::MAX as u64),
            limit: self.size + 1,
        };
        rows::page(store.read(), self.model, &wanted).await
    }

    /// The address that orders by a column first, the others following.
    pub(super) fn sort_href(&self, at: usize) -> String {
        let now = self.sorted.iter().find(|(column, _)| *column == at).map(|(_, direction)| *direction);
        let direction = now.map_or(Direction::Ascending, Direction::reversed);
        let rest = self.sorted.iter().filter(|(column, _)| *column != at).copied();
        self.order_href(std::iter::once((at, direction)).chain(rest))
    }

    /// The address that does not order by a column.
    pub(super) fn unsort_href(&self, at: usize) -> String {
        self.order_href(self.sorted.iter().filter(|(column, _)| *column != at).copied())
    }

    fn order_href(&self, order: impl Iterator<Item = (usize, Direction)>) -> String {
        let parts: Vec<String> = order
            .map(|(at, direction)| {
                let sign = if direction == Direction::Descending { "-" } else { "" };
                format!("{sign}{}", at + 1)
            })
            .collect();
        let params = self.params.without(|name| name == "p" || name == "e");
        if parts.is_empty() {
            return params.without(|name| name == "o").href();
        }
        params.with("o", &parts.join(".")).href()
    }

    /// All filters and the search taken away.
    pub(super) fn cleared(&self) -> Params {
        self.params.without(|name| Params::is_filter(name) || matches!(name, "q" | "p" | "e"))
    }

    /// What a form of this list keeps: everything but what it changes itself.
    pub(super) fn kept(&self, drop: impl Fn(&str) -> bool) -> Vec<(String, String)> {
        self.params.without(|name| drop(name) || matches!(name, "p" | "e")).pairs().to_vec()
    }
}

fn counted(rows: u64, exact: bool) -> Count {
    if exact || rows <= COUNTED { Count { rows, more: false } } else { Count { rows: COUNTED, more: true } }
}

/// `-2.1`: the second column descending, then the first. Parts that mean nothing are skipped.
fn sorted(model: &Model, text: &str) -> Vec<(usize, Direction)> {
    let mut sorted: Vec<(usize, Direction)> = Vec::new();
    for part in text.split('.') {
        let (direction, number) = match part.strip_prefix('-') {
            Some(number) => (Direction::Descending, number),
            None => (Direction::Ascending, part),
        };
        let at = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let Some(at) = at.filter(|at| sort_of(model, *at).is_some()) else { continue };
        if !sorted.iter().any(|(there, _)| *there == at) {
            sorted.push((at, direction));
        }
    }
    sorted
}

/// What a column of the list is ordered by, if it can be.
pub(super) fn sort_of(model: &Model, at: usize) -> Option<OrderBy> {
    match model.list.get(at)? {
        Column::Stored(field) => Some(OrderBy::Field(*field)),
        Column::Computed(computed) => computed.sort.clone().map(OrderBy::Expression),
    }
}

/// Parameters by name, without those that are no filters.
fn filters_of(params: &Params) -> BTreeMap<String, Vec<String>> {
    let mut grouped: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in params.pairs().iter().filter(|(name, _)| Params::is_filter(name)) {
        grouped.entry(name.clone()).or_default().push(value.clone());
    }
    grouped
}
