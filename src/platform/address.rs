//! Mail addresses.

use std::{fmt, str::FromStr};

/// The longest address that mail servers have to take, in bytes.
const MAX_BYTES: usize = 254;

/// An address that mail can be sent to: `name@host`, in ASCII, without a display name.
///
/// No line break gets into one: who could write one into an address could write headers of their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(String);

/// A text that is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a mail address")]
pub struct BadAddress;

impl Address {
    /// Reads an address. White space around it does not count.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let text = text.trim();
        if text.len() > MAX_BYTES || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BadAddress);
        }
        text.parse::<lettre::Address>().map(|_| Self(text.to_owned())).map_err(|_| BadAddress)
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
