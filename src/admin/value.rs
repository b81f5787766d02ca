//! Values of columns: what kinds there are, how each is read from a row, from a request, and written as text.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeZone, Utc};
use chrono_tz::Tz;
use sea_orm::{ColumnType, DbErr, QueryResult, Value, prelude::Uuid};

/// The kind of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Characters.
    Text,
    /// A whole number of two bytes.
    Small,
    /// A whole number of four bytes.
    Integer,
    /// A whole number of eight bytes.
    Big,
    /// A number with a fraction.
    Float,
    /// A number with a fixed number of digits: read as text, which keeps them, and only shown.
    Decimal,
    /// Yes or no.
    Bool,
    /// A moment, kept in UTC.
    Moment,
    /// A day.
    Date,
    /// A UUID.
    Uuid,
}

impl Kind {
    /// The kind of a column type; `None` for those that pages cannot show.
    pub(super) fn of(column: &ColumnType) -> Option<Self> {
        Some(match column {
            ColumnType::Char(_) | ColumnType::String(_) | ColumnType::Text | ColumnType::Enum { .. } => {
                Self::Text
            }
            ColumnType::SmallInteger | ColumnType::TinyInteger => Self::Small,
            ColumnType::Integer => Self::Integer,
            ColumnType::BigInteger => Self::Big,
            ColumnType::Float | ColumnType::Double => Self::Float,
            ColumnType::Decimal(_) => Self::Decimal,
            ColumnType::Boolean => Self::Bool,
            ColumnType::TimestampWithTimeZone | ColumnType::Timestamp => Self::Moment,
            ColumnType::Date => Self::Date,
            ColumnType::Uuid => Self::Uuid,
            _ => return None,
        })
    }

    /// Reads the value of this kind at a place in a row.
    pub(super) fn read(self, row: &QueryResult, at: usize) -> Result<Value, DbErr> {
        Ok(match self {
            Self::Text | Self::Decimal => Value::String(row.try_get_by_index(at)?),
            Self::Small => Value::SmallInt(row.try_get_by_index(at)?),
            Self::Integer => Value::Int(row.try_get_by_index(at)?),
            Self::Big => Value::BigInt(row.try_get_by_index(at)?),
            Self::Float => Value::Double(row.try_get_by_index(at)?),
            Self::Bool => Value::Bool(row.try_get_by_index(at)?),
            Self::Moment => Value::ChronoDateTimeUtc(row.try_get_by_index(at)?),
            Self::Date => Value::ChronoDate(row.try_get_by_index(at)?),
            Self::Uuid => Value::Uuid(row.try_get_by_index(at)?),
        })
    }

    /// The value that a person wrote, in an address or a form; days begin in `zone`.
    pub(super) fn parse(self, text: &str, zone: Tz) -> Option<Value> {
        let trimmed = text.trim();
        Some(match self {
            Self::Text => Value::from(text),
            Self::Decimal => return None,
            Self::Small => Value::from(trimmed.parse::<i16>().ok()?),
            Self::Integer => Value::from(trimmed.parse::<i32>().ok()?),
            Self::Big => Value::from(trimmed.parse::<i64>().ok()?),
            Self::Float => Value::from(trimmed.parse::<f64>().ok().filter(|number| number.is_finite())?),
            Self::Bool => Value::from(parse_bool(trimmed)?),
            Self::Moment => Value::from(parse_moment(trimmed, zone)?),
            Self::Date => Value::from(parse_date(trimmed)?),
            Self::Uuid => Value::from(Uuid::parse_str(trimmed).ok()?),
        })
    }

    /// No value of this kind.
    pub(super) fn null(self) -> Value {
        match self {
            Self::Text | Self::Decimal => Value::String(None),
            Self::Small => Value::SmallInt(None),
            Self::Integer => Value::Int(None),
            Self::Big => Value::BigInt(None),
            Self::Float => Value::Double(None),
            Self::Bool => Value::Bool(None),
            Self::Moment => Value::ChronoDateTimeUtc(None),
            Self::Date => Value::ChronoDate(None),
            Self::Uuid => Value::Uuid(None),
        }
    }

    /// Whether values are numbers.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Small | Self::Integer | Self::Big | Self::Float)
    }
}

fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "True" | "true" | "on" => Some(true),
        "0" | "False" | "false" => Some(false),
        _ => None,
    }
}

/// A day in one of the ways in which people write it.
pub(super) fn parse_date(text: &str) -> Option<NaiveDate> {
    let forms = ["%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%Y年%m月%d日"];
    forms.into_iter().find_map(|form| NaiveDate::parse_from_str(text.trim(), form).ok())
}

/// A time of day in one of the ways in which people write it.
pub(super) fn parse_time(text: &str) -> Option<NaiveTime> {
    ["%H:%M:%S%.f", "%H:%M"].into_iter().find_map(|form| NaiveTime::parse_from_str(text.trim(), form).ok())
}

/// A moment: with its offset, or in `zone`; a bare day is its beginning.
pub(super) fn parse_moment(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    // The `+` of an offset comes as a space where an address was not escaped.
    let text = text.trim().replace('T', " ");
    if let Ok(moment) = DateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f%:z") {
        return Some(moment.to_utc());
    }
    if let Some(bare) = text.strip_suffix('Z') {
        return NaiveDateTime::parse_from_str(bare, "%Y-%m-%d %H:%M:%S%.f").ok().map(|at| at.and_utc());
    }
    let (day, time) = text.split_once(' ').unwrap_or((&text, "00:00"));
    local(parse_date(day)?.and_time(parse_time(time)?), zone)
}

/// A moment by the clock on the wall. An hour that daylight saving leaves out is moved to the next one.
pub(super) fn local(at: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    let found = zone.from_local_datetime(&at).earliest();
    let found = found.or_else(|| zone.from_local_datetime(&(at + chrono::Duration::hours(1))).earliest());
    found.map(|at| at.to_utc())
}

/// Whether there is no value.
pub(super) fn is_null(value: &Value) -> bool {
    *value == value.as_null()
}

/// A value in the form of keys, exports and the audit log: ISO 8601, `true`, plain digits.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Bool(Some(value)) => value.to_string(),
        Value::SmallInt(Some(value)) => value.to_string(),
        Value::Int(Some(value)) => value.to_string(),
        Value::BigInt(Some(value)) => value.to_string(),
        Value::Double(Some(value)) => value.to_string(),
        Value::String(Some(value)) => value.clone(),
        Value::ChronoDate(Some(value)) => value.to_string(),
        Value::ChronoDateTimeUtc(Some(value)) => value.to_rfc3339_opts(SecondsFormat::AutoSi, false),
        Value::Uuid(Some(value)) => value.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHANGHAI: Tz = chrono_tz::Asia::Shanghai;

    #[test]
    fn days_are_read_as_people_write_them() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 9);
        for text in ["2026-03-09", "2026/03/09", "03/09/2026", "2026年3月9日", " 2026-03-09 "] {
            assert_eq!(parse_date(text), day, "{text}");
        }
        assert_eq!(parse_date("2026-02-30"), None);
    }

    #[test]
    fn a_moment_without_an_offset_is_one_of_the_zone() {
        let at = |text| parse_moment(text, SHANGHAI).map(|at| at.to_rfc3339());
        assert_eq!(at("2026-03-09"), Some("2026-03-08T16:00:00+00:00".to_owned()));
        assert_eq!(at("2026-03-09 00:00:00+00:00"), Some("2026-03-09T00:00:00+00:00".to_owned()));
        assert_eq!(at("2026-03-09T08:30:00Z"), Some("2026-03-09T08:30:00+00:00".to_owned()));
        assert_eq!(at("2026-03-09 25:00"), None);
    }

    #[test]
    fn what_is_read_is_written_the_same() {
        for (kind, text) in [
            (Kind::Big, "42"),
            (Kind::Bool, "true"),
            (Kind::Date, "2026-03-09"),
            (Kind::Uuid, "00000000-0000-4000-8000-000000000000"),
            (Kind::Moment, "2026-03-09T00:00:00+00:00"),
        ] {
            assert_eq!(kind.parse(text, SHANGHAI).map(|value| plain(&value)).as_deref(), Some(text));
        }
        assert!(is_null(&Kind::Moment.null()));
    }
}
