//! Why a file is not ready, or not wholly: a short word in the row, a sentence to people.

use super::extract::{Extraction, Refusal};
use crate::platform::locale::Language;

/// Pages named one by one in a sentence, at most.
const NAMED_PAGES: usize = 10;

/// A reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The file gives no text, and never will.
    Refused(Refusal),
    /// Reading it failed for good.
    Crashed,
    /// Its bytes are not on the disk.
    Missing,
    /// Some pages are pictures of text.
    Pictures(Vec<usize>),
    /// Some pages could not be read.
    Unreadable(Vec<usize>),
    /// Only its beginning was read.
    Cut,
}

impl Reason {
    /// Why what was read is not the whole file, if it is not.
    pub fn of(extraction: &Extraction) -> Option<Self> {
        if extraction.cut {
            Some(Self::Cut)
        } else if !extraction.unreadable.is_empty() {
            Some(Self::Unreadable(extraction.unreadable.clone()))
        } else if !extraction.pictures.is_empty() {
            Some(Self::Pictures(extraction.pictures.clone()))
        } else {
            None
        }
    }

    /// The form in the row.
    pub fn code(&self) -> String {
        match self {
            Self::Refused(Refusal::Password) => "password".to_owned(),
            Self::Refused(Refusal::Broken) => "broken".to_owned(),
            Self::Refused(Refusal::NoText) => "no_text".to_owned(),
            Self::Refused(Refusal::TooLarge) => "too_large".to_owned(),
            Self::Crashed => "crashed".to_owned(),
            Self::Missing => "missing".to_owned(),
            Self::Pictures(pages) => format!("pictures:{}", list(pages)),
            Self::Unreadable(pages) => format!("unreadable:{}", list(pages)),
            Self::Cut => "cut".to_owned(),
        }
    }

    fn parse(code: &str) -> Option<Self> {
        let (word, pages) = code.split_once(':').unwrap_or((code, ""));
        let pages = || pages.split(',').filter_map(|page| page.parse().ok()).collect();
        Some(match word {
            "password" => Self::Refused(Refusal::Password),
            "broken" => Self::Refused(Refusal::Broken),
            "no_text" => Self::Refused(Refusal::NoText),
            "too_large" => Self::Refused(Refusal::TooLarge),
            "crashed" => Self::Crashed,
            "missing" => Self::Missing,
            "pictures" => Self::Pictures(pages()),
            "unreadable" => Self::Unreadable(pages()),
            "cut" => Self::Cut,
            _ => return None,
        })
    }
}

/// The sentence for a row's reason; a text that is none of ours is shown as it is.
pub fn sentence(code: &str, language: Language) -> String {
    let Some(reason) = Reason::parse(code) else { return code.to_owned() };
    let of_pages = |key, pages: &[usize]| {
        let named = pages.iter().take(NAMED_PAGES).map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let more = if pages.len() > NAMED_PAGES { " …" } else { "" };
        language.text_with(key, [("pages", format!("{named}{more}"))])
    };
    match reason {
        Reason::Refused(Refusal::Password) => language.text("file-reason-password"),
        Reason::Refused(Refusal::Broken) => language.text("file-reason-broken"),
        Reason::Refused(Refusal::NoText) => language.text("file-reason-no-text"),
        Reason::Refused(Refusal::TooLarge) => language.text("file-reason-too-large"),
        Reason::Crashed => language.text("file-reason-crashed"),
        Reason::Missing => language.text("file-reason-missing"),
        Reason::Pictures(pages) => of_pages("file-reason-pictures", &pages),
        Reason::Unreadable(pages) => of_pages("file-reason-unreadable", &pages),
        Reason::Cut => language.text("file-reason-cut"),
    }
}

fn list(pages: &[usize]) -> String {
    pages.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_survives_its_row_and_has_a_sentence_in_both_languages() {
        let reasons = [
            Reason::Refused(Refusal::Password),
            Reason::Refused(Refusal::Broken),
            Reason::Refused(Refusal::NoText),
            Reason::Refused(Refusal::TooLarge),
            Reason::Crashed,
            Reason::Missing,
            Reason::Pictures(vec![3, 7]),
            Reason::Unreadable(vec![1]),
            Reason::Cut,
        ];
        for reason in reasons {
            assert_eq!(Reason::parse(&reason.code()), Some(reason.clone()));
            for language in [Language::English, Language::Chinese] {
                let text = sentence(&reason.code(), language);
                assert!(text.chars().count() > 5 && !text.contains("file-reason"), "{text}");
            }
        }
    }
}
