//! What a session's row holds as JSON: the name to greet with, sealed, and the last proof of the password.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::platform::secret_field::{Keys, Place};

const TABLE: &str = "web_session";
const COLUMN: &str = "data";
/// The entry of the sealed name.
pub const NAME: &str = "name";

/// What the column says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Data {
    pub(super) display_name: String,
    pub(super) proven_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    /// Sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// In the clear, by versions that did not seal. Such sessions have ended half a day after the upgrade.
    #[serde(default, skip_serializing)]
    display_name: Option<String>,
    #[serde(default)]
    proven_at: Option<DateTime<Utc>>,
}

impl Data {
    /// The text of the column. Without keys the name is left out: the proxy's header says it again.
    pub(super) fn written(&self, keys: Option<&Keys>, token_hash: &str) -> String {
        let named = keys.filter(|_| !self.display_name.is_empty());
        let stored = Stored {
            name: named.map(|keys| keys.seal(&place(token_hash), &self.display_name)),
            display_name: None,
            proven_at: self.proven_at,
        };
        serde_json::to_string(&stored).unwrap_or_default()
    }

    /// What the text of the column says. A name that does not open is none: nobody is kept out for it.
    pub(super) fn read(keys: Option<&Keys>, token_hash: &str, text: &str) -> Result<Self, serde_json::Error> {
        let stored: Stored = serde_json::from_str(text)?;
        let opened = stored.name.zip(keys).map(|(sealed, keys)| keys.open(&place(token_hash), &sealed));
        let display_name = match opened {
            Some(Ok(opened)) => opened.text.clone(),
            Some(Err(cause)) => {
                tracing::debug!(cause = %cause, "the name of a web session cannot be read");
                String::new()
            }
            None => stored.display_name.unwrap_or_default(),
        };
        Ok(Self { display_name, proven_at: stored.proven_at })
    }
}

/// Whether the text of a column tells a name to whoever reads it.
pub(super) fn tells_a_name(text: &str) -> bool {
    serde_json::from_str::<Stored>(text).is_ok_and(|stored| stored.display_name.is_some())
}

fn place(token_hash: &str) -> Place {
    Place { table: TABLE, column: COLUMN, id: token_hash.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::secret_field::Key;

    const HASH: &str = "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5";

    fn keys() -> Keys {
        Keys::new(Key::parse(Key::generate().reveal()).expect("a key"), [])
    }

    fn ada() -> Data {
        Data {
            display_name: "Ada Lovelace".to_owned(),
            proven_at: DateTime::from_timestamp(1_700_000_000, 0),
        }
    }

    #[test]
    fn a_name_is_kept_for_its_own_session() {
        let keys = keys();
        let written = ada().written(Some(&keys), HASH);
        assert!(!written.contains("Ada"), "{written}");
        assert_eq!(Data::read(Some(&keys), HASH, &written).expect("data"), ada());
        let elsewhere = Data::read(Some(&keys), "another", &written).expect("data");
        assert_eq!(elsewhere, Data { display_name: String::new(), ..ada() });
        assert!(!tells_a_name(&written));
    }

    #[test]
    fn without_keys_there_is_no_name() {
        let written = ada().written(None, HASH);
        assert!(!written.contains("name"), "{written}");
        let nameless = Data { display_name: String::new(), ..ada() };
        assert_eq!(Data::read(None, HASH, &written).expect("data"), nameless);
        let sealed = ada().written(Some(&keys()), HASH);
        assert_eq!(Data::read(None, HASH, &sealed).expect("data"), nameless);
        assert_eq!(
            Data::read(Some(&keys()), HASH, &sealed).expect("data"),
            nameless,
            "sealed with another key"
        );
    }

    #[test]
    fn sessions_of_versions_before_are_read() {
        let before = r#"{"display_name":"Ada Lovelace","proven_at":"2023-11-14T22:13:20Z"}"#;
        assert_eq!(Data::read(Some(&keys()), HASH, before).expect("data"), ada());
        assert!(tells_a_name(before));
        let first = Data::read(None, HASH, r#"{"display_name":""}"#).expect("data");
        assert_eq!(first, Data::default());
        assert!(Data::read(None, HASH, "no JSON").is_err());
    }
}
