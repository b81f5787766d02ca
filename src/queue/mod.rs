//! Engine: durable jobs, and the times at which things recur.
//!
//! The row is the truth: a job is enqueued in the transaction that created the need for it, and done in the
//! transaction that holds its effects. Jobs of one key run one at a time and in order; a worker holds a key by a
//! lease that it renews, and every claim of a key raises its fence, so that a worker that lost its lease can no
//! longer finish anything. Promise: at-least-once start, effectively-once effect in the database.
//!
//! Knows nothing of what a job does.

mod bell;
pub mod check;
pub mod claim;
pub mod crontab;
mod enqueue;
pub mod figures;
pub mod job;
pub mod key;
mod kind;
pub mod occurrence;
mod pace;
pub mod timing;
mod worker;

pub use bell::Queue;
pub use enqueue::Enqueue;
pub use job::{JobId, State};
pub use kind::{Claimed, Done, Failure, Handled, Kind, Kinds, Noted, Step};
pub use pace::Pace;
pub use worker::Worker;
