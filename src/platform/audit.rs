//! The audit log: what matters to security, and who changed what. Appended, never changed, kept for a while.
//!
//! An entry copies what it names, so that it outlives the account and the row it is about. Columns that came later are
//! null in entries from before.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use sea_orm::{Condition, ExprTrait, QueryOrder, QuerySelect, Set, entity::prelude::*};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::store::BATCH;

/// Entries of one statement: databases count the values of a statement, and there is a limit.
const CHUNK: usize = 500;
const MOST_CHARS_OF_NAME: usize = 150;
const MOST_CHARS_OF_REQUEST: usize = 32;
const MOST_CHARS_OF_MODEL: usize = 100;
const MOST_CHARS_OF_KEY: usize = 255;
const MOST_CHARS_OF_TEXT: usize = 200;

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
    /// Whose doing it is, or the account it concerns where nobody is known to have done it.
    pub account_id: Option<i64>,
    /// Where it came from, shortened to the network.
    pub ip_prefix: String,
    /// Details, as JSON.
    pub detail: String,
    /// The name of the account at that time.
    pub actor_name: Option<String>,
    /// The request, as the logs name it.
    pub request_id: Option<String>,
    /// The model of the row it is about, such as `core.usermodel`.
    pub model: Option<String>,
    /// The primary key of that row, as text.
    pub object_key: Option<String>,
    /// What that row was called at that time.
    pub object_text: Option<String>,
    /// What became of the row's values, as a JSON list of [`Change`].
    pub changes: Option<String>,
    /// `web`, `cli` or `job`.
    pub source: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

/// An event to be logged: `Event { account_id, ..Event::new("sign_in.ok") }`.
#[derive(Clone, Debug)]
pub struct Event {
    /// A dotted name, such as `identity.spoof`; at most 50 characters.
    pub name: &'static str,
    /// Whose doing it is, or the account it concerns.
    pub account_id: Option<i64>,
    /// The name of that account.
    pub actor_name: Option<String>,
    /// The address it came from, shortened to the network; empty where there is none.
    pub ip_prefix: String,
    /// The request it came with.
    pub request_id: Option<String>,
    /// The row it is about.
    pub object: Option<Object>,
    /// What became of the row's values.
    pub changes: Vec<Change>,
    /// What made it happen.
    pub source: Source,
    /// Details; never personal data.
    pub detail: Value,
}

impl Event {
    /// An event of which nothing is known yet but its name, from a page.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            account_id: None,
            actor_name: None,
            ip_prefix: String::new(),
            request_id: None,
            object: None,
            changes: Vec::new(),
            source: Source::Web,
            detail: json!({}),
        }
    }
}

/// A row that an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its model, such as `core.usermodel`.
    pub model: String,
    /// Its primary key, as text.
    pub key: String,
    /// What it is called; cut to 200 characters.
    pub text: String,
}

/// What became of one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The field's name.
    pub field: String,
    /// What was there.
    pub old: Value,
    /// What is there now.
    pub new: Value,
}

impl Change {
    /// That a secret has changed, which is all that is kept of it.
    pub fn masked(field: impl Into<String>) -> Self {
        Self { field: field.into(), old: json!("***"), new: json!("***") }
    }
}

/// What makes things happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A request.
    Web,
    /// A command.
    Cli,
    /// A job.
    Job,
}

impl Source {
    fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Cli => "cli",
            Self::Job => "job",
        }
    }
}

/// Appends an entry.
pub async fn append(db: &impl ConnectionTrait, at: DateTime<Utc>, event: Event) -> Result<(), DbErr> {
    Entity::insert(entry(at, event)).exec_without_returning(db).await?;
    Ok(())
}

/// Appends any number of entries, all of the same moment.
pub async fn append_all(
    db: &impl ConnectionTrait,
    at: DateTime<Utc>,
    events: Vec<Event>,
) -> Result<(), DbErr> {
    let mut entries = events.into_iter().map(|event| entry(at, event)).peekable();
    while entries.peek().is_some() {
        let chunk: Vec<ActiveModel> = entries.by_ref().take(CHUNK).collect();
        Entity::insert_many(chunk).exec_without_returning(db).await?;
    }
    Ok(())
}

