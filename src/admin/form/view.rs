//! Forms as templates show them.

use std::{collections::HashMap, sync::Arc};

use sea_orm::DbErr;

use super::{
    super::{
        access::Verb,
        cell::{Cell, CellView},
        change_list::rows,
        desk::Desk,
        field::Field,
        model::{Model, Page},
        row::Row,
        value::{self, Kind},
    },
    Choice, Extra, Fieldset, Look, Many, Mode, Part, Problems, Typed,
    grid::{Grid, grid},
};

/// A group of fields.
pub struct FieldsetView {
    /// Its title.
    pub title: Option<String>,
    /// Its fields.
    pub fields: Vec<FieldView>,
    /// Whether it is closed at first.
    pub collapsed: bool,
}

impl FieldsetView {
    /// Whether anything is wrong in it.
    pub fn has_faults(&self) -> bool {
        self.fields.iter().any(|field| !field.faults.is_empty())
    }
}

/// A field.
#[derive(Default)]
pub struct FieldView {
    /// The name in the form.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// A sentence about it.
    pub help: Option<String>,
    /// What is wrong.
    pub faults: Vec<String>,
    /// Whether something has to be there.
    pub required: bool,
    /// Which of the forms of `_field.html`.
    pub kind: &'static str,
    /// What is in it.
    pub value: String,
    /// The time of day, beside the day.
    pub time: String,
    /// Whether it is ticked.
    pub checked: bool,
    /// Longest text; 0 means any.
    pub max: usize,
    /// Smallest and greatest number.
    pub range: Option<(i64, i64)>,
    /// The smallest difference between two numbers; empty for whole ones.
    pub step: String,
    /// What can be chosen.
    pub options: Vec<OptionView>,
    /// Where choices are looked up.
    pub url: String,
    /// What is chosen, named.
    pub chosen: String,
    /// Pages about what is chosen: to change it, to add another.
    pub change: Option<String>,
    /// Where another is added.
    pub add: Option<String>,
    /// A value that is only shown.
    pub cell: Option<CellView>,
    /// A table of check boxes.
    pub grid: Option<Grid>,
}

impl FieldView {
    /// Whether it is more than one control.
    pub fn is_group(&self) -> bool {
        matches!(self.kind, "moment" | "radio" | "grid")
    }
}

/// Something that can be chosen.
pub struct OptionView {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// Whether it is chosen.
    pub selected: bool,
}

/// What a form is filled with.
pub(in super::super) struct Filling<'a> {
    pub(in super::super) desk: &'a Desk,
    pub(in super::super) model: &'a Model,
    pub(in super::super) row: Option<&'a Row>,
    /// What was typed; `None` for a form that is opened.
    pub(in super::super) typed: Option<&'a Typed<'a>>,
    /// Whether that comes from an address, which says nothing of the other fields.
    pub(in super::super) prefilled: bool,
    pub(in super::super) problems: &'a Problems,
    /// Keys of each relation.
    pub(in super::super) many: &'a HashMap<&'static str, Vec<String>>,
    /// Whether nothing can be changed.
    pub(in super::super) read_only: bool,
}

/// The groups of a form.
pub(in super::super) async fn fieldsets(
    filling: &Filling<'_>,
    groups: &[Fieldset],
) -> Result<Vec<FieldsetView>, DbErr> {
    let mut views = Vec::new();
    for group in groups.iter().filter(|group| group.is_for(filling.row)) {
        let mut fields = Vec::new();
        for part in &group.parts {
            if let Some(field) = filling.field(part).await? {
                fields.push(field);
            }
        }
        let locale = &filling.desk.locale;
        let title = group.title.map(|title| locale.or_last_word(&format!("fieldset-{title}")));
        views.push(FieldsetView { title, fields, collapsed: group.collapsed });
    }
    Ok(views)
}

