//! Asking the model: which endpoint, for how long, and when to give up.
//!
//! A request is repeated only before the first token, once; then the next endpoint has its turn. Afterwards an
//! error is final: half an answer cannot be begun again.

use std::{pin::Pin, sync::Arc, time::Duration};

use anyhow::Context;
use async_stream::try_stream;
use futures::{Stream, StreamExt};
use tokio::time::Instant;

use super::{
    endpoint::{self, Delta},
    reasoning::WithoutReasoning,
};
use crate::{answering::prompt::Message, config::ModelSettings, platform::breaker::Breaker};

/// The pause before the one repetition, varied by up to as much again.
const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// Why the model gives no answer, or no more of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// No connection.
    #[error("the model cannot be reached: {0}")]
    Unreachable(String),
    /// An HTTP status that is no success.
    #[error("the model answered {0}")]
    Refused(u16),
    /// Nothing came in time.
    #[error("the model was silent for {0:?}")]
    Silent(Duration),
    /// Something came that is no answer.
    #[error("the model's answer broke off: {0}")]
    Broken(String),
    /// It ended without a word.
    #[error("the model's answer was empty")]
    Empty,
}

impl ModelError {
    /// Whether the same request may do better a moment later.
    fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Refused(429 | 500..=599) | Self::Broken(_))
    }
}

/// Text as it comes.
pub type Answer = Pin<Box<dyn Stream<Item = Result<String, ModelError>> + Send>>;

type Deltas = Pin<Box<dyn Stream<Item = Result<Delta, ModelError>> + Send>>;

/// A client of the configured endpoints.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    settings: ModelSettings,
    /// One for each endpoint.
    breakers: Arc<[Breaker]>,
}

impl Client {
    /// Makes a client; no connection yet.
    pub fn new(settings: ModelSettings) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .connect_timeout(settings.connect)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .context("preparing the model client")?;
        let breakers = settings.endpoints.iter().map(|_| Breaker::default()).collect();
        Ok(Self { http, settings, breakers })
    }

    /// Size of the model's context, in tokens.
    pub fn context_tokens(&self) -> usize {
        self.settings.context_tokens
    }

    /// Asks, and waits until the model shows life. What it then says comes as a stream; dropping that drops the
    /// request.
    pub async fn ask(&self, messages: &[Message]) -> Result<Answer, ModelError> {
        let began = Instant::now();
        let mut last = ModelError::Empty;
        for (base, breaker) in self.settings.endpoints.iter().zip(self.breakers.iter()) {
            if !breaker.admits() {
                last = ModelError::Unreachable("it is left alone because it failed".to_owned());
                continue;
            }
            for attempt in 0..2 {
                match self.begin(base, messages).await {
                    Ok((first, deltas)) => {
                        breaker.succeeded();
                        return Ok(self.run(first, deltas, began));
                    }
                    Err(error) => {
                        if breaker.failed() {
                            tracing::error!(endpoint = base, "the model is away");
                        }
                        tracing::warn!(endpoint = base, attempt, error = %error, "the model did not begin to answer");
                        let again = attempt == 0 && error.is_passing();
                        last = error;
                        if !again {
                            break;
                        }
                    }
                }
                tokio::time::sleep(RETRY_PAUSE.mul_f64(rand::random_range(1.0..2.0))).await;
            }
        }
        Err(last)
    }

    /// Up to the first delta, within the time for it.
    async fn begin(&self, base: &str, messages: &[Message]) -> Result<(Delta, Deltas), ModelError> {
        let limit = self.settings.first_token;
        let begin = async {
            let response = endpoint::ask(&self.http, base, &self.settings, messages).await?;
            let mut deltas: Deltas = Box::pin(endpoint::deltas(response));
            match deltas.next().await {
                Some(first) => Ok((first?, deltas)),
                None => Err(ModelError::Empty),
            }
        };
        tokio::time::timeout(limit, begin).await.unwrap_or(Err(ModelError::Silent(limit)))
    }

    fn run(&self, first: Delta, mut deltas: Deltas, began: Instant) -> Answer {
        let (idle, total) = (self.settings.idle, self.settings.total);
        Box::pin(try_stream! {
            let mut filter = WithoutReasoning::default();
            let mut next: Option<Result<Delta, ModelError>> = Some(Ok(first));
            while let Some(delta) = next {
                if let Delta::Text(text) = delta? {
                    let text = filter.push(&text);
                    if !text.is_empty() {
                        yield text;
                    }
                }
                let left = total.saturating_sub(began.elapsed()).min(idle);
                next = tokio::time::timeout(left, deltas.next()).await.map_err(|_| ModelError::Silent(left))?;
            }
            let rest = filter.finish();
            if !rest.is_empty() {
                yield rest;
            }
        })
    }
}
