//! The sweep: what crashes left on the disk, and rows whose bytes have gone.

use std::collections::HashSet;

use sea_orm::DbErr;

use super::{
    file::{self, State},
    ingest,
};
use crate::{
    accounts::user,
    app::App,
    knowledge::reason::Reason,
    periodic::Call,
    platform::storage::Storage,
    queue::{Done, Handled},
};

const INCOMING_AGE_SECONDS: u64 = 60 * 60;
const STRAY_AGE_SECONDS: u64 = 24 * 60 * 60;
/// Rows, or folders, looked at together.
const BATCH: usize = 200;

/// Removes arriving files that are over an hour old and stored files without a row that are over a day old; marks
/// rows without a file; has files read that the original's program has stored meanwhile.
pub async fn sweep(app: App, _: Call) -> Handled {
    for (name, age) in app.files.files(Storage::incoming_folder()).await? {
        if age > INCOMING_AGE_SECONDS {
            app.files.remove(Storage::incoming_folder(), &name).await?;
        }
    }
    for folders in app.files.folders().await?.chunks(BATCH) {
        remove_strays(&app, folders).await?;
    }
    let mut last = 0;
    while let Some(end) = mark_missing(&app, last).await? {
        last = end;
    }
    let now = app.clock.now();
    app.store.write(async |tx| ingest::adopt(&tx, now).await).await?;
    app.queue.wake();
    Ok(Done::nothing())
}

/// Removes what no row names from the folders of accounts. A file that is about to get its row is younger than a day.
/// What has another name than ours have was put there by others, and stays as it is; as do other folders.
async fn remove_strays(app: &App, folders: &[String]) -> anyhow::Result<()> {
    let ours = user::folders_among(app.store.read(), folders).await?;
    let known: HashSet<(String, String)> = file::stored_in(app.store.read(), &ours).await?;
    for folder in ours {
        for (name, age) in app.files.files(&folder).await? {
            let ours = file::Model::is_stored_name(&name);
            if !ours || age <= STRAY_AGE_SECONDS || known.contains(&(folder.clone(), name.clone())) {
                continue;
            }
            match app.files.remove(&folder, &name).await {
                Ok(()) => tracing::info!("removed a stored file that no row names"),
                Err(error) => tracing::warn!(error = %error, "a stored file that no row names stays"),
            }
        }
    }
    Ok(())
}

/// Marks the rows after id `last` whose bytes are gone, one batch; answers the last id looked at. A row is written
/// after its file and removed before it, so a row that is there has one.
async fn mark_missing(app: &App, last: i32) -> anyhow::Result<Option<i32>> {
    let rows = file::present_after(app.store.read(), last, BATCH as u64).await?;
    let Some(end) = rows.last().map(|(row, _)| row.id) else { return Ok(None) };
    let mut gone = Vec::new();
    for (row, folder) in rows {
        if !app.files.exists(&folder, row.on_disk()).await? {
            gone.push(row.id);
        }
    }
    if !gone.is_empty() {
        tracing::warn!(files = gone.len(), "the bytes of uploaded files are missing");
        let reason = Some(Reason::Missing.code());
        app.store
            .write(async |tx| {
                file::note_all(&tx, &gone, State::Missing, reason).await?;
                Ok::<_, DbErr>(())
            })
            .await?;
    }
    Ok(Some(end))
}