impl Filling<'_> {
    async fn field(&self, part: &Part) -> Result<Option<FieldView>, DbErr> {
        if let Mode::Extra(extra) = part.mode {
            return Ok((!self.read_only).then(|| self.extra(part.name, extra)));
        }
        if let Mode::Told = part.mode {
            return self.told(part.name).await;
        }
        if let Some(many) = self.model.many.iter().find(|many| many.name == part.name) {
            return self.many(many).await.map(Some);
        }
        let Some(field) = self.model.field(part.name) else { return Ok(None) };
        if self.read_only || matches!(part.mode, Mode::Shown) {
            return self.shown(field).await;
        }
        self.edited(field).await.map(Some)
    }

    fn labelled(&self, name: &str, column: &str) -> FieldView {
        let (model, locale) = (self.model, &self.desk.locale);
        let help = locale.language.find(&format!("help-{}-{}-{column}", model.app, model.name));
        let whole = self.problems.about(name, locale);
        FieldView {
            name: name.to_owned(),
            label: model.label_of(locale, column),
            help,
            faults: whole,
            ..FieldView::default()
        }
    }

    fn extra(&self, name: &'static str, extra: Extra) -> FieldView {
        let mut view = self.labelled(name, name);
        let typed = self.typed.and_then(|typed| typed.last(name)).unwrap_or_default();
        match extra {
            // What was typed never comes back.
            Extra::Password => view.kind = "password",
            Extra::Text => {
                view.kind = "textarea";
                typed.clone_into(&mut view.value);
            }
            Extra::Choice(words) => {
                view.kind = "radio";
                let chosen =
                    if words.contains(&typed) { typed } else { words.first().copied().unwrap_or_default() };
                let option = |word: &&str| OptionView {
                    value: (*word).to_owned(),
                    label: self.desk.locale.or_last_word(&format!("choice-{name}-{word}")),
                    selected: *word == chosen,
                };
                view.options = words.iter().map(option).collect();
            }
        }
        view
    }

    /// What is worked out about the row.
    async fn told(&self, name: &'static str) -> Result<Option<FieldView>, DbErr> {
        let told = self.model.told.iter().find(|told| told.name == name);
        let Some((row, told)) = self.row.zip(told) else { return Ok(None) };
        let db = self.desk.site.store.read().clone();
        let page = Page { db, rows: Arc::new(vec![row.clone()]), locale: self.desk.locale };
        let cell = (told.load)(page).await?.pop().unwrap_or(Cell::Empty);
        let mut view = self.labelled(name, name);
        view.kind = "shown";
        view.cell = Some(self.seen(&cell));
        Ok(Some(view))
    }

    fn seen(&self, cell: &Cell) -> CellView {
        let mut view = cell.view(&self.desk.locale);
        if view.kind == "link" {
            view.href = self.desk.url(&view.href);
        }
        view
    }

    async fn shown(&self, field: &Field) -> Result<Option<FieldView>, DbErr> {
        let Some(row) = self.row else { return Ok(None) };
        let value = row.value(field.name).cloned().unwrap_or_else(|| field.kind.null());
        let mut view = self.labelled(field.form_name(), field.name);
        view.kind = "shown";
        let cell = match field.refers_to {
            Some(table) => super::super::views::references(self.desk, table, vec![value])
                .await?
                .pop()
                .unwrap_or(Cell::Empty),
            None => Cell::of(field, &value),
        };
        view.cell = Some(self.seen(&cell));
        Ok(Some(view))
    }

    /// What stands in a field: what was typed, else what the row has, else what a new row has.
    fn content(&self, field: &Field) -> String {
        let name = field.form_name();
        if let Some(text) = self.typed.and_then(|typed| typed.last(name)) {
            return text.to_owned();
        }
        if self.typed.is_some() && !self.prefilled {
            return String::new();
        }
        match self.row.and_then(|row| row.value(field.name)) {
            Some(value) => value::plain(value),
            None => field.initial.unwrap_or_default().to_owned(),
        }
    }

    async fn edited(&self, field: &Field) -> Result<FieldView, DbErr> {
        let mut view = self.labelled(field.form_name(), field.name);
        view.required = !field.nullable && !field.blank && field.kind != Kind::Bool;
        view.max = field.max_chars.unwrap_or_default();
        view.range = field.range;
        view.value = self.content(field);
        match field.kind {
            _ if field.refers_to.is_some() => self.picker(field, &mut view).await?,
            Kind::Bool if !field.nullable => {
                view.kind = "checkbox";
                view.checked = match self.typed {
                    Some(typed) if !self.prefilled => typed.last(field.form_name()).is_some(),
                    _ => matches!(view.value.as_str(), "true" | "on" | "1" | "True"),
                };
            }
            Kind::Bool => self.select(field, &mut view, &["true", "false"]),
            Kind::Text if !field.choices.is_empty() => {
                let words: Vec<&str> = field.choices.iter().map(|(word, _)| *word).collect();
                self.select(field, &mut view, &words);
            }
            Kind::Text => {
                view.kind = match field {
                    field if field.email => "email",
                    field if field.web => "url",
                    field if field.multiline => "textarea",
                    _ => "text",
                };
            }
            Kind::Moment => self.moment(field, &mut view),
            Kind::Date => view.kind = "date",
            Kind::Uuid | Kind::Decimal => view.kind = "text",
            Kind::Small | Kind::Integer | Kind::Big => view.kind = "number",
            Kind::Float => {
                view.kind = "number";
                view.step = match field.decimals {
                    Some(digits) if digits > 0 => format!("0.{:0>digits$}", 1),
                    Some(_) => String::new(),
                    None => "any".to_owned(),
                };
            }
        }
        Ok(view)
    }

    fn select(&self, field: &Field, view: &mut FieldView, words: &[&str]) {
        view.kind = "select";
        // What is none of them, such as a word of another time, is not taken for the first of them.
        let selected = !words.contains(&view.value.as_str());
        if field.nullable || selected {
            view.options.push(OptionView { value: String::new(), label: "---------".to_owned(), selected });
        }
        let chosen = view.value.clone();
        view.options.extend(words.iter().map(|word| OptionView {
            value: (*word).to_owned(),
            label: match *word {
                "true" => self.desk.locale.t("admin-yes"),
                "false" => self.desk.locale.t("admin-no"),
                word => field.choice_label(&self.desk.locale, word),
            },
            selected: *word == chosen,
        }));
    }

    fn moment(&self, field: &Field, view: &mut FieldView) {
        view.kind = "moment";
        let name = field.form_name();
        if let Some(typed) = self.typed.filter(|_| !self.prefilled) {
            typed.last(&format!("{name}_0")).unwrap_or_default().clone_into(&mut view.value);
            typed.last(&format!("{name}_1")).unwrap_or_default().clone_into(&mut view.time);
            return;
        }
        let at = value::parse_moment(&view.value, self.desk.locale.zone);
        let local = at.map(|at| at.with_timezone(&self.desk.locale.zone));
        view.value = local.map(|at| at.format("%Y-%m-%d").to_string()).unwrap_or_default();
        view.time = local.map(|at| at.format("%H:%M:%S").to_string()).unwrap_or_default();
    }

    async fn picker(&self, field: &Field, view: &mut FieldView) -> Result<(), DbErr> {
        view.kind = "picker";
        let desk = self.desk;
        let Some(target) = field.refers_to.and_then(|table| desk.site.of_table(table)) else { return Ok(()) };
        view.url = format!(
            "{}?app_label={}&model_name={}&field_name={}",
            desk.url("autocomplete/"),
            self.model.app,
            self.model.name,
            field.form_name()
        );
        let add = format!("{}add/?_popup=1&_to_field={}", target.list_path(), target.key_field().name);
        view.add = target.may(&desk.staff, Verb::Add).then(|| desk.url(&add));
        let Some(key) = target.parse_key(&view.value).filter(|_| !view.value.is_empty()) else {
            return Ok(());
        };
        let labels = rows::labels(desk.site.store.read(), target, [key], &desk.locale).await?;
        view.chosen = labels.get(&view.value).cloned().unwrap_or_else(|| view.value.clone());
        view.change = (target.may(&desk.staff, Verb::View) && labels.contains_key(&view.value))
            .then(|| desk.url(&target.row_path(&view.value, "change")));
        Ok(())
    }

    async fn many(&self, many: &Many) -> Result<FieldView, DbErr> {
        let desk = self.desk;
        let choices = (many.choices)(desk.site.store.read().clone(), desk.locale).await?;
        let mut view = self.labelled(many.name, many.name);
        let chosen: Vec<String> = match self.typed {
            Some(typed) => {
                typed.all(many.name).into_iter().flat_map(|keys| keys.split(',')).map(str::to_owned).collect()
            }
            None => self.many.get(many.name).cloned().unwrap_or_default(),
        };
        let option = |choice: &Choice| {
            let value = value::plain(&choice.key);
            OptionView { selected: chosen.contains(&value), label: choice.label.clone(), value }
        };
        if self.read_only {
            view.kind = "shown";
            let labels: Vec<String> = choices
                .iter()
                .map(option)
                .filter(|option| option.selected)
                .map(|option| option.label)
                .collect();
            let cell = if labels.is_empty() { Cell::Empty } else { Cell::Text(labels.join(", ")) };
            view.cell = Some(cell.view(&desk.locale));
        } else if many.look == Look::Grid {
            view.kind = "grid";
            view.grid = Some(grid(&choices, option));
        } else {
            view.kind = "boxes";
            view.options = choices.iter().map(option).collect();
        }
        Ok(view)
    }
}
