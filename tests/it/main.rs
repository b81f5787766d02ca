//! The integration tests, as one program: the real application, real databases, real child processes.

#![allow(missing_docs, reason = "test names are sentences already")]

mod support;

mod accounts;
mod answering;
mod architecture;
mod chat;
mod contract;
mod events;
mod knowledge;
mod queue_engine;
mod schema;
mod settings;
mod uploads;
