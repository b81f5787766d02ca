//! Generations: the making of an answer as a row, by which every instance can follow it, find it again and stop it.
//!
//! Whether one is alive stands with its conversation, which allows one at a time: `active_run` is the id of the
//! generation, `active_until` its lease. What is streaming here and is not held there has lost its process.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    Condition, JoinType, QueryOrder, QuerySelect, Set,
    entity::prelude::*,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use super::{
    conversation::{self, ConversationId},
    event,
    message::{MessageId, Status},
};
use crate::{
    accounts::{UserId, user},
    error::{Error, Result},
    platform::store::BATCH,
};

/// How long the log of a generation is kept after its end.
pub const LOG_KEPT: Duration = Duration::minutes(5);
/// How many logs are removed at once: each has tens of rows.
const LOGS_AT_ONCE: u64 = 100;

/// The id of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType)]
pub struct GenerationId(pub Uuid);

/// Ids are random, never counted.
impl sea_orm::TryFromU64 for GenerationId {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("GenerationId"))
    }
}

impl GenerationId {
    /// From a path. What is no UUID names no generation.
    pub fn parse(text: &str) -> Result<Self> {
        Uuid::parse_str(text).map(Self).map_err(|_| Error::NotFound("Not found."))
    }
}

impl std::fmt::Display for GenerationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A generation.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "generation")]
pub struct Model {
    /// Random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GenerationId,
    /// Where it was asked.
    #[sea_orm(indexed)]
    pub conversation_id: ConversationId,
    /// The answer.
    #[sea_orm(unique)]
    pub message_id: MessageId,
    /// What was asked, and of what: a question sent twice is known by it.
    pub question_hash: String,
    /// How far it has come.
    pub state: Status,
    /// When it was begun.
    pub created_at: DateTimeUtc,
    /// When somebody wanted it stopped.
    pub stop_asked_at: Option<DateTimeUtc>,
    /// When it ended.
    pub ended_at: Option<DateTimeUtc>,
    /// How long its log is kept; `None` while it is being made, and once the log is gone.
    pub log_until: Option<DateTimeUtc>,
    /// The number of its last event, once it has ended.
    pub last_seq: i64,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.state != Status::Streaming
    }
}

/// Notes a new one.
pub(super) async fn begin(
    db: &impl ConnectionTrait,
    id: GenerationId,
    of: (ConversationId, MessageId),
    question_hash: String,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let (conversation, answer) = of;
    let begun = ActiveModel {
        id: Set(id),
        conversation_id: Set(conversation),
        message_id: Set(answer),
        question_hash: Set(question_hash),
        state: Set(Status::Streaming),
        created_at: Set(now),
        stop_asked_at: Set(None),
        ended_at: Set(None),
        log_until: Set(None),
        last_seq: Set(0),
    };
    Entity::insert(begun).exec_without_returning(db).await.map(drop)
}

/// A generation, whosever it is.
pub(super) async fn by_id(db: &impl ConnectionTrait, id: GenerationId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// The generation of an answer.
pub(super) async fn of_answer(db: &impl ConnectionTrait, answer: MessageId) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(COLUMN.message_id.eq(answer)).one(db).await
}

/// A generation of one of the owner's conversations. A stranger's is not found, and neither is one of another
/// conversation than the one that is named.
pub(super) async fn owned(
    db: &impl ConnectionTrait,
    by: UserId,
    id: GenerationId,
    named: Option<ConversationId>,
) -> Result<Model> {
    let own = Query::select()
        .column(conversation::Column::Id)
        .from(conversation::Entity)
        .and_where(conversation::COLUMN.user_id.eq(by))
        .to_owned();
    let mut found = Entity::find_by_id(id).filter(COLUMN.conversation_id.in_subquery(own));
    if let Some(named) = named {
        found = found.filter(COLUMN.conversation_id.eq(named));
    }
    found.one(db).await?.ok_or(Error::NotFound("Not found."))
}

/// The one that is streaming in a conversation.
pub(super) async fn streaming_in(
    db: &impl ConnectionTrait,
    of: ConversationId,
) -> Result<Option<Model>, DbErr> {
    let streaming = Entity::find().filter(COLUMN.conversation_id.eq(of));
    streaming.filter(COLUMN.state.eq(Status::Streaming)).one(db).await
}

