//! Traces: how an answer came to be, what was found for it, and how long each step took.
//!
//! Times are measured where the answer is made, from the acceptance of its question on. A trace is written with the
//! end of its answer; an answer whose process died has none.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use sea_orm::{Set, entity::prelude::*, sea_query::SelectStatement};
use serde::{Deserialize, Serialize};

use super::message::{MessageId, Status};
use crate::{
    answering::{Finding, Note, Step, Usage},
    metrics::Answered,
};

/// What is kept of the passages found.
const MOST_FINDINGS: usize = 10;
/// What is kept of what a tool was used for.
const MAX_SUBJECT_CHARS: usize = 120;
/// The column that holds the model's name.
const MAX_MODEL_CHARS: usize = 100;

/// The trace of an answer.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "answer_trace")]
pub struct Model {
    /// The answer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: MessageId,
    /// Milliseconds until its first text; `None` when there was none.
    pub first_ms: Option<i32>,
    /// Milliseconds until its end.
    pub total_ms: Option<i32>,
    /// How many passages were found.
    pub passages: i32,
    /// How many citations it has.
    pub citations: i32,
    /// The model that wrote it; `None` when it is made of passages.
    pub model: Option<String>,
    /// Whether the passages had to stand in for a model.
    pub fallback: bool,
    /// Its steps, as JSON.
    pub stages: String,
    /// The best passages found, as JSON.
    pub searched: String,
    /// When it ended.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// A step of an answer, and how long it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// A stable word: `greeting`, `search`, `model`, `tools`, `passages`. Each `model` is one request to it.
    pub name: String,
    /// Milliseconds.
    pub ms: i32,
    /// The tools that were used, and what for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used: Vec<(String, String)>,
    /// What else is to be known of it: stable words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Tokens that the model read and wrote, where its server tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
    /// Numbers and addresses that the model made up, and that were taken out.
    #[serde(default, skip_serializing_if = "is_none")]
    pub repairs: usize,
}

/// Tokens of a request to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Those that it read.
    pub prompt: u64,
    /// Those that it wrote.
    pub completion: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_none(count: &usize) -> bool {
    *count == 0
}

impl Model {
    /// Its steps, in order.
    pub fn stages(&self) -> Vec<Stage> {
        serde_json::from_str(&self.stages).unwrap_or_default()
    }

    /// The passages found, at most ten: those of the first search best first, then those of later ones.
    pub fn searched(&self) -> Vec<Finding> {
        serde_json::from_str(&self.searched).unwrap_or_default()
    }
}

/// The traces of some answers.
pub async fn of_messages(
    db: &impl ConnectionTrait,
    messages: &[MessageId],
) -> Result<HashMap<MessageId, Model>, DbErr> {
    let rows = Entity::find().filter(COLUMN.message_id.is_in(messages.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.message_id, row)).collect())
}

/// Keeps the trace of an answer.
pub(super) async fn save(
    db: &impl ConnectionTrait,
    of: MessageId,
    citations: usize,
    trace: Trace,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        message_id: Set(of),
        first_ms: Set(trace.first.map(milliseconds)),
        total_ms: Set(Some(milliseconds(trace.total))),
        passages: Set(number(trace.passages)),
        citations: Set(number(citations)),
        model: Set(trace.model),
        fallback: Set(trace.fallback),
        stages: Set(serde_json::to_string(&trace.stages).unwrap_or_default()),
        searched: Set(serde_json::to_string(&trace.searched).unwrap_or_default()),
        created_at: Set(now),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Deletes the traces of the answers that `messages` selects.
pub(super) async fn remove_of(db: &impl ConnectionTrait, messages: SelectStatement) -> Result<(), DbErr> {
    Entity::delete_many().filter(COLUMN.message_id.in_subquery(messages)).exec(db).await.map(drop)
}

/// What is to be kept of how an answer came to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trace {
    first: Option<Duration>,
    total: Duration,
    passages: usize,
    model: Option<String>,
    fallback: bool,
    stages: Vec<Stage>,
    searched: Vec<Finding>,
}

