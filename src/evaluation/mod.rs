//! How good retrieval and answers are: a file of questions, what each should find, and figures of what it did find.
//!
//! The figures are for comparisons, of two settings or of two versions, on the same questions and documents.

mod expected;
mod questions;
mod report;
mod run;

pub use questions::{Question, QuestionsError, parse};
pub use report::{Answers, Citations, Miss, Report, Times};
pub use run::{Wanted, evaluate};
