//! The whole list of job kinds.

use std::time::Duration;

use crate::{
    app::App,
    chat, housekeeping,
    queue::{Kind, Kinds},
    uploads,
};

/// What the workers can do.
pub fn kinds() -> Kinds<App> {
    Kinds::new([
        // Reading a file may take two minutes; the child is killed then.
        Kind::new(uploads::INGEST, uploads::ingest).limit(Duration::from_secs(150)).on_dead(uploads::gave_up),
        Kind::new(uploads::DELETE, uploads::delete_bytes),
        Kind::new(uploads::SWEEP, uploads::sweep).limit(Duration::from_mins(15)),
        Kind::new(chat::CLEAN, chat::clean),
        Kind::new(housekeeping::KIND, housekeeping::run),
    ])
}
