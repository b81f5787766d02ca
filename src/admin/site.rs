//! The site: all declared models, in the sections of the menu, checked as a whole.

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures::future::BoxFuture;

use super::{
    access::{Access, Staff, Verb},
    action::Needs,
    declared::Declared,
    locale::Locale,
    model::Model,
    overview::{Overview, Period},
    refusal::Refusal,
};
use crate::platform::{clock::Clock, store::Store, tasks::Tasks};

/// A list that takes longer is given up: nobody waits for it, and it holds up others.
const PATIENCE: Duration = Duration::from_secs(5);

/// A site being declared.
pub struct AdminSite {
    title: &'static str,
    sections: Vec<Section>,
    models: Vec<Model>,
    mistakes: Vec<String>,
    overview: Option<OverviewOf>,
    view_site: Option<String>,
    tabs: Vec<Tab>,
    patience: Duration,
}

/// Rows of one model below those of another.
#[derive(Clone, Copy)]
pub(super) struct Tab {
    pub(super) of: (&'static str, &'static str),
    pub(super) shown: (&'static str, &'static str),
    pub(super) column: &'static str,
}

/// Works out the overview of a period.
pub(super) type OverviewOf =
    Arc<dyn Fn(Looking) -> BoxFuture<'static, Result<Overview, Refusal>> + Send + Sync>;

/// Who looks at the overview, and at which period.
#[derive(Clone)]
pub struct Looking {
    /// To read from.
    pub store: Store,
    /// Who looks.
    pub staff: Arc<Staff>,
    /// In which language and zone.
    pub locale: Locale,
    /// How far back.
    pub period: Period,
}

/// A part of the menu.
pub struct Section {
    pub(super) name: &'static str,
    pub(super) entries: Vec<Entry>,
}

/// A line of the menu.
pub(super) enum Entry {
    /// A model, by its place in the site.
    Model(usize),
    /// A page of the application.
    Page { label: &'static str, path: &'static str, permission: &'static str },
}

/// A section being declared.
pub struct SectionBuilder<'a> {
    site: &'a mut AdminSite,
    section: Section,
}

impl SectionBuilder<'_> {
    /// A model.
    #[must_use]
    pub fn add(mut self, model: impl Into<Declared>) -> Self {
        let at = self.site.take(model.into());
        self.section.entries.push(Entry::Model(at));
        self
    }

    /// A page of the application: the key of its sentence, its path under the site, what is needed to see it.
    #[must_use]
    pub fn page(mut self, label: &'static str, path: &'static str, permission: &'static str) -> Self {
        self.section.entries.push(Entry::Page { label, path, permission });
        self
    }
}

impl AdminSite {
    /// A site without models; `title` is the key of what it is called.
    pub fn new(title: &'static str) -> Self {
        Self {
            title,
            sections: Vec::new(),
            models: Vec::new(),
            mistakes: Vec::new(),
            overview: None,
            view_site: None,
            tabs: Vec::new(),
            patience: PATIENCE,
        }
    }

    /// How long a list may take before it is given up; five seconds unless told.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// A section of the menu, in the order in which it is shown.
    #[must_use]
    pub fn section(
        mut self,
        name: &'static str,
        fill: impl FnOnce(SectionBuilder<'_>) -> SectionBuilder<'_>,
    ) -> Self {
        let builder = SectionBuilder { section: Section { name, entries: Vec::new() }, site: &mut self };
        let section = fill(builder).section;
        self.sections.push(section);
        self
    }

    /// What the first page shows above the menu.
    #[must_use]
    pub fn overview<F, Fut>(mut self, overview: F) -> Self
    where
        F: Fn(Looking) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Overview, Refusal>> + Send + 'static,
    {
        self.overview = Some(Arc::new(move |looking| Box::pin(overview(looking))));
        self
    }

    /// Below the form of a row: rows of another model whose `column` refers to it. Models are named by the two parts of
    /// their addresses.
    #[must_use]
    pub fn tab(
        mut self,
        of: (&'static str, &'static str),
        shown: (&'static str, &'static str),
        column: impl sea_orm::IdenStatic,
    ) -> Self {
        self.tabs.push(Tab { of, shown, column: column.as_str() });
        self
    }

    /// Where "view site" leads.
    #[must_use]
    pub fn view_site(mut self, address: impl Into<String>) -> Self {
        self.view_site = Some(address.into());
        self
    }

    /// The site, ready to serve; or every mistake in its declarations.
    pub fn build(
        mut self,
        store: Store,
        clock: Clock,
        tasks: Tasks,
        access: impl Access,
    ) -> Result<Site, Vec<String>> {
        self.check();
        if !self.mistakes.is_empty() {
            return Err(self.mistakes);
        }
        Ok(Site(Arc::new(Built {
            title: self.title,
            sections: self.sections,
            models: self.models,
            overview: self.overview,
            tabs: self.tabs,
            patience: self.patience,
            view_site: self.view_site.unwrap_or_else(|| "/".to_owned()),
            store,
            clock,
            tasks,
            access: Box::new(access),
            pseudonym_key: rand::random(),
        })))
    }

    fn take(&mut self, declared: Declared) -> usize {
        let Declared { model, mistakes } = declared;
        let path = model.path();
        self.mistakes.extend(mistakes.into_iter().map(|mistake| format!("{path}: {mistake}")));
        self.models.push(model);
        self.models.len() - 1
    }

    fn check(&mut self) {
        let tables: HashSet<&str> = self.models.iter().map(|model| model.table).collect();
        let mut paths = HashSet::new();
        for model in &self.models {
            let path = model.path();
            if !paths.insert(path.clone()) {
                self.mistakes.push(format!("{path} is declared twice"));
            }
            let referred = model.fields.iter().filter_map(|field| field.refers_to);
            for table in referred.filter(|table| !tables.contains(table)) {
                self.mistakes.push(format!("{path} refers to `{table}`, which no model of the site has"));
            }
            let filtered = model.filters.iter().filter_map(|filter| Some((filter.name, filter.target()?)));
            for (name, table) in filtered.filter(|(_, table)| !tables.contains(table)) {
                let mistake =
                    format!("{path} has a filter `{name}` by `{table}`, which no model of the site has");
                self.mistakes.push(mistake);
            }
        }
        for Tab { of, shown, column } in &self.tabs {
            let found = |(app, name): (&str, &str)| {
                self.models.iter().find(|model| model.app == app && model.name == name)
            };
            let fits =
                found(*shown).is_some_and(|model| model.field(column).is_some()) && found(*of).is_some();
            if !fits {
                let (of, shown) = (format!("{}.{}", of.0, of.1), format!("{}.{}", shown.0, shown.1));
                self.mistakes.push(format!("{of} has a tab of {shown} by `{column}`, which is not there"));
            }
        }
    }
}

/// The site, as requests see it. Cheap to clone.
#[derive(Clone)]
pub struct Site(Arc<Built>);

/// What a site is made of.
pub struct Built {
    pub(super) title: &'static str,
    pub(super) sections: Vec<Section>,
    pub(super) models: Vec<Model>,
    pub(super) overview: Option<OverviewOf>,
    pub(super) view_site: String,
    pub(super) tabs: Vec<Tab>,
    pub(super) patience: Duration,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) tasks: Tasks,
    pub(super) access: Box<dyn Access>,
    /// Makes pseudonyms; another one each time the program starts.
    pub(super) pseudonym_key: [u8; 32],
}

