//! The route of this part, described.

use rocket::http::Method::Get;

use crate::platform::{
    openapi::{Binary, Entry::Callers, Operation},
    rate_limit::Class::Export,
};

/// Its description.
pub fn operations() -> Vec<Operation> {
    let export = Operation::new(Get, "/user/export", "account", Callers(Export), "All that is known of me");
    vec![
        export
            .notes(
                "A ZIP archive: `README.txt` says what is in it. It is made while it is sent, one at a time; a page of \
                 another site gets 403.",
            )
            .answers_as::<Binary>(200, "The archive.", "application/zip")
            .with_header(200, "Content-Disposition", "The name of the archive."),
    ]
}
