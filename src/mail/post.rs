//! Where mails leave the program: to a mail server, or into files where there is none.

use std::{
    fmt::Display,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use lettre::message::Mailbox;
use tokio::{fs::OpenOptions, io::AsyncWriteExt};

use super::{
    compose,
    letter::Letter,
    outbox::{self, Model},
    smtp::Smtp,
};
use crate::{
    config::Config,
    platform::{address::Address, disk::private_folder},
    queue::Failure,
};

/// What is kept of a reason, in characters.
const MAX_REASON_CHARS: usize = 500;
/// The folder of mails, inside of `DATA_DIR`, where there is no mail server.
const FOLDER: &str = "outbox";

/// The way out.
pub struct Post {
    from: Mailbox,
    way: Way,
}

enum Way {
    Server(Smtp),
    Folder(PathBuf),
}

/// Why a mail was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// A stable word for the operator.
    pub code: &'static str,
    /// What was being done.
    pub step: &'static str,
    /// What the server answered, where it answered.
    pub smtp_code: Option<i16>,
    /// What is known, for whoever may see the mail: it may name the recipient.
    pub reason: String,
    /// Whether another try may help.
    pub retry: bool,
}

impl Undelivered {
    pub(super) fn for_now(code: &'static str, step: &'static str, why: impl Display) -> Self {
        let reason = format!("{step}: {why}").replace(char::is_control, " ");
        let reason = reason.chars().take(MAX_REASON_CHARS).collect();
        Self { code, step, smtp_code: None, reason, retry: true }
    }

    pub(super) fn for_good(code: &'static str, step: &'static str, why: impl Display) -> Self {
        Self { retry: false, ..Self::for_now(code, step, why) }
    }

    /// The failure of the job: without the reason, as it goes to the log.
    pub(super) fn failure(&self) -> Failure {
        let answer = self.smtp_code.map(|code| format!(": {code}")).unwrap_or_default();
        let cause = anyhow::anyhow!("{}{answer}", self.step);
        if self.retry { Failure::for_now(self.code, cause) } else { Failure::for_good(self.code, cause) }
    }
}

impl Post {
    /// The way that the settings name.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let way = match config.mail.server.clone() {
            Some(server) => Way::Server(Smtp::new(server)?),
            None => Way::Folder(config.data_dir.join(FOLDER)),
        };
        Ok(Self { from: config.mail.from.clone(), way })
    }

    /// The folder that mails are written to, where there is no mail server.
    pub fn folder(&self) -> Option<&Path> {
        match &self.way {
            Way::Server(_) => None,
            Way::Folder(folder) => Some(folder),
        }
    }

    /// Sends a letter at once, past the outbox: for whoever waits for the outcome.
    pub async fn send_now(
        &self,
        letter: &Letter,
        to: &Address,
        now: DateTime<Utc>,
    ) -> Result<(), Undelivered> {
        self.deliver(&outbox::row(letter, to, None, now)).await
    }

    /// Delivers a mail. `Ok` means that it has been taken; a repeat has the same Message-ID, or is the same file.
    pub(super) async fn deliver(&self, mail: &Model) -> Result<(), Undelivered> {
        let message = compose::message(mail, &self.from)
            .map_err(|error| Undelivered::for_good("mail_unwritable", "composing", error))?;
        match &self.way {
            Way::Server(server) => server.send(&message).await,
            Way::Folder(folder) => {
                let name = format!("{}-{}.eml", mail.created_at.format("%Y%m%dT%H%M%SZ"), mail.id.0);
                write(folder, &name, &message.formatted())
                    .await
                    .map_err(|error| Undelivered::for_now("mail_unwritable", "writing a file", error))
            }
        }
    }
}

/// A file has its name only when it is complete.
async fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    private_folder(folder).await?;
    let beside = folder.join(format!("{name}.tmp"));
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&beside).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    tokio::fs::rename(&beside, folder.join(name)).await
}
