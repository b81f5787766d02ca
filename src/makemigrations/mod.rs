//! What the entities declare and the migrations do not make, and the migration that a developer begins with.
//!
//! Entities say little: names and types of columns, what may be null, and where somebody wrote so, lengths, defaults,
//! indexes and references. Only what they say is compared; a schema may hold more, such as indexes for one query.

mod column;
mod difference;
mod source;

pub use difference::{Difference, compare};
pub use source::{named, registered, written};
