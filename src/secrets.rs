//! The keys the program runs with: those of the settings, or such as the debug profile keeps for itself.

use std::{io::Write, path::Path};

use anyhow::{Context, bail};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::{
    config::{Config, Profile},
    platform::{
        secret::Secret,
        secret_field::{Key, Keys},
        signing::SigningKeys,
    },
};

/// The keys that sign web sessions.
pub fn signing_keys(config: &Config) -> anyhow::Result<SigningKeys> {
    let first = match &config.secret_key {
        Some(key) => key.clone(),
        None => kept(&config.data_dir.join("secret_key"), fresh_secret_key, |key| key.len() >= 32)?,
    };
    Ok(SigningKeys::new(first, config.secret_key_fallbacks.iter().cloned()))
}

/// The keys of secret fields. `None` where the release profile has none.
pub fn field_keys(config: &Config) -> anyhow::Result<Option<Keys>> {
    let first = match (&config.field_key, config.profile) {
        (Some(key), _) => key.clone(),
        (None, Profile::Release) => return Ok(None),
        (None, Profile::Debug) => {
            kept(&config.data_dir.join("field_encryption_key"), fresh_field_key, |key| {
                Key::parse(key).is_ok()
            })?
        }
    };
    let first = Key::parse(first.reveal()).context("FIELD_ENCRYPTION_KEY")?;
    let older = config.field_key_fallbacks.iter().map(|key| Key::parse(key.reveal()));
    let older: Vec<Key> = older.collect::<Result<_, _>>().context("FIELD_ENCRYPTION_KEY_FALLBACKS")?;
    Ok(Some(Keys::new(first, older)))
}

/// A random `SECRET_KEY`.
pub fn fresh_secret_key() -> Secret {
    let bytes = Zeroizing::new(rand::random::<[u8; 48]>());
    // Letters that need no quotation marks in `.env`, and no comma, which stands between keys.
    Secret::from(URL_SAFE_NO_PAD.encode(*bytes))
}

/// A random `FIELD_ENCRYPTION_KEY`.
pub fn fresh_field_key() -> Secret {
    Key::generate()
}

/// The debug profile needs no secret to be set: it keeps a random one. Of several processes that start at once all get
/// the same.
fn kept(path: &Path, fresh: impl Fn() -> Secret, fits: impl Fn(&str) -> bool) -> anyhow::Result<Secret> {
    let failed = || format!("keeping a secret in {}", path.display());
    if !path.exists() {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).with_context(failed)?;
        // Whole or not at all, and for its owner alone.
        let mut file = NamedTempFile::new_in(folder).with_context(failed)?;
        file.write_all(fresh().reveal().as_bytes()).with_context(failed)?;
        file.as_file().sync_all().with_context(failed)?;
        match file.persist_noclobber(path) {
            Ok(_) => {}
            Err(taken) if taken.error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(failure) => return Err(failure.error).with_context(failed),
        }
    }
    let secret = Secret::from(std::fs::read_to_string(path).with_context(failed)?.trim().to_owned());
    if !fits(secret.reveal()) {
        bail!(
            "{} does not hold a key: put the right one there, or remove the file to start with a new one",
            path.display()
        );
    }
    Ok(secret)
}
