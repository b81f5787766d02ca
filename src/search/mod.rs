//! Engine: cut text into chunks, find chunks by keywords and by vectors, make one list of both.
//!
//! English, Chinese, Japanese and Korean go through one analyser; ranking is BM25. Access is a filter inside the
//! query, never on its results. The index is a copy that can be thrown away: its last commit says how far it has
//! followed the numbered changes of its source.
//!
//! Knows nothing of users, requests or databases.

mod analyse;
mod chunk;
mod dense;
mod fuse;
mod index;

pub use analyse::{analyse, query_terms};
pub use chunk::{Form, Piece, split};
pub use dense::{Nearest, Vectors, encode, normalise};
pub use fuse::fuse;
pub use index::{Entry, Filter, Found, Hit, Index, OpenError, Update};
