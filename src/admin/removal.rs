//! Removals too large for a request: asked for by one, done by a job, watched on a page.

use chrono::{DateTime, Utc};
use sea_orm::{Condition, ExprTrait, prelude::Uuid};
use serde::{Deserialize, Serialize};

use super::{
    access::Verb,
    change_list::{ChangeList, Params},
    desk::Desk,
    locale::Locale,
    model::Model,
    refusal::Refusal,
    remove,
    site::Site,
};
use crate::platform::locale::Language;

/// Up to this many rows, with all that hangs on them, a request removes by itself.
pub(super) const IN_REQUEST: u64 = 1000;

/// Rows, as a request has named them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Picked {
    /// By their keys.
    Keys(Vec<String>),
    /// By the query of their list.
    Query(String),
}

/// A removal that was confirmed and waits for a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    app: String,
    model: String,
    picked: Picked,
    /// How many rows of the model there were.
    pub(super) rows: u64,
    /// Who has confirmed it.
    pub(super) account: i64,
    /// When: what "today" means in the query.
    at: DateTime<Utc>,
}

/// How a removal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No worker has begun.
    Waiting,
    /// A worker is at it.
    Running,
    /// All of it is done.
    Done,
    /// It was given up; what is left can be removed again.
    GivenUp,
}

impl Removal {
    pub(super) fn new(desk: &Desk, model: &Model, picked: Picked, rows: u64) -> Self {
        let (app, name) = (model.app.to_owned(), model.name.to_owned());
        Self { app, model: name, picked, rows, account: desk.staff.id, at: desk.locale.now }
    }

    /// Removals of one name go one after the other.
    pub fn lane(&self) -> String {
        format!("remove:{}.{}", self.app, self.model)
    }

    pub(super) fn model<'a>(&self, site: &'a Site) -> Result<&'a Model, Refusal> {
        site.model(&self.app, &self.model).ok_or(Refusal::NotFound)
    }

    /// The rows that are meant, for somebody who reads in this zone.
    pub(super) fn condition(&self, site: &Site, locale: Locale) -> Result<Condition, Refusal> {
        let model = self.model(site)?;
        match &self.picked {
            Picked::Keys(keys) => {
                let keys = keys.iter().filter_map(|key| model.parse_key(key));
                Ok(Condition::all().add(model.key_col().is_in(keys)))
            }
            Picked::Query(query) => {
                let locale = Locale { now: self.at, ..locale };
                let list = ChangeList::parse(model, &site.store, locale, Params::parse(query));
                Ok(list.map_err(|_| Refusal::Invalid("admin-filter-ignored"))?.condition())
            }
        }
    }

    /// Removes what is left, batch by batch, as whoever confirmed it: as they are now. May be started again after it
    /// was interrupted. Answers how many rows of the model it has removed.
    pub async fn run(&self, site: &Site) -> Result<u64, Refusal> {
        let model = self.model(site)?;
        let staff = site.access.staff(self.account).await?.ok_or(Refusal::Forbidden(None))?;
        if !model.may(&staff, Verb::Delete) {
            return Err(Refusal::Forbidden(Some(model.permission(Verb::Delete))));
        }
        let desk = Desk::without_request(site, staff, Language::English);
        let condition = self.condition(site, desk.locale)?;
        remove::in_batches(&desk, model, &condition).await
    }
}

/// Leaves a removal to a worker; answers where it can be watched.
pub(super) async fn later(desk: &Desk, removal: &Removal) -> Result<String, Refusal> {
    let id: Uuid = desk.site.access.remove_later(removal).await?;
    Ok(desk.url(&format!("removals/{id}/")))
}
