//! Made-up rows: people, and conversations with all that hangs on them.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::OnConflict,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::words::{Dice, Writer};
use crate::{
    accounts::{UserId, user},
    chat::{
        ConversationId, MessageId, Role, Status, conversations, messages, ratings,
        tables::{Citation, Conversation, Feedback, Message, Trace},
        traces,
    },
    platform::store::{BATCH, Store},
};

/// How far back conversations begin.
const PERIOD: Duration = Duration::days(90);

/// Shares of answers, in a hundred.
const CITED: u64 = 70;
const RATED: u64 = 3;
const BY_MODEL: u64 = 90;
const FAILED: u64 = 2;

const REASONS: [&str; 5] = ["helpful", "helpful", "not_correct", "not_clear", "not_relevant"];

type Row<E> = <E as EntityTrait>::ActiveModel;

/// Accounts of made-up people, made unless they are there.
pub(super) async fn people(store: &Store, count: u32) -> Result<Vec<UserId>, DbErr> {
    let names: Vec<String> =
        (0..count).map(|number| hex::encode(Sha256::digest(format!("made-up person {number}")))).collect();
    let mut ids = Vec::with_capacity(names.len());
    for names in names.chunks(BATCH) {
        let account = |name: &String| user::ActiveModel {
            password: Set("!".to_owned()),
            is_superuser: Set(false),
            username: Set(name.clone()),
            is_active: Set(true),
            is_staff: Set(false),
            is_admin: Set(false),
            folder: Set(Uuid::new_v4().to_string()),
            ..Default::default()
        };
        let unless_there = OnConflict::column(user::Column::Username).do_nothing().to_owned();
        let new = user::Entity::insert_many(names.iter().map(account)).on_conflict(unless_there);
        store.write_once(async |tx| new.exec_without_returning(&tx).await).await?;
        let these = user::COLUMN.username.is_in(names.iter().map(String::as_str));
        let these = user::Entity::find().select_only().column(user::Column::Id).filter(these);
        let these = these.order_by_asc(user::Column::Id);
        ids.extend(these.into_tuple::<UserId>().all(store.read()).await?);
    }
    Ok(ids)
}

/// When conversations begin: evenly, the last a little before the end.
pub(super) struct Calendar {
    next: DateTime<Utc>,
    step: Duration,
}

impl Calendar {
    pub(super) fn until(end: DateTime<Utc>, conversations: u32) -> Self {
        let step = PERIOD / i32::try_from(conversations).unwrap_or(i32::MAX);
        Self { next: end - PERIOD, step }
    }

    pub(super) fn next(&mut self) -> DateTime<Utc> {
        let now = self.next;
        self.next += self.step;
        now
    }
}

/// Rows that go in together.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) conversations: Vec<Row<Conversation>>,
    pub(super) messages: Vec<Row<Message>>,
    pub(super) citations: Vec<Row<Citation>>,
    pub(super) traces: Vec<Row<Trace>>,
    pub(super) feedback: Vec<Row<Feedback>>,
}

impl Batch {
    /// Adds a conversation of `count` messages, whose ids begin at `first`.
    pub(super) fn add_conversation(
        &mut self,
        dice: &mut Dice,
        by: UserId,
        began: DateTime<Utc>,
        first: MessageId,
        count: u32,
    ) {
        let writer = Writer::any(dice);
        let id = ConversationId(Uuid::from_u64_pair(dice.roll(), dice.roll()));
        let mut at = began;
        let mut question = String::new();
        let mut title = None;
        for number in 0..count {
            let message = MessageId(first.0 + i64::from(number));
            if number % 2 == 0 {
                question = writer.question(dice);
                title.get_or_insert_with(|| question.clone());
                self.add_message(message, id, at, Role::User, question.clone());
                at += Duration::milliseconds(i64::try_from(dice.below(8_000)).unwrap_or(0));
            } else {
                let answer = writer.answer(dice);
                self.add_answer(dice, message, at, &question, &answer, (by, id));
                self.add_message(message, id, at, Role::Bot, answer);
                at += Duration::seconds(i64::try_from(20 + dice.below(200)).unwrap_or(0));
            }
        }
        let conversation = conversations::Model {
            id,
            created_at: began,
            title: title.unwrap_or_default(),
            user_id: by,
            active_run: None,
            active_until: None,
            last_activity: Some(at),
            summary: None,
            summary_upto: None,
        };
        self.conversations.push(conversation.into_active_model());
    }

    fn add_message(
        &mut self,
        id: MessageId,
        of: ConversationId,
        at: DateTime<Utc>,
        role: Role,
        text: String,
    ) {
        let status = (role == Role::Bot).then_some(Status::Complete);
        let message = messages::Model { id, role, message: text, created_at: at, session_id: of, status };
        self.messages.push(message.into_active_model());
    }

    /// What hangs on an answer: its citation, its trace, what is said about it.
    fn add_answer(
        &mut self,
        dice: &mut Dice,
        id: MessageId,
        at: DateTime<Utc>,
        question: &str,
        answer: &str,
        (by, of): (UserId, ConversationId),
    ) {
        let cited = dice.happens(CITED);
        if cited {
            self.citations.push(citation(id, answer));
        }
        self.traces.push(trace(dice, id, at, i32::from(cited)).into_active_model());
        if dice.happens(RATED) {
            let reason = REASONS[usize::try_from(dice.below(REASONS.len() as u64)).unwrap_or(0)];
            let said = ratings::Model {
                id: 0,
                user_input: question.to_owned(),
                gen_answer: answer.to_owned(),
                feedback_reason: reason.to_owned(),
                question_id: of.to_string(),
                time: at + Duration::seconds(30),
                user_id: Some(by),
                message_id: Some(id),
                state: None,
                assignee_id: None,
                note: None,
            };
            let mut said = said.into_active_model();
            said.id = NotSet;
            self.feedback.push(said);
        }
    }
}

fn citation(of: MessageId, answer: &str) -> Row<Citation> {
    Row::<Citation> {
        message_id: Set(of),
        n: Set(1),
        document_id: Set(None),
        chunk_id: Set(None),
        file_id: Set(None),
        title: Set("A made-up document".to_owned()),
        url: Set(None),
        page: Set(Some(1)),
        quote: Set(answer.chars().take(120).collect()),
        quote_hash: Set("0".repeat(64)),
        char_start: Set(0),
        char_end: Set(120),
        score: Set(1.0),
    }
}

/// As much as real answers have.
fn searched() -> String {
    let finding = r#"{"document":1,"title":"A made-up document of some length","page":1,"score":1.0}"#;
    format!("[{}]", [finding; 10].join(","))
}

fn trace(dice: &mut Dice, of: MessageId, at: DateTime<Utc>, citations: i32) -> traces::Model {
    // Most are quick and some are slow: the product of two numbers has a long tail.
    let mut tail = |most: u64| i32::try_from(dice.below(most) * dice.below(most) / most).unwrap_or(0);
    let (first, rest) = (80 + tail(4_000), tail(20_000));
    let fallback = dice.happens(FAILED);
    let by_model = !fallback && dice.happens(BY_MODEL);
    traces::Model {
        message_id: of,
        first_ms: Some(first),
        total_ms: Some(first + rest),
        passages: 10,
        citations,
        model: by_model.then(|| "made-up".to_owned()),
        fallback,
        stages: format!(r#"[{{"name":"search","ms":40}},{{"name":"model","ms":{}}}]"#, first + rest - 40),
        searched: searched(),
        created_at: at,
    }
}
