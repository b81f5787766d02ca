//! Which pages may make a browser change something here.
//!
//! The proxy adds identity to every request of a signed-on browser, so a hostile page could otherwise act in a
//! person's name. Browsers say where a request comes from; a request that says nothing is no browser's.

use rocket::{Request, http::Method};

use super::peer::Peer;
use crate::config::IdentitySettings;

/// Whether `request` may change something, judged by where it comes from.
pub fn may_change(request: &Request<'_>, peer: &Peer, settings: &IdentitySettings) -> bool {
    let site = request.headers().get_one("Sec-Fetch-Site");
    let origin = request.headers().get_one("Origin");
    match (site, origin) {
        (None, None) | (Some("same-origin" | "none"), _) => true,
        (_, Some(origin)) => is_own(origin, peer, settings) || is_listed(origin, settings),
        (Some(_), None) => false,
    }
}

/// Whether a request says nothing of where it comes from. No browser's form does.
pub fn says_nothing(request: &Request<'_>) -> bool {
    let headers = request.headers();
    !headers.contains("Sec-Fetch-Site") && !headers.contains("Origin")
}

/// Whether a browser asks for this by itself, or from one of our own or of the listed pages: the rule for the two
/// reads that make an empty conversation.
pub fn is_ours_or_no_browser(request: &Request<'_>, settings: &IdentitySettings) -> bool {
    match request.headers().get_one("Sec-Fetch-Site") {
        None | Some("same-origin" | "none") => true,
        Some(_) => request.headers().get_one("Origin").is_some_and(|origin| is_listed(origin, settings)),
    }
}

/// Whether a person has come here: by an address, a bookmark, a link or one of our pages. A picture, a frame or a script of
/// another site is nobody's coming.
pub fn is_meant(request: &Request<'_>, settings: &IdentitySettings) -> bool {
    let sent = |name: &str| request.headers().get_one(name);
    let followed = sent("Sec-Fetch-Mode") == Some("navigate") && sent("Sec-Fetch-Dest") == Some("document");
    followed || is_ours_or_no_browser(request, settings)
}

/// Whether the method only reads.
pub fn only_reads(method: Method) -> bool {
    matches!(method, Method::Get | Method::Head | Method::Options)
}

fn is_own(origin: &str, peer: &Peer, settings: &IdentitySettings) -> bool {
    let Some((scheme, host)) = origin.split_once("://") else { return false };
    let scheme_fits = match &peer.scheme {
        Some(known) => known == scheme,
        None => matches!(scheme, "http" | "https"),
    };
    let asked = peer.host.as_deref().is_some_and(|asked| asked.eq_ignore_ascii_case(host));
    scheme_fits && asked && peer.asks_for(&settings.allowed_hosts)
}

fn is_listed(origin: &str, settings: &IdentitySettings) -> bool {
    settings.cors_origins.iter().any(|listed| listed == origin)
}
