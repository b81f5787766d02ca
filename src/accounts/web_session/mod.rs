//! Web sessions: the cookie kind of session. Cookie in, cookie out.
//!
//! `tower-sessions-core` gives the id (128 random bits), the record and the idea of a store; its ids never reach
//! the database, only their SHA-256, so that a stolen table opens nothing. A session whose account changed its
//! password, flags or activity is void at once: its `auth_hash` no longer fits. The name to greet with is the one thing
//! about the person in it; it is sealed.

mod cookie;
mod copies;
mod data;
mod issued;
mod record;
mod row;

pub(super) use cookie::take_back;
pub use cookie::{COOKIE, begin, current_hash, end, ensure, keep_alive, of, prove};
pub use data::NAME;
pub(super) use issued::{Issued, renewed, successor};
pub(super) use record::must_not_change;
pub use record::{PASSWORD, SSO, WebSession, WebSessions};
pub use row::{
    ActiveModel, COLUMN, Column, Entity, Model, end_all_of, end_all_of_many, end_one, live_of, sweep,
};
