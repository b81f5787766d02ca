//! Receiving a recording: counted on the way, held in memory, never on the disk.

use rocket::{Data, http::ContentType};

use super::sound::{Sound, may_be_sound};
use crate::{
    error::{Error, Invalid},
    platform::multipart::{Part, Parts, Unreadable},
};

/// Largest recording.
pub(super) const MAX_BYTES: usize = 10 * 1024 * 1024;
/// What is read of a body that is too large before the answer: a browser shows an answer only when it could send its
/// request to the end. Nothing of that is kept.
const MAX_BODY_BYTES: u64 = 48 * 1024 * 1024;
/// Longest name of a language, such as `zh-Hans-CN`.
const MAX_LANGUAGE_BYTES: usize = 35;

const TOO_LARGE: &str = "A recording may have at most 10 MiB.";
const UNKNOWN: &str = "This is no sound of a known form: WebM, Ogg, MP4, MP3, WAV or FLAC.";

/// A recording that is sound as far as its beginning tells.
pub(super) struct Recording {
    pub(super) sound: Sound,
    pub(super) bytes: Vec<u8>,
    /// The language spoken, if the sender knows it: two or three letters.
    pub(super) language: Option<String>,
}

/// Receives the recording of a multipart body: the part `file`, and with it the part `language`.
pub(super) async fn receive(content_type: Option<&ContentType>, data: Data<'_>) -> Result<Recording, Error> {
    let mut parts = Parts::open(content_type, data, MAX_BODY_BYTES)?;
    let (mut file, mut language) = (None, None);
    while let Some(part) = parts.next().await.map_err(refusal)? {
        match part.name() {
            Some("file") if file.is_none() => file = Some(sound(part).await?),
            Some("language") => language = spoken(part).await?,
            _ => part.discard().await.map_err(refusal)?,
        }
    }
    let (sound, bytes) = file.ok_or_else(|| wrong("file", "No file was submitted."))?;
    Ok(Recording { sound, bytes, language })
}

async fn sound(mut part: Part<'_>) -> Result<(Sound, Vec<u8>), Error> {
    let may_be = part.declared().is_none_or(may_be_sound);
    // The system gives memory when it is written to; to grow would be to hold some of it twice.
    let mut bytes = Vec::with_capacity(MAX_BYTES);
    while let Some(chunk) = part.chunk().await.map_err(refusal)? {
        if bytes.len() + chunk.len() > MAX_BYTES {
            drop(bytes);
            part.discard().await.map_err(refusal)?;
            return Err(Error::TooLarge(TOO_LARGE));
        }
        bytes.extend_from_slice(&chunk);
    }
    if bytes.is_empty() {
        return Err(wrong("file", "The submitted file is empty."));
    }
    match Sound::of(&bytes).filter(|_| may_be) {
        Some(sound) => Ok((sound, bytes)),
        None => Err(Error::UnknownFormat(UNKNOWN)),
    }
}

async fn spoken(mut part: Part<'_>) -> Result<Option<String>, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(refusal)? {
        if bytes.len() + chunk.len() > MAX_LANGUAGE_BYTES {
            part.discard().await.map_err(refusal)?;
            return Err(no_language());
        }
        bytes.extend_from_slice(&chunk);
    }
    language(std::str::from_utf8(&bytes).map_err(|_| no_language())?)
}

/// The two or three letters that services know languages by.
fn language(tag: &str) -> Result<Option<String>, Error> {
    let tag = tag.trim();
    if tag.is_empty() {
        return Ok(None);
    }
    let first = tag.split(['-', '_']).next().unwrap_or_default();
    let known = matches!(first.len(), 2 | 3) && first.bytes().all(|byte| byte.is_ascii_alphabetic());
    if known { Ok(Some(first.to_ascii_lowercase())) } else { Err(no_language()) }
}

fn no_language() -> Error {
    wrong("language", "Name a language as in `en` or `zh-Hans`.")
}

pub(super) fn wrong(field: &str, sentence: &str) -> Error {
    Invalid::field(field, sentence).with("detail", sentence).into()
}

fn refusal(unreadable: Unreadable) -> Error {
    match unreadable {
        Unreadable::TooLarge => Error::TooLarge(TOO_LARGE),
        Unreadable::Other(error) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_first_letters() {
        for (tag, known) in [("", None), (" ", None), ("en", Some("en")), ("zh-Hans", Some("zh"))] {
            assert_eq!(language(tag).expect("a language").as_deref(), known, "{tag}");
        }
        assert_eq!(language("YUE_Hant").expect("a language").as_deref(), Some("yue"));
        for tag in ["english", "e", "中文", "-en", "e1"] {
            assert!(language(tag).is_err(), "{tag}");
        }
    }
}
