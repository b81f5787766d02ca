//! Jobs of this slice: conversations nobody used, and those of load tests.

use chrono::{DateTime, Duration, Utc};
use sea_orm::DbErr;

use super::conversation;
use crate::{
    app::App,
    periodic::Call,
    queue::{Done, Handled},
};

/// How old an empty conversation has to be: a page may be open for hours before its first question.
const EMPTY_AGE: Duration = Duration::hours(6);

/// Deletes conversations in which nothing was said for hours after they were opened.
pub async fn clean(app: App, _: Call) -> Handled {
    let before = app.clock.now() - EMPTY_AGE;
    let deleted = app.store.write(async |tx| conversation::delete_empty(&tx, before).await).await?;
    tracing::info!(deleted, "deleted empty conversations");
    Ok(Done::nothing().saying(format!("{deleted} empty conversations deleted")))
}

/// Deletes the conversations of the accounts stored under these names in which nothing was said since `before`. Answers
/// how many.
pub async fn delete_of(app: &App, names: &[String], before: DateTime<Utc>) -> Result<u64, DbErr> {
    let mut deleted = 0;
    loop {
        let ids = conversation::of_names(app.store.read(), names, before).await?;
        if ids.is_empty() {
            return Ok(deleted);
        }
        deleted += app.store.write(async |tx| conversation::remove(&tx, &ids).await).await?;
    }
}
