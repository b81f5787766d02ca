//! Decoded vectors in memory, bounded in bytes, and the search through them.
//!
//! The vectors of a document are kept under the name of their text and never change: they go when nobody has asked for
//! them for long, or when that text is gone.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use moka::future::Cache;
use sea_orm::ConnectionTrait;
use tokio::sync::Semaphore;

use super::row::{self, Place};
use crate::{
    knowledge::document::DocumentId,
    search::{Hit, Nearest, Vectors},
};

/// Documents whose vectors are read from the database at a time.
const READ_TOGETHER: usize = 16;
/// Bytes of vectors that a search holds at a time beside what is kept.
const HELD: usize = 64 * 1024 * 1024;
/// Chunks for which another processor is worth the trouble.
const WORTH_A_TASK: usize = 8_192;

/// What names vectors: their model and place.
type Key = (Arc<str>, Place);

/// The shelf.
#[derive(Debug)]
pub(super) struct Shelf {
    kept: Cache<Key, Arc<Vectors>>,
    /// What has been read ahead: once, also where there was no room for it.
    ahead: Mutex<HashSet<Key>>,
    /// Searches on blocking threads: as many as there are processors, over all questions.
    processors: Arc<Semaphore>,
    count: usize,
}

impl Shelf {
    /// Keeps this many bytes.
    pub(super) fn new(bytes: u64) -> Self {
        let weigh = |_: &Key, vectors: &Arc<Vectors>| u32::try_from(vectors.size_bytes()).unwrap_or(u32::MAX);
        let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            kept: Cache::builder().max_capacity(bytes).weigher(weigh).build(),
            ahead: Mutex::default(),
            processors: Arc::new(Semaphore::new(count)),
            count,
        }
    }

    /// The chunks at these places that are nearest to `question`, `limit` at most, best first.
    pub(super) async fn nearest(
        &self,
        db: &impl ConnectionTrait,
        model: &Arc<str>,
        places: &[Place],
        question: &Arc<[f32]>,
        limit: usize,
    ) -> anyhow::Result<Vec<Hit>> {
        let mut nearest = Nearest::new(limit);
        let (mut held, mut bytes, mut absent) = (Vec::new(), 0, Vec::new());
        for place in places {
            match self.kept.get(&(model.clone(), *place)).await {
                Some(vectors) => held.push(vectors),
                None => absent.push(*place),
            }
        }
        for places in absent.chunks(READ_TOGETHER) {
            for vectors in self.read(db, model, places).await? {
                bytes += vectors.size_bytes();
                held.push(vectors);
            }
            if bytes > HELD {
                nearest.merge(self.scan(std::mem::take(&mut held), question, limit).await?);
                bytes = 0;
            }
        }
        nearest.merge(self.scan(held, question, limit).await?);
        Ok(nearest.into_hits())
    }

    /// Reads ahead what has not been yet. `false` when there is no room for all of it.
    pub(super) async fn warm(
        &self,
        db: &impl ConnectionTrait,
        model: &Arc<str>,
        places: &[Place],
    ) -> anyhow::Result<bool> {
        let full = self.kept.policy().max_capacity().unwrap_or(u64::MAX);
        let fresh: Vec<Place> = {
            let there: HashSet<Key> = places.iter().map(|place| (model.clone(), *place)).collect();
            let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
            ahead.retain(|key| there.contains(key));
            there.into_iter().filter(|key| !ahead.contains(key)).map(|(_, place)| place).collect()
        };
        for (at, places) in fresh.chunks(READ_TOGETHER).enumerate() {
            self.kept.run_pending_tasks().await;
            if self.kept.weighted_size() >= full / 10 * 9 {
                self.note_ahead(model, &fresh[at * READ_TOGETHER..]);
                return Ok(false);
            }
            self.read(db, model, places).await?;
            self.note_ahead(model, places);
        }
        Ok(true)
    }

    /// Notes what need not be read ahead any more. What could not be read is tried again.
    fn note_ahead(&self, model: &Arc<str>, places: &[Place]) {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        ahead.extend(places.iter().map(|place| (model.clone(), *place)));
    }

    /// Reads vectors and keeps them. Those of a text that has changed meanwhile are left out.
    async fn read(
        &self,
        db: &impl ConnectionTrait,
        model: &Arc<str>,
        places: &[Place],
    ) -> anyhow::Result<Vec<Arc<Vectors>>> {
        let ids: Vec<DocumentId> = places.iter().map(|place| place.document).collect();
        // Chunks first: should the text change in between, the ids are those of chunks that nobody finds any more.
        let mut chunks: HashMap<DocumentId, Vec<i64>> = HashMap::new();
        for (document, chunk) in row::chunk_ids(db, &ids).await.context("reading chunks")? {
            chunks.entry(document).or_default().push(chunk);
        }
        let rows = row::of_documents(db, model, &ids).await.context("reading vectors")?;
        let decode = move || -> Vec<(Place, Vectors)> {
            let decoded = rows.into_iter().filter_map(|row| {
                let chunks = chunks.remove(&row.document_id)?;
                let place = Place { document: row.document_id, dim: row.dim, first_chunk: row.first_chunk };
                let same = chunks.first() == Some(&row.first_chunk);
                let dimension = usize::try_from(row.dim).ok().filter(|_| same)?;
                Some((place, Vectors::decode(dimension, chunks, &row.data)?))
            });
            decoded.collect()
        };
        let decoded = tokio::task::spawn_blocking(decode).await.context("decoding vectors")?;
        let mut read = Vec::with_capacity(decoded.len());
        for (place, vectors) in decoded {
            let vectors = Arc::new(vectors);
            self.kept.insert((model.clone(), place), vectors.clone()).await;
            read.push(vectors);
        }
        Ok(read)
    }

    /// Searches on blocking threads: on several processors where that is worth it.
    async fn scan(
        &self,
        vectors: Vec<Arc<Vectors>>,
        question: &Arc<[f32]>,
        limit: usize,
    ) -> anyhow::Result<Nearest> {
        let tasks = parts(vectors, self.count).into_iter().map(|part| {
            let question = question.clone();
            async move {
                let turn =
                    self.processors.clone().acquire_owned().await.context("waiting for a processor")?;
                let scan = move || {
                    let mut nearest = Nearest::new(limit);
                    for vectors in &part {
                        vectors.scan(&question, &mut nearest);
                    }
                    drop(turn);
                    nearest
                };
                tokio::task::spawn_blocking(scan).await.context("searching vectors")
            }
        });
        let mut nearest = Nearest::new(limit);
        for part in futures::future::try_join_all(tasks).await? {
            nearest.merge(part);
        }
        Ok(nearest)
    }
}

/// Vectors in parts of about the same number of chunks, `most` at most.
fn parts(vectors: Vec<Arc<Vectors>>, most: usize) -> Vec<Vec<Arc<Vectors>>> {
    let chunks: usize = vectors.iter().map(|vectors| vectors.len()).sum();
    let count = chunks.div_ceil(WORTH_A_TASK).clamp(1, most);
    let share = chunks.div_ceil(count).max(1);
    let mut parts: Vec<Vec<Arc<Vectors>>> = vec![Vec::new()];
    let mut filled = 0;
    for vectors in vectors {
        if filled >= share && parts.len() < count {
            parts.push(Vec::new());
            filled = 0;
        }
        filled += vectors.len();
        if let Some(last) = parts.last_mut() {
            last.push(vectors);
        }
    }
    parts
}
