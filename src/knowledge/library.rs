//! Keeps this process's index in step with the rows, and answers from it.
//!
//! Before a question the index compares one number with the database and follows what it has missed, so every
//! answer rests on what was committed before its question. A missing, damaged or far-behind index is rebuilt from
//! the rows in the background.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use sea_orm::DbErr;
use tokio::sync::Mutex;

use super::{
    change, chunk,
    document::{self, DocumentId},
    embedding::{Embeddings, Reranker, Vectors},
    extract::Extractor,
    scope,
};
use crate::{
    platform::{store::Store, tasks::Tasks},
    search::{Entry, Filter, Found, Index, OpenError, Update},
};

/// How long a question waits for the index to follow; then it is answered from what there is.
const PATIENCE: Duration = Duration::from_secs(2);
/// Documents and chunks read from the database, and held in memory, at a time.
const DOCUMENTS: u64 = 100;
const CHUNKS: u64 = 500;

/// The documents of the service, searchable. Cheap to clone.
#[derive(Clone)]
pub struct Library {
    store: Store,
    tasks: Tasks,
    index: Arc<Index>,
    /// Held by whoever follows changes: one at a time.
    following: Arc<Mutex<()>>,
    /// Reads files.
    pub extractor: Extractor,
    embeddings: Option<Embeddings>,
    reranker: Option<Reranker>,
    /// A folder of this process alone, when the configured one is taken. Removed at the end.
    _private: Option<Arc<tempfile::TempDir>>,
}

impl Library {
    /// Opens the index in `folder`, making it anew when it cannot be used.
    pub async fn open(
        store: Store,
        tasks: Tasks,
        folder: PathBuf,
        extractor: Extractor,
    ) -> anyhow::Result<Self> {
        let opened =
            tokio::task::spawn_blocking(move || open_index(&folder)).await.context("opening the index")?;
        let (index, private) = opened?;
        Ok(Self {
            store,
            tasks,
            index: Arc::new(index),
            following: Arc::default(),
            extractor,
            embeddings: None,
            reranker: None,
            _private: private.map(Arc::new),
        })
    }

    /// Searches by meaning, too, and ranks once more, where there are services for that.
    #[must_use]
    pub fn with(mut self, embeddings: Option<Embeddings>, reranker: Option<Reranker>) -> Self {
        self.embeddings = embeddings;
        self.reranker = reranker;
        self
    }

    /// Where vectors come from, if there are to be any.
    pub fn embeddings(&self) -> Option<&Embeddings> {
        self.embeddings.as_ref()
    }

    /// Whether documents are to have vectors.
    pub fn vectors(&self) -> Vectors {
        if self.embeddings.is_some() { Vectors::Wanted } else { Vectors::Unwanted }
    }

    pub(super) fn reranker(&self) -> Option<&Reranker> {
        self.reranker.as_ref()
    }

    /// Reads the vectors of campus documents into memory, as far as they are not there yet.
    pub async fn warm(&self) -> anyhow::Result<()> {
        match &self.embeddings {
            Some(embeddings) => Box::pin(embeddings.warm(&self.store)).await,
            None => Ok(()),
        }
    }

    /// Follows all changes there are. Long after a first start on a large database; short otherwise.
    pub async fn catch_up(&self) -> anyhow::Result<()> {
        let _one = self.following.lock().await;
        loop {
            let head = change::head(self.store.read()).await?;
            let followed = self.index.followed(&head.lineage).context("reading the index")?;
            if head.seq == followed {
                return Ok(());
            }
            let oldest = change::oldest(self.store.read()).await?;
            // Ahead of the database: it was put back to an earlier state.
            let astray = followed == 0 || followed > head.seq;
            let missed = astray || oldest.is_none_or(|oldest| oldest > followed + 1);
            if missed { self.rebuild().await? } else { self.follow(&head.lineage, followed).await? }
        }
    }

    /// Drops the index and builds it from the rows, the old one answering until the new one is whole.
    pub async fn rebuild(&self) -> anyhow::Result<()> {
        tracing::info!("building the search index from the database");
        // The number is read first: what changes meanwhile is followed afterwards, once more than needed at worst.
        let head = change::head(self.store.read()).await?;
        let mut update = self.update().await?;
        update.clear()?;
        let mut last = DocumentId(0);
        loop {
            let documents = document::after(self.store.read(), last, DOCUMENTS).await?;
            let Some(end) = documents.last() else { break };
            last = end.id;
            for document in documents {
                update = self.add(update, document).await?;
            }
        }
        finish(update, head.lineage, head.seq).await
    }

