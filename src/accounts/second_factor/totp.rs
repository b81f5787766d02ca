//! One-time passwords by the clock (RFC 6238) as every authenticator app makes them: SHA-1, six digits, 30 seconds.

use chrono::{DateTime, Utc};
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const STEP_SECONDS: i64 = 30;
const DIGITS: usize = 6;
/// As long as what SHA-1 makes, which RFC 4226 recommends.
const KEY_BYTES: usize = 20;
/// Steps before and after the one of now: clocks differ, and typing takes time.
const TOLERANCE: i64 = 1;
const ISSUER: &str = "ChatDKU";
/// More of a name makes the picture too fine for a camera.
const MOST_CHARS_OF_NAME: usize = 40;

/// What an account and an authenticator share.
pub struct Key(Zeroizing<Vec<u8>>);

impl Key {
    /// A new one: 160 random bits.
    pub fn random() -> Self {
        Self(Zeroizing::new(rand::random::<[u8; KEY_BYTES]>().to_vec()))
    }

    /// Reads what [`Self::text`] has written.
    pub fn parse(text: &str) -> Option<Self> {
        BASE32_NOPAD.decode(text.as_bytes()).ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// In base32, as people type it.
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(&self.0))
    }

    /// In groups of four letters, which authenticators do not mind.
    pub fn grouped(&self) -> String {
        let text = self.text();
        let groups = text.as_bytes().chunks(4).map(String::from_utf8_lossy);
        groups.collect::<Vec<_>>().join(" ")
    }

    /// What an authenticator reads from the picture, for the account of this name.
    pub fn uri(&self, name: &str) -> Zeroizing<String> {
        let name: String = name.chars().take(MOST_CHARS_OF_NAME).collect();
        let name = utf8_percent_encode(&name, NON_ALPHANUMERIC);
        Zeroizing::new(format!(
            "otpauth://totp/{ISSUER}:{name}?secret={}&issuer={ISSUER}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}",
            self.text().as_str()
        ))
    }

    /// The code of a step.
    pub fn code(&self, step: i64) -> String {
        format!("{:0DIGITS$}", self.truncated(step) % 10_u32.pow(6))
    }

    /// The step, of now or next to it, that a code belongs to. Of several the latest, so that none is left to use it
    /// once more.
    pub(super) fn step_of(&self, code: &str, now: DateTime<Utc>) -> Option<i64> {
        let current = step_at(now);
        let fits = |step: &i64| bool::from(self.code(*step).as_bytes().ct_eq(code.as_bytes()));
        // All of them are compared: the time does not tell which it was.
        let steps: Vec<i64> = (current - TOLERANCE..=current + TOLERANCE).filter(fits).collect();
        steps.last().copied()
    }

    /// The dynamic truncation of RFC 4226: 31 bits of the MAC of the step.
    fn truncated(&self, step: i64) -> u32 {
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(&step.to_be_bytes());
        let bytes = mac.finalize().into_bytes();
        let offset = usize::from(bytes[bytes.len() - 1] & 0x0f);
        let four = [bytes[offset], bytes[offset + 1], bytes[offset + 2], bytes[offset + 3]];
        u32::from_be_bytes(four) & 0x7fff_ffff
    }
}

/// The step of a moment.
pub(super) fn step_at(now: DateTime<Utc>) -> i64 {
    now.timestamp().div_euclid(STEP_SECONDS)
}

/// Whether this has the form of a code, once what people put between the digits is gone.
pub(super) fn is_code(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of the examples of both RFCs: `12345678901234567890`.
    fn of_the_rfcs() -> Key {
        Key::parse("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").expect("a key")
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("a moment")
    }

    #[test]
    fn the_examples_of_rfc_6238_come_out() {
        let key = of_the_rfcs();
        for (seconds, eight_digits) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let step = step_at(at(seconds));
            assert_eq!(format!("{:08}", key.truncated(step) % 100_000_000), eight_digits);
            assert_eq!(key.code(step), eight_digits[2..], "at {seconds}");
        }
    }

    #[test]
    fn the_examples_of_rfc_4226_come_out() {
        let key = of_the_rfcs();
        let codes: Vec<String> = (0..10).map(|count| key.code(count)).collect();
        let wanted = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
            "520489",
        ];
        assert_eq!(codes, wanted);
    }

    #[test]
    fn a_code_is_good_one_step_before_and_after_its_own() {
        let (key, now) = (of_the_rfcs(), at(1_111_111_111));
        let current = step_at(now);
        for (away, good) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let found = key.step_of(&key.code(current + away), now);
            assert_eq!(found, good.then_some(current + away), "{away}");
        }
        assert_eq!(key.step_of("", now), None);
    }

    #[test]
    fn a_key_is_written_and_read() {
        let key = Key::random();
        assert_eq!(key.text().len(), 32);
        assert_eq!(Key::parse(&key.text()).expect("the same key").code(7), key.code(7));
        assert_eq!(key.grouped().replace(' ', ""), *key.text());
        assert!(Key::parse("not base32!").is_none());
        let uri = of_the_rfcs().uri("Li Hua&x");
        assert!(
            uri.starts_with("otpauth://totp/ChatDKU:Li%20Hua%26x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&")
        );
    }
}
