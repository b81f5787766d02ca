//! The log of a generation: what readers are told, numbered, only ever appended to.
//!
//! What stands here has been made harmless already: text is as `/api/chat` sends it, never as the model wrote it.

use std::collections::HashMap;

use sea_orm::{JoinType, QueryOrder, QuerySelect, Set, entity::prelude::*, sea_query::OnConflict};
use serde::Serialize;

use super::{
    generation::{self, GenerationId},
    message::{MessageId, Status},
};
use crate::{answering::Step, platform::store::BATCH};

/// What an event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What is being done.
    Reasoning,
    /// The first text.
    Chunk,
    /// More text, as it gathered since the event before.
    ChunkBatch,
    /// It did not come to a good end.
    Error,
    /// The last event.
    End,
}

/// Where in the making of an answer an event belongs. Some of the words are names that the first design of this API has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Stage {
    /// It begins.
    #[sea_orm(string_value = "start")]
    #[serde(rename = "start")]
    Start,
    /// Passages are looked for, and the model is asked.
    #[sea_orm(string_value = "Planner")]
    Planner,
    /// Tools are used.
    #[sea_orm(string_value = "Executor")]
    Executor,
    /// Text comes.
    #[sea_orm(string_value = "generation")]
    #[serde(rename = "generation")]
    Generation,
    /// It broke off.
    #[sea_orm(string_value = "error")]
    #[serde(rename = "error")]
    Error,
    /// It has ended.
    #[sea_orm(string_value = "end")]
    #[serde(rename = "end")]
    End,
}

impl From<Step> for Stage {
    fn from(step: Step) -> Self {
        match step {
            Step::Tools => Self::Executor,
            Step::Greeting | Step::Search | Step::Model | Step::Passages => Self::Planner,
        }
    }
}

/// An event.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "generation_event")]
pub struct Model {
    /// The generation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation_id: GenerationId,
    /// Its number, from 1 without a gap.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// What it says.
    pub kind: Kind,
    /// Where it belongs.
    pub stage: Stage,
    /// A line, text in harmless Markdown, or how it ended.
    #[sea_orm(column_type = "Text")]
    pub content: String,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The event that every log begins with.
    pub(super) fn start(of: GenerationId) -> Self {
        let (kind, stage) = (Kind::Reasoning, Stage::Start);
        Self { generation_id: of, seq: 1, kind, stage, content: String::new() }
    }

    /// The event that every log ends with.
    pub(super) fn end(of: GenerationId, seq: i64, how: Status) -> Self {
        let content = how.word().to_owned();
        Self { generation_id: of, seq, kind: Kind::End, stage: Stage::End, content }
    }
}

/// What closes a log after the event `last`: how the answer ended, and before it that this is no good end.
pub(super) fn closing(of: GenerationId, last: i64, how: Status) -> Vec<Model> {
    let mut closing = Vec::new();
    let mut seq = last + 1;
    if matches!(how, Status::Failed | Status::Interrupted) {
        let content = how.word().to_owned();
        closing.push(Model { generation_id: of, seq, kind: Kind::Error, stage: Stage::Error, content });
        seq += 1;
    }
    closing.push(Model::end(of, seq, how));
    closing
}

/// Appends events, those left out that are there already.
pub(super) async fn append(db: &impl ConnectionTrait, events: Vec<Model>) -> Result<(), DbErr> {
    let row = |event: Model| ActiveModel {
        generation_id: Set(event.generation_id),
        seq: Set(event.seq),
        kind: Set(event.kind),
        stage: Set(event.stage),
        content: Set(event.content),
    };
    let mut rows = events.into_iter().map(row).peekable();
    while rows.peek().is_some() {
        let unless_there = OnConflict::columns([Column::GenerationId, Column::Seq]).do_nothing().to_owned();
        let batch: Vec<ActiveModel> = rows.by_ref().take(BATCH).collect();
        Entity::insert_many(batch).on_conflict(unless_there).exec_without_returning(db).await?;
    }
    Ok(())
}

/// The events of a generation after a number, at most `limit`.
pub(super) async fn after(
    db: &impl ConnectionTrait,
    of: GenerationId,
    seq: i64,
    limit: Option<u64>,
) -> Result<Vec<Model>, DbErr> {
    let later = Entity::find().filter(COLUMN.generation_id.eq(of)).filter(COLUMN.seq.gt(seq));
    later.order_by_asc(Column::Seq).limit(limit).all(db).await
}

/// The text in the logs of these answers.
pub(super) async fn texts(
    db: &impl ConnectionTrait,
    answers: &[MessageId],
) -> Result<HashMap<MessageId, String>, DbErr> {
    let generation: RelationDef =
        Entity::belongs_to(generation::Entity).from(Column::GenerationId).to(generation::Column::Id).into();
    let chunks = Entity::find()
        .select_only()
        .column(generation::Column::MessageId)
        .column(Column::Content)
        .join(JoinType::InnerJoin, generation)
        .filter(generation::COLUMN.message_id.is_in(answers.iter().copied()))
        .filter(COLUMN.kind.is_in([Kind::Chunk, Kind::ChunkBatch]))
        .order_by_asc(generation::Column::MessageId)
        .order_by_asc(Column::Seq);
    let mut texts: HashMap<MessageId, String> = HashMap::new();
    for (answer, text) in chunks.into_tuple::<(MessageId, String)>().all(db).await? {
        texts.entry(answer).or_default().push_str(&text);
    }
    Ok(texts)
}

/// Removes the logs of these generations.
pub(super) async fn remove_of(db: &impl ConnectionTrait, of: &[GenerationId]) -> Result<(), DbErr> {
    Entity::delete_many().filter(COLUMN.generation_id.is_in(of.iter().copied())).exec(db).await.map(drop)
}
