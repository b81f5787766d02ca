//! Asking the model: which endpoint, for how long, and when to give up.
//!
//! A request is repeated only before the first token, once; then the next endpoint has its turn. Afterwards an
//! error is final: half an answer cannot be begun again. A server that knows no tools is asked without them.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use async_stream::try_stream;
use futures::{Stream, StreamExt};
use tokio::time::Instant;

use super::{
    calls::{Call, Calls},
    endpoint::{self, Delta, Usage},
    gate::{Gate, Place, Turn},
    reasoning::WithoutReasoning,
    request::{Message, Request, Role},
};
use crate::{config::ModelSettings, platform::breaker::Breaker};

/// The pause before the one repetition, varied by up to as much again.
const RETRY_PAUSE: Duration = Duration::from_millis(200);
/// The time in which an endpoint that is there says so.
const PING: Duration = Duration::from_secs(10);

/// How long a server that refuses tools is asked without them.
const WITHOUT_TOOLS: Duration = Duration::from_mins(10);

/// Why the model gives no answer, or no more of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// No connection.
    #[error("the model cannot be reached: {0}")]
    Unreachable(String),
    /// An HTTP status that is no success.
    #[error("the model answered {0}")]
    Refused(u16),
    /// The prompt is longer than its context.
    #[error("the prompt is too long for the model")]
    TooLong,
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

/// What the model says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// More text.
    Text(String),
    /// At the end, where its server tells: what the request cost.
    Spent(Usage),
    /// At the end: it wants tools used before it goes on.
    Calls(Vec<Call>),
}

/// What the model says, as it comes.
pub type Answer = Pin<Box<dyn Stream<Item = Result<Reply, ModelError>> + Send>>;

type Deltas = Pin<Box<dyn Stream<Item = Result<Delta, ModelError>> + Send>>;

/// A client of the configured endpoints.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    settings: ModelSettings,
    /// One for each endpoint.
    states: Arc<[State]>,
    gate: Gate,
}

/// What is known of an endpoint.
#[derive(Debug, Default)]
struct State {
    breaker: Breaker,
    /// When it refused a request with tools and took the same without.
    refused_tools: Mutex<Option<Instant>>,
}

impl State {
    /// Whether to try without tools at once. After a while it is asked again: servers are set up anew.
    fn knows_no_tools(&self) -> bool {
        let refused = self.refused_tools.lock().unwrap_or_else(PoisonError::into_inner);
        refused.is_some_and(|at| at.elapsed() < WITHOUT_TOOLS)
    }
}

