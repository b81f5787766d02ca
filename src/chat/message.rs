//! Messages: what was asked and what was answered, in order.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use sea_orm::{
    QueryOrder, QuerySelect, Set,
    entity::prelude::*,
    sea_query::{Expr, Query},
};

use super::{
    citation,
    conversation::{self, ConversationId},
    feedback, generation,
    neutral::neutralise,
    summary, trace,
};
use crate::{
    accounts::UserId,
    answering::{Speaker, Turn},
    error::{Error, Result},
    platform::{
        paging::{Page, behind, holds},
        store::BATCH,
    },
};

/// The id of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType)]
#[sea_orm(try_from_u64)]
pub struct MessageId(pub i64);

impl std::str::FromStr for MessageId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, JsonSchema)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "snake_case")]
#[schemars(rename_all = "snake_case")]
pub enum Role {
    /// The person.
    User,
    /// The assistant.
    Bot,
}

/// Whether an answer is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, JsonSchema)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "snake_case")]
#[schemars(rename = "MessageStatus", rename_all = "snake_case")]
pub enum Status {
    /// It is.
    Complete,
    /// It is being written.
    Streaming,
    /// It was stopped, by a person or by shutdown.
    Stopped,
    /// It broke off.
    Failed,
    /// Its process died.
    Interrupted,
}

impl Status {
    /// Its word in the database and for clients.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Streaming => "streaming",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }

    /// The status of a word; one that is none means that something broke.
    pub(super) fn of_word(word: &str) -> Self {
        sea_orm::ActiveEnum::try_from_value(&word.to_owned()).unwrap_or(Self::Failed)
    }
}

/// A message.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "chat_chatmessages")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: MessageId,
    /// Who wrote it.
    pub role: Role,
    /// Its text, in Markdown, as it was written.
    pub message: String,
    /// When it was begun.
    pub created_at: DateTimeUtc,
    /// The conversation it is part of.
    pub session_id: ConversationId,
    /// Whether it is whole; `None` means that it is.
    pub status: Option<Status>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether it is whole.
    pub fn status(&self) -> Status {
        self.status.unwrap_or(Status::Complete)
    }
}

/// The messages of a conversation, oldest first.
pub async fn list(db: &impl ConnectionTrait, of: ConversationId) -> Result<Vec<Model>, DbErr> {
    let messages = Entity::find().filter(COLUMN.session_id.eq(of));
    messages.order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).all(db).await
}

/// Of the messages of a conversation those that are wanted, the last ones when they are too many; oldest first.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    of: ConversationId,
    page: &Page<MessageId>,
) -> Result<Vec<Model>, DbErr> {
    let mut wanted = Entity::find().filter(COLUMN.session_id.eq(of));
    if let Some(text) = page.containing.as_deref() {
        wanted = wanted.filter(holds(Expr::col((Entity, Column::Message)), text));
    }
    if let Some(before) = page.before {
        wanted = wanted.filter(behind(Column::CreatedAt, Column::Id, before, &COLUMN.session_id.eq(of)));
    }
    let last = wanted.order_by_desc(Column::CreatedAt).order_by_desc(Column::Id).limit(page.limit);
    let mut messages = last.all(db).await?;
    messages.reverse();
    Ok(messages)
}

/// A message of one of the owner's conversations.
pub async fn owned(
    db: &impl ConnectionTrait,
    by: UserId,
    of: ConversationId,
    id: MessageId,
) -> Result<Model> {
    conversation::owned(db, by, of).await?;
    let found = Entity::find_by_id(id).filter(COLUMN.session_id.eq(of)).one(db).await?;
    found.ok_or(Error::NotFound("Not found."))
}

