//! The first start of the embedded default: somebody has to be able to sign in.

use super::{password, user};
use crate::platform::store::Store;

/// The name of the first local administrator.
pub const ADMINISTRATOR: &str = "chatdku_admin";

/// Makes the local administrator when there is no account at all. Answers the password, to be shown once.
pub async fn first_administrator(store: &Store) -> anyhow::Result<Option<String>> {
    if !user::none_yet(store.read()).await? {
        return Ok(None);
    }
    let password = password::random();
    let hash = password::Hasher::default().hash(password.clone()).await?;
    let made = store
        .write(async |tx| {
            // Somebody may have been first while the hash was made.
            if !user::none_yet(&tx).await? {
                return Ok(false);
            }
            user::create_superuser(&tx, ADMINISTRATOR, None, &hash).await.map(|_| true)
        })
        .await?;
    Ok(made.then_some(password))
}
