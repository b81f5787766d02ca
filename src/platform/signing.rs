//! Keys that sign: what the first one signs is accepted, and what older ones have signed.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use super::secret::Secret;

/// The keys, the first one first. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SigningKeys(Arc<[Secret]>);

impl SigningKeys {
    /// `first` signs and is accepted, `older` ones are accepted.
    pub fn new(first: Secret, older: impl IntoIterator<Item = Secret>) -> Self {
        Self(std::iter::once(first).chain(older).collect())
    }

    /// The signature of this text, in hexadecimal: HMAC-SHA-256 by the first key.
    pub fn sign(&self, text: &[u8]) -> String {
        signature(&self.0[0], text)
    }

    /// Every signature of this text that is accepted, that of the first key first.
    pub fn accepted(&self, text: &[u8]) -> Vec<String> {
        self.0.iter().map(|key| signature(key, text)).collect()
    }

    /// Whether one of the keys has signed this text. How long that takes does not depend on which one, or on where two
    /// signatures differ.
    pub fn accept(&self, text: &[u8], signed: &str) -> bool {
        let all = self.accepted(text);
        let fits = all.iter().map(|one| one.as_bytes().ct_eq(signed.as_bytes()));
        fits.fold(Choice::from(0), |any, one| any | one).into()
    }
}

fn signature(key: &Secret, text: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.reveal().as_bytes()).expect("HMAC takes a key of any length");
    mac.update(text);
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(texts: &[&str]) -> SigningKeys {
        let mut keys = texts.iter().map(|text| Secret::from((*text).to_owned()));
        SigningKeys::new(keys.next().expect("a first key"), keys)
    }

    /// RFC 4231, test case 2.
    #[test]
    fn a_signature_is_that_of_the_standard() {
        let signed = keys(&["Jefe"]).sign(b"what do ya want for nothing?");
        assert_eq!(signed, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn what_an_older_key_has_signed_is_accepted_until_it_is_removed() {
        let (before, rotating, after) = (keys(&["old"]), keys(&["new", "older", "old"]), keys(&["new"]));
        let signed = before.sign(b"a text");
        assert!(before.accept(b"a text", &signed) && rotating.accept(b"a text", &signed));
        assert!(!after.accept(b"a text", &signed));
        assert!(!rotating.accept(b"another text", &signed) && !rotating.accept(b"a text", &signed[1..]));
        let signed = rotating.sign(b"a text");
        assert!(after.accept(b"a text", &signed), "the first one signs");
        assert!(!before.accept(b"a text", &signed));
        assert!(keys(&["old", "new"]).accept(b"a text", &signed), "the first step of a rotation");
        assert_eq!(
            rotating.accepted(b"a text"),
            [signed, keys(&["older"]).sign(b"a text"), before.sign(b"a text")]
        );
    }
}