    /// Chunks that have any of `terms`, best first, after following what is new.
    pub(super) async fn find(
        &self,
        terms: Vec<String>,
        filter: Filter,
        limit: usize,
    ) -> anyhow::Result<Found> {
        if self.is_behind().await? {
            // A task of its own: an update that is given up half-way would lock out the next one.
            let behind = self.clone();
            let catching_up = self.tasks.spawn(async move { behind.catch_up().await });
            match tokio::time::timeout(PATIENCE, catching_up).await {
                Ok(Ok(Ok(()))) => {}
                Ok(Ok(Err(error))) => {
                    tracing::error!(
                        error = format!("{error:#}"),
                        "the index cannot follow; answering from what it has"
                    );
                }
                Ok(Err(_)) | Err(_) => tracing::warn!("the index is behind; answering from what it has"),
            }
        }
        let index = self.index.clone();
        let search = move || index.search(&terms, &filter, limit);
        Ok(tokio::task::spawn_blocking(search).await.context("searching")??)
    }

    /// Whether there is a campus document.
    pub async fn has_campus_documents(&self) -> Result<bool, DbErr> {
        document::any_campus(self.store.read()).await
    }

    /// To read rows with.
    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    async fn is_behind(&self) -> anyhow::Result<bool> {
        let head = change::head(self.store.read()).await?;
        Ok(head.seq != self.index.followed(&head.lineage)?)
    }

    /// Follows the next changes after number `followed`.
    async fn follow(&self, lineage: &str, followed: i64) -> anyhow::Result<()> {
        let changes = change::after(self.store.read(), followed, DOCUMENTS).await?;
        let seq = changes.last().map_or(followed, |last| last.seq);
        let of_text = changes.iter().filter(|change| !change.is_of_vectors());
        let ids: BTreeSet<DocumentId> = of_text.map(|change| change.document_id).collect();
        let mut update = self.update().await?;
        for id in &ids {
            update.remove(id.0);
        }
        // What is gone by now is not found here, and stays removed.
        let ids: Vec<DocumentId> = ids.into_iter().collect();
        for document in document::by_ids(self.store.read(), &ids).await? {
            update = self.add(update, document).await?;
        }
        finish(update, lineage.to_owned(), seq).await
    }

    async fn update(&self) -> anyhow::Result<Update> {
        let index = self.index.clone();
        Ok(tokio::task::spawn_blocking(move || index.update()).await.context("writing the index")??)
    }

    /// Adds the chunks of a document, a handful at a time.
    async fn add(&self, mut update: Update, document: document::Model) -> anyhow::Result<Update> {
        let mut from = 0;
        loop {
            let rows = chunk::of(self.store.read(), document.id, from, CHUNKS).await?;
            let Some(last) = rows.last() else { return Ok(update) };
            from = last.seq + 1;
            let entries: Vec<Entry> = rows.into_iter().map(|row| entry(&document, row)).collect();
            let add = move || {
                entries.iter().try_for_each(|entry| update.add(document.id.0, entry)).map(|()| update)
            };
            update = tokio::task::spawn_blocking(add).await.context("writing the index")??;
        }
    }
}

async fn finish(update: Update, lineage: String, seq: i64) -> anyhow::Result<()> {
    Ok(tokio::task::spawn_blocking(move || update.finish(&lineage, seq))
        .await
        .context("writing the index")??)
}

fn entry(document: &document::Model, row: chunk::Model) -> Entry {
    Entry {
        chunk: row.id.0,
        scope: scope::term(document.owner_id),
        title: document.title.clone(),
        heading: row.heading.unwrap_or_default(),
        text: row.text,
    }
}

fn open_index(folder: &Path) -> anyhow::Result<(Index, Option<tempfile::TempDir>)> {
    match Index::open(folder) {
        Ok(index) => Ok((index, None)),
        Err(OpenError::InUse(_)) => {
            tracing::warn!(folder = %folder.display(), "another process uses this index folder; taking a private one");
            let private = tempfile::tempdir().context("making a private index folder")?;
            Ok((Index::open(private.path())?, Some(private)))
        }
        Err(error) => Err(error).with_context(|| format!("opening the index in {}", folder.display())),
    }
}
