//! Filters of a list: their declaration, and what the parameters of an address mean as conditions.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Datelike, Duration, Months, NaiveDate, Utc};
use sea_orm::{
    Condition, DbBackend, EntityTrait, ExprTrait, IdenStatic, Value,
    sea_query::{Alias, Expr, LikeExpr, Query},
};

use super::{
    field::Field,
    locale::Locale,
    model::Model,
    value::{self, Kind},
};

/// A filter.
#[derive(Clone)]
pub struct Filter {
    pub(super) name: &'static str,
    pub(super) kind: FilterKind,
}

/// What a filter offers.
#[derive(Clone)]
pub(super) enum FilterKind {
    /// All, yes, no.
    Bool(usize),
    /// The words of a column.
    Choices(usize),
    /// The rows that a column refers to.
    Relation(usize),
    /// Spans of time.
    Moment(usize),
    /// From one number to another.
    Number(usize),
    /// The values that there are.
    Values(usize),
    /// The rows that a table in between refers to.
    Through(Through),
    /// Conditions with names.
    Named(Vec<(&'static str, Named)>),
}

type Named = Arc<dyn Fn(DateTime<Utc>) -> Condition + Send + Sync>;

/// A table between two others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Through {
    pub(super) table: &'static str,
    pub(super) local: &'static str,
    pub(super) target: &'static str,
    pub(super) target_table: &'static str,
}

impl Filter {
    /// The filter that fits a column.
    pub(super) fn on(at: usize, field: &Field) -> Self {
        let kind = match field.kind {
            _ if field.refers_to.is_some() => FilterKind::Relation(at),
            Kind::Bool => FilterKind::Bool(at),
            Kind::Moment | Kind::Date => FilterKind::Moment(at),
            Kind::Text if !field.choices.is_empty() => FilterKind::Choices(at),
            kind if kind.is_number() => FilterKind::Number(at),
            _ => FilterKind::Values(at),
        };
        Self { name: field.form_name(), kind }
    }

    /// The same filter, now that everything is known of its column.
    pub(super) fn refitted(self, fields: &[Field]) -> Self {
        match self.place() {
            Some(at) => Self::on(at, &fields[at]),
            None => self,
        }
    }

    /// A filter on the rows of `T` that the table `M` in between ties to a row.
    pub fn through<M: EntityTrait, T: EntityTrait>(
        name: &'static str,
        local: M::Column,
        target: M::Column,
    ) -> Self
    where
        M::Column: IdenStatic,
    {
        let through = Through {
            table: M::default().table_name(),
            local: local.as_str(),
            target: target.as_str(),
            target_table: T::default().table_name(),
        };
        Self { name, kind: FilterKind::Through(through) }
    }

    /// A filter whose choices are conditions of their own.
    pub fn named(name: &'static str) -> Self {
        Self { name, kind: FilterKind::Named(Vec::new()) }
    }

    /// One more choice of a filter made by [`Filter::named`].
    #[must_use]
    pub fn choice(
        mut self,
        word: &'static str,
        condition: impl Fn(DateTime<Utc>) -> Condition + Send + Sync + 'static,
    ) -> Self {
        if let FilterKind::Named(choices) = &mut self.kind {
            choices.push((word, Arc::new(condition)));
        }
        self
    }

    /// The parameters that belong to this filter: their names begin so.
    pub(super) fn owns(&self, parameter: &str, model: &Model) -> bool {
        let base = parameter.split("__").next().unwrap_or(parameter);
        base == self.name || self.field(model).is_some_and(|field| field.is_called(base))
    }

    /// The words of its conditions, where it has some of its own.
    pub(super) fn words(&self) -> Vec<&'static str> {
        match &self.kind {
            FilterKind::Named(choices) => choices.iter().map(|(word, _)| *word).collect(),
            _ => Vec::new(),
        }
    }

    /// The table beyond the one in between.
    pub(super) fn target(&self) -> Option<&'static str> {
        match self.kind {
            FilterKind::Through(through) => Some(through.target_table),
            _ => None,
        }
    }

    pub(super) fn field<'m>(&self, model: &'m Model) -> Option<&'m Field> {
        self.place().and_then(|at| model.fields.get(at))
    }

    /// Where its column is among the fields.
    fn place(&self) -> Option<usize> {
        match self.kind {
            FilterKind::Bool(at)
            | FilterKind::Choices(at)
            | FilterKind::Relation(at)
            | FilterKind::Moment(at)
            | FilterKind::Number(at)
            | FilterKind::Values(at) => Some(at),
            FilterKind::Through(_) | FilterKind::Named(_) => None,
        }
    }
}

