//! What operators see at `/metrics`: every instrument there is, on one screen.
//!
//! One registry for the process, so figures do not jump between scrapes. Labels come from fixed sets: templates of
//! routes, methods, statuses, names of models and states; never a path, a name or an id.

mod answers;
mod gauges;
mod requests;
mod routes;
mod services;

use std::time::Duration;

use anyhow::Context;
use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

use answers::Answers;

pub use answers::Answered;
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

/// The instruments of the process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    latency: HistogramVec,
    made: IntCounterVec,
    answers: Answers,
    uploaded_bytes: IntCounter,
    mails: IntCounterVec,
    under_way: IntGaugeVec,
    tasks: IntGauge,
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
            answers: Answers::new()?,
            uploaded_bytes: IntCounter::new("chatdku_uploaded_bytes_total", "Bytes of files taken.")?,
            mails: IntCounterVec::new(
                Opts::new("chatdku_mails_total", "Tries to send a mail, by what came of them."),
                &["outcome"],
            )?,
            under_way: IntGaugeVec::new(
                Opts::new("chatdku_under_way", "Answers, uploads and recordings under way in this process."),
                &["what"],
            )?,
            tasks: IntGauge::new("chatdku_tasks", "Tasks of the process that have not ended.")?,
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
        self.answers.register(registry)?;
        registry.register(Box::new(self.uploaded_bytes.clone()))?;
        registry.register(Box::new(self.mails.clone()))?;
        registry.register(Box::new(self.under_way.clone()))?;
        registry.register(Box::new(self.tasks.clone()))?;
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
        self.answers.first_byte(after);
    }

    /// An answer has come to its end.
    pub fn answered(&self, answer: Answered) {
        self.answers.ended(answer);
    }

    /// A file was taken.
    pub fn uploaded(&self, size_bytes: u64) {
        self.made(Made::File, 1);
        self.uploaded_bytes.inc_by(size_bytes);
    }
}

/// A histogram of seconds, with the bounds of the service this one replaces.
fn seconds(name: &str, help: &str) -> HistogramOpts {
    HistogramOpts::new(name, help).buckets(SECONDS.to_vec())
}
