//! The bar of years, months and days above a list.

use std::{collections::BTreeMap, str::FromStr};

use chrono::{Datelike, Duration, Months, NaiveDate};
use sea_orm::{
    Condition, ConnectionTrait, DbErr, ExprTrait, Value,
    sea_query::{Alias, Query},
};

use super::{
    super::{field::Field, filter::Reading, model::Model, value::Kind},
    ChangeList, Params, filters_of,
};
use crate::platform::store::Store;

/// Years further back than this are not listed one by one.
const MOST_YEARS: i32 = 20;
/// No row is older, where "every year" is asked for.
const FIRST_YEAR: i32 = 2000;

/// Parameters about years, months and days.
type Dated = Vec<(String, String)>;

/// Parameters about years, months and days, apart from all others: what one means depends on the others.
pub(super) fn split(model: &Model, params: &Params) -> (Dated, BTreeMap<String, Vec<String>>) {
    let is_dated = |name: &str| {
        let (base, lookup) = name.split_once("__").unwrap_or((name, ""));
        let days = |field: &Field| matches!(field.kind, Kind::Moment | Kind::Date);
        matches!(lookup, "year" | "month" | "day") && model.field(base).is_some_and(days)
    };
    let dated: Dated = params.pairs().iter().filter(|(name, _)| is_dated(name)).cloned().collect();
    let others = filters_of(&params.without(is_dated));
    (dated, others)
}

/// The spans that the parameters mean; `None` when they mean nothing.
pub(super) fn conditions(reading: Reading<'_>, dated: &Dated) -> Option<Vec<(String, Condition)>> {
    let mut conditions = Vec::new();
    let mut done: Vec<&str> = Vec::new();
    for (name, _) in dated {
        let base = name.split("__").next()?;
        if done.contains(&base) {
            continue;
        }
        done.push(base);
        let field = reading.model.field(base)?;
        let mut any = Condition::any();
        for (first, after) in spans(dated, base, reading.locale.today().year())? {
            any = any.add(reading.within(field, Some(first), Some(after))?);
        }
        conditions.push((format!("{base}__year"), any));
    }
    Some(conditions)
}

/// A year, a month of it, a day of that.
#[derive(Clone, Copy)]
struct Chosen {
    year: i32,
    month: Option<u32>,
    day: Option<u32>,
}

/// What one of the parameters says; `Err` when it is no number.
fn part<N: FromStr>(dated: &Dated, base: &str, lookup: &str) -> Result<Option<N>, N::Err> {
    let name = format!("{base}__{lookup}");
    let text = dated.iter().find(|(have, _)| *have == name).map(|(_, value)| value.as_str());
    text.map(str::parse).transpose()
}

fn chosen(dated: &Dated, base: &str) -> Option<Chosen> {
    let year = part(dated, base, "year").ok()??;
    let (month, day) = (part(dated, base, "month").ok()?, part(dated, base, "day").ok()?);
    if day.is_some() && month.is_none() {
        return None;
    }
    Some(Chosen { year, month, day })
}

/// All spans that the parameters mean; `None` when they mean nothing. A month without a year is that month of every
/// year, a day without a month that day of every month: as spans, so that an index finds them.
fn spans(dated: &Dated, base: &str, this_year: i32) -> Option<Vec<(NaiveDate, NaiveDate)>> {
    let year: Option<i32> = part(dated, base, "year").ok()?;
    let month: Option<u32> = part(dated, base, "month").ok()?;
    let day: Option<u32> = part(dated, base, "day").ok()?;
    let years = year.map_or(FIRST_YEAR..=this_year + 1, |year| year..=year);
    let months = || match (month, day) {
        (Some(month), _) => vec![Some(month)],
        (None, Some(_)) => (1..=12).map(Some).collect(),
        (None, None) => vec![None],
    };
    let each = years.flat_map(|year| months().into_iter().map(move |month| Chosen { year, month, day }));
    let spans: Vec<(NaiveDate, NaiveDate)> = each.filter_map(Chosen::span).collect();
    (!spans.is_empty()).then_some(spans)
}

impl Chosen {
    fn span(self) -> Option<(NaiveDate, NaiveDate)> {
        let first = NaiveDate::from_ymd_opt(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1))?;
        let after = match (self.month, self.day) {
            (Some(_), Some(_)) => first.checked_add_signed(Duration::days(1)),
            (Some(_), None) => first.checked_add_months(Months::new(1)),
            _ => NaiveDate::from_ymd_opt(self.year.checked_add(1)?, 1, 1),
        };
        Some((first, after?))
    }
}

/// The bar.
#[derive(Clone, Debug, Default)]
pub struct DateBar {
    /// What it is about.
    pub title: String,
    /// One step back: a label and an address.
    pub back: Option<(String, String)>,
    /// The choices: a label, and an address unless it is chosen.
    pub links: Vec<(String, Option<String>)>,
}

/// The bar of a list, unless there is nothing to choose.
pub(crate) async fn bar(list: &ChangeList<'_>, store: &Store) -> Result<Option<DateBar>, DbErr> {
    let Some(field) = list.model.hierarchy.and_then(|at| list.model.fields.get(at)) else { return Ok(None) };
    let (dated, _) = split(list.model, &list.params);
    let base = field.form_name();
    let Some((least, greatest)) = ends(list, field, store).await? else { return Ok(None) };
    let maker = Maker { list, field };
    let bar = match chosen(&dated, base) {
        _ if least == greatest => return Ok(None),
        Some(Chosen { year, month: Some(month), .. }) => maker.days(year, month, &dated, least, greatest),
        Some(Chosen { year, .. }) => maker.months(year, least, greatest),
        None if least.year() == greatest.year() && least.month() != greatest.month() => {
            DateBar { back: None, ..maker.months(least.year(), least, greatest) }
        }
        None if least.year() == greatest.year() => {
            DateBar { back: None, ..maker.days(least.year(), least.month(), &dated, least, greatest) }
        }
        None => maker.years(Ord::max(least.year(), greatest.year() - MOST_YEARS), greatest.year()),
    };
    Ok((!bar.links.is_empty()).then_some(bar))
}

