//! Reports by mail: how the load test went, and what people said of answers.
//!
//! A report quotes what anybody may have written, and a model may have phrased it. None of it is markup, none of it
//! becomes a link, and nobody is named in it.

mod feedback;
mod harmless;
mod nameless;
mod themes;
mod view;
mod weekly;

pub use weekly::{KIND, weekly_report};
