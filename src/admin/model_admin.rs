//! The declaration of a model: a builder over the columns of one entity.
//!
//! What is not said follows from the columns' types. A mistake (a column that pages cannot show, a reference to a
//! model that is not there) is reported when the site is built, with all others, before anything is served.

use std::{future::Future, marker::PhantomData, sync::Arc};

use sea_orm::{
    Condition, DatabaseConnection, DbErr, EntityTrait, IdenStatic, Iterable, PrimaryKeyToColumn,
    sea_query::{Expr, SelectStatement},
};

use super::{
    access::{Staff, Verb},
    action::Action,
    cell::Cell,
    field::Field,
    filter::Filter,
    form::{Draft, Fault, Fieldset, Many, Problems},
    locale::Locale,
    model::{
        Cascade, Checked, Column, Computed, Direction, Model, OrderBy, Page, PageLink, Removing, Saving,
    },
    row::Row,
    search::{Mode, SearchBy},
};

/// A model being declared.
#[must_use = "a declaration counts when it is added to a site"]
pub struct ModelAdmin<E: EntityTrait> {
    pub(super) model: Model,
    mistakes: Vec<String>,
    entity: PhantomData<E>,
}

impl<E: EntityTrait> ModelAdmin<E>
where
    E::Column: IdenStatic,
{
    /// A model at `<app>/<name>/`.
    pub fn new(app: &'static str, name: &'static str) -> Self {
        let mut mistakes = Vec::new();
        let mut fields = Vec::new();
        for column in E::Column::iter() {
            match Field::of(column) {
                Some(field) => fields.push(field),
                None => {
                    mistakes
                        .push(format!("the column `{}` has a type that cannot be shown", column.as_str()));
                }
            }
        }
        let keys: Vec<&str> = E::PrimaryKey::iter().map(|key| key.into_column().as_str()).collect();
        let key_at = match keys.as_slice() {
            [key] => fields.iter().position(|field| field.name == *key).unwrap_or_default(),
            _ => {
                mistakes.push("the primary key is not one column".to_owned());
                0
            }
        };
        let model = Model {
            app,
            name,
            class: None,
            table: E::default().table_name(),
            fields,
            shortcut: None,
            key_at,
            list: Vec::new(),
            order: Vec::new(),
            search: Vec::new(),
            filters: Vec::new(),
            hierarchy: None,
            scope: None,
            fieldsets: Vec::new(),
            add_fieldsets: None,
            many: Vec::new(),
            told: Vec::new(),
            actions: Vec::new(),
            never: Vec::new(),
            exported: false,
            cascades: Vec::new(),
            links: Vec::new(),
            codes: Vec::new(),
            label: None,
            rule: None,
            prepare: None,
            on_save: None,
            on_remove: None,
            guard: None,
        };
        Self { model, mistakes, entity: PhantomData }
    }

    /// The first part of the names of exported files; the model's name unless told.
    pub fn class(mut self, class: &'static str) -> Self {
        self.model.class = Some(class);
        self
    }

    /// The key that leads to its list, after `g`.
    pub fn shortcut(mut self, key: char) -> Self {
        self.model.shortcut = Some(key);
        self
    }

    /// The text that names a row.
    pub fn named_by(mut self, label: impl Fn(&Row, &Locale) -> String + Send + Sync + 'static) -> Self {
        self.model.label = Some(Arc::new(label));
        self
    }

    /// Stored columns of the list, after those that are there.
    pub fn list(mut self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        for column in columns {
            let at = self.at(column);
            self.model.list.push(Column::Stored(at));
        }
        self
    }

    /// A column of the list that is worked out for all rows of a page at once.
    pub fn computed<F, Fut>(mut self, name: &'static str, load: F) -> Self
    where
        F: Fn(Page) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<Cell>, DbErr>> + Send + 'static,
    {
        let load: super::model::Load = Arc::new(move |page| Box::pin(load(page)));
        self.model.list.push(Column::Computed(Computed { name, sort: None, load, number: false }));
        self
    }

    /// Something that forms show of a row besides its columns, worked out as a computed column is.
    pub fn tells<F, Fut>(mut self, name: &'static str, load: F) -> Self
    where
        F: Fn(Page) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<Cell>, DbErr>> + Send + 'static,
    {
        let load: super::model::Load = Arc::new(move |page| Box::pin(load(page)));
        self.model.told.push(Computed { name, sort: None, load, number: false });
        self
    }

    /// What the last computed column is ordered by.
    pub fn sorted_by(mut self, expression: Expr) -> Self {
        match self.model.list.last_mut() {
            Some(Column::Computed(computed)) => computed.sort = Some(expression),
            _ => self.mistakes.push("`sorted_by` follows no computed column".to_owned()),
        }
        self
    }

    /// The last computed column holds numbers.
    pub fn numbers(mut self) -> Self {
        if let Some(Column::Computed(computed)) = self.model.list.last_mut() {
            computed.number = true;
        }
        self
    }

    /// Rows come in this order unless the reader says otherwise.
    pub fn ordered_by(mut self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        for column in columns {
            let at = self.at(column);
            self.model.order.push((OrderBy::Field(at), Direction::Ascending));
        }
        self
    }

    /// The newest row comes first.
    pub fn newest_first(mut self, column: E::Column) -> Self {
        let at = self.at(column);
        self.model.order.push((OrderBy::Field(at), Direction::Descending));
        self
    }

    /// Rows come in the order of an expression, the greatest first. It should have an index.
    pub fn greatest_first(mut self, expression: Expr) -> Self {
        self.model.order.push((OrderBy::Expression(expression), Direction::Descending));
        self
    }

    /// The search looks for words anywhere in these columns.
    pub fn search(mut self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        for column in columns {
            let at = self.at(column);
            self.model.search.push(SearchBy::Own(at, Mode::Contains));
        }
        self
    }

    /// The search compares words with the whole of these columns, which have indexes.
    pub fn search_exact(mut self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        for column in columns {
            let at = self.at(column);
            self.model.search.push(SearchBy::Own(at, Mode::Exact));
        }
        self
    }

    /// The search looks for words in a long text, in the newest `rows` rows only.
    pub fn search_newest(mut self, column: E::Column, rows: u64) -> Self {
        let at = self.at(column);
        self.model.search.push(SearchBy::Own(at, Mode::Newest(rows)));
        self
    }

    /// What else a word may mean; `None` when it means nothing.
    pub fn search_by(mut self, meaning: impl Fn(&str) -> Option<Condition> + Send + Sync + 'static) -> Self {
        self.model.search.push(SearchBy::Meaning(Arc::new(meaning)));
        self
    }

    /// Says under the list how far a search reaches.
    pub fn search_note(mut self, sentence: &'static str) -> Self {
        self.model.search.push(SearchBy::Note(sentence));
        self
    }

    /// A filter beside the list.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.model.filters.push(filter);
        self
    }

    /// Filters on columns, each of the kind that fits the column.
    pub fn filters(mut self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        for column in columns {
            let at = self.at(column);
            self.model.filters.push(Filter::on(at, &self.model.fields[at]));
        }
        self
    }

    /// Years, months and days of this column stand above the list.
    pub fn by_date(mut self, column: E::Column) -> Self {
        self.model.hierarchy = Some(self.at(column));
        self
    }

    /// Every query is limited to rows of this condition.
    pub fn only(mut self, condition: Condition) -> Self {
        self.model.scope = Some(condition);
        self
    }

    /// A group of fields of the form.
    pub fn fieldset(mut self, fieldset: Fieldset) -> Self {
        self.model.fieldsets.push(fieldset);
        self
    }

    /// The form that adds a row, where it is another than the one that changes it.
    pub fn add_form(mut self, fieldset: Fieldset) -> Self {
        self.model.add_fieldsets.get_or_insert_default().push(fieldset);
        self
    }

    /// A many-to-many relation, which a fieldset may name.
    pub fn many(mut self, many: Many) -> Self {
        self.model.many.push(many);
        self
    }

    /// An action on chosen rows.
    pub fn action(mut self, action: Action) -> Self {
        self.model.actions.push(action);
        self
    }

    /// What nobody may do here, whatever they hold.
    pub fn never(mut self, verbs: impl IntoIterator<Item = Verb>) -> Self {
        self.model.never.extend(verbs);
        self
    }

    /// The list can be exported.
    pub fn exported(mut self) -> Self {
        self.model.exported = true;
        self
    }

    /// Rows of another entity that go with the rows they refer to.
    pub fn takes_along<T: EntityTrait>(mut self, column: T::Column) -> Self
    where
        T::Column: IdenStatic,
    {
        self.model.cascades.push(Cascade { table: T::default().table_name(), column: column.as_str() });
        self
    }

    /// A link from a row's page to another page about it.
    pub fn link(
        mut self,
        label: &'static str,
        permission: Option<&'static str>,
        href: impl Fn(&Row) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        let seen_by = move |staff: &Staff, _: &Row| permission.is_none_or(|of| staff.holds(of));
        self.model.links.push(PageLink { label, seen_by: Arc::new(seen_by), href: Arc::new(href) });
        self
    }

    /// The last link is seen only by those of its readers, and for those rows, that this allows.
    pub fn seen_by(mut self, seen_by: impl Fn(&Staff, &Row) -> bool + Send + Sync + 'static) -> Self {
        match self.model.links.last_mut() {
            Some(link) => link.seen_by = Arc::new(seen_by),
            None => self.mistakes.push("`seen_by` follows no link".to_owned()),
        }
        self
    }

    /// One more permission that belongs to the model: its code without the application.
    pub fn permission(mut self, code: &'static str) -> Self {
        self.model.codes.push(code);
        self
    }

    /// What one row allows, beyond the permissions of its model.
    pub fn rule(mut self, rule: impl Fn(&Staff, &Row, Verb) -> bool + Send + Sync + 'static) -> Self {
        self.model.rule = Some(Arc::new(rule));
        self
    }

    /// Checks a form as a whole, and completes what is about to be saved.
    pub fn prepare<F, Fut>(mut self, prepare: F) -> Self
    where
        F: Fn(Checked) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Result<Draft, Problems>, DbErr>> + Send + 'static,
    {
        self.model.prepare = Some(Arc::new(move |checked| Box::pin(prepare(checked))));
        self
    }

    /// Takes part when a row is saved. What is left in the answered draft is written by the engine.
    pub fn on_save<F, Fut>(mut self, save: F) -> Self
    where
        F: Fn(Saving) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Draft, DbErr>> + Send + 'static,
    {
        self.model.on_save = Some(Arc::new(move |saving| Box::pin(save(saving))));
        self
    }

    /// Removes rows with all that hangs on them, in place of the engine.
    pub fn on_remove<F, Fut>(mut self, remove: F) -> Self
    where
        F: Fn(Removing) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), DbErr>> + Send + 'static,
    {
        self.model.on_remove = Some(Arc::new(move |removing| Box::pin(remove(removing))));
        self
    }

    /// Asked before rows are removed, with a statement that selects their keys: what it answers is said, and they stay.
    pub fn guarded<F, Fut>(mut self, guard: F) -> Self
    where
        F: Fn(DatabaseConnection, SelectStatement) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<Fault>, DbErr>> + Send + 'static,
    {
        self.model.guard = Some(Arc::new(move |db, keys| Box::pin(guard(db, keys))));
        self
    }

    pub(super) fn at(&mut self, column: E::Column) -> usize {
        let name = column.as_str();
        let at = self.model.fields.iter().position(|field| field.name == name);
        at.unwrap_or_else(|| {
            self.mistakes.push(format!("the column `{name}` cannot be used"));
            0
        })
    }
}

impl<E: EntityTrait> ModelAdmin<E> {
    /// What was declared, and what is wrong with it so far.
    pub(super) fn into_parts(self) -> (Model, Vec<String>) {
        (self.model, self.mistakes)
    }
}
