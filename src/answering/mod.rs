//! From question to cited answer. No requests, no accounts.
//!
//! Retrieval comes first and needs no model; questions that the course catalogue or the calendar answers are told by
//! rules and looked up at once. With a model, one streamed call gets the passages found as numbered
//! evidence, and the model may call for tools a few times before it answers; without one, or when it is down or silent,
//! the answer is made of the passages themselves. Whoever writes the text, references are written here, from what was
//! retrieved.

mod citations;
mod cues;
mod dialogue;
mod direct;
mod extractive;
mod greeting;
mod guard;
pub mod memory;
pub mod model;
mod pipeline;
mod prompt;
mod reference_lines;
mod route;
mod sentences;
mod stated;
mod summary;
mod title;
mod tools;
mod watched;
mod when;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use citations::{Citation, without_references};
pub use model::Usage;
pub use pipeline::Answering;
pub use title::provisional_title;

use crate::knowledge::Scope;

/// A question, with all that its answer may rest on.
#[derive(Clone, Debug)]
pub struct Question {
    /// As the person wrote it.
    pub text: String,
    /// What was said before, oldest first.
    pub history: Vec<Turn>,
    /// What was said before that, in a few lines.
    pub summary: Option<String>,
    /// What may be searched.
    pub scope: Scope,
    /// Decides what is outdated.
    pub today: NaiveDate,
    /// How much may be looked up for it.
    pub depth: Depth,
}

/// How much may be looked up for a question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// A little: most questions need no more than what is found at once.
    #[default]
    Usual,
    /// More, for questions of several parts. It takes longer.
    Agent,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Who said it.
    pub speaker: Speaker,
    /// What.
    pub text: String,
}

/// Who speaks in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The person who asks.
    Person,
    /// The one who answers.
    Assistant,
}

/// A piece of an answer as it comes into being.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// A step begins; the one before it has ended. Nothing of it is shown to the person.
    Step(Step),
    /// What was found, best first. May come more than once.
    Found(Vec<Finding>),
    /// Something about this step that is to be known of it.
    Noted(Note),
    /// A tool was used: its name, and what for.
    Used(String, String),
    /// What a request to the model cost, where its server tells.
    Spent(Usage),
    /// What is being done, for as long as there is no text. One line, never part of the answer.
    Thinking(String),
    /// More text, in Markdown.
    Text(String),
    /// What the text cites that comes next or has come, by number, whenever there is more of it: an answer that is cut
    /// off has its sources, too.
    Cited(Vec<Citation>),
    /// The last piece.
    End(End),
}

/// The steps that an answer may take, in the order in which it takes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A greeting is returned.
    Greeting,
    /// Passages are looked for.
    Search,
    /// The model is asked, and speaks.
    Model,
    /// Tools are used that the model called for. It is asked again afterwards.
    Tools,
    /// The answer is put together from the passages.
    Passages,
}

impl Step {
    /// A stable word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Greeting => "greeting",
            Self::Search => "search",
            Self::Model => "model",
            Self::Tools => "tools",
            Self::Passages => "passages",
        }
    }
}

/// Something to be known of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// The search by meaning failed: keywords alone were searched.
    KeywordsAlone,
}

impl Note {
    /// A stable word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::KeywordsAlone => "keywords_alone",
        }
    }
}

/// A passage that was found, in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The document's id.
    pub document: i64,
    /// Its title.
    pub title: String,
    /// The page.
    pub page: Option<i32>,
    /// How well the passage fits; comparable within one answer only.
    pub score: f32,
}

/// How an answer ended.
#[derive(Clone, Debug, PartialEq)]
pub struct End {
    /// Whether all of it is there.
    pub outcome: Outcome,
    /// What the text cites, by number.
    pub citations: Vec<Citation>,
    /// Who wrote the text.
    pub author: Author,
    /// References and addresses of the model's that were taken out, since nothing that was found has them.
    pub repairs: usize,
}

/// Whether an answer is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is.
    Complete,
    /// It broke off.
    Failed,
}

/// Who wrote an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// A language model.
    Model,
    /// Nobody: it is made of passages.
    Passages,
}
