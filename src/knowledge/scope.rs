//! What a question may be answered from.

use super::document::DocumentId;
use crate::{accounts::UserId, search::Filter};

/// The scope term of campus documents in the index.
const CAMPUS: &str = "campus";

/// Which documents count for a question. Made from the caller's own rows, never from names alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Whether campus documents do.
    pub campus: bool,
    /// The person's own documents that do.
    pub own: Option<(UserId, Vec<DocumentId>)>,
}

impl Scope {
    /// Campus documents alone.
    pub fn campus() -> Self {
        Self { campus: true, own: None }
    }

    pub(super) fn filter(&self) -> Filter {
        let campus = self.campus.then(|| (CAMPUS.to_owned(), None));
        let own = self
            .own
            .as_ref()
            .map(|(owner, documents)| (term(Some(*owner)), Some(documents.iter().map(|id| id.0).collect())));
        Filter { scopes: campus.into_iter().chain(own).collect() }
    }
}

/// The scope term of a document in the index.
pub(super) fn term(owner: Option<UserId>) -> String {
    owner.map_or_else(|| CAMPUS.to_owned(), |owner| format!("user:{}", owner.0))
}
