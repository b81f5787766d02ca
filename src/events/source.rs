//! Where events are read from: our own database, or another one that may be away while ours is not.

use std::{sync::Arc, time::Duration};

use chrono::NaiveDate;
use sea_orm::{DatabaseConnection, DbErr};

use super::event;
use crate::{
    config::DatabaseSettings,
    error::{Error, Result},
    platform::{
        breaker::Breaker,
        store::{self, Store},
    },
};

const PATIENCE: Duration = Duration::from_secs(6);
const AWAY: Error = Error::Unavailable("events_unavailable");

/// The database of events. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Source {
    db: DatabaseConnection,
    breaker: Arc<Breaker>,
}

impl Source {
    /// The database of these settings, or our own. Another one is connected to when it is first asked.
    pub async fn open(own: &Store, other: Option<&DatabaseSettings>) -> Result<Self, DbErr> {
        let db = match other {
            Some(settings) => store::open_reader(settings).await?,
            None => own.read().clone(),
        };
        Ok(Self { db, breaker: Arc::default() })
    }

    /// The events of the days from `first` to `last`.
    pub(super) async fn between(&self, first: NaiveDate, last: NaiveDate) -> Result<Vec<event::Model>> {
        if !self.breaker.admits() {
            return Err(AWAY);
        }
        match tokio::time::timeout(PATIENCE, event::between(&self.db, first, last)).await {
            Ok(Ok(events)) => {
                self.breaker.succeeded();
                Ok(events)
            }
            Ok(Err(error)) if !store::is_away(&error) => Err(Error::Internal(error.into())),
            _ => {
                if self.breaker.failed() {
                    tracing::error!("the database of events is away");
                }
                Err(AWAY)
            }
        }
    }
}
