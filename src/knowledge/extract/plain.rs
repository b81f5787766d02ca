//! Plain text and Markdown.

use super::child::Whole;

pub(super) fn text(bytes: &[u8]) -> Whole {
    Whole { title: None, text: decode(bytes) }
}

/// The first heading of the first level is the title.
pub(super) fn markdown(bytes: &[u8]) -> Whole {
    let text = decode(bytes);
    let title = text.lines().find_map(|line| line.strip_prefix("# ")).map(|title| title.trim().to_owned());
    Whole { title: title.filter(|title| !title.is_empty()), text }
}

/// UTF-8 or UTF-16 by its mark, else UTF-8, else GB18030: what Chinese text files are in when they are in neither.
pub fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::GB18030.decode(bytes).0.into_owned(),
    }
}
