//! What tests are made with: the application on a database of its own, actors who call it, the program as a process,
//! files, a model that follows a script.

mod actor;
mod app;
pub mod browser;
mod counting;
mod database;
pub mod dictation;
pub mod embeddings;
pub mod faults;
mod folder;
pub mod model;
pub mod pdf;
pub mod process;
pub mod redis;
pub mod staff;

pub use actor::{Actor, Answer};
pub use app::{TestApp, TestConfig, noon};
pub use browser::{Browser, Scripts};
pub use counting::Counting;
pub use database::{Scratch, empty_postgres, scratch};
pub use folder::{Folder, sample};
pub use process::Program;

/// A figure that a run is told in its environment: for runs longer than the usual one.
#[expect(clippy::disallowed_methods, reason = "a switch of the tests, not a setting")]
pub fn figure(name: &str) -> Option<usize> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

/// Prints a figure that a run is judged by, and leaves it where `tests/run` looks for those.
#[expect(clippy::print_stdout, reason = "figures are what this is for")]
#[expect(clippy::disallowed_methods, reason = "a switch of the tests, not a setting")]
pub fn tell(line: &str) {
    use std::io::Write;
    println!("{line}");
    let Ok(place) = std::env::var("CHATDKU_TEST_FIGURES") else { return };
    let kept = std::fs::File::options().create(true).append(true).open(&place);
    kept.and_then(|mut file| writeln!(file, "{line}")).unwrap_or_else(|error| panic!("{place}: {error}"));
}
