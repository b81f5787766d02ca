//! Asking a service for vectors. What is not one vector for each text, all alike, finite and with a direction, is an
//! error: nothing else ever gets into the table.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context;
use serde::Deserialize;
use serde_json::json;

use super::CONNECT;
use crate::{
    config::{EmbeddingSettings, Speech},
    metrics::{Metrics, Served},
    platform::service::{self, ServiceError},
    search::normalise,
};

/// How long it is believed that a service has the model that it said it has.
const BELIEVED: Duration = Duration::from_mins(1);
/// Longest name of a model: what the column holds.
const MAX_MODEL_CHARS: usize = 200;
/// The model of a service that does not say which it has.
const UNNAMED: &str = "default";
/// Largest answer for a text, in bytes: 8,192 numbers of 20 characters.
const MAX_BYTES_PER_TEXT: usize = 8_192 * 20;

/// A client of the configured service.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    settings: EmbeddingSettings,
    pub(super) metrics: Arc<Metrics>,
    /// What model the service said it has, and when.
    model: Mutex<Option<(Arc<str>, Instant)>>,
}

#[derive(Deserialize)]
struct Info {
    model_id: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Datum>,
}

#[derive(Deserialize)]
struct Datum {
    index: Option<usize>,
    embedding: Vec<f32>,
}

impl Client {
    pub(super) fn new(settings: EmbeddingSettings, metrics: Arc<Metrics>) -> anyhow::Result<Self> {
        let http = service::client(CONNECT).context("preparing the client of TEI_URL")?;
        let model = match &settings.speech {
            Speech::OpenAi(name) => Some((cut(name), Instant::now())),
            Speech::Tei => None,
        };
        Ok(Self { http, settings, metrics, model: Mutex::new(model) })
    }

    /// The model that the service had when it was last asked; `None` when it has never answered.
    pub(super) fn last_model(&self) -> Option<Arc<str>> {
        self.known().map(|(name, _)| name)
    }

    /// The model of the service.
    pub(super) async fn model(&self, limit: Duration) -> Result<Arc<str>, ServiceError> {
        if let Some((name, at)) = self.known()
            && (self.settings.speech != Speech::Tei || at.elapsed() < BELIEVED)
        {
            return Ok(name);
        }
        let request = self.http.get(format!("{}/info", self.settings.url));
        let name =
            match service::ask(request, self.settings.api_key.as_ref(), limit, MAX_BYTES_PER_TEXT).await {
                Ok(said) => serde_json::from_slice::<Info>(&said).ok().and_then(|info| info.model_id),
                // Something that makes vectors as TEI does and knows nothing else of it.
                Err(ServiceError::Refused(404 | 405 | 501)) => None,
                Err(error) => return Err(error),
            };
        let name = cut(name.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or(UNNAMED));
        *self.model.lock().unwrap_or_else(PoisonError::into_inner) = Some((name.clone(), Instant::now()));
        Ok(name)
    }

    /// A vector of the length one for each text, in their order, all of one dimension. `of` says what they are for.
    pub(super) async fn embed(
        &self,
        texts: &[&str],
        limit: Duration,
        of: Served,
    ) -> Result<Vec<Vec<f32>>, ServiceError> {
        let began = Instant::now();
        let vectors = self.asked(texts, limit).await;
        let outcome = vectors.as_ref().err().map_or("ok", ServiceError::word);
        self.metrics.served(of, outcome, began.elapsed());
        vectors
    }

    async fn asked(&self, texts: &[&str], limit: Duration) -> Result<Vec<Vec<f32>>, ServiceError> {
        let base = &self.settings.url;
        let (address, body) = match &self.settings.speech {
            Speech::Tei => (format!("{base}/embed"), json!({ "inputs": texts, "truncate": true })),
            Speech::OpenAi(model) => {
                let version = if base.ends_with("/v1") { "" } else { "/v1" };
                let body = json!({ "model": model, "input": texts, "encoding_format": "float" });
                (format!("{base}{version}/embeddings"), body)
            }
        };
        let most = MAX_BYTES_PER_TEXT.saturating_mul(texts.len() + 1);
        let request = self.http.post(address).json(&body);
        let said = service::ask(request, self.settings.api_key.as_ref(), limit, most).await?;
        checked(self.read(&said)?, texts.len())
    }

    fn read(&self, said: &[u8]) -> Result<Vec<Vec<f32>>, ServiceError> {
        let wrong = |error: serde_json::Error| ServiceError::Wrong(error.to_string());
        if self.settings.speech == Speech::Tei {
            return serde_json::from_slice(said).map_err(wrong);
        }
        let mut data = serde_json::from_slice::<Answer>(said).map_err(wrong)?.data;
        if data.iter().any(|datum| datum.index.is_some()) {
            data.sort_by_key(|datum| datum.index);
            let all = data.iter().enumerate().all(|(at, datum)| datum.index == Some(at));
            if !all {
                return Err(ServiceError::Wrong("its numbers of texts are not those asked for".to_owned()));
            }
        }
        Ok(data.into_iter().map(|datum| datum.embedding).collect())
    }

    fn known(&self) -> Option<(Arc<str>, Instant)> {
        self.model.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn cut(name: &str) -> Arc<str> {
    name.trim().chars().take(MAX_MODEL_CHARS).collect::<String>().into()
}

fn checked(mut vectors: Vec<Vec<f32>>, count: usize) -> Result<Vec<Vec<f32>>, ServiceError> {
    let wrong = |what: String| Err(ServiceError::Wrong(what));
    if vectors.len() != count {
        return wrong(format!("{} vectors for {count} texts", vectors.len()));
    }
    let dimension = vectors.first().map_or(0, Vec::len);
    if vectors.iter().any(|vector| vector.len() != dimension) {
        return wrong("vectors of several dimensions".to_owned());
    }
    if !vectors.iter_mut().all(|vector| normalise(vector)) {
        return wrong("a vector without a direction".to_owned());
    }
    Ok(vectors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_none_is_an_error() {
        let good = checked(vec![vec![0.0, 2.0], vec![1.0, 0.0]], 2).expect("vectors");
        assert_eq!(good, [[0.0, 1.0], [1.0, 0.0]]);
        for (vectors, count) in [
            (vec![vec![1.0]], 2),
            (vec![vec![1.0], vec![1.0, 2.0]], 2),
            (vec![vec![0.0, 0.0]], 1),
            (vec![vec![f32::NAN, 0.0]], 1),
            (vec![vec![]], 1),
        ] {
            assert!(checked(vectors.clone(), count).is_err(), "{vectors:?}");
        }
    }
}
