//! What every page of a mail has: `templates/mail/base.html`.

use crate::platform::locale::Language;

/// The frame of a mail's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The mail's subject.
    pub subject: String,
    /// What lists of mails show behind the subject.
    pub preview: String,
    /// Why one gets this mail.
    pub footer: String,
    /// The value of `lang`.
    pub language: &'static str,
}

impl Frame {
    /// A frame in a language. The footer says that ChatDKU has sent the mail by itself, and that no answer is read.
    pub fn new(subject: impl Into<String>, preview: impl Into<String>, language: Language) -> Self {
        Self {
            subject: subject.into(),
            preview: preview.into(),
            footer: language.text("mail-footer"),
            language: language.html(),
        }
    }
}
