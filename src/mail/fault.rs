//! Faults reach the maintainers: what went wrong, how often, at most one mail for each cause and hour.
//!
//! What goes into the mail is the cause and the id of a request, by which the log is searched; nothing that anybody
//! wrote, nothing that says who was affected.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    Condition, DbErr, ExprTrait, QueryOrder, QuerySelect, Set,
    entity::prelude::*,
    sea_query::{CaseStatement, Expr, LockType, OnConflict},
};

use super::{letter::Letter, note, outbox};
use crate::{
    app::App,
    platform::{
        address::Address,
        faults::{Cause, Seen},
        locale::Language,
    },
};

/// The kind of these letters.
const KIND: &str = "fault";
const AT_MOST_ONE_IN: Duration = Duration::hours(1);
/// What of a cause goes into a subject, in characters.
const MAX_SUBJECT_CHARS: usize = 120;

/// What went wrong for one cause.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fault")]
pub struct Model {
    /// The cause.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cause: String,
    /// How often since the last mail.
    pub count: i64,
    /// When first since the last mail.
    pub first_at: DateTimeUtc,
    /// When last.
    pub last_at: DateTimeUtc,
    /// The request in which it did last, as the logs name it; empty where it was none.
    pub last_request: String,
    /// When the last mail was written.
    pub told_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Writes down what has gone wrong in this process, and mails what nobody has been told for an hour. Called again and
/// again; with nobody to tell it forgets.
pub async fn report_faults(app: &App) -> anyhow::Result<()> {
    let seen = app.tasks.faults().take();
    let to = &app.config.mail.to;
    let now = app.clock.now();
    if to.is_empty() || (seen.is_empty() && !is_any_due(app.store.read(), now).await?) {
        return Ok(());
    }
    let zone = app.config.time_zone;
    let when = |at: DateTime<Utc>| format!("{} {zone}", at.with_timezone(&zone).format("%Y-%m-%d %H:%M"));
    let written = app.store.write(async |tx| {
        count(&tx, &seen, now).await?;
        let due = due(now).order_by_asc(Column::Cause).lock(LockType::Update).all(&tx).await?;
        let letters = due.iter().map(|fault| letter(fault, &when(fault.first_at), to));
        let letters =
            letters.collect::<anyhow::Result<Vec<_>>>().map_err(|error| DbErr::Custom(error.to_string()))?;
        told(&tx, &due, now).await?;
        outbox::enqueue_all(&tx, &letters, now).await
    });
    match written.await {
        Ok(mails) => {
            if !mails.is_empty() {
                app.queue.wake();
            }
            Ok(())
        }
        Err(error) => {
            app.tasks.faults().give_back(seen);
            Err(error.into())
        }
    }
}

/// Drops causes of which nothing has been seen since `before`.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let old = Entity::delete_many().filter(COLUMN.last_at.lt(before));
    Ok(old.exec(db).await?.rows_affected)
}

async fn is_any_due(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<bool, DbErr> {
    Ok(due(now).one(db).await?.is_some())
}

/// What the maintainers have to be told now.
fn due(now: DateTime<Utc>) -> Select<Entity> {
    let quiet = Condition::any().add(COLUMN.told_at.is_null()).add(COLUMN.told_at.lte(now - AT_MOST_ONE_IN));
    Entity::find().filter(COLUMN.count.gt(0)).filter(quiet)
}

async fn count(db: &impl ConnectionTrait, seen: &[(Cause, Seen)], now: DateTime<Utc>) -> Result<(), DbErr> {
    if seen.is_empty() {
        return Ok(());
    }
    let rows = seen.iter().map(|(cause, seen)| ActiveModel {
        cause: Set(cause.as_str().to_owned()),
        count: Set(seen.count),
        first_at: Set(now),
        last_at: Set(now),
        last_request: Set(seen.last_request.clone()),
        told_at: Set(None),
    });
    let there = |column: Column| Expr::col((Entity, column));
    let first = CaseStatement::new()
        .case(there(Column::Count).eq(0), excluded(Column::FirstAt))
        .finally(there(Column::FirstAt));
    let mut more = OnConflict::column(Column::Cause);
    more.value(Column::FirstAt, first)
        .value(Column::Count, there(Column::Count).add(excluded(Column::Count)))
        .update_columns([Column::LastAt, Column::LastRequest]);
    Entity::insert_many(rows).on_conflict(more).exec_without_returning(db).await.map(drop)
}

/// The value that could not be inserted because its row was there.
fn excluded(column: Column) -> Expr {
    Expr::col(("excluded", column))
}

async fn told(db: &impl ConnectionTrait, due: &[Model], now: DateTime<Utc>) -> Result<(), DbErr> {
    let told = Entity::update_many()
        .col_expr(Column::Count, Expr::value(0_i64))
        .col_expr(Column::ToldAt, Expr::value(now))
        .filter(COLUMN.cause.is_in(due.iter().map(|fault| fault.cause.as_str())));
    told.exec(db).await.map(drop)
}

fn letter(fault: &Model, first: &str, to: &[Address]) -> anyhow::Result<Letter> {
    let short: String = fault.cause.chars().take(MAX_SUBJECT_CHARS).collect();
    let subject = Language::English.text_with("mail-fault-subject", [("name", short)]);
    let count = u64::try_from(fault.count).unwrap_or_default();
    let letter = note::letter(KIND, subject, |language| {
        let log = if fault.last_request.is_empty() {
            language.text("mail-fault-log")
        } else {
            language.text_with("mail-fault-request", [("key", fault.last_request.clone())])
        };
        vec![
            language.text_counted("mail-fault-count", count, &[("first", first)]),
            language.text_with("mail-fault-cause", [("name", fault.cause.clone())]),
            log,
            language.text("mail-fault-again"),
        ]
    })?;
    Ok(letter.to(to.iter().cloned()))
}
