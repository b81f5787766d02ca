//! The outbox: mails that wait, have been sent, or could not be.
//!
//! A row is a letter to one recipient. Its job sends it; the row says how that went, and stays for whoever looks.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sea_orm::{
    ExprTrait, IntoActiveModel, QueryOrder, QuerySelect,
    entity::prelude::*,
    sea_query::{Expr, Func},
};
use serde::{Deserialize, Serialize};

use super::letter::Letter;
use crate::{
    platform::{address::Address, store::BATCH},
    queue::{Enqueue, job},
};

/// The kind of the jobs that send.
pub const SEND: &str = "mail.send";

/// How often a mail is tried: with the pauses of [`super::PACE`], for two days.
pub(super) const ATTEMPTS: i32 = 17;
const NO_REASON: &str = "It was called off, or the program ended each time while it was sending it.";
const BURIED: &str = "It was given up in the dashboard.";
/// What stands behind the `@` of a Message-ID: the name of the service, wherever it runs.
const ID_HOST: &str = "chatdku.dukekunshan.edu.cn";

/// The id of a mail: time-ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType)]
pub struct MailId(pub Uuid);

/// Ids are made by us, never counted.
impl sea_orm::TryFromU64 for MailId {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("MailId"))
    }
}

/// Where a mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "snake_case")]
pub enum State {
    /// Waits for its first try.
    Queued,
    /// A worker is talking to the mail server, or died while doing so.
    Sending,
    /// Failed, and waits for another try.
    Retry,
    /// The mail server has taken it.
    Sent,
    /// Failed for good; waits for an operator.
    Dead,
}

/// A mail.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MailId,
    /// What kind of letter it is: a stable word.
    pub kind: String,
    /// `kind:name:recipient` of a letter that is sent once.
    #[sea_orm(unique)]
    pub dedupe: Option<String>,
    /// Its Message-ID, the same in every try.
    pub message_id: String,
    /// The address it goes to.
    pub recipient: String,
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
    /// The same as a page.
    pub html: Option<String>,
    /// Where it stands.
    pub state: State,
    /// How often it was tried.
    pub attempt: i32,
    /// The code that the mail server answered last, where it answered.
    pub smtp_code: Option<i16>,
    /// Why it failed last.
    pub reason: Option<String>,
    /// When it was written.
    pub created_at: DateTimeUtc,
    /// When it was last tried.
    pub tried_at: Option<DateTimeUtc>,
    /// When the mail server took it.
    pub sent_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a job that sends is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// The mail.
    pub mail: Uuid,
}

/// Puts a letter into the outbox, a mail for each recipient who has not got it before. Part of the caller's
/// transaction; the caller wakes the workers after its commit. Answers the mails that are new.
pub async fn enqueue(
    db: &impl ConnectionTrait,
    letter: &Letter,
    now: DateTime<Utc>,
) -> Result<Vec<MailId>, DbErr> {
    enqueue_all(db, std::slice::from_ref(letter), now).await
}

