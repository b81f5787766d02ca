//! What the release profile starts with, but not without a word.

use crate::config::{Config, Profile, cautions};

/// Warns of every setting that leaves something open.
pub(super) fn say_all(config: &Config) {
    if config.profile == Profile::Debug {
        return;
    }
    for caution in cautions(config) {
        tracing::warn!("{caution}");
    }
}
