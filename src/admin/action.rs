//! Actions: what can be done to chosen rows of a list at once.

use std::{future::Future, sync::Arc};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use sea_orm::{DatabaseConnection, DbErr, Value, sea_query::SelectStatement};

use super::{
    access::{Staff, Verb},
    form::Fault,
    model::Guard,
};
use crate::platform::store::Transaction;

/// The name of the action that removes rows, as Django has it.
pub(super) const DELETE_SELECTED: &str = "delete_selected";
/// The name of the action that exports rows.
pub(super) const EXPORT_SELECTED: &str = "export_selected";

/// What is needed to use an action.
#[derive(Clone, Copy, Debug)]
pub(super) enum Needs {
    /// A verb of the model's permissions.
    Verb(Verb),
    /// A permission of its own: the code without its application.
    Code(&'static str),
}

/// Whether the reader is asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Confirmation {
    Asked,
    NotAsked,
}

/// An action.
#[derive(Clone)]
pub struct Action {
    pub(super) name: &'static str,
    pub(super) needs: Needs,
    pub(super) confirmation: Confirmation,
    pub(super) run: Run,
    pub(super) afterwards: Option<Arc<dyn Fn() + Send + Sync>>,
    /// Asked first: what it answers is said, and nothing is done.
    pub(super) check: Option<Guard>,
    /// A part of what is said afterwards, by its key, and where it leads.
    pub(super) leads_to: Option<(&'static str, &'static str)>,
}

/// Some of the chosen rows: part of the caller's transaction.
pub struct Chosen {
    /// The transaction.
    pub tx: Transaction,
    /// The time of the request.
    pub now: DateTime<Utc>,
    /// Who acts.
    pub staff: Arc<Staff>,
    /// The primary keys, at most a few hundred.
    pub keys: Vec<Value>,
}

type Run = Arc<dyn Fn(Chosen) -> BoxFuture<'static, Result<u64, DbErr>> + Send + Sync>;

impl Action {
    /// An action for whoever may change rows. `run` answers how many rows it has changed.
    pub fn new<F, Fut>(name: &'static str, run: F) -> Self
    where
        F: Fn(Chosen) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<u64, DbErr>> + Send + 'static,
    {
        Self {
            name,
            needs: Needs::Verb(Verb::Change),
            confirmation: Confirmation::NotAsked,
            run: Arc::new(move |chosen| Box::pin(run(chosen))),
            afterwards: None,
            check: None,
            leads_to: None,
        }
    }

    /// Asked before anything is done, with a statement that selects the keys of the chosen rows: what it answers is said,
    /// and nothing is done to any of them.
    #[must_use]
    pub fn checked<F, Fut>(mut self, check: F) -> Self
    where
        F: Fn(DatabaseConnection, SelectStatement) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<Fault>, DbErr>> + Send + 'static,
    {
        self.check = Some(Arc::new(move |db, keys| Box::pin(check(db, keys))));
        self
    }

    /// The sentence afterwards holds the words of the key `part`, which lead to a page of the site.
    #[must_use]
    pub fn leads_to(mut self, part: &'static str, path: &'static str) -> Self {
        self.leads_to = Some((part, path));
        self
    }

    /// For whoever holds the permission `<app>.<code>` instead.
    #[must_use]
    pub fn needs(mut self, code: &'static str) -> Self {
        self.needs = Needs::Code(code);
        self
    }

    /// For whoever holds another verb of the model instead.
    #[must_use]
    pub fn needs_verb(mut self, verb: Verb) -> Self {
        self.needs = Needs::Verb(verb);
        self
    }

    /// Called when all that the action has changed is in the database, such as to wake whoever waits for it.
    #[must_use]
    pub fn afterwards(mut self, call: impl Fn() + Send + Sync + 'static) -> Self {
        self.afterwards = Some(Arc::new(call));
        self
    }

    /// The reader is asked first.
    #[must_use]
    pub fn confirmed(mut self) -> Self {
        self.confirmation = Confirmation::Asked;
        self
    }
}
