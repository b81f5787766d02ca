//! Campus events, read from a table that another program writes.

pub mod api;
mod event;
mod routes;
mod source;
mod wire;

pub use event::{Entity, Event};
pub use routes::routes;
pub use source::Source;
