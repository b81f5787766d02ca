//! The integration tests, as one program: the real application, real databases, real child processes.

#![allow(missing_docs, reason = "test names are sentences already")]
#![expect(clippy::unwrap_used, reason = "a test says by failing what went wrong")]

mod support;

mod accounts;
mod admin_engine;
mod answering;
mod architecture;
mod audit;
mod backup;
mod browser;
mod campus_files;
mod catalogue;
mod chat;
mod contract;
mod crash;
mod dashboard;
mod degradation;
mod digests;
mod events;
mod faults;
mod figures;
mod first_start;
mod generations;
mod hybrid;
mod instances;
mod key_rotation;
mod kills;
mod knowledge;
mod load;
mod loadtest;
mod logs;
mod mail;
mod makemigrations;
mod memory;
mod occurrences;
mod periodic;
mod quality;
mod queue_engine;
mod queue_model;
mod queue_operator;
mod removal;
mod rolling;
mod schema;
mod secret_fields;
mod seed;
mod settings;
mod sign_in;
mod site;
mod staff_accounts;
mod store;
mod takeover;
mod tools;
mod traces;
mod trust;
mod uploads;
mod web_sessions;
