//! Secret fields: texts that are sealed before they are stored, so that a stolen table does not tell them.
//!
//! XChaCha20-Poly1305 with a random nonce. Table, column and row id are authenticated along with the text: what has been
//! moved to another row or column does not open. The sealed form is `v1.<key id>.<nonce, text, tag in base64url>`; the
//! id is derived from the key, so that nobody has to number keys.

use std::{fmt, sync::Arc};

use base64::{
    Engine, alphabet,
    engine::{
        DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig,
        general_purpose::{URL_SAFE, URL_SAFE_NO_PAD},
    },
};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use super::secret::Secret;

const VERSION: &str = "v1";
/// Part of every derivation and of all that is authenticated: the same value may be the key of something else.
const DOMAIN: &[u8] = b"chatdku secret field v1";
const KEY_BYTES: usize = 32;
const KEY_ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 24;

/// Reads what Python reads as a Fernet key: padded or not, whatever the bits are that belong to no byte.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Where a text is stored. Sealed for one place, it opens at no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The primary key of the row, as text.
    pub id: String,
}

impl Place {
    /// What is authenticated. Each part has its length in front, so that no two places have the same bytes.
    fn framed(&self) -> Vec<u8> {
        let mut framed = Vec::new();
        for part in [DOMAIN, self.table.as_bytes(), self.column.as_bytes(), self.id.as_bytes()] {
            framed.extend_from_slice(&(part.len() as u64).to_be_bytes());
            framed.extend_from_slice(part);
        }
        framed
    }
}

/// One key. It wipes its memory.
pub struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
}

/// A text that is no key.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "is no key: it has to be 32 bytes in URL-safe base64, as `chatdku rotate-keys --generate` prints them"
)]
pub struct NoKey;

impl Key {
    /// The key of a setting: 32 bytes in URL-safe base64, padded or not (a Fernet key has this form).
    pub fn parse(text: &str) -> Result<Self, NoKey> {
        let bytes = Self::bytes(text)?;
        let id = derived(&*bytes, b"key id");
        let cipher = derived(&*bytes, b"XChaCha20-Poly1305 key");
        Ok(Self {
            id: hex::encode(&id[..KEY_ID_BYTES]),
            cipher: XChaCha20Poly1305::new_from_slice(&*cipher).map_err(|_length| NoKey)?,
        })
    }

    /// The bytes that the text of a key stands for.
    pub fn bytes(text: &str) -> Result<Zeroizing<[u8; KEY_BYTES]>, NoKey> {
        let decoded = Zeroizing::new(LENIENT.decode(text).map_err(|_no_base64| NoKey)?);
        let bytes: &[u8; KEY_BYTES] = decoded.as_slice().try_into().map_err(|_length| NoKey)?;
        Ok(Zeroizing::new(*bytes))
    }

    /// A fresh random key, as a setting has it.
    pub fn generate() -> Secret {
        let bytes = Zeroizing::new(rand::random::<[u8; KEY_BYTES]>());
        Secret::from(URL_SAFE.encode(*bytes))
    }
}

/// The keys: the first one seals, all of them open.
#[derive(Clone)]
pub struct Keys(Arc<[Key]>);

/// A text that has been opened. It wipes its memory.
pub struct Opened {
    /// The text.
    pub text: String,
    /// Whether an older key has sealed it: it opens as long as that key is listed.
    pub stale: bool,
}

/// Why a sealed text does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It does not have the form of a sealed text.
    #[error("it is no sealed text")]
    Form,
    /// None of the keys has sealed it.
    #[error("it is sealed with the key {0}, which is not among the keys")]
    Key(String),
    /// It has been changed, or belongs to another row or column.
    #[error("it has been changed, or was sealed for another place")]
    Changed,
}

impl Keys {
    /// `first` seals and opens, `older` ones open.
    pub fn new(first: Key, older: impl IntoIterator<Item = Key>) -> Self {
        Self(std::iter::once(first).chain(older).collect())
    }

