//! What a hash of a password costs.

use super::reader::Reader;

/// The least that is safe: what OWASP recommends for Argon2id.
const LEAST: PasswordSettings = PasswordSettings { memory_mb: 19, passes: 2 };
/// A sign-in of more than this is an attack on our own memory.
const MOST: PasswordSettings = PasswordSettings { memory_mb: 1024, passes: 20 };

/// The parameters of new hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordSettings {
    /// Memory of one hash, in mebibytes.
    pub memory_mb: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for PasswordSettings {
    fn default() -> Self {
        LEAST
    }
}

pub(super) fn passwords(reader: &mut Reader<'_>) -> PasswordSettings {
    let mut within = |name, least: u32, most: u32| {
        let value = reader.parsed(name, least);
        if !(least..=most).contains(&value) {
            reader.problem(name, format!("{value} is not between {least} and {most}"));
        }
        value.clamp(least, most)
    };
    PasswordSettings {
        memory_mb: within("PASSWORD_HASH_MB", LEAST.memory_mb, MOST.memory_mb),
        passes: within("PASSWORD_HASH_PASSES", LEAST.passes, MOST.passes),
    }
}