fn entry(at: DateTime<Utc>, event: Event) -> ActiveModel {
    let changes = (!event.changes.is_empty()).then(|| json!(event.changes).to_string());
    let of_object =
        |part: fn(&Object) -> &str, most| event.object.as_ref().map(|object| beginning(part(object), most));
    ActiveModel {
        at: Set(at),
        event: Set(event.name.to_owned()),
        account_id: Set(event.account_id),
        model: Set(of_object(|object| &object.model, MOST_CHARS_OF_MODEL)),
        object_key: Set(of_object(|object| &object.key, MOST_CHARS_OF_KEY)),
        object_text: Set(of_object(|object| &object.text, MOST_CHARS_OF_TEXT)),
        ip_prefix: Set(event.ip_prefix),
        detail: Set(event.detail.to_string()),
        actor_name: Set(event.actor_name.map(|name| beginning(&name, MOST_CHARS_OF_NAME))),
        request_id: Set(event.request_id.map(|id| beginning(&id, MOST_CHARS_OF_REQUEST))),
        changes: Set(changes),
        source: Set(Some(event.source.as_str().to_owned())),
        ..ActiveModel::new()
    }
}

/// What fits into a column. The null character fits into none of PostgreSQL's.
fn beginning(text: &str, most_chars: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(most_chars).collect()
}

/// Whether this has happened to an account, from this network, for as long as the log goes back.
pub async fn happened(
    db: &impl ConnectionTrait,
    event: &str,
    account: i64,
    ip_prefix: &str,
) -> Result<bool, DbErr> {
    let entries = Entity::find().filter(COLUMN.account_id.eq(account)).filter(COLUMN.event.eq(event));
    Ok(entries.filter(COLUMN.ip_prefix.eq(ip_prefix)).one(db).await?.is_some())
}

/// Drops entries older than `before`, the oldest first. At most [`BATCH`]; answers how many.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let old = Entity::find().select_only().column(Column::Id).filter(COLUMN.at.lt(before));
    let old = old.order_by_asc(Column::At).order_by_asc(Column::Id).limit(BATCH as u64);
    let ids: Vec<i64> = old.into_tuple().all(db).await?;
    Ok(Entity::delete_many().filter(COLUMN.id.is_in(ids)).exec(db).await?.rows_affected)
}

/// What an account has done, in the order of time, after the entry at a time and of an id.
pub async fn by_account(
    db: &impl ConnectionTrait,
    account: i64,
    after: Option<(DateTime<Utc>, i64)>,
    most: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut done = Entity::find().filter(COLUMN.account_id.eq(account));
    if let Some((at, id)) = after {
        let later = Condition::any().add(COLUMN.at.gt(at)).add(COLUMN.at.eq(at).and(COLUMN.id.gt(id)));
        done = done.filter(later);
    }
    done.order_by_asc(Column::At).order_by_asc(Column::Id).limit(most).all(db).await
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

/// What somebody has done to rows, the latest first.
pub async fn changes_by(db: &impl ConnectionTrait, account: i64, most: u64) -> Result<Vec<Model>, DbErr> {
    let done = Entity::find().filter(COLUMN.account_id.eq(account)).filter(COLUMN.object_key.is_not_null());
    done.order_by_desc(Column::At).order_by_desc(Column::Id).limit(most).all(db).await
}

/// What was done to a row, the latest first.
pub async fn of_object(
    db: &impl ConnectionTrait,
    model: &str,
    key: &str,
    offset: u64,
    most: u64,
) -> Result<Vec<Model>, DbErr> {
    let done = Entity::find().filter(COLUMN.model.eq(model)).filter(COLUMN.object_key.eq(key));
    let done = done.order_by_desc(Column::At).order_by_desc(Column::Id);
    done.offset(offset).limit(most).all(db).await
}