    /// Seals a text for its place. Twice the same text is sealed differently.
    #[expect(clippy::missing_panics_doc, reason = "no text is longer than 256 GiB")]
    pub fn seal(&self, place: &Place, clear: &str) -> String {
        let key = &self.0[0];
        let nonce = rand::random::<[u8; NONCE_BYTES]>();
        let payload = Payload { msg: clear.as_bytes(), aad: &place.framed() };
        let sealed = key.cipher.encrypt(&XNonce::from(nonce), payload).expect("a text");
        let body = URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat());
        format!("{VERSION}.{}.{body}", key.id)
    }

    /// Opens what was sealed for this place.
    pub fn open(&self, place: &Place, sealed: &str) -> Result<Opened, Unreadable> {
        let mut parts = sealed.splitn(3, '.');
        let (Some(VERSION), Some(id), Some(body)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Unreadable::Form);
        };
        if id.len() != 2 * KEY_ID_BYTES || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Unreadable::Form);
        }
        let body = URL_SAFE_NO_PAD.decode(body).map_err(|_no_base64| Unreadable::Form)?;
        let (nonce, body) = body.split_first_chunk::<NONCE_BYTES>().ok_or(Unreadable::Form)?;
        let (nonce, place) = (XNonce::from(*nonce), place.framed());
        let mut failed = Unreadable::Key(id.to_owned());
        // Two keys may have the same id, once in four thousand million times.
        for (nth, key) in self.0.iter().enumerate().filter(|(_, key)| key.id == id) {
            let Ok(clear) = key.cipher.decrypt(&nonce, Payload { msg: body, aad: &place }) else {
                failed = Unreadable::Changed;
                continue;
            };
            let clear = Zeroizing::new(clear);
            let text = std::str::from_utf8(&clear).map_err(|_sealed_elsewhere| Unreadable::Form)?;
            return Ok(Opened { text: text.to_owned(), stale: nth > 0 });
        }
        Err(failed)
    }
}

/// As that of [`Secret`], for what has to have one.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

/// A key for one purpose, which tells nothing of the key it comes from or of those for others.
fn derived(key: &[u8], purpose: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
    hkdf(DOMAIN, key, purpose)
}

