//! The settings of dictation: the service that writes down what somebody says.

use std::time::Duration;

use super::reader::Reader;
use crate::platform::secret::Secret;

/// What the path of such a service ends in.
const PATH: &str = "/audio/transcriptions";
/// The longest time it may be given: routes and proxies wait no longer.
const LONGEST: Duration = Duration::from_mins(2);

/// An OpenAI-compatible service that writes down speech.
#[derive(Clone, Debug)]
pub struct DictationSettings {
    /// The whole address that recordings are sent to.
    pub url: String,
    /// Model name.
    pub model: String,
    /// Bearer token.
    pub api_key: Option<Secret>,
    /// Time for one recording.
    pub patience: Duration,
}

pub(super) fn dictation(reader: &mut Reader<'_>) -> Option<DictationSettings> {
    let given = reader.text("WHISPER_MODEL_URI")?;
    let url = endpoint(&given).unwrap_or_else(|problem| {
        reader.problem("WHISPER_MODEL_URI", format!("`{given}` {problem}"));
        String::new()
    });
    let patience = reader.seconds("WHISPER_TIMEOUT", 60.0);
    if patience.is_zero() || patience > LONGEST {
        reader.problem("WHISPER_TIMEOUT", format!("is not between 0 and {} seconds", LONGEST.as_secs()));
    }
    Some(DictationSettings {
        url,
        model: reader.text("WHISPER_MODEL").unwrap_or_else(|| "whisper-1".to_owned()),
        api_key: reader.text("WHISPER_API_KEY").map(Secret::from),
        patience,
    })
}

/// Where recordings are sent to, of an address that ends in a host, in the base of the API, or where they are sent to.
fn endpoint(given: &str) -> Result<String, &'static str> {
    let url = reqwest::Url::parse(given).map_err(|_| "is not an http address")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("is not an http address");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has more behind its path");
    }
    let base = given.trim_end_matches('/');
    Ok(match url.path().trim_end_matches('/') {
        "" => format!("{base}/v1{PATH}"),
        path if path.ends_with(PATH) => base.to_owned(),
        _ => format!("{base}{PATH}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_may_end_in_the_host_the_base_or_the_route() {
        for (given, sent_to) in [
            ("http://whisper:8000", "http://whisper:8000/v1/audio/transcriptions"),
            ("http://whisper:8000/", "http://whisper:8000/v1/audio/transcriptions"),
            ("https://a.example/v1", "https://a.example/v1/audio/transcriptions"),
            ("https://a.example/openai/v1/", "https://a.example/openai/v1/audio/transcriptions"),
            ("https://a.example/v1/audio/transcriptions", "https://a.example/v1/audio/transcriptions"),
            ("https://a.example/v1/audio/transcriptions/", "https://a.example/v1/audio/transcriptions"),
        ] {
            assert_eq!(endpoint(given).as_deref(), Ok(sent_to), "{given}");
        }
        for given in ["whisper-large-v3", "ws://whisper:8007/", "http://", "https://a.example/v1?key=1"] {
            assert!(endpoint(given).is_err(), "{given}");
        }
    }
}
