//! Password hashes, in the form that Django reads too.

use anyhow::Context;
use argon2::{Argon2, PasswordHasher};

/// Argon2id with the library's parameters (19 MiB, 2 passes), as Django writes it: `argon2$argon2id$…`.
///
/// Takes about 50 ms of a processor, so it runs on the blocking pool.
pub async fn hash(password: String) -> anyhow::Result<String> {
    let work = move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string());
    let hash = tokio::task::spawn_blocking(work).await.context("hashing a password")?;
    let hash = hash.map_err(|error| anyhow::anyhow!("hashing a password: {error}"))?;
    Ok(format!("argon2{hash}"))
}

/// A password nobody has to think of: 120 random bits in letters and digits that are not mistaken for each other.
pub fn random() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    rand::random::<[u8; 24]>().iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}
