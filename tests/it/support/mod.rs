//! What tests are made with: the application on a database of its own, actors who call it, the program as a process,
//! files, a model that follows a script.

mod actor;
mod app;
mod database;
pub mod model;
pub mod pdf;
pub mod process;

pub use actor::{Actor, Answer};
pub use app::{TestApp, TestConfig, noon};
pub use database::{Scratch, scratch};
pub use process::Program;
