//! Who is here, and what they may do.
//!
//! Imports no other slice. Campus accounts are named by the hash of their NetID and reached through the proxy's
//! identity header; local accounts have a plain name and a password. Neither way leads to the other's accounts.

pub mod bootstrap;
pub mod caller;
pub mod content_type;
pub mod group;
pub mod identity;
pub mod local;
pub mod log_entry;
pub mod netid;
pub mod origin;
pub mod password;
pub mod password_policy;
pub mod peer;
pub mod permission;
pub mod routes;
pub mod user;
pub mod visit;
pub mod web_session;
pub mod wire;

pub use caller::Caller;
pub use user::UserId;
