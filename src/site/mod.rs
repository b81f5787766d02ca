//! The main site: one page to ask, read, upload and look back, rendered here.
//!
//! Works without scripts; the script only spares page loads and shows an answer as it comes. All Markdown is turned
//! into HTML on the server and sanitised there.

mod departure;
mod errors;
mod files;
mod forms;
mod frame;
mod live;
mod markdown;
mod messages;
mod page;
mod routes;
mod transcript;
mod view;

pub use errors::catchers;
pub use routes::routes;
pub use transcript::staff_routes;
