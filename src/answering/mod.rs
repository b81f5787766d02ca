//! From question to cited answer. No requests, no accounts.
//!
//! Retrieval comes first and needs no model. With a model, one streamed call gets the passages found as numbered
//! evidence; without one, or when it is down or silent, the answer is made of the passages themselves. Whoever
//! writes the text, references are written here, from what was retrieved.

mod citations;
mod extractive;
mod greeting;
mod guard;
pub mod memory;
pub mod model;
mod pipeline;
mod prompt;
mod sentences;
mod title;

use chrono::NaiveDate;

pub use citations::{Citation, without_references};
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
    /// What may be searched.
    pub scope: Scope,
    /// Decides what is outdated.
    pub today: NaiveDate,
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
    /// What is being done, for as long as there is no text. One line, never part of the answer.
    Thinking(String),
    /// More text, in Markdown.
    Text(String),
    /// The last piece.
    End(End),
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
