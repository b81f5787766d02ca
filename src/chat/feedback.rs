//! What people say about answers.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sea_orm::{QuerySelect, Set, entity::prelude::*};

use super::{
    conversation::{self, ConversationId},
    message::{self, MessageId, Role},
    neutral,
};
use crate::accounts::UserId;

/// How far back an answer is looked for.
const LOOKED_AT: u64 = 40;
/// What a client sends of an answer is cut at 8 KiB, less the bytes of a character that would not fit.
const CUT_BYTES: usize = 8 * 1024 - 4;
/// A review begins here; the dashboard takes it further.
const NEW: &str = "new";

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
    /// How far its review has come.
    pub state: Option<String>,
    /// Who reviews it.
    pub assignee_id: Option<UserId>,
    /// What the reviewer notes.
    pub note: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

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
pub async fn add(
    db: &impl ConnectionTrait,
    by: UserId,
    now: DateTime<Utc>,
    rating: Rating,
) -> Result<(), DbErr> {
    let message = match rating.message {
        Some(message) => Some(message),
        None => answer_meant(db, by, &rating).await?,
    };
    let row = ActiveModel {
        user_input: Set(rating.question),
        gen_answer: Set(rating.answer),
        feedback_reason: Set(rating.reason),
        question_id: Set(rating.conversation),
        time: Set(now),
        user_id: Set(Some(by)),
        message_id: Set(message),
        state: Set(Some(NEW.to_owned())),
        ..ActiveModel::new()
    };
    Entity::insert(row).exec_without_returning(db).await?;
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
    let shown = words(&rating.answer);
    let newest = message::newest(db, id, LOOKED_AT).await?;
    // A long answer comes cut: then its beginning decides.
    let cut = rating.answer.len() >= CUT_BYTES;
    let same = |text: String| text == shown || (cut && text.starts_with(&shown));
    let meant =
        newest.iter().rev().filter(|message| message.role == Role::Bot).find(|message| {
            same(words(&message.message)) || same(words(&neutral::neutralise(&message.message)))
        });
    Ok(meant.map(|message| message.id))
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
