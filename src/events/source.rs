//! Where events are read from: our own database, or another one that may be away while ours is not.

use std::{sync::Arc, time::Duration};

use chrono::NaiveDate;
use sea_orm::{DatabaseConnection, DbErr};

use super::event::{self, Event};
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
    pub async fn between(&self, first: NaiveDate, last: NaiveDate) -> Result<Vec<Event>> {
        self.ask(event::between(&self.db, first, last)).await
    }

    /// Whether there is any event from `first` on.
    pub async fn any_from(&self, first: NaiveDate) -> Result<bool> {
        self.ask(event::any_from(&self.db, first)).await
    }

    /// Asks the database, unless it has just been away.
    async fn ask<T>(&self, asked: impl Future<Output = Result<T, DbErr>>) -> Result<T> {
        if !self.breaker.admits() {
            return Err(AWAY);
        }
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(answer)) => {
                self.breaker.succeeded();
                Ok(answer)
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
