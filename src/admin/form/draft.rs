//! What is about to be saved, and what is wrong with it.

use std::collections::BTreeMap;

use sea_orm::{IdenStatic, Value};

use super::super::{locale::Locale, value};

/// Values to be saved, by column; relations and fields that are no columns by their names.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub(in super::super) values: BTreeMap<&'static str, Value>,
    pub(in super::super) many: BTreeMap<&'static str, Vec<Value>>,
    pub(in super::super) extras: BTreeMap<&'static str, String>,
    pub(in super::super) needs_proof: bool,
}

impl Draft {
    /// What a column is about to hold; `None` when the form does not have it.
    pub fn value(&self, column: impl IdenStatic) -> Option<&Value> {
        self.values.get(column.as_str())
    }

    /// What a column is about to hold, as text.
    pub fn text(&self, column: impl IdenStatic) -> Option<String> {
        self.value(column).map(value::plain)
    }

    /// Whether a column is about to hold "yes"; `None` when the form does not have it.
    pub fn is(&self, column: impl IdenStatic) -> Option<bool> {
        match self.value(column)? {
            Value::Bool(yes) => *yes,
            _ => None,
        }
    }

    /// Makes a column hold something.
    pub fn set(&mut self, column: impl IdenStatic, value: impl Into<Value>) {
        self.values.insert(column.as_str(), value.into());
    }

    /// Takes a column out: the engine will not write it.
    pub fn take(&mut self, column: impl IdenStatic) -> Option<Value> {
        self.values.remove(column.as_str())
    }

    /// What was typed into a field that is no column.
    pub fn extra(&self, name: &str) -> Option<&str> {
        self.extras.get(name).map(String::as_str)
    }

    /// Says that this is a sensitive step: whoever saves it gives their password again, unless they did lately.
    pub fn needs_proof(&mut self) {
        self.needs_proof = true;
    }

    /// The keys that a relation is about to have; `None` when the form does not have it.
    pub fn many(&self, name: &str) -> Option<&[Value]> {
        self.many.get(name).map(Vec::as_slice)
    }

    /// Takes a relation out: the engine will not write it.
    pub fn take_many(&mut self, name: &str) {
        self.many.remove(name);
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field; empty for the form as a whole.
    pub field: String,
    key: &'static str,
    values: Vec<(&'static str, String)>,
}

impl Fault {
    /// A sentence about a field.
    pub fn new(field: impl Into<String>, key: &'static str) -> Self {
        Self { field: field.into(), key, values: Vec::new() }
    }

    /// A value in the sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.push((name, value.into()));
        self
    }

    /// The sentence.
    pub fn text(&self, locale: &Locale) -> String {
        let mut values: Vec<(&'static str, &str)> =
            self.values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        // A number that decides between singular and plural is one, not its digits.
        let count = values.iter().position(|(name, _)| *name == "count");
        match count.and_then(|at| values.remove(at).1.parse().ok()) {
            Some(count) => locale.counted(self.key, count, &values),
            None => locale.with(self.key, &values),
        }
    }
}

/// All that is wrong with a form.
#[derive(Clone, Debug, Default)]
pub struct Problems(pub Vec<Fault>);

impl Problems {
    /// Nothing is wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// One more thing is wrong.
    pub fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sentences about a field.
    pub(in super::super) fn about(&self, field: &str, locale: &Locale) -> Vec<String> {
        self.0.iter().filter(|fault| fault.field == field).map(|fault| fault.text(locale)).collect()
    }
}
