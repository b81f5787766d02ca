//! Shows everybody whose files are being read: `user_lock:<name>` in Redis, as the original had it.
//!
//! It only shows. Whether a question has to wait is asked of the jobs, here as in every other instance.

use redis::pipe;

use super::{INGEST, ingest};
use crate::{
    accounts::{UserId, user},
    app::App,
    platform::redis::Gone,
    queue::job,
};

/// Longer than the pause between two looks.
const SHOWN_SECONDS: u64 = 8;

/// Shows the account whose file has just come.
pub(super) async fn show(app: &App, owner: &user::Model) {
    show_all(app, std::slice::from_ref(&owner.username)).await;
}

/// Shows all accounts with files that wait to be read or are being read. Called every few seconds: what is not called
/// again vanishes by itself.
pub async fn show_locked(app: &App) -> anyhow::Result<()> {
    if app.redis.as_ref().is_none_or(crate::platform::redis::Redis::is_away) {
        return Ok(());
    }
    let keys = job::pending_keys(app.store.read(), INGEST).await?;
    let ids: Vec<UserId> = keys.iter().filter_map(|key| ingest::owner_of(key)).collect();
    show_all(app, &user::names_of(app.store.read(), &ids).await?).await;
    Ok(())
}

async fn show_all(app: &App, names: &[String]) {
    let Some(redis) = app.redis.as_ref().filter(|_| !names.is_empty()) else { return };
    let mut commands = pipe();
    for name in names {
        commands.set_ex(redis.key(format_args!("user_lock:{name}")), 1, SHOWN_SECONDS).ignore();
    }
    let _gone: Result<(), Gone> = redis.run_all(&commands).await;
}
