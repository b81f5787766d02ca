//! Who is here, and what they may do.
//!
//! Imports no other slice. Campus accounts are named by the hash of their NetID and reached through the proxy's
//! identity header; local accounts have a plain name and a password. Neither way leads to the other's accounts.

pub mod admin;
pub mod api;
pub mod bootstrap;
pub mod caller;
pub mod content_type;
pub mod departure;
pub mod group;
pub mod guard;
pub mod guessable;
pub mod host;
pub mod identity;
pub mod local;
pub mod log_entry;
pub mod maintainer;
pub mod netid;
pub mod notice;
pub mod origin;
pub mod own_password;
pub mod password;
pub mod password_policy;
pub mod peer;
pub mod permission;
pub mod routes;
pub mod second_factor;
pub mod sign_in;
pub mod sign_in_failure;
pub mod sought;
pub mod staff;
pub mod user;
pub mod visit;
pub mod web_session;
pub mod wire;

pub use caller::Caller;
pub use user::UserId;
pub use wire::AssistantName;
