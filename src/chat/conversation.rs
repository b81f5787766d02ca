//! Conversations: rows, owners, titles, and the one answer at a time that each may have under way.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    Condition, ExprTrait, QueryOrder, QuerySelect, Set,
    entity::prelude::*,
    sea_query::{CaseStatement, Expr, Func, LockBehavior, LockType, Query},
};

use super::message;
use crate::{
    accounts::{UserId, user},
    error::{Error, Result},
    platform::{
        paging::{Page, behind, holds},
        store::BATCH,
    },
};

/// How long an answer under way is believed without a sign of life.
pub const LEASE: Duration = Duration::seconds(30);

/// Empty conversations an account may have; the client opens one or two at every visit.
const MOST_EMPTY: u64 = 20;

/// Old conversations removed by one transaction: each has tens of messages with all that hangs on them.
const FORGOTTEN_AT_ONCE: u64 = 100;

/// The id of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType)]
pub struct ConversationId(pub Uuid);

/// Ids are random, never counted.
impl sea_orm::TryFromU64 for ConversationId {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("ConversationId"))
    }
}

impl ConversationId {
    /// From a path. What is no UUID names no conversation.
    pub fn parse(text: &str) -> Result<Self> {
        Uuid::parse_str(text).map(Self).map_err(|_| Error::NotFound("Not found."))
    }
}

impl std::str::FromStr for ConversationId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

impl std::fmt::Display for ConversationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A conversation.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "chat_usersession")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConversationId,
    /// When it was opened.
    pub created_at: DateTimeUtc,
    /// Its title; empty until the first question.
    pub title: String,
    /// Whose it is.
    pub user_id: UserId,
    /// The answer under way.
    pub active_run: Option<Uuid>,
    /// Until when that answer is believed alive.
    pub active_until: Option<DateTimeUtc>,
    /// When something was last said.
    pub last_activity: Option<DateTimeUtc>,
    /// What was said before the messages that are still given in full.
    pub summary: Option<String>,
    /// The last message that the summary covers.
    pub summary_upto: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The answer under way, if its process is believed alive.
    pub(super) fn under_way(&self, now: DateTime<Utc>) -> Option<Uuid> {
        self.active_run.filter(|_| self.active_until.is_none_or(|until| until >= now))
    }
}

/// When something was last said, as the database knows it: there is an index of this expression with the id.
pub fn last_said() -> Expr {
    Func::coalesce([Expr::col((Entity, Column::LastActivity)), Expr::col((Entity, Column::CreatedAt))]).into()
}

/// Which conversations to list: those with a text in their title or messages, those older than another.
pub type Listing = Page<ConversationId>;

/// Opens a conversation. An account with many empty ones gets its oldest instead. Answers its id, and whether the row
/// is new.
pub(super) async fn create(
    db: &impl ConnectionTrait,
    by: UserId,
    now: DateTime<Utc>,
) -> Result<(ConversationId, bool), DbErr> {
    let empty = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(COLUMN.user_id.eq(by))
        .filter(nothing_said())
        .order_by_asc(Column::CreatedAt)
        .limit(MOST_EMPTY);
    let empty: Vec<ConversationId> = empty.into_tuple().all(db).await?;
    if let Some(oldest) = empty.first().filter(|_| empty.len() as u64 >= MOST_EMPTY) {
        // It counts as new, or it would be cleaned away under the hands of whoever opened it.
        let renewed = Entity::update_many().col_expr(Column::CreatedAt, Expr::value(now));
        renewed.filter(COLUMN.id.eq(*oldest)).exec(db).await?;
        return Ok((*oldest, false));
    }
    let conversation = ActiveModel {
        id: Set(ConversationId(Uuid::new_v4())),
        created_at: Set(now),
        title: Set(String::new()),
        user_id: Set(by),
        ..ActiveModel::new()
    };
    Ok((conversation.insert(db).await?.id, true))
}

/// The owner's conversation. A stranger's is not found: its existence is private too.
pub async fn owned(db: &impl ConnectionTrait, by: UserId, id: ConversationId) -> Result<Model> {
    let found = Entity::find_by_id(id).filter(COLUMN.user_id.eq(by)).one(db).await?;
    found.ok_or(Error::NotFound("No UserSession matches the given query."))
}

