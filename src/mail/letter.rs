//! What can be mailed, and to whom.
//!
//! Nothing that stands in a header of a mail gets this far with a line break in it: who could write one into a subject
//! could write headers of their own.

use crate::platform::address::Address;

/// The longest subject, in characters.
const MAX_SUBJECT_CHARS: usize = 200;

/// A text that cannot be a subject: empty, longer than 200 characters, or with control characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this cannot be the subject of a mail")]
pub struct BadSubject;

/// Something to be mailed, to each recipient alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub(super) kind: &'static str,
    pub(super) recipients: Vec<Address>,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: Option<String>,
    pub(super) once: Option<String>,
}

impl Letter {
    /// A letter of `kind`, a stable word of at most 50 characters, with a plain text and nobody to get it yet.
    pub fn new(
        kind: &'static str,
        subject: impl Into<String>,
        text: impl Into<String>,
    ) -> Result<Self, BadSubject> {
        let subject = subject.into().trim().to_owned();
        let fits = !subject.is_empty() && subject.chars().count() <= MAX_SUBJECT_CHARS;
        if !fits || subject.chars().any(char::is_control) {
            return Err(BadSubject);
        }
        Ok(Self { kind, recipients: Vec::new(), subject, text: text.into(), html: None, once: None })
    }

    /// Who gets it; each gets a mail of their own, and nobody two.
    #[must_use]
    pub fn to(mut self, recipients: impl IntoIterator<Item = Address>) -> Self {
        self.recipients.extend(recipients);
        self.recipients.sort();
        self.recipients.dedup();
        self
    }

    /// The same as a page. It may show the logo, as `<img src="cid:logo">`; it can load nothing from outside.
    #[must_use]
    pub fn html(mut self, html: impl Into<String>) -> Self {
        self.html = Some(html.into());
        self
    }

    /// Names what it is about, such as the week of a report: of a kind and a name everybody gets one letter, however
    /// often it is asked for. At most 100 characters.
    #[must_use]
    pub fn once(mut self, name: impl Into<String>) -> Self {
        self.once = Some(name.into());
        self
    }
}
