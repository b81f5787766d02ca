//! Campus events, read from a table that another program writes.

mod event;
mod routes;
mod wire;

pub use event::Entity;
pub use routes::routes;