/// A conversation, whosever it is: for staff.
pub async fn by_id(db: &impl ConnectionTrait, id: ConversationId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// The conversations before and after this one, by their last activity.
pub async fn neighbours(
    db: &impl ConnectionTrait,
    of: &Model,
) -> Result<(Option<ConversationId>, Option<ConversationId>), DbErr> {
    let at = of.last_activity.unwrap_or(of.created_at);
    let activity = last_said;
    let id = || Expr::col((Entity, Column::Id));
    let earlier = Condition::any()
        .add(activity().lt(at))
        .add(Condition::all().add(activity().eq(at)).add(id().lt(of.id)));
    let later = Condition::any()
        .add(activity().gt(at))
        .add(Condition::all().add(activity().eq(at)).add(id().gt(of.id)));
    let earlier = Entity::find().filter(earlier).order_by_desc(activity()).order_by_desc(Column::Id).one(db);
    let later = Entity::find().filter(later).order_by_asc(activity()).order_by_asc(Column::Id).one(db);
    let (earlier, later) = futures::try_join!(earlier, later)?;
    Ok((earlier.map(|row| row.id), later.map(|row| row.id)))
}

/// The owner's titled conversations, newest first.
pub async fn list(db: &impl ConnectionTrait, by: UserId, listing: &Listing) -> Result<Vec<Model>, DbErr> {
    let mut list = Entity::find().filter(COLUMN.user_id.eq(by)).filter(COLUMN.title.ne(""));
    if let Some(text) = listing.containing.as_deref().filter(|text| !text.trim().is_empty()) {
        list = list.filter(containing(text.trim()));
    }
    if let Some(before) = listing.before {
        list = list.filter(behind(Column::CreatedAt, Column::Id, before, &COLUMN.user_id.eq(by)));
    }
    list.order_by_desc(Column::CreatedAt).order_by_desc(Column::Id).limit(listing.limit).all(db).await
}

/// Gives the owner's conversation another title.
pub async fn rename(
    db: &impl ConnectionTrait,
    by: UserId,
    id: ConversationId,
    title: String,
) -> Result<Model> {
    let renamed = Entity::update_many().col_expr(Column::Title, Expr::value(title));
    let rows = renamed.filter(COLUMN.id.eq(id)).filter(COLUMN.user_id.eq(by)).exec_with_returning(db).await?;
    rows.into_iter().next().ok_or(Error::NotFound("No UserSession matches the given query."))
}

/// Deletes the owner's conversation with its messages and their citations. An answer under way finds its row gone
/// and stops.
pub async fn delete(db: &impl ConnectionTrait, by: UserId, id: ConversationId) -> Result<()> {
    owned(db, by, id).await?;
    remove(db, &[id]).await.map(drop).map_err(Error::from)
}

/// Removes conversations, whosever they are, with their messages and all that hangs on those. What was said about
/// answers stays, without its link. Part of the caller's transaction; answers how many there were.
pub async fn remove(db: &impl ConnectionTrait, ids: &[ConversationId]) -> Result<u64, DbErr> {
    let ids = lock(db, ids.to_vec()).await?;
    let mut removed = 0;
    for ids in ids.chunks(BATCH) {
        message::remove_of(db, ids).await?;
        let gone = Entity::delete_many().filter(COLUMN.id.is_in(ids.iter().copied()));
        removed += gone.exec(db).await?.rows_affected;
    }
    Ok(removed)
}

/// Locks the rows of conversations, in the order of their ids so that two who do this never wait for each other.
/// Answers the ids in that order, each once.
pub(super) async fn lock(
    db: &impl ConnectionTrait,
    mut ids: Vec<ConversationId>,
) -> Result<Vec<ConversationId>, DbErr> {
    ids.sort_unstable();
    ids.dedup();
    for ids in ids.chunks(BATCH) {
        let rows =
            Entity::find().select_only().column(Column::Id).filter(COLUMN.id.is_in(ids.iter().copied()));
        let rows = rows.order_by_asc(Column::Id).lock(LockType::Update);
        rows.into_tuple::<ConversationId>().all(db).await?;
    }
    Ok(ids)
}

/// Takes the conversation for an answer, and gives it `title` when it has none. `false` when another is under way.
pub(super) async fn take(
    db: &impl ConnectionTrait,
    by: UserId,
    id: ConversationId,
    run: Uuid,
    title: String,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let free = Condition::any().add(COLUMN.active_run.is_null()).add(COLUMN.active_until.lt(now));
    let titled = CaseStatement::new().case(COLUMN.title.eq(""), title).finally(Expr::col(Column::Title));
    let taken = Entity::update_many()
        .col_expr(Column::ActiveRun, Expr::value(run))
        .col_expr(Column::ActiveUntil, Expr::value(now + LEASE))
        .col_expr(Column::LastActivity, Expr::value(now))
        .col_expr(Column::Title, titled.into())
        .filter(COLUMN.id.eq(id))
        .filter(COLUMN.user_id.eq(by))
        .filter(free);
    Ok(taken.exec(db).await?.rows_affected == 1)
}

/// Renews the holds of answers on their conversations, of those that still have them.
pub(super) async fn renew(
    db: &impl ConnectionTrait,
    held: &[(ConversationId, Uuid)],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    for held in held.chunks(BATCH) {
        let rows = Entity::find().select_only().column(Column::Id);
        let rows = rows.filter(COLUMN.id.is_in(held.iter().map(|(id, _)| *id))).order_by_asc(Column::Id);
        // Whoever holds one of them just now must not keep the others waiting. A lease outlasts several renewals.
        let free = rows.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        let ids = free.into_tuple::<ConversationId>().all(db).await?;
        let renewed = Entity::update_many().col_expr(Column::ActiveUntil, Expr::value(now + LEASE));
        let renewed = renewed.filter(COLUMN.id.is_in(ids));
        renewed.filter(COLUMN.active_run.is_in(held.iter().map(|(_, run)| *run))).exec(db).await?;
    }
    Ok(())
}

/// Ends an answer's hold. `false` when it has lost it.
pub(super) async fn release(
    db: &impl ConnectionTrait,
    id: ConversationId,
    run: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let released = Entity::update_many()
        .col_expr(Column::ActiveRun, Expr::value(None::<Uuid>))
        .col_expr(Column::ActiveUntil, Expr::value(None::<DateTime<Utc>>))
        .col_expr(Column::LastActivity, Expr::value(now));
    let released = released.filter(COLUMN.id.eq(id)).filter(COLUMN.active_run.eq(run));
    Ok(released.exec(db).await?.rows_affected == 1)
}

/// Gives a better title to a conversation that still has the one that it got from us.
pub(super) async fn retitle(
    db: &impl ConnectionTrait,
    id: ConversationId,
    from: &str,
    to: String,
) -> Result<(), DbErr> {
    let retitled = Entity::update_many().col_expr(Column::Title, Expr::value(to));
    retitled.filter(COLUMN.id.eq(id)).filter(COLUMN.title.eq(from)).exec(db).await.map(drop)
}

/// Conversations whose answer has shown no sign of life for longer than its lease.
pub(super) async fn abandoned(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Model>, DbErr> {
    let held = Entity::find().filter(COLUMN.active_run.is_not_null());
    held.filter(COLUMN.active_until.lt(now)).limit(100).all(db).await
}

/// Ends the hold of an abandoned answer, unless it has spoken up.
pub(super) async fn release_abandoned(
    db: &impl ConnectionTrait,
    id: ConversationId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let released = Entity::update_many()
        .col_expr(Column::ActiveRun, Expr::value(None::<Uuid>))
        .col_expr(Column::ActiveUntil, Expr::value(None::<DateTime<Utc>>));
    let released = released.filter(COLUMN.id.eq(id)).filter(COLUMN.active_until.lt(now));
    Ok(released.exec(db).await?.rows_affected == 1)
}

/// Deletes conversations opened before `before` in which nothing was ever said.
pub(super) async fn delete_empty(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let empty = Entity::delete_many().filter(COLUMN.created_at.lt(before)).filter(nothing_said());
    Ok(empty.exec(db).await?.rows_affected)
}

/// Some conversations of the accounts stored under these names in which nothing was said since `before`.
pub(super) async fn of_names(
    db: &impl ConnectionTrait,
    names: &[String],
    before: DateTime<Utc>,
) -> Result<Vec<ConversationId>, DbErr> {
    let accounts = Query::select()
        .column(user::Column::Id)
        .from(user::Entity)
        .and_where(user::COLUMN.username.is_in(names.iter().map(String::as_str)))
        .to_owned();
    let old = Entity::find().select_only().column(Column::Id).filter(COLUMN.user_id.in_subquery(accounts));
    // While an answer is being made, the conversation is in use.
    let old = old.filter(last_said().lt(before)).filter(COLUMN.active_run.is_null());
    old.limit(BATCH as u64).into_tuple().all(db).await
}

/// Removes conversations in which nothing was said since `before`, with all that was said in them: a batch, of those left
/// alone for longest. One in which an answer is being made is in use. Part of the caller's transaction; answers how many.
pub async fn forget(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let free = || Condition::any().add(COLUMN.active_run.is_null()).add(COLUMN.active_until.lt(now));
    let old =
        || Entity::find().select_only().column(Column::Id).filter(last_said().lt(before)).filter(free());
    let oldest = old().order_by_asc(last_said()).order_by_asc(Column::Id).limit(FORGOTTEN_AT_ONCE);
    let ids: Vec<ConversationId> = oldest.into_tuple().all(db).await?;
    // Somebody may have asked something in one of them since: who holds its row decides.
    let still = old().filter(COLUMN.id.is_in(ids)).order_by_asc(Column::Id).lock(LockType::Update);
    let ids: Vec<ConversationId> = still.into_tuple().all(db).await?;
    remove(db, &ids).await
}

/// Neither a title nor a message.
fn nothing_said() -> Condition {
    let said = Query::select()
        .expr(Expr::val(1))
        .from(message::Entity)
        .and_where(Expr::col((message::Entity, message::Column::SessionId)).equals((Entity, Column::Id)))
        .to_owned();
    let without_messages = Condition::all().not().add(Expr::exists(said));
    Condition::all().add(COLUMN.title.eq("")).add(without_messages)
}

fn containing(text: &str) -> Condition {
    let said = Query::select()
        .column(message::Column::SessionId)
        .from(message::Entity)
        .and_where(Expr::col((message::Entity, message::Column::SessionId)).equals((Entity, Column::Id)))
        .and_where(holds(Expr::col((message::Entity, message::Column::Message)), text))
        .to_owned();
    Condition::any().add(holds(Expr::col((Entity, Column::Title)), text)).add(Expr::exists(said))
}
