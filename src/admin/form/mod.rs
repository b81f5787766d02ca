//! Forms that add and change rows: which fields they have, what was typed, what is wrong with it.

mod draft;
mod grid;
mod parse;
mod view;

use std::sync::Arc;

use futures::future::BoxFuture;
use sea_orm::{DatabaseConnection, DbErr, EntityTrait, IdenStatic, Value};

pub use draft::{Draft, Fault, Problems};
pub(super) use parse::{Typed, parse};
pub(super) use view::{FieldsetView, Filling, fieldsets};

use super::{locale::Locale, row::Row};

/// A group of fields.
#[derive(Clone, Default)]
pub struct Fieldset {
    pub(super) title: Option<&'static str>,
    pub(super) parts: Vec<Part>,
    pub(super) collapsed: bool,
    pub(super) when: Option<When>,
}

type When = Arc<dyn Fn(&Row) -> bool + Send + Sync>;

/// A field of a form.
#[derive(Clone)]
pub struct Part {
    pub(super) name: &'static str,
    pub(super) mode: Mode,
}

/// How a field takes part in a form.
#[derive(Clone)]
pub(super) enum Mode {
    /// It can be changed.
    Edited,
    /// It is only shown.
    Shown,
    /// It is no column: the model says what it means when the row is saved.
    Extra(Extra),
    /// It is worked out, and only shown.
    Told,
}

/// What a field that is no column looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra {
    /// A password; never given back.
    Password,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Several lines of text.
    Text,
}

impl Part {
    /// A column or relation that can be changed.
    pub fn edited(name: &'static str) -> Self {
        Self { name, mode: Mode::Edited }
    }

    /// A column that is only shown.
    pub fn shown(name: &'static str) -> Self {
        Self { name, mode: Mode::Shown }
    }

    /// A field that is no column.
    pub fn extra(name: &'static str, extra: Extra) -> Self {
        Self { name, mode: Mode::Extra(extra) }
    }

    pub(super) fn is_told(&self) -> bool {
        matches!(self.mode, Mode::Told)
    }

    pub(super) fn is_extra(&self) -> bool {
        matches!(self.mode, Mode::Extra(_))
    }
}

impl Fieldset {
    /// A group without a title.
    pub fn new() -> Self {
        Self::default()
    }

    /// A group with a title: the sentence of the key `fieldset-<title>`.
    pub fn titled(title: &'static str) -> Self {
        Self { title: Some(title), ..Self::default() }
    }

    /// Fields that can be changed.
    #[must_use]
    pub fn edited<C: IdenStatic>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.parts.extend(columns.into_iter().map(|column| Part::edited(column.as_str())));
        self
    }

    /// Fields that are only shown.
    #[must_use]
    pub fn shown<C: IdenStatic>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.parts.extend(columns.into_iter().map(|column| Part::shown(column.as_str())));
        self
    }

    /// Many-to-many relations, by their names.
    #[must_use]
    pub fn relations(mut self, names: impl IntoIterator<Item = &'static str>) -> Self {
        self.parts.extend(names.into_iter().map(Part::edited));
        self
    }

    /// A field that is no column.
    #[must_use]
    pub fn extra(mut self, name: &'static str, extra: Extra) -> Self {
        self.parts.push(Part::extra(name, extra));
        self
    }

    /// Fields that are worked out, by the names under which the model tells them. A new row has none.
    #[must_use]
    pub fn told(mut self, names: impl IntoIterator<Item = &'static str>) -> Self {
        self.parts.extend(names.into_iter().map(|name| Part { name, mode: Mode::Told }));
        self
    }

    /// Fields of any kind.
    #[must_use]
    pub fn parts(mut self, parts: impl IntoIterator<Item = Part>) -> Self {
        self.parts.extend(parts);
        self
    }

    /// Closed at first.
    #[must_use]
    pub fn collapsed(mut self) -> Self {
        self.collapsed = true;
        self
    }

    /// Only for rows of which this is true.
    #[must_use]
    pub fn when(mut self, condition: impl Fn(&Row) -> bool + Send + Sync + 'static) -> Self {
        self.when = Some(Arc::new(condition));
        self
    }

    pub(super) fn is_for(&self, row: Option<&Row>) -> bool {
        self.when.as_ref().is_none_or(|when| row.is_some_and(|row| when(row)))
    }
}

/// A many-to-many relation: rows of another table, tied by a table in between.
#[derive(Clone)]
pub struct Many {
    pub(super) name: &'static str,
    pub(super) table: &'static str,
    pub(super) local: &'static str,
    pub(super) target: &'static str,
    pub(super) look: Look,
    pub(super) choices: Choices,
}

/// What a many-to-many relation looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Two boxes.
    Boxes,
    /// A table of check boxes.
    Grid,
}

/// One of the rows that a relation may have.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its key.
    pub key: Value,
    /// What it is called.
    pub label: String,
    /// The row of a grid it stands in.
    pub row: String,
    /// The column of a grid it stands in.
    pub column: String,
}

/// Loads all choices of a relation, with one query.
pub(super) type Choices =
    Arc<dyn Fn(DatabaseConnection, Locale) -> BoxFuture<'static, Result<Vec<Choice>, DbErr>> + Send + Sync>;

impl Many {
    /// Rows tied by the table `M`, shown as two boxes.
    pub fn new<M: EntityTrait, F, Fut>(
        name: &'static str,
        local: M::Column,
        target: M::Column,
        choices: F,
    ) -> Self
    where
        M::Column: IdenStatic,
        F: Fn(DatabaseConnection, Locale) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<Choice>, DbErr>> + Send + 'static,
    {
        Self {
            name,
            table: M::default().table_name(),
            local: local.as_str(),
            target: target.as_str(),
            look: Look::Boxes,
            choices: Arc::new(move |db, locale| Box::pin(choices(db, locale))),
        }
    }

    /// Shown as a table of check boxes.
    #[must_use]
    pub fn grid(mut self) -> Self {
        self.look = Look::Grid;
        self
    }
}
