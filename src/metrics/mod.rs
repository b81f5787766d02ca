//! What operators see at `/metrics`: every instrument there is, on one screen.
//!
//! One registry for the process, so figures do not jump between scrapes. Labels come from fixed sets: templates of
//! routes, methods, statuses, names of models and states; never a path, a name or an id.

mod gauges;
mod requests;
mod routes;
mod services;

use std::time::Duration;

use anyhow::Context;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry,
};

pub use requests::Requests;
pub use routes::{operations, routes};
pub use services::Served;
use services::Services;

/// Upper bounds in seconds: those of the service this one replaces.
const SECONDS: [f64; 16] =
    [0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 25.0, 50.0, 75.0];

/// What is counted when it is made; the labels are the names of the original's models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// A campus account.
    Account,
    /// A conversation.
    Conversation,
    /// A message: a question or an answer.
    Message,
    /// An opinion about an answer.
    Feedback,
    /// An uploaded file.
    File,
}

impl Made {
    const ALL: [Self; 5] = [Self::Account, Self::Conversation, Self::Message, Self::Feedback, Self::File];

    fn label(self) -> &'static str {
        match self {
            Self::Account => "usermodel",
            Self::Conversation => "usersession",
            Self::Message => "chatmessages",
            Self::Feedback => "feedback",
            Self::File => "uploadedfile",
        }
    }
}

/// What came of trying to send a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mailed {
    /// It was taken.
    Sent,
    /// It was not, and will be tried again.
    PutOff,
    /// It was not, and that was the last try.
    Dead,
}

impl Mailed {
    const ALL: [Self; 3] = [Self::Sent, Self::PutOff, Self::Dead];

    fn label(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::PutOff => "put_off",
            Self::Dead => "dead",
        }
    }
}

/// An answer that has come to its end.
#[derive(Clone, Copy, Debug)]
pub struct Answered {
    /// How it ended: a status of messages.
    pub ended: &'static str,
    /// Until its first text.
    pub first: Option<Duration>,
    /// Until its end.
    pub total: Duration,
    /// Whether a model was asked.
    pub asked_model: bool,
    /// Whether passages had to stand in for the model.
    pub fallback: bool,
}

/// The instruments of the process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    latency: HistogramVec,
    made: IntCounterVec,
    answers: IntCounterVec,
    first_byte: Histogram,
    first_token: Histogram,
    total: Histogram,
    model_calls: IntCounter,
    fallbacks: IntCounter,
    uploaded_bytes: IntCounter,
    mails: IntCounterVec,
    under_way: IntGaugeVec,
    services: Services,
    jobs: IntGaugeVec,
    connections: IntGaugeVec,
}

impl Metrics {
    /// Instruments at zero.
    pub fn new() -> anyhow::Result<Self> {
        let metrics = Self::unregistered().context("making the metrics")?;
        metrics.register().context("registering the metrics")?;
        for made in Made::ALL {
            metrics.made.with_label_values(&[made.label()]);
        }
        for outcome in Mailed::ALL {
            metrics.mails.with_label_values(&[outcome.label()]);
        }
        Ok(metrics)
    }

    fn unregistered() -> prometheus::Result<Self> {
        let seconds = |name: &str, help: &str| HistogramOpts::new(name, help).buckets(SECONDS.to_vec());
        Ok(Self {
            registry: Registry::new(),
            requests: IntCounterVec::new(
                Opts::new("http_requests_total", "Requests answered, by template of the route."),
                &["route", "method", "status"],
            )?,
            latency: HistogramVec::new(
                seconds("http_request_duration_seconds", "Time until the head of the answer."),
                &["route", "method"],
            )?,
            made: IntCounterVec::new(
                Opts::new("chatdku_model_inserts_total", "Rows made, by model."),
                &["model"],
            )?,
            answers: IntCounterVec::new(
                Opts::new("chatdku_answers_total", "Answers that came to their end, by how they did."),
                &["status"],
            )?,
            first_byte: Histogram::with_opts(seconds(
                "chatdku_answer_first_byte_seconds",
                "Time from a question to the first byte of the stream, thinking lines included.",
            ))?,
            first_token: Histogram::with_opts(seconds(
                "chatdku_answer_first_token_seconds",
                "Time from a question to the first text of its answer.",
            ))?,
            total: Histogram::with_opts(seconds(
                "chatdku_answer_seconds",
                "Time from a question to the end of its answer.",
            ))?,
            model_calls: IntCounter::new(
                "chatdku_model_calls_total",
                "Answers for which a model was asked.",
            )?,
            fallbacks: IntCounter::new(
                "chatdku_fallbacks_total",
                "Answers for which passages had to stand in for the model.",
            )?,
            uploaded_bytes: IntCounter::new("chatdku_uploaded_bytes_total", "Bytes of files taken.")?,
            mails: IntCounterVec::new(
                Opts::new("chatdku_mails_total", "Tries to send a mail, by what came of them."),
                &["outcome"],
            )?,
            under_way: IntGaugeVec::new(
                Opts::new("chatdku_under_way", "Answers and uploads under way in this process."),
                &["what"],
            )?,
            services: Services::new()?,
            jobs: IntGaugeVec::new(Opts::new("chatdku_jobs", "Jobs in the queue, by state."), &["state"])?,
            connections: IntGaugeVec::new(
                Opts::new("chatdku_database_connections", "Connections to the database, by pool and use."),
                &["pool", "use"],
            )?,
        })
    }

    fn register(&self) -> prometheus::Result<()> {
        let registry = &self.registry;
        registry.register(Box::new(self.requests.clone()))?;
        registry.register(Box::new(self.latency.clone()))?;
        registry.register(Box::new(self.made.clone()))?;
        registry.register(Box::new(self.answers.clone()))?;
        registry.register(Box::new(self.first_byte.clone()))?;
        registry.register(Box::new(self.first_token.clone()))?;
        registry.register(Box::new(self.total.clone()))?;
        registry.register(Box::new(self.model_calls.clone()))?;
        registry.register(Box::new(self.fallbacks.clone()))?;
        registry.register(Box::new(self.uploaded_bytes.clone()))?;
        registry.register(Box::new(self.mails.clone()))?;
        registry.register(Box::new(self.under_way.clone()))?;
        self.services.register(registry)?;
        registry.register(Box::new(self.jobs.clone()))?;
        registry.register(Box::new(self.connections.clone()))?;
        registry.register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))
    }

    /// Rows were made.
    pub fn made(&self, what: Made, how_many: u64) {
        self.made.with_label_values(&[what.label()]).inc_by(how_many);
    }

    /// A mail was tried.
    pub fn mailed(&self, outcome: Mailed) {
        self.mails.with_label_values(&[outcome.label()]).inc();
    }

    /// The first byte of an answer was sent.
    pub fn first_byte(&self, after: Duration) {
        self.first_byte.observe(after.as_secs_f64());
    }

    /// An answer has come to its end.
    pub fn answered(&self, answer: Answered) {
        self.answers.with_label_values(&[answer.ended]).inc();
        self.total.observe(answer.total.as_secs_f64());
        if let Some(first) = answer.first {
            self.first_token.observe(first.as_secs_f64());
        }
        self.model_calls.inc_by(u64::from(answer.asked_model));
        self.fallbacks.inc_by(u64::from(answer.fallback));
    }

    /// A file was taken.
    pub fn uploaded(&self, size_bytes: u64) {
        self.made(Made::File, 1);
        self.uploaded_bytes.inc_by(size_bytes);
    }
}
