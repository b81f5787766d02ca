//! Search by meaning: vectors of chunks from a service beside the program, kept in the database, compared in memory.
//!
//! Whatever is wrong with the service, questions are answered by keywords, no later than its deadline. What has no vector
//! yet is found by keyword, and gets one in the background.

mod catalogue;
mod client;
mod job;
mod rerank;
pub(super) mod row;
mod shelf;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use moka::future::Cache;
use sea_orm::DbErr;
use sha2::{Digest, Sha256};

use self::{
    catalogue::Catalogue,
    client::Client,
    row::{Of, Place},
    shelf::Shelf,
};
pub use self::{
    job::{BACKFILL, EMBED, Vectors, backfill, embed},
    rerank::Reranker,
    row::Model as Row,
};
use super::{document::DocumentId, scope::Scope};
use crate::{
    config::EmbeddingSettings,
    metrics::{Metrics, Served},
    platform::{breaker::Breaker, service::ServiceError, store::Store},
    search::Hit,
};

/// The time to connect to a service.
const CONNECT: Duration = Duration::from_secs(1);
/// Vectors of questions that are remembered.
const QUESTIONS: u64 = 2_000;
/// What of a question is embedded, in characters.
const MAX_QUESTION_CHARS: usize = 2_000;
/// Documents without vectors are counted up to this number.
const COUNTED: u64 = 10_000;

/// Vectors of documents and questions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Embeddings(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client,
    settings: EmbeddingSettings,
    /// For questions, which wait for nobody. Jobs have time.
    breaker: Breaker,
    /// By the model and a hash of the question: nobody's words are kept for this.
    questions: Cache<[u8; 32], Arc<[f32]>>,
    catalogue: Catalogue,
    shelf: Shelf,
    /// Whether it has been said that the memory is too small.
    told: AtomicBool,
}

impl Embeddings {
    /// Prepares the service; no connection yet.
    pub fn new(settings: EmbeddingSettings, metrics: Arc<Metrics>) -> anyhow::Result<Self> {
        Ok(Self(Arc::new(Inner {
            client: Client::new(settings.clone(), metrics)?,
            breaker: Breaker::default(),
            questions: Cache::new(QUESTIONS),
            catalogue: Catalogue::default(),
            shelf: Shelf::new(settings.cache_bytes),
            told: AtomicBool::new(false),
            settings,
        })))
    }

    /// How much a place in the list by meaning counts.
    pub(super) fn weight(&self) -> f32 {
        self.0.settings.weight
    }

    /// A passage that no keyword finds has to be this similar.
    pub(super) fn min_similarity(&self) -> f32 {
        self.0.settings.min_similarity
    }

    /// The chunks nearest in meaning to `question`, of what `scope` allows, best first; within the time for it.
    pub(super) async fn nearest(
        &self,
        store: &Store,
        question: &str,
        scope: &Scope,
        limit: usize,
    ) -> anyhow::Result<Vec<Hit>> {
        let patience = self.0.settings.patience;
        let search = Box::pin(self.search(store, question, scope, limit));
        let found = tokio::time::timeout(patience, search).await;
        let found = found.unwrap_or_else(|_| Err(ServiceError::Silent(patience).into()));
        if found.is_err() {
            self.0.client.metrics.searched_by_keywords_alone();
        }
        found
    }

    async fn search(
        &self,
        store: &Store,
        question: &str,
        scope: &Scope,
        limit: usize,
    ) -> anyhow::Result<Vec<Hit>> {
        let (inner, began) = (&*self.0, Instant::now());
        if !inner.breaker.admits() {
            return Err(ServiceError::LeftAlone.into());
        }
        let model = inner.client.model(self.left(began)).await.inspect_err(|error| self.failed(error))?;
        let places = self.allowed(store, &model, scope).await?;
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let vector = self.vector(&model, question, &places, began).await?;
        let dim = dimension(&vector);
        let places: Vec<Place> = places.into_iter().filter(|place| place.dim == dim).collect();
        inner.shelf.nearest(store.read(), &model, &places, &vector, limit).await
    }

    /// The time that is left for the service: a little less than for the whole, so that it is the service that is blamed
    /// for its silence.
    fn left(&self, began: Instant) -> Duration {
        self.0.settings.patience.saturating_sub(began.elapsed()).mul_f32(0.95)
    }

    fn failed(&self, error: &ServiceError) {
        if self.0.breaker.failed() {
            tracing::error!(%error, "the embedding service is away; searching by keywords alone");
        }
    }

    /// Where the vectors of the documents are that may be searched. Decided before anything is scored.
    async fn allowed(&self, store: &Store, model: &Arc<str>, scope: &Scope) -> Result<Vec<Place>, DbErr> {
        let mut places = Vec::new();
        if scope.campus {
            places.extend_from_slice(&self.0.catalogue.campus(store.read(), model).await?);
        }
        if let Some((owner, documents)) = scope.own.as_ref().filter(|(_, documents)| !documents.is_empty()) {
            places.extend(row::places(store.read(), model, Of::Own(*owner, documents)).await?);
        }
        Ok(places)
    }

    /// The vector of a question: remembered, or asked for. One that is like none of these `places` was made before the
    /// service came to make others.
    async fn vector(
        &self,
        model: &Arc<str>,
        question: &str,
        places: &[Place],
        began: Instant,
    ) -> Result<Arc<[f32]>, ServiceError> {
        let inner = &*self.0;
        let question: String = question.trim().chars().take(MAX_QUESTION_CHARS).collect();
        let name = Sha256::new().chain_update(model.as_bytes()).chain_update([0]).chain_update(&question);
        let name: [u8; 32] = name.finalize().into();
        if let Some(known) = inner.questions.get(&name).await
            && places.iter().any(|place| place.dim == dimension(&known))
        {
            return Ok(known);
        }
        let asked = inner.client.embed(&[question.as_str()], self.left(began), Served::Question).await;
        let vectors = asked.inspect_err(|error| self.failed(error))?;
        inner.breaker.succeeded();
        let vector: Arc<[f32]> = vectors.into_iter().next().unwrap_or_default().into();
        inner.questions.insert(name, vector.clone()).await;
        Ok(vector)
    }

    /// Reads vectors of campus documents that are not in memory yet, so that no question has to wait for it.
    pub async fn warm(&self, store: &Store) -> anyhow::Result<()> {
        let inner = &*self.0;
        let model = match inner.client.last_model() {
            Some(model) => model,
            None => match inner.client.model(inner.settings.patience).await {
                Ok(model) => model,
                // Questions say so, and the task that fills in what is missing.
                Err(_) => return Ok(()),
            },
        };
        let places = inner.catalogue.campus(store.read(), &model).await?;
        let roomy = inner.shelf.warm(store.read(), &model, &places).await?;
        if !roomy && !inner.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "EMBEDDING_CACHE_MB is too small for the vectors of all campus documents: searches by meaning will read \
                 them from the database again and again"
            );
        }
        Ok(())
    }

    /// How many documents have text and no vectors by the model in use, counted up to ten thousand; `None` when the model
    /// is not known yet.
    pub async fn missing(&self, store: &Store) -> Result<Option<u64>, DbErr> {
        let Some(model) = self.0.client.last_model() else { return Ok(None) };
        let missing = row::missing(store.read(), &model, None, DocumentId(0), COUNTED).await?;
        Ok(Some(missing.len() as u64))
    }
}

/// How many numbers a vector has, as rows say it.
fn dimension(vector: &[f32]) -> i32 {
    i32::try_from(vector.len()).unwrap_or(i32::MAX)
}
