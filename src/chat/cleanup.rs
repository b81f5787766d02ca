//! Jobs and sweeps of this slice: answers nobody writes any more, conversations nobody used.

use chrono::Duration;
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};

use super::{conversation, message};
use crate::{
    app::App,
    queue::{Claimed, Done, Enqueue, Handled},
};

/// The kind of the job that deletes empty conversations.
pub const CLEAN: &str = "conversations.clean";

/// How old an empty conversation has to be: a page may be open for hours before its first question.
const EMPTY_AGE: Duration = Duration::hours(6);

/// Nothing to say.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Clean {}

/// Deletes conversations in which nothing was said for hours after they were opened.
pub async fn clean(app: App, _: Claimed<Clean>) -> Handled {
    let before = app.clock.now() - EMPTY_AGE;
    let deleted = app.store.write(async |tx| conversation::delete_empty(&tx, before).await).await?;
    tracing::info!(deleted, "deleted empty conversations");
    Ok(Done::nothing())
}

/// The job, for the cron table.
pub fn job() -> Enqueue {
    Enqueue::new(CLEAN, format!("cron:{CLEAN}"), &Clean {}).once(CLEAN)
}

/// Marks answers whose process died: their text stays, their conversation is free again.
pub async fn close_interrupted(app: &App) -> Result<(), DbErr> {
    let now = app.clock.now();
    for abandoned in conversation::abandoned(app.store.read(), now).await? {
        let closed = app.store.write(async |tx| {
            if !conversation::release_abandoned(&tx, abandoned.id, now).await? {
                return Ok(0);
            }
            message::interrupt(&tx, abandoned.id).await
        });
        if closed.await? > 0 {
            tracing::warn!("an answer was interrupted by the end of its process");
        }
    }
    Ok(())
}
