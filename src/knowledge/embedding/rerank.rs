//! A service that reads the best passages together with the question and ranks them once more. Skipped when it fails.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use serde::Deserialize;
use serde_json::json;

use super::CONNECT;
use crate::{
    config::RerankSettings,
    metrics::{Metrics, Served},
    platform::{
        breaker::Breaker,
        service::{self, ServiceError},
    },
};

/// Largest answer, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// A client of the configured service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reranker(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    settings: RerankSettings,
    metrics: Arc<Metrics>,
    breaker: Breaker,
}

#[derive(Deserialize)]
struct Ranked {
    index: usize,
    score: f32,
}

impl Reranker {
    /// Prepares the client; no connection yet.
    pub fn new(settings: RerankSettings, metrics: Arc<Metrics>) -> anyhow::Result<Self> {
        let http = service::client(CONNECT).context("preparing the client of RERANK_URL")?;
        Ok(Self(Arc::new(Inner { http, settings, metrics, breaker: Breaker::default() })))
    }

    /// The places of `texts`, the best answer to `question` first. `None` when the service is of no use just now.
    pub(in crate::knowledge) async fn order(&self, question: &str, texts: &[String]) -> Option<Vec<usize>> {
        let (inner, began) = (&*self.0, Instant::now());
        if texts.len() < 2 || !inner.breaker.admits() {
            return None;
        }
        let ranked = self.asked(question, texts, inner.settings.patience).await;
        let outcome = ranked.as_ref().err().map_or("ok", ServiceError::word);
        inner.metrics.served(Served::Ranking, outcome, began.elapsed());
        match ranked {
            Ok(order) => {
                inner.breaker.succeeded();
                Some(order)
            }
            Err(error) => {
                inner.breaker.failed();
                tracing::warn!(%error, "passages are not ranked once more");
                None
            }
        }
    }

    async fn asked(
        &self,
        question: &str,
        texts: &[String],
        limit: Duration,
    ) -> Result<Vec<usize>, ServiceError> {
        let inner = &*self.0;
        let body = json!({ "query": question, "texts": texts, "truncate": true });
        let request = inner.http.post(format!("{}/rerank", inner.settings.url)).json(&body);
        let said = service::ask(request, inner.settings.api_key.as_ref(), limit, MAX_BYTES).await?;
        let ranked: Vec<Ranked> =
            serde_json::from_slice(&said).map_err(|error| ServiceError::Wrong(error.to_string()))?;
        order(ranked, texts.len())
    }
}

fn order(mut ranked: Vec<Ranked>, count: usize) -> Result<Vec<usize>, ServiceError> {
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.index.cmp(&b.index)));
    let order: Vec<usize> = ranked.iter().map(|one| one.index).collect();
    let mut places = order.clone();
    places.sort_unstable();
    let whole = places.into_iter().eq(0..count) && ranked.iter().all(|one| one.score.is_finite());
    if whole { Ok(order) } else { Err(ServiceError::Wrong("it does not rank each text once".to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ranking_that_leaves_out_or_repeats_a_text_is_an_error() {
        let ranked = |pairs: &[(usize, f32)]| {
            pairs.iter().map(|(index, score)| Ranked { index: *index, score: *score }).collect::<Vec<_>>()
        };
        assert_eq!(order(ranked(&[(0, 0.1), (1, 0.9), (2, 0.1)]), 3), Ok(vec![1, 0, 2]));
        for pairs in
            [&[(0, 0.1)][..], &[(0, 0.1), (0, 0.2)], &[(0, 0.1), (2, 0.2)], &[(0, f32::NAN), (1, 0.2)]]
        {
            assert!(order(ranked(pairs), 2).is_err(), "{pairs:?}");
        }
    }
}
