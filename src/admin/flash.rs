//! Messages that are shown once, on the page after a redirect. They wait in a signed cookie.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rocket::http::{Cookie, CookieJar, SameSite};
use serde::{Deserialize, Serialize};

use super::csrf;

const COOKIE: &str = "messages";
/// A cookie holds no more.
const MAX_CHARS: usize = 3000;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It worked.
    Success,
    /// Worth knowing.
    Info,
    /// Something was not done.
    Warning,
    /// Something failed.
    Error,
}

impl Level {
    /// The icon in the page.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Success => "check",
            Self::Info => "info",
            Self::Warning | Self::Error => "warn",
        }
    }

    /// The class in the page.
    pub fn class(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// What it is.
    pub level: Level,
    /// The sentence.
    pub text: String,
    /// A part of the sentence that leads somewhere, and where.
    pub link: Option<(String, String)>,
}

impl Message {
    /// A sentence.
    pub fn new(level: Level, text: impl Into<String>) -> Self {
        Self { level, text: text.into(), link: None }
    }

    /// A part of the sentence leads to `href`.
    #[must_use]
    pub fn linked(mut self, part: impl Into<String>, href: impl Into<String>) -> Self {
        self.link = Some((part.into(), href.into()));
        self
    }

    /// What stands before the link, the link, and what stands after it.
    pub fn pieces(&self) -> (&str, Option<(&str, &str)>, &str) {
        let Some((part, href)) = &self.link else { return (&self.text, None, "") };
        // In its quotes, where it has some: a row may be called like its model.
        let quoted = self.text.find(&format!("“{part}”")).map(|at| at + "“".len());
        let Some(at) = quoted.or_else(|| self.text.find(part.as_str())) else {
            return (&self.text, None, "");
        };
        (&self.text[..at], Some((part, href)), &self.text[at + part.len()..])
    }
}

/// Keeps messages for the next page.
pub(super) fn keep(cookies: &CookieJar<'_>, secret: &str, secure: bool, messages: &[Message]) {
    let json = serde_json::to_string(messages).unwrap_or_default();
    let body = URL_SAFE_NO_PAD.encode(json);
    if body.len() > MAX_CHARS {
        return;
    }
    let signature = csrf::token(&format!("{secret}{body}"));
    let cookie = Cookie::build((COOKIE, format!("{body}.{signature}"))).path("/").http_only(true);
    cookies.add(cookie.same_site(SameSite::Lax).secure(secure).max_age(rocket::time::Duration::minutes(5)));
}

/// Takes the messages that were kept. What was not signed here is dropped.
pub(super) fn take(cookies: &CookieJar<'_>, secret: &str) -> Vec<Message> {
    let Some(cookie) = cookies.get(COOKIE) else { return Vec::new() };
    let value = cookie.value().to_owned();
    cookies.remove(Cookie::build(COOKIE).path("/"));
    let Some((body, signature)) = value.split_once('.') else { return Vec::new() };
    if !csrf::is_valid(&format!("{secret}{body}"), signature) {
        return Vec::new();
    }
    let json = URL_SAFE_NO_PAD.decode(body).unwrap_or_default();
    serde_json::from_slice(&json).unwrap_or_default()
}
