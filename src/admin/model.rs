//! A declared model, erased to data: what views, forms and exports work with, whatever the entity.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use sea_orm::{
    Condition, DatabaseConnection, DbErr, Value,
    sea_query::{Alias, Expr, IntoColumnRef, SelectStatement},
};

use super::{
    access::{Staff, Verb},
    action::{Action, Needs},
    cell::Cell,
    field::Field,
    filter::Filter,
    form::{Draft, Fault, Fieldset, Many, Problems},
    locale::Locale,
    row::Row,
    search::SearchBy,
};
use crate::platform::store::Transaction;

/// A declared model.
pub struct Model {
    /// The first part of its address.
    pub(super) app: &'static str,
    /// The second part of its address.
    pub(super) name: &'static str,
    /// The name of the class that the model was elsewhere: files that are exported have it.
    pub(super) class: Option<&'static str>,
    pub(super) table: &'static str,
    pub(super) fields: Vec<Field>,
    /// The key that leads to its list.
    pub(super) shortcut: Option<char>,
    /// Where the primary key is among the fields.
    pub(super) key_at: usize,
    pub(super) list: Vec<Column>,
    /// How the list is ordered unless the reader orders it: columns and whether descending.
    pub(super) order: Vec<(OrderBy, Direction)>,
    pub(super) search: Vec<SearchBy>,
    pub(super) filters: Vec<Filter>,
    /// The moment or day whose years, months and days stand above the list.
    pub(super) hierarchy: Option<usize>,
    /// What every query of this model is limited to.
    pub(super) scope: Option<Condition>,
    pub(super) fieldsets: Vec<Fieldset>,
    /// Fields of the form that adds, where it is another.
    pub(super) add_fieldsets: Option<Vec<Fieldset>>,
    pub(super) many: Vec<Many>,
    /// What forms show of a row besides its columns.
    pub(super) told: Vec<Computed>,
    pub(super) actions: Vec<Action>,
    pub(super) never: Vec<Verb>,
    pub(super) exported: bool,
    pub(super) cascades: Vec<Cascade>,
    pub(super) links: Vec<PageLink>,
    /// Codes of further permissions.
    pub(super) codes: Vec<&'static str>,
    pub(super) label: Option<LabelOf>,
    pub(super) rule: Option<Rule>,
    pub(super) prepare: Option<Prepare>,
    pub(super) on_save: Option<OnSave>,
    pub(super) on_remove: Option<OnRemove>,
    pub(super) guard: Option<Guard>,
}

/// A column of the list.
#[derive(Clone)]
pub enum Column {
    /// A stored column.
    Stored(usize),
    /// A column that is worked out for the rows of a page at once.
    Computed(Computed),
}

/// What a list is ordered by.
#[derive(Clone)]
pub enum OrderBy {
    /// A stored column.
    Field(usize),
    /// An expression of the database, which should have an index.
    Expression(Expr),
}

/// Which end comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The least.
    Ascending,
    /// The greatest.
    Descending,
}

