//! NetIDs and the names that stand for them.
//!
//! A raw NetID lives here and in the identity guard only: it is hashed at once, never stored, never logged. Its
//! type has no `Debug`, no `Display` and no serialisation, and wipes its memory.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::platform::secret::Secret;

const MAX_BYTES: usize = 64;

/// A campus identifier, as the proxy sent it.
#[derive(Clone)]
pub struct NetId(Zeroizing<String>);

impl NetId {
    /// Accepts 1 to 64 letters, digits, `.`, `_`, `@` and `-`, after trimming.
    pub fn parse(text: &str) -> Option<Self> {
        let text = trimmed(text);
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._@-".contains(&byte);
        let fits = (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(allowed);
        fits.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The one way out: back to the person whose own request carried it.
    pub fn echo_to_owner(&self) -> &str {
        &self.0
    }

    /// Lower-case hexadecimal SHA-256 of the NetID as received: the name in the original's data.
    pub fn plain_hash(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }

    /// The name to store: the plain hash, or HMAC-SHA-256 when there is a pepper.
    pub fn pseudonym(&self, pepper: Option<&Secret>) -> String {
        match pepper {
            Some(pepper) => keyed(pepper, self.0.as_bytes()),
            None => self.plain_hash(),
        }
    }
}

/// A header without the blanks that HTTP lets stand around it. Other blanks are part of what was sent: no NetID has any.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

fn keyed(pepper: &Secret, netid: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(pepper.reveal().as_bytes()).expect("HMAC takes a key of any length");
    mac.update(netid);
    hex::encode(mac.finalize().into_bytes())
}

/// Whether a name has the form of a hash: 64 lower-case hexadecimal digits.
pub fn looks_hashed(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_original() {
        let netid = NetId::parse("ab123").expect("a NetID");
        let published = "8f40d1b0740d7aa1f3c0fbc93ca78bbf162eb9df22fd17e35e89e73c34f71811";
        assert_eq!(netid.plain_hash(), published);
    }

    #[test]
    fn spelling_makes_no_netid_special() {
        let admin = NetId::parse("chatdku_admin").expect("a NetID");
        assert!(looks_hashed(&admin.pseudonym(None)));
    }

    #[test]
    fn a_pepper_changes_the_name() {
        let netid = NetId::parse("ab123").expect("a NetID");
        let pepper = Secret::from("pepper".to_owned());
        assert_ne!(netid.pseudonym(Some(&pepper)), netid.plain_hash());
        assert!(looks_hashed(&netid.pseudonym(Some(&pepper))));
    }

    #[test]
    fn what_is_no_netid_is_refused() {
        let blanks = ["\u{a0}ab123", "ab123\u{3000}", "\u{85}ab123", "ab123\u{b}"];
        for text in ["", "   ", "a b", "a,b", "é", "a\u{0}b", &"x".repeat(65)].into_iter().chain(blanks) {
            assert!(NetId::parse(text).is_none(), "{text:?}");
        }
        assert!(NetId::parse(&"x".repeat(64)).is_some());
        assert!(NetId::parse(" ab123@dukekunshan.edu.cn ").is_some());
    }
}
