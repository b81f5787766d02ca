//! Dictation: a recording in, the words that were said out.
//!
//! The words are written down by a service beside the program. A recording passes through memory: nothing of it is kept,
//! and neither its bytes nor its words get into a log.

pub mod api;
mod recording;
mod routes;
mod service;
mod sound;

pub use routes::routes;
pub use service::Dictation;