impl Direction {
    /// The other one.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// A column that is worked out.
#[derive(Clone)]
pub struct Computed {
    pub(super) name: &'static str,
    pub(super) sort: Option<Expr>,
    pub(super) load: Load,
    pub(super) number: bool,
}

/// What a computed column works with.
#[derive(Clone)]
pub struct Page {
    /// To read from.
    pub db: DatabaseConnection,
    /// The rows of the page.
    pub rows: Arc<Vec<Row>>,
    /// Who reads it.
    pub locale: Locale,
}

/// Works out a column for all rows of a page: one cell per row, in order, with a bounded number of queries.
pub type Load = Arc<dyn Fn(Page) -> BoxFuture<'static, Result<Vec<Cell>, DbErr>> + Send + Sync>;

/// The text that names a row.
pub type LabelOf = Arc<dyn Fn(&Row, &Locale) -> String + Send + Sync>;

/// What one row allows, beyond the permissions of its model.
pub type Rule = Arc<dyn Fn(&Staff, &Row, Verb) -> bool + Send + Sync>;

/// Checks a form as a whole, and completes what is about to be saved. What takes time is done here: a transaction would
/// hold up others.
pub type Prepare =
    Arc<dyn Fn(Checked) -> BoxFuture<'static, Result<Result<Draft, Problems>, DbErr>> + Send + Sync>;

/// What a check works with.
pub struct Checked {
    /// To read from.
    pub db: DatabaseConnection,
    /// The time of the request.
    pub now: DateTime<Utc>,
    /// Who saves.
    pub staff: Arc<Staff>,
    /// The row as it is; `None` when it is added.
    pub old: Option<Row>,
    /// What is about to be saved.
    pub draft: Draft,
}

/// What happens when a row is saved: part of its transaction.
pub struct Saving {
    /// The transaction.
    pub tx: Transaction,
    /// The time of the request.
    pub now: DateTime<Utc>,
    /// Who saves.
    pub staff: Arc<Staff>,
    /// The row as it was; `None` when it is added.
    pub old: Option<Row>,
    /// What is saved.
    pub draft: Draft,
}

/// Saves in place of the engine, which then writes only what the answered draft still holds.
pub type OnSave = Arc<dyn Fn(Saving) -> BoxFuture<'static, Result<Draft, DbErr>> + Send + Sync>;

/// Rows to be removed: part of the caller's transaction.
pub struct Removing {
    /// The transaction.
    pub tx: Transaction,
    /// The time of the request.
    pub now: DateTime<Utc>,
    /// The primary keys.
    pub keys: Vec<Value>,
}

/// Removes rows and all that hangs on them, in place of the engine.
pub type OnRemove = Arc<dyn Fn(Removing) -> BoxFuture<'static, Result<(), DbErr>> + Send + Sync>;

/// What stands against removing rows, whose keys are selected by the statement; `None` when nothing does.
pub type Guard = Arc<
    dyn Fn(DatabaseConnection, SelectStatement) -> BoxFuture<'static, Result<Option<Fault>, DbErr>>
        + Send
        + Sync,
>;

/// A table whose rows go with the rows they refer to.
#[derive(Clone, Debug)]
pub struct Cascade {
    pub(super) table: &'static str,
    pub(super) column: &'static str,
}

/// The address of a page about a row.
type Href = Arc<dyn Fn(&Row) -> Option<String> + Send + Sync>;

/// Whether a staff member sees a link of a row's page.
pub type SeenBy = Arc<dyn Fn(&Staff, &Row) -> bool + Send + Sync>;

/// A link from a row's page to another page about it.
#[derive(Clone)]
pub struct PageLink {
    /// The key of its sentence.
    pub(super) label: &'static str,
    /// Who sees it.
    pub(super) seen_by: SeenBy,
    /// The address, relative to the site; `None` when this row has no such page.
    pub(super) href: Href,
}

impl Model {
    /// The first part of the names of exported files.
    pub(super) fn class(&self) -> &'static str {
        self.class.unwrap_or(self.name)
    }

    /// `app.name`.
    pub fn path(&self) -> String {
        format!("{}.{}", self.app, self.name)
    }

    /// What one row is called.
    pub fn one(&self, locale: &Locale) -> String {
        locale.or_last_word(&format!("model-{}-{}", self.app, self.name))
    }

    /// What several rows are called.
    pub fn many_of(&self, locale: &Locale) -> String {
        let key = format!("model-{}-{}-many", self.app, self.name);
        locale.language.find(&key).unwrap_or_else(|| format!("{}s", self.one(locale)))
    }

    /// The label of a column, computed column or filter.
    pub fn label_of(&self, locale: &Locale, name: &str) -> String {
        let own = locale.language.find(&format!("field-{}-{}-{name}", self.app, self.name));
        own.unwrap_or_else(|| locale.or_last_word(&format!("field-{name}")))
    }

    /// The text that names a row.
    pub fn text_of(&self, row: &Row, locale: &Locale) -> String {
        let named = self.label.as_ref().map(|label| label(row, locale)).unwrap_or_default();
        if named.is_empty() { format!("{} {}", self.one(locale), row.key_text()) } else { named }
    }

