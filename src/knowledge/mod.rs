//! What can be searched: documents, their chunks, and who may read which.
//!
//! Rows are the truth. Each process keeps a keyword index in step with them by following the numbered list of
//! changes that every transaction on documents appends to.

pub mod admin;
pub mod campus;
mod campus_bytes;
mod campus_file;
mod change;
mod chunk;
mod clean;
mod description;
mod document;
pub mod embedding;
mod excerpt;
pub mod extract;
mod folder;
mod keeping;
mod library;
mod metadata;
mod reading;
pub mod reason;
mod removal;
mod rereading;
mod retrieve;
mod scope;

pub use change::{begin_lineage, forget_old as forget_old_changes, head, touch_head};
pub use clean::clean;
pub use document::{DocumentId, Origin, Source, of_collection, of_files, replace, write};
pub use extract::{Extraction, ExtractionError, Extractor, Format, Page, Refusal, decode};
pub use library::Library;
pub use metadata::{FILE as METADATA_FILE, Metadata, read as read_metadata};
pub use reading::{FileState, Reading, Text, read};
pub use removal::{Removed, remove_of_files};
pub use retrieve::{COMPOSED, Means, Passage, Reach, Retrieved};
pub use scope::Scope;

/// Campus documents, for staff.
pub mod documents {
    pub use super::{
        description::{Description, DocumentError, Fault},
        document::Model,
        keeping::describe,
        removal::{lock, remove},
        rereading::{Reread, reingest},
    };
}

/// Files of campus documents that staff keep.
pub mod campus_files {
    pub use super::{
        campus_bytes::{DELETE, delete, sweep},
        campus_file::{COLLECTION, CampusFileId, Column, Model, of_documents},
        keeping::{Arrived, MAX_FILE_BYTES, add, begin, replace_file},
        rereading::{INGEST, gave_up, ingest},
    };
}

/// The tables of this slice, for the check that they match the schema.
pub mod tables {
    pub use super::{
        campus_file::Entity as CampusFile,
        change::{Entity as IndexChange, head_row::Entity as IndexHead},
        chunk::{Column as ChunkColumn, Entity as Chunk},
        document::{Column as DocumentColumn, Entity as Document},
        embedding::row::Entity as Embedding,
    };
}
