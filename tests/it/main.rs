//! The integration tests, as one program: the real application, real databases, real child processes.

#![allow(missing_docs, reason = "test names are sentences already")]
#![expect(clippy::unwrap_used, reason = "a test says by failing what went wrong")]

mod support;

mod accounts;
mod answering;
mod architecture;
mod browser;
mod chat;
mod contract;
mod crash;
mod events;
mod first_start;
mod knowledge;
mod queue_engine;
mod schema;
mod settings;
mod site;
mod uploads;
