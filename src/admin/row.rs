//! Rows as the engine carries them: values by column name, whatever the entity.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{IdenStatic, Value, prelude::Uuid};

use super::value;

/// A row of a model's table. Secret columns are not in it.
#[derive(Clone, Debug)]
pub struct Row {
    pub(super) names: Arc<[&'static str]>,
    pub(super) values: Vec<Value>,
    /// Where the primary key is among the values.
    pub(super) key_at: usize,
}

impl Row {
    /// The primary key.
    pub fn key(&self) -> &Value {
        &self.values[self.key_at]
    }

    /// The primary key as it stands in addresses.
    pub fn key_text(&self) -> String {
        value::plain(self.key())
    }

    /// The value of a column; `None` where the column is not part of the row.
    pub fn value(&self, name: &str) -> Option<&Value> {
        let at = self.names.iter().position(|have| *have == name)?;
        self.values.get(at)
    }

    /// A column as text; empty when there is no value.
    pub fn text(&self, column: impl IdenStatic) -> String {
        self.value(column.as_str()).map(value::plain).unwrap_or_default()
    }

    /// A column of whole numbers.
    pub fn number(&self, column: impl IdenStatic) -> Option<i64> {
        match self.value(column.as_str())? {
            Value::SmallInt(number) => number.map(i64::from),
            Value::Int(number) => number.map(i64::from),
            Value::BigInt(number) => *number,
            _ => None,
        }
    }

    /// A yes-or-no column; no value counts as no.
    pub fn is(&self, column: impl IdenStatic) -> bool {
        matches!(self.value(column.as_str()), Some(Value::Bool(Some(true))))
    }

    /// A column of moments.
    pub fn moment(&self, column: impl IdenStatic) -> Option<DateTime<Utc>> {
        match self.value(column.as_str())? {
            Value::ChronoDateTimeUtc(moment) => *moment,
            _ => None,
        }
    }

    /// A column of days.
    pub fn date(&self, column: impl IdenStatic) -> Option<NaiveDate> {
        match self.value(column.as_str())? {
            Value::ChronoDate(date) => *date,
            _ => None,
        }
    }

    /// A column of UUIDs.
    pub fn uuid(&self, column: impl IdenStatic) -> Option<Uuid> {
        match self.value(column.as_str())? {
            Value::Uuid(id) => *id,
            _ => None,
        }
    }
}

/// The whole number in a key, for handlers that know their model's key is one.
pub fn number(key: &Value) -> Option<i64> {
    match key {
        Value::SmallInt(number) => number.map(i64::from),
        Value::Int(number) => number.map(i64::from),
        Value::BigInt(number) => *number,
        _ => None,
    }
}

/// The UUID in a key, for handlers that know their model's key is one.
pub fn uuid(key: &Value) -> Option<Uuid> {
    match key {
        Value::Uuid(id) => *id,
        _ => None,
    }
}
