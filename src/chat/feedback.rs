//! What people say about answers.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sea_orm::{
    Condition, QueryOrder, QuerySelect, Set,
    entity::prelude::*,
    sea_query::{Expr, SelectStatement},
};

use super::{
    conversation::{self, ConversationId},
    message::{self, MessageId, Role},
    neutral,
};
use crate::{
    accounts::UserId,
    app::App,
    metrics::Made,
    platform::{store::BATCH, text::one_line},
};

/// The reason of those who are content.
pub(super) const HELPFUL: &str = "helpful";

/// How far back an answer is looked for.
const LOOKED_AT: u64 = 40;
/// What a client sends of an answer is cut at 8 KiB, less the bytes of a character that would not fit.
const CUT_BYTES: usize = 8 * 1024 - 4;

/// How far the review of an opinion has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "snake_case")]
pub enum State {
    /// Nobody has looked at it.
    #[default]
    New,
    /// Somebody has.
    Seen,
    /// What it complains of is mended.
    Fixed,
    /// There is nothing to mend.
    Dismissed,
}

/// One opinion.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "chat_feedback")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The question.
    pub user_input: String,
    /// The answer.
    pub gen_answer: String,
    /// `helpful`, `not_correct`, `not_clear`, `not_relevant`, or the person's own words.
    pub feedback_reason: String,
    /// The conversation, as the client named it.
    pub question_id: String,
    /// When it was said.
    pub time: DateTimeUtc,
    /// Who said it.
    pub user_id: Option<UserId>,
    /// The answer's row, when it was found.
    pub message_id: Option<MessageId>,
    /// How far its review has come; `None` means that it is new.
    pub state: Option<State>,
    /// Who reviews it.
    pub assignee_id: Option<UserId>,
    /// What the reviewer notes.
    pub note: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// How far its review has come.
    pub fn state(&self) -> State {
        self.state.unwrap_or_default()
    }
}

/// An opinion about an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// The question.
    pub question: String,
    /// The answer, as it was shown.
    pub answer: String,
    /// What is said about it.
    pub reason: String,
    /// The conversation, as the client named it.
    pub conversation: String,
    /// The answer's row, when the client knows it.
    pub message: Option<MessageId>,
}

