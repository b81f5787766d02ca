//! Keys and their predecessors: how they are read, and what the release profile asks of them.

use std::collections::{BTreeMap, HashSet};

use super::{Config, cautions::secrets, reader::Reader};
use crate::platform::{
    secret::Secret,
    secret_field::{Key, NoKey},
};

const SECRET_KEY: &str = "SECRET_KEY";
/// The setting of the keys that signed before.
pub(super) const SECRET_KEY_FALLBACKS: &str = "SECRET_KEY_FALLBACKS";
const FIELD_KEY: &str = "FIELD_ENCRYPTION_KEY";
/// The setting of older field keys.
pub(super) const FIELD_KEY_FALLBACKS: &str = "FIELD_ENCRYPTION_KEY_FALLBACKS";

const MIN_SECRET_BYTES: usize = 32;
/// A random key has more different bytes than this, nearly always.
const MIN_DIFFERENT_BYTES: usize = 10;

/// The key that seals secret fields.
pub(super) fn first_field_key(reader: &mut Reader<'_>) -> Option<Secret> {
    let key = Secret::from(reader.text(FIELD_KEY)?);
    readable(FIELD_KEY, &key, reader).then_some(key)
}

/// The keys that sealed secret fields before.
pub(super) fn older_field_keys(reader: &mut Reader<'_>) -> Vec<Secret> {
    let mut keys = reader.secrets(FIELD_KEY_FALLBACKS);
    keys.retain(|key| readable(FIELD_KEY_FALLBACKS, key, reader));
    keys
}

fn readable(name: &str, key: &Secret, reader: &mut Reader<'_>) -> bool {
    let parsed = Key::parse(key.reveal());
    parsed.map_err(|NoKey| reader.problem(name, NoKey)).is_ok()
}

/// Notes what the release profile does not start with.
pub(super) fn refuse(config: &Config, reader: &mut Reader<'_>) {
    if config.secret_key.is_none() {
        let hint =
            "missing; the release profile needs one, for example that of `chatdku rotate-keys --generate`";
        reader.problem(SECRET_KEY, hint);
    }
    let first = config.secret_key.iter().map(|key| (SECRET_KEY, key));
    let older = config.secret_key_fallbacks.iter().map(|key| (SECRET_KEY_FALLBACKS, key));
    first.chain(older).for_each(|(name, key)| refuse_secret_key(name, key, reader));
    refuse_field_keys(config, reader);
    refuse_shared_secrets(config, reader);
}

fn refuse_secret_key(name: &str, key: &Secret, reader: &mut Reader<'_>) {
    if key.reveal().len() < MIN_SECRET_BYTES {
        reader.problem(name, format!("shorter than {MIN_SECRET_BYTES} bytes"));
    } else if is_easy(key.reveal().as_bytes()) || key.reveal().starts_with("django-insecure") {
        reader.problem(name, "a sample or too easy to guess; make a random one");
    }
}

fn refuse_field_keys(config: &Config, reader: &mut Reader<'_>) {
    let first = config.field_key.iter().map(|key| (FIELD_KEY, key));
    let older = config.field_key_fallbacks.iter().map(|key| (FIELD_KEY_FALLBACKS, key));
    for (name, key) in first.chain(older) {
        if is_easy(key.reveal().as_bytes()) || Key::bytes(key.reveal()).is_ok_and(|bytes| is_easy(&*bytes)) {
            reader.problem(name, "a sample or too easy to guess; make a random one");
        }
    }
    if config.field_key.is_none() && !config.field_key_fallbacks.is_empty() {
        reader.problem(
            FIELD_KEY_FALLBACKS,
            format!("there are older keys, but none to seal with in {FIELD_KEY}"),
        );
    }
}

fn is_easy(key: &[u8]) -> bool {
    let text = String::from_utf8_lossy(key).to_lowercase();
    key.iter().collect::<HashSet<_>>().len() < MIN_DIFFERENT_BYTES
        || ["change-me", "changeme", "example", "sample"].iter().any(|word| text.contains(word))
}

/// What opens one door must not open another.
fn refuse_shared_secrets(config: &Config, reader: &mut Reader<'_>) {
    let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, secret) in secrets(config) {
        // With padding or without, it is the same key.
        owners.entry(secret.reveal().trim_end_matches('=')).or_default().push(name);
    }
    for names in owners.values_mut().filter(|names| names.len() > 1) {
        if names.iter().all(|name| name.ends_with("_API_KEY")) {
            // One gateway may serve all models, with one key.
            continue;
        }
        let (first, all) = (names[0], names.len());
        names.dedup();
        let what = match &names[1..] {
            [] => format!("the same key {all} times"),
            others => format!("the same as {}; make one for each", others.join(" and ")),
        };
        reader.problem(first, what);
    }
}
