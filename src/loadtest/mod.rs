//! The load test: many people who ask at once, and what became of their questions.
//!
//! Runs in a process of its own: the library behind it changes what belongs to the whole process (signals, the level of
//! logs), and what it measures must not share a runtime with what measures. Schedules start it as a child of the program.

mod attack;
pub mod child;
mod chores;
mod daily;
mod locust;
mod options;
mod plan;
mod report;
mod stats;
mod trouble;
mod visitor;

pub use attack::{Ended, Showing, in_this_process};
pub use child::run_as_child;
pub use chores::{Cleared, clear_logs, newest};
pub use daily::{check, weekly};
pub use options::Options;
pub use plan::{Plan, stored_names};
pub use stats::{Outcome, Row};
pub use trouble::{Checked, THRESHOLD, judge};

/// The tables of this slice, for the check that they match the schema.
pub mod tables {
    pub use super::trouble::Entity as Trouble;
}