/// The same for any number of letters.
pub async fn enqueue_all(
    db: &impl ConnectionTrait,
    letters: &[Letter],
    now: DateTime<Utc>,
) -> Result<Vec<MailId>, DbErr> {
    let all = letters.iter().flat_map(|letter| letter.recipients.iter().map(move |to| (letter, to)));
    let all: Vec<_> = all.map(|(letter, to)| (letter, to, name_of(letter, to))).collect();
    let mut there = known(db, all.iter().filter_map(|(.., name)| name.as_deref()).collect()).await?;
    let is_new = |(.., name): &(_, _, Option<String>)| name.clone().is_none_or(|name| there.insert(name));
    let rows: Vec<Model> =
        all.into_iter().filter(is_new).map(|(letter, to, name)| row(letter, to, name, now)).collect();
    Enqueue::save_all(db, now, rows.iter().map(|mail| sending(mail.id)).collect()).await?;
    let ids = rows.iter().map(|mail| mail.id).collect();
    for rows in rows.chunks(BATCH) {
        let rows = rows.iter().cloned().map(|mail| mail.into_active_model().reset_all());
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(ids)
}

/// A mail that is not in the outbox, or not yet.
pub(super) fn row(letter: &Letter, to: &Address, dedupe: Option<String>, now: DateTime<Utc>) -> Model {
    let id = Uuid::now_v7();
    Model {
        id: MailId(id),
        kind: letter.kind.to_owned(),
        dedupe,
        message_id: format!("<{}@{ID_HOST}>", id.simple()),
        recipient: to.as_str().to_owned(),
        subject: letter.subject.clone(),
        text: letter.text.clone(),
        html: letter.html.clone(),
        state: State::Queued,
        attempt: 0,
        smtp_code: None,
        reason: None,
        created_at: now,
        tried_at: None,
        sent_at: None,
    }
}

/// The job that sends a mail. Mails do not wait for each other.
fn sending(id: MailId) -> Enqueue {
    Enqueue::new(SEND, key_of(id), &Sending { mail: id.0 }).max_attempts(ATTEMPTS)
}

fn key_of(id: MailId) -> String {
    format!("mail:{}", id.0)
}

fn name_of(letter: &Letter, to: &Address) -> Option<String> {
    letter.once.as_ref().map(|name| format!("{}:{name}:{to}", letter.kind))
}

/// Which of these letters have been written before.
async fn known(db: &impl ConnectionTrait, names: Vec<&str>) -> Result<HashSet<String>, DbErr> {
    let mut known = HashSet::new();
    for names in names.chunks(BATCH) {
        let same = Entity::find().select_only().column(Column::Dedupe);
        let same = same.filter(COLUMN.dedupe.is_in(names.iter().copied()));
        known.extend(same.into_tuple::<String>().all(db).await?);
    }
    Ok(known)
}

/// Begins a try. `None` when there is nothing to send: the mail has been sent, or is gone.
pub(super) async fn begin(
    db: &impl ConnectionTrait,
    id: MailId,
    now: DateTime<Utc>,
) -> Result<Option<Model>, DbErr> {
    let begun = of(id)
        .col_expr(Column::State, Expr::value(State::Sending))
        .col_expr(Column::Attempt, Expr::col(Column::Attempt).add(1))
        .col_expr(Column::TriedAt, Expr::value(now))
        .filter(COLUMN.state.ne(State::Sent));
    Ok(begun.exec_with_returning(db).await?.pop())
}

/// Notes that the mail server has taken a mail.
pub(super) async fn sent(db: &impl ConnectionTrait, id: MailId, now: DateTime<Utc>) -> Result<(), DbErr> {
    let sent = of(id)
        .col_expr(Column::State, Expr::value(State::Sent))
        .col_expr(Column::SmtpCode, Expr::value(None::<i16>))
        .col_expr(Column::Reason, Expr::value(None::<String>))
        .col_expr(Column::SentAt, Expr::value(now));
    sent.exec(db).await.map(drop)
}

/// Notes why a try has failed, unless another has begun meanwhile.
pub(super) async fn failed(
    db: &impl ConnectionTrait,
    tried: &Model,
    code: Option<i16>,
    reason: &str,
) -> Result<(), DbErr> {
    let failed = of(tried.id)
        .col_expr(Column::State, Expr::value(State::Retry))
        .col_expr(Column::SmtpCode, Expr::value(code))
        .col_expr(Column::Reason, Expr::value(reason))
        .filter(COLUMN.state.eq(State::Sending))
        .filter(COLUMN.attempt.eq(tried.attempt));
    failed.exec(db).await.map(drop)
}

/// Gives a mail up that will not be tried again by itself.
pub(super) async fn give_up(db: &impl ConnectionTrait, id: MailId) -> Result<(), DbErr> {
    // Where no try has ended, nobody has said why.
    let reason = Func::coalesce([Expr::col(Column::Reason), Expr::val(NO_REASON)]);
    let dead = of(id)
        .col_expr(Column::State, Expr::value(State::Dead))
        .col_expr(Column::Reason, reason.into())
        .filter(COLUMN.state.ne(State::Sent));
    dead.exec(db).await.map(drop)
}

/// Has mails tried at once that wait or are dead. Answers how many. Part of the caller's transaction; the caller wakes
/// the workers after its commit.
pub(super) async fn try_again(
    db: &impl ConnectionTrait,
    ids: &[MailId],
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let open = [State::Queued, State::Retry, State::Dead];
    let ids = in_state(db, ids, &open).await?;
    call_off(db, &ids, now).await?;
    Enqueue::save_all(db, now, ids.iter().map(|id| sending(*id)).collect()).await?;
    let queued = Entity::update_many().col_expr(Column::State, Expr::value(State::Queued));
    let queued = queued.filter(COLUMN.id.is_in(ids.iter().copied())).filter(COLUMN.state.is_in(open));
    Ok(queued.exec(db).await?.rows_affected)
}

/// Gives mails up that wait. Answers how many. Part of the caller's transaction.
pub(super) async fn bury(
    db: &impl ConnectionTrait,
    ids: &[MailId],
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let waiting = [State::Queued, State::Retry];
    let ids = in_state(db, ids, &waiting).await?;
    call_off(db, &ids, now).await?;
    let dead = Entity::update_many()
        .col_expr(Column::State, Expr::value(State::Dead))
        .col_expr(Column::Reason, Expr::value(BURIED))
        .filter(COLUMN.id.is_in(ids.iter().copied()))
        .filter(COLUMN.state.is_in(waiting));
    Ok(dead.exec(db).await?.rows_affected)
}

/// Those of these mails that are in one of these states.
async fn in_state(db: &impl ConnectionTrait, ids: &[MailId], states: &[State]) -> Result<Vec<MailId>, DbErr> {
    let found = Entity::find().select_only().column(Column::Id).filter(COLUMN.id.is_in(ids.iter().copied()));
    let found = found.filter(COLUMN.state.is_in(states.iter().copied())).order_by_asc(Column::Id);
    found.into_tuple().all(db).await
}

/// Calls the jobs off that would send these mails later.
async fn call_off(db: &impl ConnectionTrait, ids: &[MailId], now: DateTime<Utc>) -> Result<(), DbErr> {
    let keys: Vec<String> = ids.iter().map(|id| key_of(*id)).collect();
    let waiting = job::waiting_of(db, &keys).await?;
    job::cancel(db, now, &waiting).await.map(drop)
}

fn of(id: MailId) -> sea_orm::UpdateMany<Entity> {
    Entity::update_many().filter(COLUMN.id.eq(id))
}

/// How many mails wait for an operator.
pub async fn dead(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    Entity::find().filter(COLUMN.state.eq(State::Dead)).count(db).await
}

/// Drops mails that were sent before `before`. Dead ones stay until an operator acts. At most [`BATCH`]; answers how many.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let old = Entity::find().select_only().column(Column::Id).filter(COLUMN.state.eq(State::Sent));
    let old = old.filter(COLUMN.sent_at.lt(before)).order_by_asc(Column::SentAt).order_by_asc(Column::Id);
    let ids: Vec<MailId> = old.limit(BATCH as u64).into_tuple().all(db).await?;
    Ok(Entity::delete_many().filter(COLUMN.id.is_in(ids)).exec(db).await?.rows_affected)
}

/// The mails to an address after one, in the order in which they were written.
pub async fn to(
    db: &impl ConnectionTrait,
    address: &str,
    after: Option<MailId>,
    most: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut mails = Entity::find().filter(COLUMN.recipient.eq(address));
    if let Some(after) = after {
        mails = mails.filter(COLUMN.id.gt(after));
    }
    mails.order_by_asc(Column::Id).limit(most).all(db).await
}

/// Drops all mails to these addresses, whatever has become of them.
pub async fn forget_recipients(db: &impl ConnectionTrait, addresses: &[String]) -> Result<(), DbErr> {
    for addresses in addresses.chunks(BATCH) {
        Entity::delete_many().filter(COLUMN.recipient.is_in(addresses)).exec(db).await?;
    }
    Ok(())
}
