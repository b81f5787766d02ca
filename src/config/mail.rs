//! How mail is sent.

use std::{path::PathBuf, time::Duration};

use lettre::message::Mailbox;

use super::{cautions::is_loopback, reader::Reader};
use crate::platform::{address::Address, secret::Secret};

/// Who mails are from when nothing says so.
const FROM: &str = "chatdku@chatdku.dukekunshan.edu.cn";
const NAME: &str = "ChatDKU";

/// How mail is sent, and to whom what concerns the program itself.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// The server; mails become files where there is none.
    pub server: Option<MailServer>,
    /// Who mails are from.
    pub from: Mailbox,
    /// Who gets reports and faults.
    pub to: Vec<Address>,
}

/// A mail server.
#[derive(Clone, Debug)]
pub struct MailServer {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// What keeps others from reading along.
    pub security: Security,
    /// A file with a certificate to trust besides the public ones.
    pub ca_file: Option<PathBuf>,
    /// Name and password, if it asks for them.
    pub credentials: Option<(String, Secret)>,
    /// How long each step of the conversation may take.
    pub timeout: Duration,
}

/// What keeps others from reading along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Nothing.
    Plain,
    /// TLS once both have agreed on it; nothing is sent when they do not.
    StartTls,
    /// TLS from the start.
    Tls,
}

impl MailServer {
    /// Whether what is sent can be read by others on the way.
    pub fn is_in_the_clear(&self) -> bool {
        self.security == Security::Plain && !is_loopback(&self.host)
    }
}

pub(super) fn settings(reader: &mut Reader<'_>) -> MailSettings {
    let user = reader.text("EMAIL_HOST_USER");
    let from = reader.optional::<Mailbox>("DEFAULT_FROM_EMAIL");
    if from.as_ref().is_some_and(|from| Address::parse(from.email.as_ref()).is_err()) {
        reader.problem("DEFAULT_FROM_EMAIL", "has an address with other characters than ASCII");
    }
    let user_as_address = || user.as_deref().and_then(|user| Address::parse(user).ok());
    MailSettings {
        from: from.or_else(|| named(user_as_address()?.as_str())).unwrap_or_else(ours),
        to: addresses(reader),
        server: server(reader, user),
    }
}

fn named(address: &str) -> Option<Mailbox> {
    Some(Mailbox::new(Some(NAME.to_owned()), address.parse().ok()?))
}

fn ours() -> Mailbox {
    named(FROM).expect("the address is well-formed, as it stands here")
}

fn server(reader: &mut Reader<'_>, user: Option<String>) -> Option<MailServer> {
    let host = reader.text("EMAIL_HOST")?;
    let password = reader.text("EMAIL_HOST_PASSWORD").map(Secret::from);
    if password.is_some() && user.is_none() {
        reader.problem("EMAIL_HOST_USER", "needed because EMAIL_HOST_PASSWORD is set");
    }
    let security = security(reader, &host, password.as_ref());
    let usual = match security {
        Security::Plain => 25,
        Security::StartTls => 587,
        Security::Tls => 465,
    };
    let ca_file = reader.text("EMAIL_CA_FILE").map(PathBuf::from);
    if ca_file.as_ref().is_some_and(|file| !file.is_file()) {
        reader.problem("EMAIL_CA_FILE", "is no file");
    }
    Some(MailServer {
        port: reader.parsed("EMAIL_PORT", usual),
        host,
        security,
        ca_file,
        credentials: user.zip(password),
        timeout: reader.seconds("EMAIL_TIMEOUT", 30.0),
    })
}

fn security(reader: &mut Reader<'_>, host: &str, password: Option<&Secret>) -> Security {
    let elsewhere = !is_loopback(host);
    let from_the_start = reader.flag("EMAIL_USE_SSL", false);
    let asked = reader.flag("EMAIL_USE_TLS", !from_the_start && elsewhere);
    // No password travels in the clear. parity: the Django service took any text for true, `False` included.
    let start_tls = asked || (password.is_some() && elsewhere && !from_the_start);
    match (from_the_start, start_tls) {
        (true, true) => {
            reader.problem("EMAIL_USE_SSL", "excludes EMAIL_USE_TLS: set one of the two");
            Security::Tls
        }
        (true, false) => Security::Tls,
        (false, true) => Security::StartTls,
        (false, false) => Security::Plain,
    }
}

/// A JSON list as in environment files of the Django service, or addresses with commas between them.
fn addresses(reader: &mut Reader<'_>) -> Vec<Address> {
    let Some(text) = reader.text("EMAIL_TO") else { return Vec::new() };
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let listed: Vec<String> = if text.starts_with('[') {
        match serde_json::from_str(&text) {
            Ok(listed) => listed,
            // Reading an environment file takes the quotation marks of a list that has none around it.
            Err(_) if bare.is_some_and(|bare| !bare.contains(['[', ']', '"'])) => {
                bare.unwrap_or_default().split(',').map(str::to_owned).collect()
            }
            Err(error) => {
                reader.problem("EMAIL_TO", format!("is no JSON list of addresses: {error}"));
                return Vec::new();
            }
        }
    } else {
        text.split(',').map(str::to_owned).collect()
    };
    let mut addresses = Vec::new();
    for entry in listed.iter().filter(|entry| !entry.trim().is_empty()) {
        match Address::parse(entry) {
            Ok(address) => addresses.push(address),
            Err(error) => reader.problem("EMAIL_TO", format!("`{entry}`: {error}")),
        }
    }
    addresses
}
