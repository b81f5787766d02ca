//! Which pages may make a browser change something here.
//!
//! The proxy adds identity to every request of a signed-on browser, so a hostile page could otherwise act in a
//! person's name. Browsers say where a request comes from; a request that says nothing is no browser's. What old browsers
//! leave out stands in `Referer`.

use rocket::{Request, http::Method};

use super::peer::Peer;
use crate::{config::IdentitySettings, error::is_api};

/// Whether `request` may change something, judged by where it comes from. Nothing but the API and the dashboard, whose
/// forms have tokens, is for programs that say nothing of that.
pub fn may_change(request: &Request<'_>, peer: &Peer, settings: &IdentitySettings, silent: Silent) -> bool {
    let header = |name| request.headers().get_one(name);
    let trusted = |origin: &str| is_own(origin, peer, settings) || is_listed(origin, settings);
    match (header("Sec-Fetch-Site"), header("Origin"), header("Referer")) {
        (Some("same-origin" | "none"), _, _) => true,
        (_, Some(origin), _) => trusted(origin),
        (Some(_), None, _) => false,
        (None, None, Some(page)) => trusted(origin_of(page)),
        (None, None, None) => silent == Silent::Admitted || is_api(request),
    }
}

/// What becomes of a request that says nothing of where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silent {
    /// It has to prove in another way that it is meant: by a form's token.
    Admitted,
    /// It may use the API alone.
    OfPrograms,
}

/// Scheme, host and port of an address.
fn origin_of(address: &str) -> &str {
    let host = address.find("://").map_or(0, |at| at + 3);
    let end = address[host..].find(['/', '?', '#']).map_or(address.len(), |at| host + at);
    &address[..end]
}

/// Whether a browser asks for this by itself, or from one of our own or of the listed pages: the rule for the two
/// reads that make an empty conversation.
pub fn is_ours_or_no_browser(request: &Request<'_>, peer: &Peer, settings: &IdentitySettings) -> bool {
    let header = |name| request.headers().get_one(name);
    match (header("Sec-Fetch-Site"), header("Origin")) {
        (None, None) | (Some("same-origin" | "none"), _) => true,
        (None, Some(origin)) => is_own(origin, peer, settings) || is_listed(origin, settings),
        (Some(_), origin) => origin.is_some_and(|origin| is_listed(origin, settings)),
    }
}

/// Whether a person has come here: by an address, a bookmark, a link or one of our pages. A picture, a frame or a script of
/// another site is nobody's coming.
pub fn is_meant(request: &Request<'_>, peer: &Peer, settings: &IdentitySettings) -> bool {
    let sent = |name: &str| request.headers().get_one(name);
    let followed = sent("Sec-Fetch-Mode") == Some("navigate") && sent("Sec-Fetch-Dest") == Some("document");
    followed || is_ours_or_no_browser(request, peer, settings)
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
