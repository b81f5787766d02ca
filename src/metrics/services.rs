//! The instruments of the services beside the program that make vectors, rank passages and write down speech.

use std::time::Duration;

use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
};

use super::{Metrics, SECONDS};

/// What a service was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// The vector of a question.
    Question,
    /// The vectors of chunks.
    Documents,
    /// Any vector, to see whether it is there.
    Probe,
    /// Passages ranked once more.
    Ranking,
}

impl Served {
    fn label(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Documents => "documents",
            Self::Probe => "probe",
            Self::Ranking => "ranking",
        }
    }
}

/// The instruments.
#[derive(Debug)]
pub(super) struct Services {
    calls: IntCounterVec,
    seconds: HistogramVec,
    by_keywords_alone: IntCounter,
    pub(super) without_vectors: IntGauge,
    recordings: IntCounterVec,
    recording_seconds: Histogram,
}

impl Services {
    pub(super) fn new() -> prometheus::Result<Self> {
        let seconds = HistogramOpts::new(
            "chatdku_embedding_seconds",
            "Time that requests for vectors and ranking took.",
        );
        Ok(Self {
            calls: IntCounterVec::new(
                Opts::new(
                    "chatdku_embedding_calls_total",
                    "Requests for vectors and ranking, by what came of them.",
                ),
                &["of", "outcome"],
            )?,
            seconds: HistogramVec::new(seconds.buckets(SECONDS.to_vec()), &["of"])?,
            by_keywords_alone: IntCounter::new(
                "chatdku_searches_by_keywords_alone_total",
                "Searches that had to do without the search by meaning.",
            )?,
            without_vectors: IntGauge::new(
                "chatdku_documents_without_vectors",
                "Documents that have still to be embedded, counted up to ten thousand.",
            )?,
            recordings: IntCounterVec::new(
                Opts::new(
                    "chatdku_dictation_calls_total",
                    "Recordings that were to be written down, by what came of them.",
                ),
                &["outcome"],
            )?,
            recording_seconds: Histogram::with_opts(super::seconds(
                "chatdku_dictation_seconds",
                "Time that writing down a recording took.",
            ))?,
        })
    }

    pub(super) fn register(&self, registry: &Registry) -> prometheus::Result<()> {
        registry.register(Box::new(self.calls.clone()))?;
        registry.register(Box::new(self.seconds.clone()))?;
        registry.register(Box::new(self.by_keywords_alone.clone()))?;
        registry.register(Box::new(self.without_vectors.clone()))?;
        registry.register(Box::new(self.recordings.clone()))?;
        registry.register(Box::new(self.recording_seconds.clone()))
    }
}

impl Metrics {
    /// A service was asked: what came of it, a stable word, and how long that took.
    pub fn served(&self, of: Served, outcome: &'static str, took: Duration) {
        self.services.calls.with_label_values(&[of.label(), outcome]).inc();
        self.services.seconds.with_label_values(&[of.label()]).observe(took.as_secs_f64());
    }

    /// A recording was to be written down: what came of it, a stable word, and how long that took.
    pub fn dictated(&self, outcome: &'static str, took: Duration) {
        self.services.recordings.with_label_values(&[outcome]).inc();
        self.services.recording_seconds.observe(took.as_secs_f64());
    }

    /// A search had to do without the search by meaning.
    pub fn searched_by_keywords_alone(&self) {
        self.services.by_keywords_alone.inc();
    }
}