/// Spans of time with names.
pub(super) const SPANS: [&str; 7] =
    ["today", "yesterday", "last7d", "last30d", "this_month", "last_month", "this_year"];

/// The first day of a span and the day after its last.
pub(super) fn span(name: &str, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let day = Duration::days(1);
    let month = today.with_day(1)?;
    Some(match name {
        "today" => (today, today + day),
        "yesterday" => (today - day, today),
        "last7d" => (today - Duration::days(6), today + day),
        "last30d" => (today - Duration::days(29), today + day),
        "this_month" => (month, month + Months::new(1)),
        "last_month" => (month - Months::new(1), month),
        "this_year" => (today.with_ordinal(1)?, NaiveDate::from_ymd_opt(today.year() + 1, 1, 1)?),
        _ => return None,
    })
}

/// What conditions are made with.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) model: &'a Model,
    pub(super) backend: DbBackend,
    pub(super) locale: Locale,
}

/// The condition of every parameter, by its name; `Err` names those that mean nothing.
pub(super) fn conditions(
    reading: Reading<'_>,
    parameters: &BTreeMap<String, Vec<String>>,
) -> Result<Vec<(String, Condition)>, Vec<String>> {
    let mut found = Vec::new();
    let mut unknown = Vec::new();
    for (name, values) in parameters {
        let values: Vec<&str> = values.iter().map(String::as_str).filter(|value| !value.is_empty()).collect();
        if values.is_empty() {
            continue;
        }
        match reading.condition(name, &values) {
            Some(condition) => found.push((name.clone(), condition)),
            None => unknown.push(name.clone()),
        }
    }
    if unknown.is_empty() { Ok(found) } else { Err(unknown) }
}

