//! From a passage to what stands around it, and from a document to what its beginning says.

use anyhow::Context;
use chrono::NaiveDate;

use super::{
    chunk::{self, Stretch},
    document::{self, DocumentId},
    library::Library,
    retrieve::{Passage, Ranking, may_read, passage, stated},
    scope::Scope,
};

/// Passages of one excerpt.
const MOST: u64 = 12;
/// Where there are no pages: so many passages before the one that is known, and so many after it.
const BEFORE: i32 = 2;
const AFTER: i32 = 5;

impl Library {
    /// What stands on these pages of the document of `known`, both included, in its order; without pages, what stands
    /// around `known`. Empty when the document is gone, or is not for this reader.
    pub async fn excerpt(
        &self,
        known: &Passage,
        pages: Option<(i32, i32)>,
        scope: &Scope,
        today: NaiveDate,
    ) -> anyhow::Result<Vec<Passage>> {
        let db = self.store().read();
        let document = document::by_ids(db, &[known.document_id]).await.context("reading a document")?;
        let Some(document) = document.into_iter().find(|document| may_read(scope, document)) else {
            return Ok(Vec::new());
        };
        let stretch = match pages.filter(|_| known.page.is_some()) {
            Some((first, last)) => Stretch::Pages(first, last),
            None => Stretch::Around { chunk: known.chunk_id, before: BEFORE, after: AFTER },
        };
        let chunks = chunk::stretch(db, document.id, stretch, MOST).await.context("reading passages")?;
        let unranked = Ranking::default();
        Ok(chunks.into_iter().map(|chunk| passage(&unranked, chunk, document.clone(), today)).collect())
    }

    /// The first passages of a document, in its order. Empty when the document is gone, or is not for this reader.
    pub async fn opening(
        &self,
        id: DocumentId,
        scope: &Scope,
        today: NaiveDate,
    ) -> anyhow::Result<Vec<Passage>> {
        let db = self.store().read();
        let document = document::by_ids(db, &[id]).await.context("reading a document")?;
        let Some(document) = document.into_iter().find(|document| may_read(scope, document)) else {
            return Ok(Vec::new());
        };
        let chunks = chunk::of(db, id, 0, MOST).await.context("reading passages")?;
        let unranked = Ranking::default();
        Ok(chunks.into_iter().map(|chunk| passage(&unranked, chunk, document.clone(), today)).collect())
    }

    /// Texts put together from what documents were read into, each as a passage of its document. What is gone, or is
    /// not for this reader, says nothing.
    pub async fn stated(
        &self,
        said: Vec<(DocumentId, String)>,
        scope: &Scope,
        today: NaiveDate,
    ) -> anyhow::Result<Vec<Passage>> {
        let ids: Vec<DocumentId> = said.iter().map(|(id, _)| *id).collect();
        let documents = document::by_ids(self.store().read(), &ids).await.context("reading documents")?;
        let of = |(id, text): (DocumentId, String)| {
            let document =
                documents.iter().find(|document| document.id == id && may_read(scope, document))?;
            Some(stated(document, text, today))
        };
        Ok(said.into_iter().filter_map(of).collect())
    }
}