/// HKDF-SHA-256 (RFC 5869), its first 32 bytes.
fn hkdf(salt: &[u8], key: &[u8], info: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
    let extracted = mac(salt, &[key]);
    mac(&*extracted, &[info, &[1]])
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Zeroizing<[u8; KEY_BYTES]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(texts: &[&str]) -> Keys {
        let mut keys = texts.iter().map(|text| Key::parse(text).expect("a key"));
        Keys::new(keys.next().expect("a first key"), keys)
    }

    fn fresh() -> Secret {
        Key::generate()
    }

    fn place(id: &str) -> Place {
        Place { table: "notes", column: "text", id: id.to_owned() }
    }

    fn refusal(keys: &Keys, place: &Place, sealed: &str) -> Unreadable {
        keys.open(place, sealed).err().expect("refused")
    }

    #[test]
    fn what_is_sealed_opens_again_and_does_not_show() {
        let keys = keys(&[fresh().reveal()]);
        for clear in ["", "a", "Ada Lovelace", "李小龙 🐉", &"long ".repeat(10_000)] {
            let sealed = keys.seal(&place("7"), clear);
            let opened = keys.open(&place("7"), &sealed).expect("opens");
            assert_eq!((opened.text.as_str(), opened.stale), (clear, false));
            assert!(clear.len() < 4 || !sealed.contains(clear));
            assert_ne!(sealed, keys.seal(&place("7"), clear), "another nonce each time");
        }
    }

    #[test]
    fn it_opens_at_its_own_place_alone() {
        let keys = keys(&[fresh().reveal()]);
        let sealed = keys.seal(&place("7"), "Ada Lovelace");
        let elsewhere = [
            place("8"),
            place("77"),
            place(""),
            Place { table: "other", ..place("7") },
            Place { column: "title", ..place("7") },
            // The same letters in a row.
            Place { table: "notest", column: "ext", id: "7".to_owned() },
            Place { table: "notes", column: "text7", id: String::new() },
        ];
        for other in elsewhere {
            assert_eq!(refusal(&keys, &other, &sealed), Unreadable::Changed, "{other:?}");
        }
    }

    #[test]
    fn no_byte_of_it_can_be_changed() {
        let keys = keys(&[fresh().reveal()]);
        let sealed = keys.seal(&place("7"), "Ada Lovelace");
        for at in 0..sealed.len() {
            for other in b"Aa0-_.=+ z9" {
                let mut changed = sealed.clone().into_bytes();
                if changed[at] == *other {
                    continue;
                }
                changed[at] = *other;
                let changed = String::from_utf8(changed).expect("ASCII");
                assert!(keys.open(&place("7"), &changed).is_err(), "byte {at}: {changed}");
            }
            assert!(keys.open(&place("7"), &sealed[..at]).is_err(), "cut after {at}");
        }
        assert!(keys.open(&place("7"), &format!("{sealed}A")).is_err());
        assert!(keys.open(&place("7"), &format!("{sealed}=")).is_err(), "one text for one sealed value");
    }

    /// Each single bit of nonce, text and tag, past the letters of base64.
    #[test]
    fn no_bit_of_it_can_be_changed() {
        let keys = keys(&[fresh().reveal()]);
        let sealed = keys.seal(&place("7"), "Ada");
        let (head, body) = sealed.rsplit_once('.').expect("a body");
        let body = URL_SAFE_NO_PAD.decode(body).expect("base64");
        for bit in 0..body.len() * 8 {
            let mut changed = body.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let changed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(changed));
            assert_eq!(refusal(&keys, &place("7"), &changed), Unreadable::Changed, "bit {bit}");
        }
    }

    #[test]
    fn an_older_key_opens_and_the_first_seals() {
        let (old, new) = (fresh(), fresh());
        let before = keys(&[old.reveal()]);
        let sealed = before.seal(&place("7"), "Ada Lovelace");
        let rotating = keys(&[new.reveal(), old.reveal()]);
        let opened = rotating.open(&place("7"), &sealed).expect("opens");
        assert_eq!((opened.text.as_str(), opened.stale), ("Ada Lovelace", true));
        let again = rotating.seal(&place("7"), &opened.text);
        assert!(rotating.open(&place("7"), &again).is_ok_and(|opened| !opened.stale));
        let after = keys(&[new.reveal()]);
        assert!(after.open(&place("7"), &again).is_ok());
        let id = sealed.split('.').nth(1).expect("a key id").to_owned();
        assert_eq!(refusal(&after, &place("7"), &sealed), Unreadable::Key(id));
        assert!(matches!(refusal(&before, &place("7"), &again), Unreadable::Key(_)));
    }

    #[test]
    fn what_is_not_sealed_is_told_from_what_does_not_open() {
        let keys = keys(&[fresh().reveal()]);
        for text in [
            "",
            "Ada Lovelace",
            "{}",
            "v1",
            "v1.",
            "v1.abc",
            "v1.00000000.",
            "v1.00000000.AAAA",
            "v1.zzzzzzzz.AAAA",
        ] {
            assert_eq!(refusal(&keys, &place("7"), text), Unreadable::Form, "{text}");
        }
        let later = keys.seal(&place("7"), "Ada").replacen("v1", "v2", 1);
        assert_eq!(refusal(&keys, &place("7"), &later), Unreadable::Form);
    }

    #[test]
    fn a_key_is_read_as_fernet_reads_it() {
        let key = fresh();
        let padded = key.reveal();
        assert_eq!((padded.len(), padded.ends_with('=')), (44, true));
        let sealed = keys(&[padded]).seal(&place("7"), "Ada");
        assert!(keys(&[padded.trim_end_matches('=')]).open(&place("7"), &sealed).is_ok());
        for text in
            ["", "short", &padded[..40], &format!("{padded}A"), &"+/".repeat(22), &hex::encode([7; 32])]
        {
            assert!(Key::parse(text).is_err(), "{text}");
        }
    }

    /// Made by another program, from the descriptions of HKDF, XChaCha20-Poly1305 and the form above.
    #[test]
    fn what_was_sealed_once_opens_for_good() {
        let keys = keys(&["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]);
        let body = "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZX4pUUtRsYC5XESD12eHOBFsDddWP7XpbWyEVb-Q";
        let opened = keys.open(&place("7"), &format!("v1.f53a4203.{body}"));
        assert_eq!(opened.expect("opens").text, "Ada Lovelace");
    }

    /// RFC 5869, test case 1.
    #[test]
    fn keys_are_derived_as_the_standard_says() {
        let salt: Vec<u8> = (0..13).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        let published = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf";
        assert_eq!(hex::encode(*hkdf(&salt, &[0x0b; 22], &info)), published);
    }
}