impl Reading<'_> {
    fn condition(&self, name: &str, values: &[&str]) -> Option<Condition> {
        if values.iter().any(|value| value.contains('\0')) {
            return None;
        }
        let (base, lookup) = name.split_once("__").unwrap_or((name, ""));
        let named = self.model.filters.iter().find(|filter| filter.name == base);
        match named.map(|filter| &filter.kind) {
            Some(FilterKind::Named(choices)) if lookup.is_empty() => self.named(choices, values),
            Some(FilterKind::Through(through)) => self.through(*through, lookup, values),
            _ => self.own(base, lookup, values),
        }
    }

    fn named(&self, choices: &[(&'static str, Named)], values: &[&str]) -> Option<Condition> {
        let mut any = Condition::any();
        for value in values {
            let (_, condition) = choices.iter().find(|(word, _)| word == value)?;
            any = any.add(condition(self.locale.now));
        }
        Some(any)
    }

    fn through(&self, through: Through, lookup: &str, values: &[&str]) -> Option<Condition> {
        let table = Alias::new(through.table);
        let mut tied = Query::select();
        tied.column((table.clone(), Alias::new(through.local))).from(table.clone());
        if lookup == "isnull" {
            let tied = self.model.key_col().in_subquery(tied);
            return Some(either(
                parse_truth(values.first()?)?,
                Condition::all().not().add(tied.clone()),
                tied,
            ));
        }
        if !matches!(lookup, "" | "exact" | "id__exact" | "in" | "id__in") {
            return None;
        }
        let keys: Option<Vec<i64>> =
            values.iter().flat_map(|value| value.split(',')).map(|key| key.trim().parse().ok()).collect();
        tied.and_where(Expr::col((table, Alias::new(through.target))).is_in(keys?));
        Some(Condition::all().add(self.model.key_col().in_subquery(tied)))
    }

    fn own(&self, base: &str, lookup: &str, values: &[&str]) -> Option<Condition> {
        let field = self.model.field(base).filter(|field| !field.secret)?;
        // Django's way to the key of what is referred to.
        let lookup = match lookup {
            "" | "id" | "id__exact" | "pk" => "exact",
            "id__in" => "in",
            other => other,
        };
        let col = || self.model.col(field.name);
        let days = matches!(field.kind, Kind::Moment | Kind::Date);
        let each = |condition: &dyn Fn(&str) -> Option<Expr>| {
            let mut any = Condition::any();
            for value in values {
                any = any.add(condition(value)?);
            }
            Some(any)
        };
        let parse = |text: &str| field.kind.parse(text, self.locale.zone);
        match lookup {
            "exact" => each(&|text| Some(col().eq(parse(text)?))),
            "in" => {
                let listed: Option<Vec<Value>> =
                    values.iter().flat_map(|value| value.split(',')).map(parse).collect();
                Some(Condition::all().add(col().is_in(listed?)))
            }
            "isnull" => each(&|text| Some(either(parse_truth(text)?, col().is_null(), col().is_not_null()))),
            "gt" => each(&|text| Some(col().gt(parse(text)?))),
            "gte" => each(&|text| Some(col().gte(parse(text)?))),
            "lt" => each(&|text| Some(col().lt(parse(text)?))),
            "lte" => each(&|text| Some(col().lte(parse(text)?))),
            "icontains" if field.kind == Kind::Text => {
                each(&|text| Some(contains(col(), text, self.backend)))
            }
            "istartswith" if field.kind == Kind::Text => {
                each(&|text| Some(starts_with(col(), text, self.backend)))
            }
            "range" if days => {
                let condition = |text: &str| {
                    let (first, after) = span(text, self.locale.today())?;
                    self.within(field, Some(first), Some(after))
                };
                each_condition(values, &condition)
            }
            "from" if days => {
                each_condition(values, &|text| self.within(field, Some(value::parse_date(text)?), None))
            }
            "to" if days => {
                let day_after = |text: &str| Some(value::parse_date(text)? + Duration::days(1));
                each_condition(values, &|text| self.within(field, None, Some(day_after(text)?)))
            }
            "from" if field.kind.is_number() => each(&|text| Some(col().gte(parse(text)?))),
            "to" if field.kind.is_number() => each(&|text| Some(col().lte(parse(text)?))),
            "year" if days => each_condition(values, &|text| self.within_year(field, text.parse().ok()?)),
            _ => None,
        }
    }

    fn within_year(&self, field: &Field, year: i32) -> Option<Condition> {
        let first = NaiveDate::from_ymd_opt(year, 1, 1)?;
        self.within(field, Some(first), NaiveDate::from_ymd_opt(year + 1, 1, 1))
    }

    /// From the beginning of one day to before another, where the reader is.
    pub(super) fn within(
        &self,
        field: &Field,
        first: Option<NaiveDate>,
        after: Option<NaiveDate>,
    ) -> Option<Condition> {
        let edge = |day: NaiveDate| {
            if field.kind == Kind::Date {
                return Some(Value::from(day));
            }
            value::local(day.and_hms_opt(0, 0, 0)?, self.locale.zone).map(Value::from)
        };
        let mut all = Condition::all();
        if let Some(first) = first {
            all = all.add(self.model.col(field.name).gte(edge(first)?));
        }
        if let Some(after) = after {
            all = all.add(self.model.col(field.name).lt(edge(after)?));
        }
        Some(all)
    }
}

fn each_condition(values: &[&str], condition: &dyn Fn(&str) -> Option<Condition>) -> Option<Condition> {
    let mut any = Condition::any();
    for value in values {
        any = any.add(condition(value)?);
    }
    Some(any)
}

fn either<T>(first: bool, yes: impl Into<T>, no: impl Into<T>) -> T {
    if first { yes.into() } else { no.into() }
}

fn parse_truth(text: &str) -> Option<bool> {
    match text {
        "True" | "true" | "1" => Some(true),
        "False" | "false" | "0" => Some(false),
        _ => None,
    }
}

/// Whether a column has this text somewhere, in whatever case.
pub fn contains(column: Expr, text: &str, backend: DbBackend) -> Expr {
    like(column, format!("%{}%", escaped(text)), backend)
}

fn starts_with(column: Expr, text: &str, backend: DbBackend) -> Expr {
    like(column, format!("{}%", escaped(text)), backend)
}

fn like(column: Expr, pattern: String, backend: DbBackend) -> Expr {
    match backend {
        // Half the time of ILIKE, and what an index of trigrams is made of. `\` escapes untold here. The database lowers
        // both: it may know fewer letters than we do.
        DbBackend::Postgres => {
            Expr::cust_with_exprs("lower($1) LIKE lower($2)", [column, Expr::val(pattern)])
        }
        // SQLite's own LIKE folds case; calling `lower` on every row would only cost time.
        _ => column.like(LikeExpr::new(pattern).escape('\\')),
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_begin_and_end_with_whole_days() {
        let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).expect("a day");
        let today = day(3, 9);
        assert_eq!(span("today", today), Some((today, day(3, 10))));
        assert_eq!(span("last7d", today), Some((day(3, 3), day(3, 10))));
        assert_eq!(span("last_month", today), Some((day(2, 1), day(3, 1))));
        assert_eq!(span("this_year", today).map(|(first, _)| first), Some(day(1, 1)));
        assert_eq!(span("someday", today), None);
        assert!(SPANS.iter().all(|name| span(name, today).is_some()));
    }
}
