//! The public API as its clients know it: recorded exchanges, the checklist of the web client, limits, headers, the
//! document, the metrics, and what must be found nowhere.

mod checklist;
mod document;
mod hardening;
mod headers;
mod limits;
mod metrics;
mod paths;
mod privacy;
mod recorded;
mod smuggling;
