//! What tests are made with: the application on a database of its own, actors who call it, files, a model that
//! follows a script.

mod actor;
mod app;
mod database;
pub mod model;
pub mod pdf;

pub use actor::Actor;
pub use app::{TestApp, TestConfig, noon};
pub use database::{Scratch, scratch};
