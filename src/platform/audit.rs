//! The audit log: what matters to security. Appended, never changed, kept for a while.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use sea_orm::{Set, entity::prelude::*};
use serde_json::Value;

/// One entry.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// When it happened.
    pub at: DateTimeUtc,
    /// What happened: a dotted name.
    pub event: String,
    /// The account it concerns.
    pub account_id: Option<i64>,
    /// Where it came from, shortened to the network.
    pub ip_prefix: String,
    /// Details, as JSON.
    pub detail: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// An event to be logged.
#[derive(Clone, Debug)]
pub struct Event {
    /// A dotted name, such as `identity.spoof`.
    pub name: &'static str,
    /// The account it concerns.
    pub account_id: Option<i64>,
    /// The address it came from, shortened to the network.
    pub ip_prefix: String,
    /// Details; never personal data.
    pub detail: Value,
}

/// Appends an entry.
pub async fn append(db: &impl ConnectionTrait, at: DateTime<Utc>, event: Event) -> Result<(), DbErr> {
    let entry = ActiveModel {
        at: Set(at),
        event: Set(event.name.to_owned()),
        account_id: Set(event.account_id),
        ip_prefix: Set(event.ip_prefix),
        detail: Set(event.detail.to_string()),
        ..ActiveModel::new()
    };
    Entity::insert(entry).exec_without_returning(db).await?;
    Ok(())
}

/// Drops entries older than `before`.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let dropped = Entity::delete_many().filter(COLUMN.at.lt(before)).exec(db).await?;
    Ok(dropped.rows_affected)
}

/// Lets the same event from the same network through once a minute.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<Minute>);

#[derive(Debug, Default)]
struct Minute {
    number: i64,
    seen: HashSet<(&'static str, String, Option<i64>)>,
}

impl Throttle {
    /// Whether `event` is the first of its kind, network and account in this minute.
    pub fn admits(&self, event: &Event, now: DateTime<Utc>) -> bool {
        let number = now.timestamp().div_euclid(60);
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if minute.number != number {
            *minute = Minute { number, seen: HashSet::new() };
        }
        minute.seen.insert((event.name, event.ip_prefix.clone(), event.account_id))
    }
}
