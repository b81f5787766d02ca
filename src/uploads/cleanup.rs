//! The sweep: what crashes left on the disk, and rows whose bytes have gone.

use std::{collections::HashSet, io};

use sea_orm::{EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::{
    file::{self, State},
    reason::Reason,
    storage::Storage,
};
use crate::{
    accounts::user,
    app::App,
    queue::{Claimed, Done, Enqueue, Handled},
};

/// The kind of this job.
pub const SWEEP: &str = "files.sweep";

const INCOMING_AGE_SECONDS: u64 = 60 * 60;
const STRAY_AGE_SECONDS: u64 = 24 * 60 * 60;

/// Nothing to say.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Sweep {}

/// Removes arriving files that are over an hour old and stored files without a row that are over a day old; marks
/// rows without a file.
pub async fn sweep(app: App, _: Claimed<Sweep>) -> Handled {
    for (name, age) in app.files.files(Storage::incoming_folder()).await? {
        if age > INCOMING_AGE_SECONDS {
            app.files.remove(Storage::incoming_folder(), &name).await?;
        }
    }
    for folder in app.files.folders().await? {
        sweep_folder(&app, &folder).await?;
    }
    Ok(Done::nothing())
}

async fn sweep_folder(app: &App, folder: &str) -> anyhow::Result<()> {
    let stored = match app.files.files(folder).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        stored => stored?,
    };
    let owner = user::Entity::find().filter(user::COLUMN.folder.eq(folder)).one(app.store.read()).await?;
    let rows = match &owner {
        Some(owner) => file::list(app.store.read(), owner.id).await?,
        None => Vec::new(),
    };
    let known: HashSet<&str> = rows.iter().map(file::Model::on_disk).collect();
    for (name, age) in &stored {
        if *age > STRAY_AGE_SECONDS && !known.contains(name.as_str()) {
            app.files.remove(folder, name).await?;
            tracing::info!("removed a stored file that no row names");
        }
    }
    let there: HashSet<&str> = stored.iter().map(|(name, _)| name.as_str()).collect();
    for row in rows.iter().filter(|row| row.state != Some(State::Missing) && !there.contains(row.on_disk())) {
        let missing = Some(Reason::Missing.code());
        app.store.write(async |tx| file::note(&tx, row.id, State::Missing, missing, None).await).await?;
    }
    Ok(())
}

/// The job, for the cron table.
pub fn job() -> Enqueue {
    Enqueue::new(SWEEP, format!("cron:{SWEEP}"), &Sweep {}).once(SWEEP)
}
