//! People's own files: received, kept, read into documents, handed back, deleted.

pub mod admin;
pub mod api;
mod cleanup;
mod content;
mod deletion;
pub mod figures;
mod file;
mod ingest;
mod lock;
mod multipart;
mod name;
mod refusal;
mod routes;
mod wire;

pub use cleanup::sweep;
pub use deletion::{DELETE, delete_bytes};
pub use file::{Entity, State, chosen, is_being_read, list, owned, still_owned};
pub use ingest::{INGEST, gave_up, ingest};
pub use lock::show_locked;
pub use refusal::UploadError;
pub use routes::{delete as delete_file, permits, receive, routes};
pub use wire::FileInfo;

/// Files, whosever they are, for staff.
pub mod files {
    pub use super::{
        content::{of as bytes_of, open},
        deletion::{forget, remove},
        file::{Column, Model, of_account},
        ingest::{adopt, lanes_of, reingest},
    };
}
