//! What is said about a document beside its text, and what is wrong with what staff give.

use chrono::NaiveDate;
use sea_orm::DbErr;

use crate::{
    error::Error,
    platform::{locale::Language, text::one_line},
};

/// Longest title, as the column has it.
pub(super) const MAX_TITLE_CHARS: usize = 300;
/// Longest address, as the column has it.
pub(super) const MAX_URL_CHARS: usize = 1000;

/// What is said about a document beside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// How references name it.
    pub title: String,
    /// Where people find it.
    pub url: Option<String>,
    /// From when it holds.
    pub valid_from: Option<NaiveDate>,
    /// Until when it holds.
    pub valid_to: Option<NaiveDate>,
}

impl Description {
    /// The description as it may be kept: without blanks around, each mistake named.
    pub(super) fn checked(self) -> Result<Self, Vec<Fault>> {
        let title = one_line(&self.title).replace('\0', "");
        let url = self.url.map(|url| url.trim().to_owned()).filter(|url| !url.is_empty());
        let mut faults = Vec::new();
        if title.is_empty() {
            faults.push(Fault::TitleMissing);
        }
        if title.chars().count() > MAX_TITLE_CHARS {
            faults.push(Fault::TitleLong);
        }
        if url.as_ref().is_some_and(|url| !is_web_address(url)) {
            faults.push(Fault::UrlNotWeb);
        }
        if url.as_ref().is_some_and(|url| url.chars().count() > MAX_URL_CHARS) {
            faults.push(Fault::UrlLong);
        }
        if self.valid_from.zip(self.valid_to).is_some_and(|(from, to)| to < from) {
            faults.push(Fault::EndsBeforeItBegins);
        }
        if faults.is_empty() { Ok(Self { title, url, ..self }) } else { Err(faults) }
    }
}

fn is_web_address(url: &str) -> bool {
    let plain = !url.contains(|c: char| c.is_whitespace() || c.is_control());
    let parsed = reqwest::Url::parse(url);
    plain && parsed.is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// A mistake in what staff give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is no title.
    TitleMissing,
    /// The title is over 300 characters.
    TitleLong,
    /// The address is over 1000 characters.
    UrlLong,
    /// The address is none of the web.
    UrlNotWeb,
    /// It holds until before it holds.
    EndsBeforeItBegins,
    /// The name ends like none of the formats that are read.
    FileFormat,
    /// There is nothing in the file.
    FileEmpty,
    /// The file is too large.
    FileLarge,
}

impl Fault {
    /// The field it is about: `title`, `url`, `valid_to`, `file`.
    pub fn field(self) -> &'static str {
        match self {
            Self::TitleMissing | Self::TitleLong => "title",
            Self::UrlLong | Self::UrlNotWeb => "url",
            Self::EndsBeforeItBegins => "valid_to",
            Self::FileFormat | Self::FileEmpty | Self::FileLarge => "file",
        }
    }

    /// What to tell the person.
    pub fn sentence(self, language: Language) -> String {
        language.text(match self {
            Self::TitleMissing => "document-title-missing",
            Self::TitleLong => "document-title-long",
            Self::UrlLong => "document-url-long",
            Self::UrlNotWeb => "document-url-not-web",
            Self::EndsBeforeItBegins => "document-ends-before-it-begins",
            Self::FileFormat => "document-file-format",
            Self::FileEmpty => "document-file-empty",
            Self::FileLarge => "document-file-large",
        })
    }
}

/// Why what staff want done to a document is not done.
#[derive(Debug)]
pub enum DocumentError {
    /// What they gave has mistakes.
    Faults(Vec<Fault>),
    /// Anything else.
    Other(Error),
}

impl From<DbErr> for DocumentError {
    fn from(error: DbErr) -> Self {
        Self::Other(error.into())
    }
}

impl From<Error> for DocumentError {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<Vec<Fault>> for DocumentError {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Faults(faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(change: impl FnOnce(&mut Description)) -> Vec<Fault> {
        let mut said = Description { title: "Bulletin".to_owned(), ..Description::default() };
        change(&mut said);
        said.checked().err().unwrap_or_default()
    }

    #[test]
    fn each_mistake_is_named_with_its_field_in_both_languages() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 3, day);
        assert_eq!(faults(|said| said.title = "长".repeat(300)), []);
        assert_eq!(faults(|said| said.title = "长".repeat(301)), [Fault::TitleLong]);
        assert_eq!(faults(|said| said.title = " \n ".to_owned()), [Fault::TitleMissing]);
        for url in ["javascript:alert(1)", "ftp://example.edu/", "example.edu", "http://", "https://a b/"] {
            assert_eq!(faults(|said| said.url = Some(url.to_owned())), [Fault::UrlNotWeb], "{url}");
        }
        let long = format!("https://example.edu/{}", "x".repeat(1000));
        assert_eq!(faults(|said| said.url = Some(long)), [Fault::UrlLong]);
        let backwards = faults(|said| (said.valid_from, said.valid_to) = (day(2), day(1)));
        assert_eq!(backwards, [Fault::EndsBeforeItBegins]);
        assert_eq!(faults(|said| (said.valid_from, said.valid_to) = (day(1), day(1))), []);
        for language in [Language::English, Language::Chinese] {
            assert!(!Fault::EndsBeforeItBegins.sentence(language).contains("document-"));
        }
    }

    #[test]
    fn what_is_kept_has_no_blanks_around() {
        let said = Description {
            title: "  The\n Bulletin ".to_owned(),
            url: Some("  ".to_owned()),
            ..Description::default()
        };
        let kept = said.checked().expect("nothing is wrong");
        assert_eq!((kept.title.as_str(), kept.url), ("The Bulletin", None));
    }
}
