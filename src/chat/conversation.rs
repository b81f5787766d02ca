//! Conversations: rows, owners, titles, and the one answer at a time that each may have under way.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    Condition, ExprTrait, QueryOrder, QuerySelect, Set,
    entity::prelude::*,
    sea_query::{Expr, Func, LikeExpr, LockType, Query},
};

use super::{citation, message};
use crate::{
    accounts::UserId,
    error::{Error, Result},
};

/// How long an answer under way is believed without a sign of life.
pub const LEASE: Duration = Duration::seconds(30);

/// Empty conversations an account may have; the client opens one or two at every visit.
const MOST_EMPTY: u64 = 20;

/// The id of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, DeriveValueType)]
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

/// Which conversations to list.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Only those with this text in their title or messages.
    pub containing: Option<String>,
    /// At most so many.
    pub limit: Option<u64>,
    /// Only those older than this one.
    pub before: Option<ConversationId>,
}

/// Opens a conversation. An account with many empty ones gets its oldest instead.
pub async fn create(
    db: &impl ConnectionTrait,
    by: UserId,
    now: DateTime<Utc>,
) -> Result<ConversationId, DbErr> {
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
        return Ok(*oldest);
    }
    let conversation = ActiveModel {
        id: Set(ConversationId(Uuid::new_v4())),
        created_at: Set(now),
        title: Set(String::new()),
        user_id: Set(by),
        ..ActiveModel::new()
    };
    Ok(conversation.insert(db).await?.id)
}

/// The owner's conversation. A stranger's is not found: its existence is private too.
pub async fn owned(db: &impl ConnectionTrait, by: UserId, id: ConversationId) -> Result<Model> {
    let found = Entity::find_by_id(id).filter(COLUMN.user_id.eq(by)).one(db).await?;
    found.ok_or(Error::NotFound("No UserSession matches the given query."))
}

/// The owner's titled conversations, newest first.
pub async fn list(db: &impl ConnectionTrait, by: UserId, listing: &Listing) -> Result<Vec<Model>, DbErr> {
    let mut list = Entity::find().filter(COLUMN.user_id.eq(by)).filter(COLUMN.title.ne(""));
    if let Some(text) = listing.containing.as_deref().filter(|text| !text.trim().is_empty()) {
        list = list.filter(containing(text.trim()));
    }
    if let Some(before) = listing.before {
        let moment = Query::select()
            .column(Column::CreatedAt)
            .from(Entity)
            .and_where(COLUMN.id.eq(before))
            .and_where(COLUMN.user_id.eq(by))
            .to_owned();
        list = list.filter(Expr::col((Entity, Column::CreatedAt)).lt(Expr::from(moment)));
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
    // The conversation's row is locked before those of its messages, as whoever writes an answer does.
    let mine = Entity::find_by_id(id).filter(COLUMN.user_id.eq(by)).lock(LockType::Update).one(db).await?;
    mine.ok_or(Error::NotFound("No UserSession matches the given query."))?;
    citation::delete_of(db, id).await?;
    message::delete_of(db, id).await?;
    Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

/// Takes the conversation for an answer. `false` when another is under way.
pub(super) async fn take(
    db: &impl ConnectionTrait,
    by: UserId,
    id: ConversationId,
    run: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let free = Condition::any().add(COLUMN.active_run.is_null()).add(COLUMN.active_until.lt(now));
    let taken = Entity::update_many()
        .col_expr(Column::ActiveRun, Expr::value(run))
        .col_expr(Column::ActiveUntil, Expr::value(now + LEASE))
        .col_expr(Column::LastActivity, Expr::value(now))
        .filter(COLUMN.id.eq(id))
        .filter(COLUMN.user_id.eq(by))
        .filter(free);
    Ok(taken.exec(db).await?.rows_affected == 1)
}

/// Keeps an answer's hold on its conversation. `false` when it has lost it.
pub(super) async fn hold(
    db: &impl ConnectionTrait,
    id: ConversationId,
    run: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let held = Entity::update_many().col_expr(Column::ActiveUntil, Expr::value(now + LEASE));
    let held = held.filter(COLUMN.id.eq(id)).filter(COLUMN.active_run.eq(run));
    Ok(held.exec(db).await?.rows_affected == 1)
}

/// Ends an answer's hold.
pub(super) async fn release(
    db: &impl ConnectionTrait,
    id: ConversationId,
    run: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let released = Entity::update_many()
        .col_expr(Column::ActiveRun, Expr::value(None::<Uuid>))
        .col_expr(Column::ActiveUntil, Expr::value(None::<DateTime<Utc>>))
        .col_expr(Column::LastActivity, Expr::value(now));
    released.filter(COLUMN.id.eq(id)).filter(COLUMN.active_run.eq(run)).exec(db).await?;
    Ok(())
}

/// Gives an untitled conversation its first title.
pub(super) async fn title_once(
    db: &impl ConnectionTrait,
    id: ConversationId,
    title: String,
) -> Result<(), DbErr> {
    let titled = Entity::update_many().col_expr(Column::Title, Expr::value(title));
    titled.filter(COLUMN.id.eq(id)).filter(COLUMN.title.eq("")).exec(db).await?;
    Ok(())
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
    let escaped =
        text.to_lowercase().replace('\0', "").replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let like = || LikeExpr::new(format!("%{escaped}%")).escape('\\');
    let lower = |column: Expr| Expr::expr(Func::lower(column));
    let said = Query::select()
        .column(message::Column::SessionId)
        .from(message::Entity)
        .and_where(Expr::col((message::Entity, message::Column::SessionId)).equals((Entity, Column::Id)))
        .and_where(lower(Expr::col((message::Entity, message::Column::Message))).like(like()))
        .to_owned();
    Condition::any().add(lower(Expr::col((Entity, Column::Title))).like(like())).add(Expr::exists(said))
}
