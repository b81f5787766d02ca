//! Tokens of forms: random bytes and their MAC under the session's key, fresh for every page.

use hmac::{Hmac, KeyInit, Mac};
use rocket::{
    Request,
    http::{Cookie, SameSite},
};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The field of a form that holds the token, and the header that may hold it instead.
pub const FIELD: &str = "csrfmiddlewaretoken";
pub(super) const HEADER: &str = "X-CSRFToken";
/// The cookie that holds the key before anybody has signed in.
const COOKIE: &str = "csrftoken";
const NONCE_CHARS: usize = 32;

/// A token under `secret`.
pub fn token(secret: &str) -> String {
    let nonce = hex::encode(rand::random::<[u8; NONCE_CHARS / 2]>());
    let mac = mac(secret, &nonce);
    format!("{nonce}{mac}")
}

/// Whether `token` was made under `secret`.
pub fn is_valid(secret: &str, token: &str) -> bool {
    let Some((nonce, given)) = token.split_at_checked(NONCE_CHARS) else { return false };
    !secret.is_empty() && mac(secret, nonce).as_bytes().ct_eq(given.as_bytes()).into()
}

fn mac(secret: &str, nonce: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(nonce.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// The key of a visitor who is not signed in: kept in a cookie of the browser.
pub(super) fn visitor_secret(request: &Request<'_>, secure: bool) -> String {
    if let Some(kept) = kept_secret(request) {
        return kept;
    }
    let secret = hex::encode(rand::random::<[u8; 32]>());
    let cookie = Cookie::build((COOKIE, secret.clone())).path("/").http_only(true).same_site(SameSite::Lax);
    request.cookies().add(cookie.secure(secure));
    secret
}

/// The key that the visitor's browser has kept.
pub(super) fn kept_secret(request: &Request<'_>) -> Option<String> {
    let kept = request.cookies().get(COOKIE)?.value();
    (kept.len() == 64).then(|| kept.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_under_its_own_key_alone() {
        let made = token("key");
        assert!(is_valid("key", &made));
        assert!(!is_valid("other", &made));
        assert!(!is_valid("", &made));
        assert!(!is_valid("key", ""));
        assert!(!is_valid(
            "key",
            &made.replacen(&made[..1], if made.starts_with('0') { "1" } else { "0" }, 1)
        ));
        assert_ne!(made, token("key"));
    }
}
