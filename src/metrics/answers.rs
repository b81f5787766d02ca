//! Figures about answers: how they ended, how long they took, what they cost.

use std::time::Duration;

use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, Opts, Registry};

use super::seconds;

/// Upper bounds in seconds for what should take milliseconds.
const RETRIEVAL_SECONDS: [f64; 10] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];

/// An answer that has come to its end.
#[derive(Clone, Copy, Debug)]
pub struct Answered {
    /// How it ended: a status of messages.
    pub ended: &'static str,
    /// Until its first text.
    pub first: Option<Duration>,
    /// Until its end.
    pub total: Duration,
    /// How long it took to find passages for the question.
    pub retrieval: Option<Duration>,
    /// Requests to a model.
    pub model_calls: u64,
    /// Tools that a model called for.
    pub tool_calls: u64,
    /// Tokens that models read, where their servers tell.
    pub prompt_tokens: u64,
    /// Tokens that models wrote.
    pub completion_tokens: u64,
    /// References and addresses of a model's that nothing had and that were taken out.
    pub repairs: u64,
    /// Whether passages had to stand in for the model.
    pub fallback: bool,
}

/// The instruments.
#[derive(Debug)]
pub(super) struct Answers {
    ended: IntCounterVec,
    first_byte: Histogram,
    first_token: Histogram,
    total: Histogram,
    retrieval: Histogram,
    model_calls: IntCounter,
    calls_per_answer: Histogram,
    tool_calls: IntCounter,
    tokens: IntCounterVec,
    repairs: IntCounter,
    fallbacks: IntCounter,
}

impl Answers {
    /// Instruments at zero.
    pub(super) fn new() -> prometheus::Result<Self> {
        let answers = Self {
            ended: IntCounterVec::new(
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
            retrieval: Histogram::with_opts(
                seconds("chatdku_retrieval_seconds", "Time to find passages for a question.")
                    .buckets(RETRIEVAL_SECONDS.to_vec()),
            )?,
            model_calls: IntCounter::new("chatdku_model_calls_total", "Requests to a model, for answers.")?,
            calls_per_answer: Histogram::with_opts(
                HistogramOpts::new("chatdku_answer_model_calls", "Requests to a model, by answer.")
                    .buckets(vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
            )?,
            tool_calls: IntCounter::new("chatdku_tool_calls_total", "Tools that a model called for.")?,
            tokens: IntCounterVec::new(
                Opts::new(
                    "chatdku_model_tokens_total",
                    "Tokens of answers that models read and wrote, where their servers tell.",
                ),
                &["kind"],
            )?,
            repairs: IntCounter::new(
                "chatdku_citation_repairs_total",
                "References and addresses that a model made up and that were taken out.",
            )?,
            fallbacks: IntCounter::new(
                "chatdku_fallbacks_total",
                "Answers for which passages had to stand in for the model.",
            )?,
        };
        for kind in ["prompt", "completion"] {
            answers.tokens.with_label_values(&[kind]);
        }
        Ok(answers)
    }

    /// Makes them part of a page.
    pub(super) fn register(&self, registry: &Registry) -> prometheus::Result<()> {
        registry.register(Box::new(self.ended.clone()))?;
        registry.register(Box::new(self.first_byte.clone()))?;
        registry.register(Box::new(self.first_token.clone()))?;
        registry.register(Box::new(self.total.clone()))?;
        registry.register(Box::new(self.retrieval.clone()))?;
        registry.register(Box::new(self.model_calls.clone()))?;
        registry.register(Box::new(self.calls_per_answer.clone()))?;
        registry.register(Box::new(self.tool_calls.clone()))?;
        registry.register(Box::new(self.tokens.clone()))?;
        registry.register(Box::new(self.repairs.clone()))?;
        registry.register(Box::new(self.fallbacks.clone()))
    }

    /// The first byte of an answer was sent.
    pub(super) fn first_byte(&self, after: Duration) {
        self.first_byte.observe(after.as_secs_f64());
    }

    /// An answer has come to its end.
    pub(super) fn ended(&self, answer: Answered) {
        self.ended.with_label_values(&[answer.ended]).inc();
        self.total.observe(answer.total.as_secs_f64());
        if let Some(first) = answer.first {
            self.first_token.observe(first.as_secs_f64());
        }
        if let Some(retrieval) = answer.retrieval {
            self.retrieval.observe(retrieval.as_secs_f64());
        }
        self.model_calls.inc_by(answer.model_calls);
        self.calls_per_answer.observe(answer.model_calls as f64);
        self.tool_calls.inc_by(answer.tool_calls);
        self.tokens.with_label_values(&["prompt"]).inc_by(answer.prompt_tokens);
        self.tokens.with_label_values(&["completion"]).inc_by(answer.completion_tokens);
        self.repairs.inc_by(answer.repairs);
        self.fallbacks.inc_by(u64::from(answer.fallback));
    }
}
