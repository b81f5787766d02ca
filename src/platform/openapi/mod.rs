//! How a slice describes its routes, and how descriptions become an OpenAPI 3.0.3 document.
//!
//! A description names a route as it is mounted (`/api/c/<id>`), so that a test can compare the two. Bodies are
//! described by the types that are sent; what every route of a kind answers besides is added here, once.

mod document;
mod errors;
mod formats;
mod operation;

pub use document::{About, document};
pub use formats::{Binary, Day, Moment, PageSize};
pub use okapi::openapi3::OpenApi;
pub use operation::{Entry, Operation};
