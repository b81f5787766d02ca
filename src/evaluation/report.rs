//! The figures, and how they are made of what single questions found.

use std::time::Duration;

use serde::Serialize;

/// What came of a set of questions. Shares are from 0 to 1.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// How many questions there were.
    pub questions: usize,
    /// How many of them expect something: the means are over these.
    pub judged: usize,
    /// Whether keywords alone were searched.
    pub lexical: bool,
    /// How many passages were looked at for each.
    pub k: usize,
    /// The share of expected documents that are among the first `k` passages, of facts where no documents are expected;
    /// the mean over questions.
    pub recall: f64,
    /// One divided by the place of the first expected passage, 0 when there is none; the mean over questions.
    pub mrr: f64,
    /// The share of expected facts that stand in the first `k` passages; `None` when there are none.
    pub facts: Option<f64>,
    /// Searches that had to do without the search by meaning, because it failed.
    pub keywords_alone: usize,
    /// How long retrieval took.
    pub retrieval: Times,
    /// What came of answers, when they were asked for.
    pub answers: Option<Answers>,
    /// Names of documents that are expected and not there.
    pub unknown_documents: Vec<String>,
    /// Questions that did not find all that they should.
    pub misses: Vec<Miss>,
}

/// Milliseconds that half of the questions, and nineteen of twenty, took at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Times {
    /// The median.
    pub p50_ms: f64,
    /// The 95th percentile.
    pub p95_ms: f64,
}

/// What came of answers.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Answers {
    /// How many were written by a model; the others are made of passages.
    pub by_model: usize,
    /// How many broke off.
    pub failed: usize,
    /// How many cite nothing.
    pub uncited: usize,
    /// The share of expected facts that they say; `None` when there are none.
    pub facts: Option<f64>,
    /// Their citations.
    pub citations: Citations,
    /// How long they took, to their end.
    pub time: Times,
}

/// Citations, and how many of them are what they claim to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Citations {
    /// How many there are.
    pub all: usize,
    /// Those whose words stand in the chunk that they name.
    pub quoted: usize,
    /// Those of questions that expect documents.
    pub judged: usize,
    /// Those among them whose document is expected.
    pub expected: usize,
}

/// A question that did not find all that it should.
#[derive(Clone, Debug, Serialize)]
pub struct Miss {
    /// The question.
    pub question: String,
    /// What of the expected was not found.
    pub missing: Vec<String>,
    /// Titles of the documents found in its place, best first.
    pub found: Vec<String>,
}

impl Times {
    /// Of these times, in any order.
    pub(super) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
            times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
        };
        Self { p50_ms: at(50), p95_ms: at(95) }
    }
}

/// A share of things, as they are counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    pub(super) of: usize,
    pub(super) all: usize,
}

impl Share {
    pub(super) fn add(&mut self, other: Self) {
        self.of += other.of;
        self.all += other.all;
    }

    /// `None` of nothing.
    pub(super) fn value(self) -> Option<f64> {
        (self.all > 0).then(|| self.of as f64 / self.all as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_taken() {
        let times = |ms: &[u64]| Times::of(ms.iter().map(|ms| Duration::from_millis(*ms)).collect());
        assert_eq!(times(&[]), Times::default());
        assert_eq!(times(&[7]), Times { p50_ms: 7.0, p95_ms: 7.0 });
        let hundred: Vec<u64> = (1..=100).rev().collect();
        assert_eq!(times(&hundred), Times { p50_ms: 50.0, p95_ms: 95.0 });
    }
}
