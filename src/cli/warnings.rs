//! What the release profile starts with, but not without a word.

use crate::config::{Config, MailServer, Profile};

/// Warns of every setting that leaves something open.
pub(super) fn say_all(config: &Config) {
    if config.profile == Profile::Debug {
        return;
    }
    if config.identity.pepper.is_none() {
        tracing::warn!("NETID_PEPPER is not set: stored NetID hashes can be reversed by trying all NetIDs");
    }
    if config.identity.trusted_proxies.is_empty() {
        tracing::warn!("TRUSTED_PROXIES is not set: nobody can sign in through the campus");
    }
    if config.mail.server.as_ref().is_some_and(MailServer::is_in_the_clear) {
        tracing::warn!(
            "EMAIL_USE_TLS is false: whoever is between here and the mail server can read all mails"
        );
    }
}