/// Keeps an opinion, linked to the answer it is about when that is one of the person's own.
async fn add(db: &impl ConnectionTrait, by: UserId, now: DateTime<Utc>, rating: Rating) -> Result<(), DbErr> {
    let message = match rating.message {
        Some(message) => Some(message),
        None => answer_meant(db, by, &rating).await?,
    };
    let conversation =
        if is_strangers(db, by, &rating.conversation).await? { String::new() } else { rating.conversation };
    let row = ActiveModel {
        user_input: Set(rating.question),
        gen_answer: Set(rating.answer),
        feedback_reason: Set(rating.reason),
        question_id: Set(conversation),
        time: Set(now),
        user_id: Set(Some(by)),
        message_id: Set(message),
        state: Set(Some(State::New)),
        ..ActiveModel::new()
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The use case: somebody says what they think of an answer.
pub async fn keep(app: &App, by: UserId, rating: Rating) -> Result<(), DbErr> {
    let now = app.clock.now();
    app.store.write(async |tx| add(&tx, by, now, rating).await).await?;
    app.metrics.made(Made::Feedback, 1);
    Ok(())
}

/// Which of these answers the person has rated, and how.
pub async fn rated(
    db: &impl ConnectionTrait,
    by: UserId,
    messages: &[MessageId],
) -> Result<HashSet<(MessageId, String)>, DbErr> {
    let rows: Vec<(Option<MessageId>, String)> = Entity::find()
        .select_only()
        .column(Column::MessageId)
        .column(Column::FeedbackReason)
        .filter(COLUMN.user_id.eq(by))
        .filter(COLUMN.message_id.is_in(messages.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(id, reason)| Some((id?, reason))).collect())
}

/// What was said about a conversation and its messages, in order.
pub async fn about(
    db: &impl ConnectionTrait,
    conversation: ConversationId,
    messages: &[MessageId],
) -> Result<Vec<Model>, DbErr> {
    let meant = Condition::any()
        .add(COLUMN.message_id.is_in(messages.iter().copied()))
        .add(COLUMN.question_id.eq(conversation.to_string()));
    Entity::find().filter(meant).order_by_asc(Column::Id).all(db).await
}

/// The opinions whose review has come so far.
pub fn in_state(state: State) -> Condition {
    let stored = COLUMN.state.eq(state);
    if state == State::New { Condition::any().add(stored).add(COLUMN.state.is_null()) } else { stored.into() }
}

/// Notes how far the review of opinions has come. Part of the caller's transaction; answers how many there are.
pub async fn mark(db: &impl ConnectionTrait, ids: &[i32], state: State) -> Result<u64, DbErr> {
    let mut marked = 0;
    for ids in ids.chunks(BATCH) {
        let noted = Entity::update_many().col_expr(Column::State, Expr::value(state));
        marked += noted.filter(COLUMN.id.is_in(ids.iter().copied())).exec(db).await?.rows_affected;
    }
    Ok(marked)
}

/// Removes opinions. Part of the caller's transaction; answers how many there were.
pub async fn remove(db: &impl ConnectionTrait, ids: &[i32]) -> Result<u64, DbErr> {
    let mut removed = 0;
    for ids in ids.chunks(BATCH) {
        let gone = Entity::delete_many().filter(COLUMN.id.is_in(ids.iter().copied()));
        removed += gone.exec(db).await?.rows_affected;
    }
    Ok(removed)
}

/// Removes opinions older than `before`, the oldest first: a batch. Part of the caller's transaction; answers how many.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let old = Entity::find().select_only().column(Column::Id).filter(COLUMN.time.lt(before));
    let old = old.order_by_asc(Column::Time).order_by_asc(Column::Id).limit(BATCH as u64);
    let ids: Vec<i32> = old.into_tuple().all(db).await?;
    remove(db, &ids).await
}

/// Opinions about the messages that `messages` selects lose their link.
pub(super) async fn unlink(db: &impl ConnectionTrait, messages: SelectStatement) -> Result<(), DbErr> {
    let unlinked = Entity::update_many().col_expr(Column::MessageId, Expr::value(None::<i64>));
    unlinked.filter(COLUMN.message_id.in_subquery(messages)).exec(db).await.map(drop)
}

/// Whether this names somebody else's conversation: an opinion is not pinned to that.
async fn is_strangers(db: &impl ConnectionTrait, by: UserId, named: &str) -> Result<bool, DbErr> {
    let Ok(id) = ConversationId::parse(named) else { return Ok(false) };
    Ok(conversation::by_id(db, id).await?.is_some_and(|row| row.user_id != by))
}

/// The newest answer of the conversation with the text that the client shows.
async fn answer_meant(
    db: &impl ConnectionTrait,
    by: UserId,
    rating: &Rating,
) -> Result<Option<MessageId>, DbErr> {
    let Ok(id) = ConversationId::parse(&rating.conversation) else { return Ok(None) };
    if conversation::owned(db, by, id).await.is_err() {
        return Ok(None);
    }
    let shown = one_line(&rating.answer);
    let newest = message::newest(db, id, None, LOOKED_AT).await?;
    // A long answer comes cut: then its beginning decides.
    let cut = rating.answer.len() >= CUT_BYTES;
    let same = |text: String| text == shown || (cut && text.starts_with(&shown));
    let meant = newest.iter().rev().filter(|message| message.role == Role::Bot).find(|message| {
        same(one_line(&message.message)) || same(one_line(&neutral::neutralise(&message.message)))
    });
    Ok(meant.map(|message| message.id))
}
