//! The other end of the connection, and what it is believed about.
//!
//! Only a peer of the trusted list may say who a request is from or how it came. From anybody else such headers are
//! at best ignored.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use rocket::Request;

use crate::config::IdentitySettings;

/// Where a request came from.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The address of the client, through the proxy when that is trusted.
    pub client: IpAddr,
    /// The address of the connection itself.
    pub address: IpAddr,
    /// Whether its identity and forwarding headers count.
    pub trusted: bool,
    /// Whether the request went through any proxy.
    pub forwarded: bool,
    /// The host that was asked for, with its port if it has one.
    pub host: Option<String>,
    /// The scheme the client used, when the proxy says so.
    pub scheme: Option<String>,
}

impl Peer {
    /// Reads the connection and the forwarding headers.
    pub fn of(request: &Request<'_>, settings: &IdentitySettings) -> Option<Self> {
        let address = request.remote()?.ip().to_canonical();
        let trusts = |ip: IpAddr| settings.trusted_proxies.iter().any(|net| net.contains(&ip));
        let header = |name: &str| request.headers().get_one(name);
        let proven = settings
            .proxy_secret
            .as_ref()
            .is_none_or(|secret| header("X-Proxy-Auth").is_some_and(|given| secret.matches(given)));
        let trusted = trusts(address) && proven;
        let forwarding = |name: &str| name.to_ascii_lowercase().starts_with("x-forwarded-");
        let forwarded = header("Forwarded").is_some()
            || header("X-Real-IP").is_some()
            || request.headers().iter().any(|header| forwarding(header.name.as_str()));
        let host = |name| header(name).map(|host| host.trim().to_ascii_lowercase());
        let told = |name| if trusted { host(name) } else { None };
        let client = if trusted { client_behind(request, trusts).unwrap_or(address) } else { address };
        Some(Self {
            client,
            address,
            trusted,
            forwarded,
            host: told("X-Forwarded-Host").or_else(|| host("Host")),
            scheme: told("X-Forwarded-Proto"),
        })
    }

    /// The client's network: /24 for IPv4, /64 for IPv6. What logs and counters use instead of the address.
    pub fn prefix(&self) -> String {
        let net: IpNet = match self.client {
            IpAddr::V4(v4) => Ipv4Net::new(v4, 24).map_or(IpNet::from(self.client), IpNet::V4),
            IpAddr::V6(v6) => Ipv6Net::new(v6, 64).map_or(IpNet::from(self.client), IpNet::V6),
        };
        net.trunc().to_string()
    }

    /// Whether the host asked for is one of `names`, whatever the port.
    pub fn asks_for(&self, names: &[String]) -> bool {
        let Some(host) = &self.host else { return false };
        let name = without_port(host);
        names.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
    }

    /// Whether the client came over TLS, as the trusted proxy says.
    pub fn came_over_tls(&self) -> bool {
        self.scheme.as_deref() == Some("https")
    }

    /// Whether both ends are this machine and nothing stands between.
    pub fn is_direct_loopback(&self) -> bool {
        let local = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned);
        self.address.is_loopback() && !self.forwarded && self.asks_for(&local)
    }
}

/// The last address of `X-Forwarded-For` that is not a proxy of ours: what stands before it is hearsay.
fn client_behind(request: &Request<'_>, trusts: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let chain: Vec<&str> =
        request.headers().get("X-Forwarded-For").flat_map(|value| value.split(',')).map(str::trim).collect();
    let addresses = chain.iter().rev().map_while(|entry| entry.parse::<IpAddr>().ok());
    addresses.map(|ip| ip.to_canonical()).find(|ip| !trusts(*ip))
}

/// A host without its port; the brackets of an IPv6 address stay.
pub fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

impl Default for Peer {
    /// A peer of which nothing is known, and which is believed nothing.
    fn default() -> Self {
        let unspecified = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        Self {
            client: unspecified,
            address: unspecified,
            trusted: false,
            forwarded: false,
            host: None,
            scheme: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    #[test]
    fn ports_are_cut_and_addresses_are_not() {
        assert_eq!(without_port("localhost:8000"), "localhost");
        assert_eq!(without_port("localhost"), "localhost");
        assert_eq!(without_port("[::1]:8000"), "[::1]");
        assert_eq!(without_port("[::1]"), "[::1]");
    }

    #[test]
    fn a_prefix_names_the_network_only() {
        let at = |client: IpAddr| Peer { client, ..Peer::default() };
        assert_eq!(at(IpAddr::from([10, 1, 2, 3])).prefix(), "10.1.2.0/24");
        assert_eq!(at(IpAddr::V6(Ipv6Addr::LOCALHOST)).prefix(), "::/64");
    }
}