impl Trace {
    /// What operators see of it.
    pub(super) fn figures(&self, ended: Status) -> Answered {
        let steps = |step: Step| self.stages.iter().filter(move |stage| stage.name == step.word());
        let tokens = || self.stages.iter().filter_map(|stage| stage.tokens);
        Answered {
            ended: ended.word(),
            first: self.first,
            total: self.total,
            retrieval: steps(Step::Search)
                .next()
                .and_then(|stage| u64::try_from(stage.ms).ok())
                .map(Duration::from_millis),
            model_calls: steps(Step::Model).count() as u64,
            tool_calls: self.stages.iter().map(|stage| stage.used.len() as u64).sum(),
            prompt_tokens: tokens().map(|tokens| tokens.prompt).sum(),
            completion_tokens: tokens().map(|tokens| tokens.completion).sum(),
            repairs: self.stages.iter().map(|stage| stage.repairs as u64).sum(),
            fallback: self.fallback,
        }
    }
}

/// Watches an answer come into being.
pub(super) struct Recorder {
    began: Instant,
    first: Option<Duration>,
    steps: Vec<(Step, Duration)>,
    /// By the number of their step.
    used: Vec<(usize, (String, String))>,
    /// By the number of their step.
    tokens: HashMap<usize, Tokens>,
    repairs: usize,
    notes: Vec<(usize, Note)>,
    passages: usize,
    searched: Vec<Finding>,
}

impl Recorder {
    /// The question has been accepted.
    pub(super) fn start() -> Self {
        Self {
            began: Instant::now(),
            first: None,
            steps: Vec::new(),
            used: Vec::new(),
            tokens: HashMap::new(),
            repairs: 0,
            notes: Vec::new(),
            passages: 0,
            searched: Vec::new(),
        }
    }

    /// A step begins.
    pub(super) fn step(&mut self, step: Step) {
        self.steps.push((step, self.began.elapsed()));
    }

    /// A tool has been used in this step.
    pub(super) fn used(&mut self, tool: String, subject: &str) {
        let subject = subject.chars().take(MAX_SUBJECT_CHARS).collect();
        self.used.push((self.steps.len().saturating_sub(1), (tool, subject)));
    }

    /// The model has been paid for this step.
    pub(super) fn spent(&mut self, usage: Usage) {
        let tokens = Tokens { prompt: usage.prompt, completion: usage.completion };
        self.tokens.insert(self.steps.len().saturating_sub(1), tokens);
    }

    /// So much that was made up was taken out.
    pub(super) fn repaired(&mut self, repairs: usize) {
        self.repairs += repairs;
    }

    /// Something is to be known of this step.
    pub(super) fn noted(&mut self, note: Note) {
        self.notes.push((self.steps.len().saturating_sub(1), note));
    }

    /// Passages have been found.
    pub(super) fn found(&mut self, findings: Vec<Finding>) {
        self.passages += findings.len();
        let room = MOST_FINDINGS.saturating_sub(self.searched.len());
        self.searched.extend(findings.into_iter().take(room));
    }

    /// Text has been shown.
    pub(super) fn said(&mut self) {
        self.first.get_or_insert_with(|| self.began.elapsed());
    }

    /// The answer has ended. `model` is the name of the model that may have written it.
    pub(super) fn end(self, model: Option<&str>) -> Trace {
        let total = self.began.elapsed();
        let ends = self.steps.iter().skip(1).map(|(_, began)| *began).chain([total]);
        let used =
            |at: usize| self.used.iter().filter(move |(step, _)| *step == at).map(|(_, used)| used.clone());
        let last = self.steps.len().saturating_sub(1);
        let notes = |at: usize| {
            self.notes.iter().filter(move |(step, _)| *step == at).map(|(_, note)| note.word().to_owned())
        };
        let stages = self.steps.iter().zip(ends).enumerate().map(|(at, ((step, began), ended))| Stage {
            name: step.word().to_owned(),
            ms: milliseconds(ended.saturating_sub(*began)),
            used: used(at).collect(),
            tokens: self.tokens.get(&at).copied(),
            repairs: if at == last { self.repairs } else { 0 },
            notes: notes(at).collect(),
        });
        let took = |step: Step| self.steps.iter().any(|(taken, _)| *taken == step);
        let by_model = took(Step::Model) && !took(Step::Passages);
        Trace {
            first: self.first,
            total,
            passages: self.passages,
            model: model.filter(|_| by_model).map(|name| name.chars().take(MAX_MODEL_CHARS).collect()),
            fallback: took(Step::Model) && took(Step::Passages),
            stages: stages.collect(),
            searched: self.searched,
        }
    }
}

fn milliseconds(time: Duration) -> i32 {
    i32::try_from(time.as_millis()).unwrap_or(i32::MAX)
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
