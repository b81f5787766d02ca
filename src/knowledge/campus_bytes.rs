//! Bytes of campus documents that are not wanted any more: removed by a job, and what crashes left by the sweep.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{
    campus_file::{self, FOLDER},
    document::DocumentId,
    rereading,
};
use crate::{
    app::App,
    periodic::Call,
    platform::store::BATCH,
    queue::{Claimed, Done, Enqueue, Failure, Handled},
};

/// The kind of the job that removes the bytes of one version.
pub const DELETE: &str = "document.delete";

/// A file gets its row right after its bytes.
const STRAY_AGE_SECONDS: u64 = 24 * 60 * 60;

/// Which version.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delete {
    stored_name: String,
}

/// The job that removes the bytes of a version of a document's file.
pub(super) fn removal(document: DocumentId, stored_name: &str) -> Enqueue {
    let bytes = Delete { stored_name: stored_name.to_owned() };
    Enqueue::new(DELETE, rereading::key(document), &bytes)
}

/// Removes the bytes. Doing it again does nothing.
pub async fn delete(app: App, job: Claimed<Delete>) -> Handled {
    let removed = app.files.remove(FOLDER, &job.payload.stored_name).await;
    removed.map(|()| Done::nothing()).map_err(|error| Failure::for_now("disk", error))
}

/// Removes stored files that no row names and that are over a day old.
pub async fn sweep(app: App, _: Call) -> Handled {
    let stored = app.files.files(FOLDER).await?;
    let old = stored.into_iter().filter(|(_, age)| *age > STRAY_AGE_SECONDS);
    let old: Vec<String> = old.map(|(name, _)| name).collect();
    for names in old.chunks(BATCH) {
        let known = campus_file::stored_among(app.store.read(), names).await?;
        let known: HashSet<String> = known.into_iter().collect();
        for stray in names.iter().filter(|name| !known.contains(*name)) {
            match app.files.remove(FOLDER, stray).await {
                Ok(()) => tracing::info!("removed a campus file that no row names"),
                Err(error) => tracing::warn!(error = %error, "a campus file that no row names stays"),
            }
        }
    }
    Ok(Done::nothing())
}