/// The first and the last day that rows have: two looks at an index.
async fn ends(
    list: &ChangeList<'_>,
    field: &Field,
    store: &Store,
) -> Result<Option<(NaiveDate, NaiveDate)>, DbErr> {
    let mut days = Vec::new();
    for order in [sea_orm::Order::Asc, sea_orm::Order::Desc] {
        let mut one = Query::select();
        one.column(Alias::new(field.name)).from(Alias::new(list.model.table));
        one.and_where(list.model.col(field.name).is_not_null()).limit(1);
        one.order_by(Alias::new(field.name), order);
        if let Some(scope) = &list.model.scope {
            one.cond_where(scope.clone());
        }
        let Some(row) = store.read().query_one(&one).await? else { return Ok(None) };
        let day = match field.kind.read(&row, 0)? {
            Value::ChronoDate(Some(day)) => day,
            Value::ChronoDateTimeUtc(Some(at)) => at.with_timezone(&list.locale.zone).date_naive(),
            _ => return Ok(None),
        };
        days.push(day);
    }
    Ok(Some((days[0], days[1])))
}

struct Maker<'a, 'l> {
    list: &'a ChangeList<'l>,
    field: &'a Field,
}

impl Maker<'_, '_> {
    fn to(&self, year: Option<i32>, month: Option<u32>, day: Option<u32>) -> String {
        let base = self.field.form_name();
        let mut params = self
            .list
            .params
            .without(|name| name == "p" || name == "e" || name.split("__").next() == Some(base));
        let parts = [
            ("year", year.map(|year| year.to_string())),
            ("month", month.map(|m| m.to_string())),
            ("day", day.map(|d| d.to_string())),
        ];
        for (lookup, value) in parts {
            if let Some(value) = value {
                params = params.with(&format!("{base}__{lookup}"), &value);
            }
        }
        params.href()
    }

    fn bar(&self, back: Option<(String, String)>, links: Vec<(String, Option<String>)>) -> DateBar {
        DateBar { title: self.list.model.label_of(&self.list.locale, self.field.name), back, links }
    }

    fn years(&self, first: i32, last: i32) -> DateBar {
        let link = |year: i32| (year.to_string(), Some(self.to(Some(year), None, None)));
        self.bar(None, (first..=last).map(link).collect())
    }

    fn months(&self, year: i32, least: NaiveDate, greatest: NaiveDate) -> DateBar {
        let within = |month: &u32| {
            (year, *month) >= (least.year(), least.month())
                && (year, *month) <= (greatest.year(), greatest.month())
        };
        let link =
            |month: u32| (self.list.locale.month(year, month), Some(self.to(Some(year), Some(month), None)));
        let back = (self.list.locale.t("admin-all-dates"), self.to(None, None, None));
        self.bar(Some(back), (1..=12).filter(within).map(link).collect())
    }

    fn days(&self, year: i32, month: u32, dated: &Dated, least: NaiveDate, greatest: NaiveDate) -> DateBar {
        let day_chosen = chosen(dated, self.field.form_name()).and_then(|chosen| chosen.day);
        let days = (1..=31).filter_map(|day| NaiveDate::from_ymd_opt(year, month, day));
        let days = days.filter(|day| *day >= least && *day <= greatest);
        let link = |day: NaiveDate| {
            let href =
                (day_chosen != Some(day.day())).then(|| self.to(Some(year), Some(month), Some(day.day())));
            (day.day().to_string(), href)
        };
        let back = (year.to_string(), self.to(Some(year), None, None));
        self.bar(Some(back), days.map(link).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_a_month_and_a_day_are_spans() {
        let pairs = |parts: &[(&str, &str)]| -> Dated {
            parts.iter().map(|(name, value)| (format!("at__{name}"), (*value).to_owned())).collect()
        };
        let all = |parts| spans(&pairs(parts), "at", 2026);
        let span = |parts| all(parts).filter(|spans| spans.len() == 1).map(|spans| spans[0]);
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).expect("a day");
        assert_eq!(span(&[("year", "2026")]), Some((day(2026, 1, 1), day(2027, 1, 1))));
        assert_eq!(span(&[("year", "2026"), ("month", "2")]), Some((day(2026, 2, 1), day(2026, 3, 1))));
        let one_day = [("year", "2026"), ("month", "2"), ("day", "28")];
        assert_eq!(span(&one_day), Some((day(2026, 2, 28), day(2026, 3, 1))));
        assert_eq!(all(&[("year", "2026"), ("month", "13")]), None);
        assert_eq!(all(&[("year", "x")]), None);
        assert_eq!(all(&[("month", "0")]), None);

        let every_february = all(&[("month", "2")]).expect("spans");
        assert_eq!(every_february.len(), 28);
        assert!(every_february.contains(&(day(2024, 2, 1), day(2024, 3, 1))));
        let every_31st = all(&[("year", "2026"), ("day", "31")]).expect("spans");
        assert_eq!(every_31st.len(), 7);
        assert_eq!(every_31st[1], (day(2026, 3, 31), day(2026, 4, 1)));
    }
}