/// Wants one stopped that another instance is making.
pub(super) async fn ask_to_stop(
    db: &impl ConnectionTrait,
    id: GenerationId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let asked = Entity::update_many().col_expr(Column::StopAskedAt, Expr::value(now));
    let asked = asked.filter(COLUMN.id.eq(id)).filter(COLUMN.state.eq(Status::Streaming));
    asked.filter(COLUMN.stop_asked_at.is_null()).exec(db).await.map(drop)
}

/// Of those under way here the ones that may go on: theirs is their conversation still, their account is active, and
/// nobody wants them stopped.
pub(super) async fn allowed(
    db: &impl ConnectionTrait,
    ids: &[GenerationId],
) -> Result<Vec<GenerationId>, DbErr> {
    let mut allowed = Vec::with_capacity(ids.len());
    for ids in ids.chunks(BATCH) {
        let held = Entity::find()
            .select_only()
            .column(Column::Id)
            .join(JoinType::InnerJoin, conversation_of())
            .join(JoinType::InnerJoin, owner_of())
            .filter(COLUMN.id.is_in(ids.iter().copied()))
            .filter(COLUMN.state.eq(Status::Streaming))
            .filter(COLUMN.stop_asked_at.is_null())
            .filter(
                Expr::col((conversation::Entity, conversation::Column::ActiveRun))
                    .equals((Entity, Column::Id)),
            )
            .filter(Expr::col((user::Entity, user::Column::IsActive)).eq(true));
        allowed.extend(held.into_tuple::<GenerationId>().all(db).await?);
    }
    Ok(allowed)
}

/// Some that are streaming and that their conversation does not hold.
pub(super) async fn orphans(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Model>, DbErr> {
    let active = || Expr::col((conversation::Entity, conversation::Column::ActiveRun));
    let until = Expr::col((conversation::Entity, conversation::Column::ActiveUntil));
    let lost = Condition::any()
        .add(active().is_null())
        .add(active().not_equals((Entity, Column::Id)))
        .add(until.lt(now));
    let streaming = Entity::find()
        .join(JoinType::InnerJoin, conversation_of())
        .filter(COLUMN.state.eq(Status::Streaming))
        .filter(lost);
    streaming.order_by_asc(Column::CreatedAt).limit(100).all(db).await
}

/// Notes how one ended. Its log stays for a while.
pub(super) async fn end(
    db: &impl ConnectionTrait,
    id: GenerationId,
    state: Status,
    last_seq: i64,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let ended = Entity::update_many()
        .col_expr(Column::State, Expr::value(sea_orm::ActiveEnum::to_value(&state)))
        .col_expr(Column::EndedAt, Expr::value(now))
        .col_expr(Column::LogUntil, Expr::value(now + LOG_KEPT))
        .col_expr(Column::LastSeq, Expr::value(last_seq));
    let ended = ended.filter(COLUMN.id.eq(id)).filter(COLUMN.state.eq(Status::Streaming));
    ended.exec(db).await.map(drop)
}

/// Some whose log has been kept long enough, those that ended first.
pub(super) async fn with_old_logs(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Vec<GenerationId>, DbErr> {
    let old = Entity::find().select_only().column(Column::Id).filter(COLUMN.log_until.lte(now));
    old.order_by_asc(Column::LogUntil).limit(LOGS_AT_ONCE).into_tuple().all(db).await
}

/// Removes the logs of these.
pub(super) async fn forget_logs(db: &impl ConnectionTrait, ids: &[GenerationId]) -> Result<(), DbErr> {
    let forgotten = Entity::update_many().col_expr(Column::LogUntil, Expr::value(None::<DateTime<Utc>>));
    forgotten.filter(COLUMN.id.is_in(ids.iter().copied())).exec(db).await?;
    event::remove_of(db, ids).await
}

/// Deletes those of the answers that `messages` selects. Their logs go with them.
pub(super) async fn remove_of(db: &impl ConnectionTrait, messages: SelectStatement) -> Result<(), DbErr> {
    Entity::delete_many().filter(COLUMN.message_id.in_subquery(messages)).exec(db).await.map(drop)
}

fn conversation_of() -> RelationDef {
    Entity::belongs_to(conversation::Entity).from(Column::ConversationId).to(conversation::Column::Id).into()
}

fn owner_of() -> RelationDef {
    conversation::Entity::belongs_to(user::Entity)
        .from(conversation::Column::UserId)
        .to(user::Column::Id)
        .into()
}