impl std::ops::Deref for Site {
    type Target = Built;

    fn deref(&self) -> &Built {
        &self.0
    }
}

/// The permissions of a model, for whoever keeps them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelPermissions {
    /// The first part of its address.
    pub app: &'static str,
    /// The second part of its address.
    pub model: &'static str,
    /// What one row is called, in English.
    pub label: String,
    /// Codes without their application, such as `change_book`.
    pub codes: Vec<String>,
}

impl Built {
    /// The model of an address.
    pub fn model(&self, app: &str, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.app == app && model.name == name)
    }

    /// The model of a table.
    pub(super) fn of_table(&self, table: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.table == table)
    }

    /// Every permission that the models and their actions know.
    pub fn permissions(&self) -> Vec<ModelPermissions> {
        let english = Locale {
            language: crate::platform::locale::Language::English,
            zone: chrono_tz::UTC,
            now: self.clock.now(),
        };
        let permissions = self.models.iter().map(|model| {
            let verbs = model.verbs().into_iter().map(|verb| format!("{}_{}", verb.code(), model.name));
            let actions = model.actions.iter().filter_map(|action| match action.needs {
                Needs::Code(code) => Some(code.to_owned()),
                Needs::Verb(_) => None,
            });
            let mut codes: Vec<String> = verbs.chain(actions).collect();
            codes.extend(model.codes.iter().map(|code| (*code).to_owned()));
            if model.fields.iter().any(|field| field.personal) && model.exported {
                codes.push("export_personal".to_owned());
            }
            let mut seen = HashSet::new();
            codes.retain(|code| seen.insert(code.clone()));
            ModelPermissions { app: model.app, model: model.name, label: model.one(&english), codes }
        });
        permissions.collect()
    }

    /// Every label that the site shows and a language lacks: keys of sentences.
    pub fn missing_labels(&self, language: crate::platform::locale::Language) -> Vec<String> {
        let has = |key: &str| language.has(key);
        let mut missing = Vec::new();
        let mut need = |key: String| {
            if !has(&key) && !missing.contains(&key) {
                missing.push(key);
            }
        };
        for section in &self.sections {
            need(format!("section-{}", section.name));
        }
        for model in &self.models {
            need(format!("app-{}", model.app));
            need(format!("model-{}-{}", model.app, model.name));
            need(format!("model-{}-{}-many", model.app, model.name));
            for choice in model
                .fields
                .iter()
                .flat_map(|field| field.choices.iter().map(|(word, _)| field.choice_key(word)))
            {
                need(choice);
            }
            for filter in &model.filters {
                filter.words().iter().for_each(|word| need(format!("choice-{}-{word}", filter.name)));
            }
            let added = model.add_fieldsets.iter().flatten();
            for title in model.fieldsets.iter().chain(added).filter_map(|fieldset| fieldset.title) {
                need(format!("fieldset-{title}"));
            }
            for name in model.label_names() {
                if !has(&format!("field-{}-{}-{name}", model.app, model.name)) {
                    need(format!("field-{name}"));
                }
            }
            for action in &model.actions {
                need(format!("action-{}", action.name));
                need(format!("action-{}-done", action.name));
            }
        }
        missing
    }

    /// Whether somebody may see anything of an application.
    pub(super) fn has_app(&self, app: &str, staff: &Staff) -> bool {
        self.models.iter().any(|model| model.app == app && model.is_seen_by(staff))
    }

    /// Whether somebody may look at rows of a model of this table.
    pub(super) fn may_view_table(&self, table: &str, staff: &Staff) -> bool {
        self.of_table(table).is_some_and(|model| model.may(staff, Verb::View))
    }
}
