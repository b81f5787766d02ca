//! The service that writes down what is said: any that speaks `OpenAI`'s audio transcriptions.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use reqwest::multipart::{Form, Part};
use serde::Deserialize;

use super::recording::{Recording, wrong};
use crate::{
    accounts::UserId,
    config::DictationSettings,
    error::Error,
    metrics::Metrics,
    platform::{
        breaker::Breaker,
        permits::{Permit, Permits},
        service::{self, ServiceError},
        text,
    },
};

/// The time to connect.
const CONNECT: Duration = Duration::from_secs(3);
/// Recordings under way at a time: of an account, and of this instance. Each may take 10 MiB of memory.
const PER_ACCOUNT: usize = 1;
const PER_INSTANCE: usize = 8;
/// Largest answer, in bytes.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// Longest text that is handed on: what a question may have.
const MAX_CHARS: usize = 8_000;

/// Writes down what people say. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Dictation(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    settings: DictationSettings,
    metrics: Arc<Metrics>,
    breaker: Breaker,
    permits: Permits,
}

#[derive(Deserialize)]
struct Answer {
    text: String,
}

impl Dictation {
    /// Prepares the client; no connection yet.
    pub fn new(settings: DictationSettings, metrics: Arc<Metrics>) -> anyhow::Result<Self> {
        let http = service::client(CONNECT).context("preparing the client of WHISPER_MODEL_URI")?;
        let permits = Permits::new(PER_ACCOUNT, PER_INSTANCE, "too_many_recordings");
        Ok(Self(Arc::new(Inner { http, settings, metrics, breaker: Breaker::default(), permits })))
    }

    /// How many recordings are under way.
    pub fn under_way(&self) -> usize {
        self.0.permits.under_way()
    }

    /// Leave to send one more recording: to be had before anything of it is read.
    pub(super) fn permit(&self, account: UserId) -> Result<Permit, Error> {
        self.0.permits.take(account.0)
    }

    /// The words of a recording, in one line; none where nobody speaks.
    pub(super) async fn write_down(&self, recording: Recording) -> Result<String, Error> {
        let (inner, began) = (&*self.0, Instant::now());
        let written =
            if inner.breaker.admits() { inner.asked(recording).await } else { Err(ServiceError::LeftAlone) };
        let outcome = written.as_ref().err().map_or("ok", ServiceError::word);
        inner.metrics.dictated(outcome, began.elapsed());
        match &written {
            Err(ServiceError::LeftAlone) => {}
            Err(error) if !is_about_the_recording(error) => {
                if inner.breaker.failed() {
                    tracing::error!(%error, "the dictation service is away");
                }
                tracing::warn!(%error, "a recording was not written down");
            }
            // It works, whatever it says of this recording.
            _ => inner.breaker.succeeded(),
        }
        written.map_err(refusal)
    }
}

impl Inner {
    async fn asked(&self, recording: Recording) -> Result<String, ServiceError> {
        let settings = &self.settings;
        let file = Part::bytes(recording.bytes)
            .file_name(recording.sound.file_name())
            .mime_str(recording.sound.media_type())
            .map_err(|error| ServiceError::Wrong(error.to_string()))?;
        let mut form = Form::new().text("model", settings.model.clone()).text("response_format", "json");
        if let Some(language) = recording.language {
            form = form.text("language", language);
        }
        let request = self.http.post(&settings.url).multipart(form.part("file", file));
        let key = settings.api_key.as_ref();
        let said = service::ask(request, key, settings.patience, MAX_ANSWER_BYTES).await?;
        // The parser's own words would quote what was said.
        let answer: Answer = serde_json::from_slice(&said)
            .map_err(|_| ServiceError::Wrong("it is no JSON object with a `text`".to_owned()))?;
        Ok(plain(&answer.text))
    }
}

/// Whether the service refuses what it was given, and would do better with something else.
fn is_about_the_recording(error: &ServiceError) -> bool {
    matches!(error, ServiceError::Refused(400 | 413 | 415 | 422))
}

/// What is told to the person who spoke.
fn refusal(error: ServiceError) -> Error {
    match error {
        ServiceError::Unreachable(_) | ServiceError::LeftAlone | ServiceError::Refused(429 | 503) => {
            Error::Unavailable("dictation_unavailable")
        }
        ServiceError::Silent(_) => Error::GatewayTimeout("dictation_too_slow"),
        error if is_about_the_recording(&error) => wrong("file", "The recording could not be understood."),
        ServiceError::Refused(_) | ServiceError::Wrong(_) => Error::BadGateway("dictation_failed"),
    }
}

/// A text as it may stand in a question: in one line, without what is not seen or turns the line's direction.
fn plain(said: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown: String =
        said.chars().filter(|c| !turns(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    text::beginning(&text::one_line(&shown), MAX_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_in_one_line_and_are_bounded() {
        assert_eq!(plain(" When does\nit\u{7} open?\r\n\0 "), "When does it open?");
        assert_eq!(plain("图书馆\u{202e}几点\u{2066}开门？"), "图书馆几点开门？");
        assert_eq!(plain("\u{1b}[31m red"), "[31m red");
        let long = plain(&"ä".repeat(MAX_CHARS + 5));
        assert_eq!(long.chars().count(), MAX_CHARS);
        assert!(long.ends_with('…'));
    }
}
