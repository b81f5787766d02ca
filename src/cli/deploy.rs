//! `check --deploy`: whether the settings are fit to serve people.

use anyhow::{Context, bail};

use super::{say, say_error};
use crate::{
    accounts,
    config::{Config, cautions, exposed},
    platform::store::Store,
};

/// Says everything that keeps the release profile from starting, and everything that leaves something open. Fails when
/// there is anything of the former.
pub(super) async fn check() -> anyhow::Result<()> {
    let (config, mut refused) = Config::as_released()?;
    let files = config.clone();
    refused.extend(tokio::task::spawn_blocking(move || exposed(&files)).await.context("looking at files")?);
    let mut cautions = cautions(&config);
    match guessable(&config).await {
        Ok(names) => refused.extend(names.into_iter().map(|name| {
            format!("account `{name}`: its password is one that everybody tries first: `chatdku changepassword {name}`")
        })),
        Err(error) => cautions.push(format!("the accounts were not looked at: {error:#}")),
    }
    if !cautions.is_empty() {
        say("To be looked at:");
        for caution in &cautions {
            say(&format!("  - {caution}"));
        }
    }
    if refused.is_empty() {
        say("The release profile starts with these settings.");
        return Ok(());
    }
    say_error("The release profile does not start with these settings:");
    for refusal in &refused {
        say_error(&format!("  - {refusal}"));
    }
    bail!("{} to be changed", refused.len())
}

/// The staff whose passwords are guessed at once.
async fn guessable(config: &Config) -> anyhow::Result<Vec<String>> {
    if let Some(path) = config.database.url.reveal().strip_prefix("sqlite://")
        && !std::path::Path::new(path).exists()
    {
        // A check makes no database.
        return Ok(Vec::new());
    }
    let store = Store::open(&config.database).await.context("the database cannot be opened")?;
    let names = accounts::guessable::staff(store.read()).await;
    store.close_for_good().await.context("closing the database")?;
    Ok(names?)
}
