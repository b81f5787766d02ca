//! Plumbing without a business word in it.

pub mod audit;
pub mod clock;
pub mod disk;
pub mod form;
pub mod headers;
pub mod json;
pub mod locale;
pub mod logging;
pub mod pace;
pub mod rate_limit;
pub mod request_id;
pub mod secret;
pub mod store;
pub mod tasks;
pub mod time;
