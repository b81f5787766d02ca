//! The pages: each view is a handler, the struct of its template, and what lies between.

mod actions;
mod autocomplete;
mod delete;
pub(super) mod errors;
mod export;
mod form;
mod history;
mod index;
mod list;
mod proof;
mod removals;
mod search;
mod sign_in;
mod sign_in_code;
mod tabs;

use rocket::{Catcher, Route};

pub(super) use index::without_language;
pub(super) use list::references;
pub use proof::{Proof, fault as proof_fault};

/// The routes of the site, to be mounted at each of [`super::desk::BASES`].
pub(super) fn routes() -> Vec<Route> {
    [
        sign_in::routes(),
        sign_in_code::routes(),
        index::routes(),
        list::routes(),
        actions::routes(),
        form::routes(),
        delete::routes(),
        removals::routes(),
        history::routes(),
        export::routes(),
        autocomplete::routes(),
        search::routes(),
    ]
    .concat()
}

/// The catchers of the site, to be registered at each of [`super::desk::BASES`].
pub(super) fn catchers() -> Vec<Catcher> {
    errors::catchers()
}
