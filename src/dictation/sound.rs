//! The forms of sound that are taken, told apart by what the bytes begin with: what a sender calls them decides nothing.

/// A form of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sound {
    WebM,
    Ogg,
    Mp4,
    Mpeg,
    Wav,
    Flac,
}

/// How far into a `WebM` file its kind is said at the latest.
const EBML_HEAD: usize = 128;
/// Kinds of MP4 that hold sound; pictures begin alike.
const BRANDS: [&[u8]; 6] = [b"M4A", b"M4B", b"iso", b"mp4", b"dash", b"3gp"];

impl Sound {
    /// The form of a file that begins like this.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let has = |at: usize, word: &[u8]| bytes.get(at..).is_some_and(|rest| rest.starts_with(word));
        if has(0, b"\x1a\x45\xdf\xa3") {
            let head = &bytes[..bytes.len().min(EBML_HEAD)];
            let says = |word: &[u8]| head.windows(word.len()).any(|part| part == word);
            return (says(b"webm") || says(b"matroska")).then_some(Self::WebM);
        }
        if has(0, b"OggS") {
            return Some(Self::Ogg);
        }
        if has(4, b"ftyp") {
            return BRANDS.iter().any(|brand| has(8, brand)).then_some(Self::Mp4);
        }
        if has(0, b"RIFF") {
            return has(8, b"WAVE").then_some(Self::Wav);
        }
        if has(0, b"fLaC") {
            return Some(Self::Flac);
        }
        (has(0, b"ID3") || is_mpeg_frame(bytes)).then_some(Self::Mpeg)
    }

    /// What it is called on its way to the service, which goes by the ending.
    pub(super) fn file_name(self) -> &'static str {
        match self {
            Self::WebM => "recording.webm",
            Self::Ogg => "recording.ogg",
            Self::Mp4 => "recording.mp4",
            Self::Mpeg => "recording.mp3",
            Self::Wav => "recording.wav",
            Self::Flac => "recording.flac",
        }
    }

    /// Its media type.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::WebM => "audio/webm",
            Self::Ogg => "audio/ogg",
            Self::Mp4 => "audio/mp4",
            Self::Mpeg => "audio/mpeg",
            Self::Wav => "audio/wav",
            Self::Flac => "audio/flac",
        }
    }
}

/// Whether something of this declared media type may be sound. Browsers call sound from some containers a film.
pub(super) fn may_be_sound(declared: &str) -> bool {
    let (top, sub) = declared.split_once('/').unwrap_or((declared, ""));
    match top {
        "audio" | "video" => true,
        "application" => sub.starts_with("octet-stream") || sub.starts_with("ogg"),
        _ => false,
    }
}

/// The head of a frame of MPEG audio: eleven bits, then neither a version, a layer, a bit rate nor a sampling rate that
/// does not exist.
fn is_mpeg_frame(bytes: &[u8]) -> bool {
    let [first, second, third, ..] = bytes else { return false };
    *first == 0xff
        && second & 0xe0 == 0xe0
        && second & 0x18 != 0x08
        && second & 0x06 != 0
        && third & 0xf0 != 0xf0
        && third & 0x0c != 0x0c
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_it_begins_with() {
        let webm = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm\x42\x87";
        for (bytes, sound) in [
            (&webm[..], Some(Sound::WebM)),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84other", None),
            (b"OggS\0\x02", Some(Sound::Ogg)),
            (b"\0\0\0\x20ftypM4A \0\0", Some(Sound::Mp4)),
            (b"\0\0\0\x1cftypiso5\0\0", Some(Sound::Mp4)),
            (b"\0\0\0\x1cftypheic\0\0", None),
            (b"RIFF\x24\0\0\0WAVEfmt ", Some(Sound::Wav)),
            (b"RIFF\x24\0\0\0WEBPVP8 ", None),
            (b"fLaC\0\0\0\x22", Some(Sound::Flac)),
            (b"ID3\x04\0", Some(Sound::Mpeg)),
            (b"\xff\xfb\x90\x64", Some(Sound::Mpeg)),
            // AAC without a container.
            (b"\xff\xf1\x50\x80", None),
            (b"\xff\xff\xff\xff", None),
            (b"\xff", None),
            (b"", None),
            (b"<html>", None),
            (b"%PDF-1.7", None),
        ] {
            assert_eq!(Sound::of(bytes), sound, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_declared_as_something_else_is_no_sound() {
        for (declared, sound) in [
            ("audio/webm;codecs=opus", true),
            ("video/mp4", true),
            ("application/octet-stream", true),
            ("application/ogg", true),
            ("application/pdf", false),
            ("text/html; charset=utf-8", false),
            ("image/png", false),
        ] {
            assert_eq!(may_be_sound(declared), sound, "{declared}");
        }
    }
}