impl Client {
    /// Makes a client; no connection yet.
    pub fn new(settings: ModelSettings) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .connect_timeout(settings.connect)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            // The load test's library can unpack answers; a compressed stream of a few words would only come later.
            .no_gzip()
            .build()
            .context("preparing the model client")?;
        let states = settings.endpoints.iter().map(|_| State::default()).collect();
        let gate = Gate::new(settings.concurrency);
        Ok(Self { http, settings, states, gate })
    }

    /// Whether there is a model for small things beside answers.
    pub fn does_tasks(&self) -> bool {
        self.settings.task_name.is_some()
    }

    /// A short text for something beside answers, whole; an error when it gets longer than `max_bytes`. Waits in line
    /// like everybody.
    pub async fn complete(&self, messages: &[Message], max_bytes: usize) -> Result<String, ModelError> {
        let mut place = self.line_up();
        let _leave = loop {
            if let Turn::Yours(leave) = place.next().await {
                break leave;
            }
        };
        let request =
            Request { messages, tools: &[], may_call: false, of: Role::Tasks, began: Instant::now() };
        let mut answer = self.ask(request).await?;
        let mut text = String::new();
        while let Some(reply) = answer.next().await {
            if let Reply::Text(part) = reply? {
                text.push_str(&part);
            }
            if text.len() > max_bytes {
                return Err(ModelError::Broken("it does not end".to_owned()));
            }
        }
        Ok(text)
    }

    /// Takes a place in the line of those who want to ask.
    pub fn line_up(&self) -> Place {
        self.gate.line_up()
    }

    /// Size of the model's context, in tokens.
    pub fn context_tokens(&self) -> usize {
        self.settings.context_tokens
    }

    /// Asks, and waits until the model shows life. What it then says comes as a stream; dropping that drops the
    /// request.
    pub async fn ask(&self, request: Request<'_>) -> Result<Answer, ModelError> {
        let mut last = ModelError::Empty;
        for (base, state) in self.settings.endpoints.iter().zip(self.states.iter()) {
            let breaker = &state.breaker;
            if !breaker.admits() {
                last = ModelError::Unreachable("it is left alone because it failed".to_owned());
                continue;
            }
            for attempt in 0..2 {
                match self.begin_as_it_can(base, state, request).await {
                    Ok((first, deltas)) => {
                        breaker.succeeded();
                        return Ok(self.run(first, deltas, request.began));
                    }
                    // It works; the next one takes no longer prompts.
                    Err(ModelError::TooLong) => {
                        breaker.succeeded();
                        return Err(ModelError::TooLong);
                    }
                    Err(error) => {
                        // What it does not understand is no sign that it is away.
                        if !matches!(error, ModelError::Refused(400 | 422)) && breaker.failed() {
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

    /// With tools, or without where the server refuses them.
    async fn begin_as_it_can(
        &self,
        base: &str,
        state: &State,
        request: Request<'_>,
    ) -> Result<(Delta, Deltas), ModelError> {
        if state.knows_no_tools() {
            return self.begin(base, request.without_tools()).await;
        }
        match self.begin(base, request).await {
            Err(ModelError::Refused(400 | 422 | 501)) if !request.tools.is_empty() => {
                let begun = self.begin(base, request.without_tools()).await?;
                *state.refused_tools.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                tracing::warn!(
                    endpoint = base,
                    "the model's server takes no tools; asking without them for a while"
                );
                Ok(begun)
            }
            begun => begun,
        }
    }

    /// Asks the endpoints, one after the other, whether they are there: for the list of their models, which costs them
    /// nothing. Whatever speaks HTTP and does not refuse us is, also where it has no such list.
    pub async fn ping(&self) -> Result<(), ModelError> {
        let mut last = ModelError::Empty;
        for base in &self.settings.endpoints {
            match tokio::time::timeout(PING, endpoint::ping(&self.http, base, &self.settings)).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) => last = error,
                Err(_) => last = ModelError::Silent(PING),
            }
        }
        Err(last)
    }

    /// Up to the first delta, within the time for it.
    async fn begin(&self, base: &str, request: Request<'_>) -> Result<(Delta, Deltas), ModelError> {
        let left = self.settings.total.saturating_sub(request.began.elapsed());
        let limit = self.settings.first_token.min(left);
        let begin = async {
            let response = endpoint::ask(&self.http, base, &self.settings, request).await?;
            let mut deltas: Deltas = Box::pin(endpoint::deltas(response));
            loop {
                match deltas.next().await {
                    // A bill is no sign of life.
                    Some(Ok(Delta::Spent(_))) => {}
                    Some(first) => break Ok((first?, deltas)),
                    None => break Err(ModelError::Empty),
                }
            }
        };
        tokio::time::timeout(limit, begin).await.unwrap_or(Err(ModelError::Silent(limit)))
    }

    fn run(&self, first: Delta, mut deltas: Deltas, began: Instant) -> Answer {
        let (idle, total) = (self.settings.idle, self.settings.total);
        Box::pin(try_stream! {
            let mut filter = WithoutReasoning::default();
            let mut calls = Calls::default();
            let mut spent = None;
            let mut next: Option<Result<Delta, ModelError>> = Some(Ok(first));
            while let Some(delta) = next {
                match delta? {
                    Delta::Text(text) => {
                        let text = filter.push(&text);
                        if !text.is_empty() {
                            yield Reply::Text(text);
                        }
                    }
                    Delta::Call(fragment) => calls.push(fragment)?,
                    Delta::Reasoning => {}
                    Delta::Spent(usage) => spent = Some(usage),
                }
                let left = total.saturating_sub(began.elapsed()).min(idle);
                next = tokio::time::timeout(left, deltas.next()).await.map_err(|_| ModelError::Silent(left))?;
            }
            let rest = filter.finish();
            if !rest.is_empty() {
                yield Reply::Text(rest);
            }
            if let Some(usage) = spent {
                yield Reply::Spent(usage);
            }
            let calls = calls.finish();
            if !calls.is_empty() {
                yield Reply::Calls(calls);
            }
        })
    }
}
