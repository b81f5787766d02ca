//! `rotate-keys`: sealing everything anew with the first key, and fresh keys to begin a rotation with.

use anyhow::{Context, bail};

use super::{say, say_error};
use crate::{
    config::Config,
    platform::{
        secret_field::{Place, Unreadable},
        store::Store,
    },
    sealed, secrets,
};

/// Prints a line for `.env` with a fresh key, for each setting that has one.
pub(super) fn generate() {
    say(&format!("SECRET_KEY={}", secrets::fresh_secret_key().reveal()));
    say(&format!("FIELD_ENCRYPTION_KEY={}", secrets::fresh_field_key().reveal()));
}

/// Seals every sealed column anew. Fails when something could not be read: it is named, and left as it is.
pub(super) async fn rotate(config: Config) -> anyhow::Result<()> {
    let keys = secrets::field_keys(&config)?
        .context("FIELD_ENCRYPTION_KEY is not set: there is nothing to seal with")?;
    let store = Store::open(&config.database).await.context("the database cannot be opened")?;
    store.migrate().await?;
    let mut failed = 0;
    for column in sealed::columns() {
        let name = column.name();
        let unreadable = |place: &Place, cause: &Unreadable| {
            say_error(&format!("{name} of {}: {cause}", place.id));
        };
        let counted = sealed::rotate(&store, &keys, &column, &unreadable).await?;
        let sealed::Counted { anew, current, unreadable, left } = counted;
        say(&format!(
            "{name}: {anew} sealed anew, {current} already with the first key, {unreadable} unreadable."
        ));
        if left > 0 {
            say_error(&format!("{name}: {left} were being changed; run the command again"));
        }
        failed += unreadable + left;
    }
    store.close_for_good().await.context("closing the database")?;
    if failed > 0 {
        bail!("{failed} still need a key that is not the first one of FIELD_ENCRYPTION_KEY");
    }
    Ok(())
}
