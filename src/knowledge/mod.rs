//! What can be searched: documents, their chunks, and who may read which.
//!
//! Rows are the truth. Each process keeps a keyword index in step with them by following the numbered list of
//! changes that every transaction on documents appends to.

pub mod campus;
mod change;
mod chunk;
mod clean;
mod document;
pub mod extract;
mod library;
mod metadata;
mod retrieve;
mod scope;

pub use change::{forget_old as forget_old_changes, head, touch_head};
pub use document::{DocumentId, Origin, Source, of_files, remove_of_file, replace};
pub use extract::{Extraction, ExtractionError, Extractor, Format, Page, Refusal};
pub use library::Library;
pub use retrieve::{Passage, Retrieved};
pub use scope::Scope;

/// The tables of this slice, for the check that they match the schema.
pub mod tables {
    pub use super::{
        change::{Entity as IndexChange, head_row::Entity as IndexHead},
        chunk::Entity as Chunk,
        document::Entity as Document,
    };
}
