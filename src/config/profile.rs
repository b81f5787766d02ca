//! The two profiles, and what the release profile refuses.

use std::net::IpAddr;

use figment::Figment;
use ipnet::IpNet;

use super::{Config, keys, reader::Reader};

/// Which defaults apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Works on one machine with no settings at all; never to be reached from outside.
    Debug,
    /// Serves people. Refuses every default that would be unsafe.
    Release,
}

impl Profile {
    pub(super) fn of(figment: &Figment) -> Self {
        if figment.profile() == rocket::Config::DEBUG_PROFILE { Self::Debug } else { Self::Release }
    }
}

/// Notes everything the release profile does not start with.
pub(super) fn refuse(config: &Config, reader: &mut Reader<'_>) {
    if config.profile == Profile::Debug {
        return;
    }
    keys::refuse(config, reader);
    // Halves and quarters of everything are everything.
    if IpNet::aggregate(&config.identity.trusted_proxies).iter().any(|net| net.prefix_len() == 0) {
        reader.problem("TRUSTED_PROXIES", "covers every address; name the proxy's own");
    }
    if reader.text("DEV_NETID").is_some() {
        reader.problem("DEV_NETID", "development sign-in does not exist in the release profile; remove it");
    }
    if config.second_factor_required && config.field_key.is_none() {
        reader.problem("SECOND_FACTOR_REQUIRED", "needs FIELD_ENCRYPTION_KEY: nobody could set one up");
    }
    if config.identity.allowed_hosts.iter().any(|host| host.contains('*') || host.starts_with('.')) {
        reader.problem("ALLOWED_HOSTS", "has a wildcard; name each host");
    }
    if config.identity.cors_origins.iter().any(|origin| origin.contains('*')) {
        reader.problem("CORS_ALLOWED_ORIGINS", "has a wildcard; name each origin");
    }
}

/// Whether an address can be reached by others than this machine and its private network.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !(v4.is_loopback() || v4.is_private() || v4.is_link_local()),
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()),
    }
}
