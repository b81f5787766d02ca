//! How long what people leave behind is kept.

use chrono::TimeDelta;

use super::reader::Reader;

/// How long each kind of row is kept; `None` is for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionSettings {
    /// Conversations, from the last thing that was said in them.
    pub conversations: Option<TimeDelta>,
    /// Opinions about answers.
    pub feedback: Option<TimeDelta>,
    /// Uploaded files, from their upload.
    pub files: Option<TimeDelta>,
    /// Entries of the audit log.
    pub audit: Option<TimeDelta>,
    /// Mails that were sent.
    pub mails: Option<TimeDelta>,
    /// Jobs that have ended.
    pub jobs: Option<TimeDelta>,
}

impl RetentionSettings {
    /// All of them, with the word that an operator knows them by.
    pub fn all(&self) -> [(&'static str, Option<TimeDelta>); 6] {
        [
            ("conversations", self.conversations),
            ("feedback", self.feedback),
            ("files", self.files),
            ("audit log", self.audit),
            ("mails", self.mails),
            ("jobs", self.jobs),
        ]
    }
}

/// What the original keeps for ever is kept for ever unless told.
pub(super) fn retention(reader: &mut Reader<'_>) -> RetentionSettings {
    let mut days = |name, default: u16| {
        let days = reader.parsed(name, default);
        (days > 0).then(|| TimeDelta::days(days.into()))
    };
    RetentionSettings {
        conversations: days("CONVERSATION_DAYS", 0),
        feedback: days("FEEDBACK_DAYS", 0),
        files: days("FILE_DAYS", 0),
        audit: days("AUDIT_DAYS", 180),
        mails: days("MAIL_DAYS", 90),
        jobs: days("JOB_DAYS", 7),
    }
}
