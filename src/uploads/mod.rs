//! People's own files: received, kept, read into documents, handed back, deleted.

mod cleanup;
mod deletion;
mod file;
mod ingest;
mod multipart;
mod name;
mod permits;
mod reason;
mod refusal;
mod routes;
mod storage;
mod wire;

pub use cleanup::{SWEEP, job as sweeping, sweep};
pub use deletion::{DELETE, delete_bytes};
pub use file::{Entity, State, chosen, is_being_read, list, owned, still_owned};
pub use ingest::{INGEST, gave_up, ingest};
pub use permits::Permits;
pub use refusal::UploadError;
pub use routes::{delete as delete_file, receive, routes};
pub use storage::Storage;
pub use wire::FileInfo;