    /// The code of a permission, such as `core.change_usermodel`.
    pub fn permission(&self, verb: Verb) -> String {
        format!("{}.{}_{}", self.app, verb.code(), self.name)
    }

    /// Whether somebody may do this to rows of this model, as far as permissions go.
    pub fn may(&self, staff: &Staff, verb: Verb) -> bool {
        if self.never.contains(&verb) || (verb == Verb::Export && !self.exported) {
            return false;
        }
        let held = |verb| staff.holds(&self.permission(verb));
        match verb {
            Verb::View => held(Verb::View) || (held(Verb::Change) && !self.never.contains(&Verb::Change)),
            Verb::Export => held(Verb::Export) && self.may(staff, Verb::View),
            verb => held(verb),
        }
    }

    /// Whether somebody may use an action.
    pub(super) fn may_act(&self, staff: &Staff, action: &Action) -> bool {
        match action.needs {
            Needs::Verb(verb) => self.may(staff, verb),
            Needs::Code(code) => self.may(staff, Verb::View) && staff.holds(&format!("{}.{code}", self.app)),
        }
    }

    /// The permission that an action needs.
    pub(super) fn needed_for(&self, action: &Action) -> String {
        match action.needs {
            Needs::Verb(verb) => self.permission(verb),
            Needs::Code(code) => format!("{}.{code}", self.app),
        }
    }

    /// Whether somebody may do this to this row.
    pub fn may_with(&self, staff: &Staff, row: &Row, verb: Verb) -> bool {
        self.may(staff, verb) && self.rule.as_ref().is_none_or(|rule| rule(staff, row, verb))
    }

    /// Whether the model is shown to somebody at all.
    pub fn is_seen_by(&self, staff: &Staff) -> bool {
        [Verb::View, Verb::Add, Verb::Change, Verb::Delete].into_iter().any(|verb| self.may(staff, verb))
    }

    /// The permissions that the model has, besides those of its actions.
    pub fn verbs(&self) -> Vec<Verb> {
        let mut verbs = vec![Verb::View, Verb::Add, Verb::Change, Verb::Delete];
        if self.exported {
            verbs.push(Verb::Export);
        }
        verbs
    }

    /// The list, relative to the site.
    pub fn list_path(&self) -> String {
        format!("{}/{}/", self.app, self.name)
    }

    /// A page about one row, relative to the site.
    pub fn row_path(&self, key: &str, page: &str) -> String {
        let key = rocket::http::RawStr::new(key).percent_encode();
        format!("{}/{}/{key}/{page}/", self.app, self.name)
    }

    pub(super) fn key_field(&self) -> &Field {
        &self.fields[self.key_at]
    }

    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.is_called(name))
    }

    /// The key that a part of an address means.
    pub(super) fn parse_key(&self, text: &str) -> Option<Value> {
        if text.contains('\0') {
            return None;
        }
        self.key_field().kind.parse(text, chrono_tz::UTC)
    }

    /// A column of the model's own table.
    pub(super) fn col(&self, name: &'static str) -> Expr {
        Expr::col((Alias::new(self.table), Alias::new(name)).into_column_ref())
    }

    pub(super) fn key_col(&self) -> Expr {
        self.col(self.key_field().name)
    }
}

impl Model {
    /// The names of everything that has a label: columns, computed columns, filters, fields that are no columns.
    pub(super) fn label_names(&self) -> Vec<&'static str> {
        let stored = self.fields.iter().filter(|field| !field.secret).map(|field| field.name);
        let computed = self.list.iter().filter_map(|column| match column {
            Column::Computed(computed) => Some(computed.name),
            Column::Stored(_) => None,
        });
        let filters =
            self.filters.iter().filter(|filter| filter.field(self).is_none()).map(|filter| filter.name);
        let added = self.add_fieldsets.iter().flatten();
        let extras = self.fieldsets.iter().chain(added).flat_map(|fieldset| &fieldset.parts);
        let extras = extras.filter(|part| part.is_extra()).map(|part| part.name);
        let many = self.many.iter().map(|many| many.name);
        let told = self.told.iter().map(|told| told.name);
        stored.chain(computed).chain(filters).chain(extras).chain(many).chain(told).collect()
    }
}
