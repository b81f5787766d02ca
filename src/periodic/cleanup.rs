//! The task that forgets what came of tasks.

use chrono::{DateTime, Utc};
use sea_orm::DbErr;

use super::{group_result, registry::Call, result};
use crate::{
    app::App,
    platform::store::Store,
    queue::{Done, Handled},
};

/// Drops results that have had their time.
pub async fn clean_results(app: App, _: Call) -> Handled {
    let forgotten = forget(&app.store, app.clock.now() - app.config.limits.results_kept).await?;
    Ok(Done::nothing().saying(format!("{forgotten} results dropped")))
}

async fn forget(store: &Store, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let groups = store.write(async |tx| group_result::forget(&tx, before).await).await?;
    Ok(groups + result::forget(store, before).await?)
}