/// A message, whosever it is.
pub(super) async fn by_id(db: &impl ConnectionTrait, id: MessageId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// The question of an answer.
pub(super) async fn question_of(
    db: &impl ConnectionTrait,
    of: ConversationId,
    answer: MessageId,
) -> Result<Option<MessageId>, DbErr> {
    let asked = Entity::find().select_only().column(Column::Id).filter(COLUMN.session_id.eq(of));
    let asked = asked.filter(COLUMN.role.eq(Role::User)).filter(COLUMN.id.lt(answer));
    asked.order_by_desc(Column::Id).limit(1).into_tuple().one(db).await
}

/// What was said last, at most `limit` messages and none up to `after`, oldest first.
pub(super) async fn newest(
    db: &impl ConnectionTrait,
    of: ConversationId,
    after: Option<MessageId>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut messages = Entity::find().filter(COLUMN.session_id.eq(of));
    if let Some(after) = after {
        messages = messages.filter(COLUMN.id.gt(after));
    }
    let newest = messages.order_by_desc(Column::CreatedAt).order_by_desc(Column::Id).limit(limit);
    let mut messages = newest.all(db).await?;
    messages.reverse();
    Ok(messages)
}

/// How many of these there are.
pub(super) async fn count_of(db: &impl ConnectionTrait, ids: &[MessageId]) -> Result<u64, DbErr> {
    Entity::find().filter(COLUMN.id.is_in(ids.iter().copied())).count(db).await
}

/// Messages as the answering slice sees them.
pub(super) fn turns(messages: Vec<Model>) -> Vec<Turn> {
    let turn = |message: Model| Turn {
        speaker: if message.role == Role::User { Speaker::Person } else { Speaker::Assistant },
        text: message.message,
    };
    messages.into_iter().map(turn).collect()
}

/// Appends a question and, empty, its answer. Answers the ids of both.
pub(super) async fn begin(
    db: &impl ConnectionTrait,
    of: ConversationId,
    question: &str,
    now: DateTime<Utc>,
) -> Result<(MessageId, MessageId), DbErr> {
    let message = |role, text: &str, status| ActiveModel {
        role: Set(role),
        message: Set(text.to_owned()),
        created_at: Set(now),
        session_id: Set(of),
        status: Set(status),
        ..ActiveModel::new()
    };
    let question = message(Role::User, question, None).insert(db).await?;
    let answer = message(Role::Bot, "", Some(Status::Streaming)).insert(db).await?;
    Ok((question.id, answer.id))
}

/// Saves an answer with its end. `false` when it is not being written any more, or gone.
pub(super) async fn save(
    db: &impl ConnectionTrait,
    id: MessageId,
    text: &str,
    status: Status,
) -> Result<bool, DbErr> {
    let saved = Entity::update_many()
        .col_expr(Column::Message, Expr::value(text))
        .col_expr(Column::Status, Expr::value(sea_orm::ActiveEnum::to_value(&status)))
        .filter(COLUMN.id.eq(id))
        .filter(COLUMN.status.eq(Status::Streaming));
    Ok(saved.exec(db).await?.rows_affected == 1)
}

/// Saves the end of an answer that could not be saved in time, unless more of it is there.
pub(super) async fn complete_late(
    db: &impl ConnectionTrait,
    of: ConversationId,
    id: MessageId,
    text: &str,
    status: Status,
) -> Result<bool, DbErr> {
    conversation::lock(db, vec![of]).await?;
    let unfinished = COLUMN.status.is_in([Status::Streaming, Status::Interrupted]);
    let row = Entity::find_by_id(id).filter(COLUMN.session_id.eq(of)).filter(unfinished).one(db).await?;
    // What an interruption has kept is in its harmless form, which is the longer one.
    if row.is_none_or(|row| row.message.len() > neutralise(text).len()) {
        return Ok(false);
    }
    let saved = Entity::update_many()
        .col_expr(Column::Message, Expr::value(text))
        .col_expr(Column::Status, Expr::value(sea_orm::ActiveEnum::to_value(&status)));
    Ok(saved.filter(COLUMN.id.eq(id)).exec(db).await?.rows_affected == 1)
}

/// Marks the answers of a conversation that nobody writes any more.
pub(super) async fn interrupt(db: &impl ConnectionTrait, of: ConversationId) -> Result<u64, DbErr> {
    let interrupted = Entity::update_many()
        .col_expr(Column::Status, Expr::value(sea_orm::ActiveEnum::to_value(&Status::Interrupted)))
        .filter(COLUMN.session_id.eq(of))
        .filter(COLUMN.status.eq(Status::Streaming));
    Ok(interrupted.exec(db).await?.rows_affected)
}

/// Gives an interrupted answer the text that was kept of it elsewhere.
pub(super) async fn keep_text(db: &impl ConnectionTrait, id: MessageId, text: &str) -> Result<(), DbErr> {
    let kept = Entity::update_many().col_expr(Column::Message, Expr::value(text));
    let kept = kept.filter(COLUMN.id.eq(id)).filter(COLUMN.status.eq(Status::Interrupted));
    kept.exec(db).await.map(drop)
}

/// Removes messages with their citations, traces and generations. What was said about them stays, without its link. Part of the
/// caller's transaction; answers how many there were.
pub async fn remove(db: &impl ConnectionTrait, ids: &[MessageId]) -> Result<u64, DbErr> {
    // A conversation's row is locked before those of its messages, as whoever writes an answer does.
    let mut conversations = Vec::new();
    for ids in ids.chunks(BATCH) {
        let of = Entity::find().select_only().column(Column::SessionId).distinct();
        let of = of.filter(COLUMN.id.is_in(ids.iter().copied()));
        conversations.extend(of.into_tuple::<ConversationId>().all(db).await?);
    }
    let conversations = conversation::lock(db, conversations).await?;
    for conversations in conversations.chunks(BATCH) {
        summary::forget(db, conversations).await?;
    }
    let mut removed = 0;
    for ids in ids.chunks(BATCH) {
        removed += remove_where(db, COLUMN.id.is_in(ids.iter().copied())).await?;
    }
    Ok(removed)
}

/// Removes the messages of conversations, whose rows the caller has locked.
pub(super) async fn remove_of(db: &impl ConnectionTrait, of: &[ConversationId]) -> Result<u64, DbErr> {
    remove_where(db, COLUMN.session_id.is_in(of.iter().copied())).await
}

async fn remove_where(db: &impl ConnectionTrait, which: Expr) -> Result<u64, DbErr> {
    let ids = Query::select().column(Column::Id).from(Entity).and_where(which.clone()).to_owned();
    feedback::unlink(db, ids.clone()).await?;
    citation::remove_of(db, ids.clone()).await?;
    trace::remove_of(db, ids.clone()).await?;
    generation::remove_of(db, ids).await?;
    Ok(Entity::delete_many().filter(which).exec(db).await?.rows_affected)
}
