//! From a question to the passages that may answer it.

use std::collections::{HashMap, HashSet};

use anyhow::Context;
use chrono::NaiveDate;

use super::{
    chunk,
    document::{self, DocumentId},
    library::Library,
    scope::Scope,
};
use crate::search::query_terms;

/// How many hits are looked at, and how many passages come of them.
const LOOKED_AT: usize = 50;
const KEPT: usize = 10;
/// Passages of one document, as long as other documents have some too.
const PER_DOCUMENT: usize = 3;
/// What is left of the score of a passage that does not hold today.
const OUTDATED: f32 = 0.5;

/// Stands for a chunk where a text was put together from what a document was read into.
pub const COMPOSED: i64 = 0;

/// A passage that may answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// Its chunk; [`COMPOSED`] where the text stands in none.
    pub chunk_id: i64,
    /// The document it is from.
    pub document_id: DocumentId,
    /// The uploaded file behind the document, for a person's own.
    pub file_id: Option<i32>,
    /// Title of the document.
    pub title: String,
    /// Address of the document.
    pub url: Option<String>,
    /// Its page, counted from 1.
    pub page: Option<i32>,
    /// Headings it stands under.
    pub heading: Option<String>,
    /// The text.
    pub text: String,
    /// Where it begins in its page, in characters.
    pub char_start: i32,
    /// Where it ends in its page, in characters.
    pub char_end: i32,
    /// How well it fits; comparable within one answer only.
    pub score: f32,
    /// Whether the document says that it does not hold today.
    pub outdated: bool,
}

/// What was found for a question.
#[derive(Clone, Debug, Default)]
pub struct Retrieved {
    /// What was looked for.
    pub terms: Vec<String>,
    /// How telling each term is.
    pub weights: HashMap<String, f32>,
    /// Best first.
    pub passages: Vec<Passage>,
}

impl Library {
    /// The passages that fit `question` best, of what `scope` allows. `today` decides what is outdated.
    pub async fn retrieve(
        &self,
        question: &str,
        scope: &Scope,
        today: NaiveDate,
    ) -> anyhow::Result<Retrieved> {
        let terms = query_terms(question);
        let found = self.find(terms.clone(), scope.filter(), LOOKED_AT).await?;
        let scores: HashMap<i64, f32> = found.hits.iter().map(|hit| (hit.chunk, hit.score)).collect();
        let ids: Vec<i64> = found.hits.iter().map(|hit| hit.chunk).collect();
        let rows = chunk::with_documents(self.store().read(), &ids).await.context("reading passages")?;
        let mut passages: Vec<Passage> = rows
            .into_iter()
            // The index may be a moment behind the rows: what may be read is decided by the rows.
            .filter(|(_, document)| may_read(scope, document))
            .map(|(chunk, document)| passage(&scores, chunk, document, today))
            .collect();
        passages.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.chunk_id.cmp(&b.chunk_id)));
        Ok(Retrieved { terms, weights: found.weights, passages: choose(passages) })
    }
}

pub(super) fn may_read(scope: &Scope, document: &document::Model) -> bool {
    match (document.owner_id, &scope.own) {
        (None, _) => scope.campus,
        (Some(owner), Some((reader, documents))) => owner == *reader && documents.contains(&document.id),
        (Some(_), None) => false,
    }
}

/// A passage once, and not all from one document while others have something to say.
fn choose(ranked: Vec<Passage>) -> Vec<Passage> {
    let mut texts = HashSet::new();
    let mut of_document: HashMap<DocumentId, usize> = HashMap::new();
    let (mut kept, mut over): (Vec<Passage>, Vec<Passage>) = ranked
        .into_iter()
        .filter(|passage| texts.insert(passage.text.split_whitespace().collect::<String>()))
        .partition(|passage| {
            let count = of_document.entry(passage.document_id).or_default();
            *count += 1;
            *count <= PER_DOCUMENT
        });
    kept.truncate(KEPT);
    over.truncate(KEPT - kept.len());
    kept.extend(over);
    kept
}

pub(super) fn passage(
    scores: &HashMap<i64, f32>,
    chunk: chunk::Model,
    document: document::Model,
    today: NaiveDate,
) -> Passage {
    let over = document.valid_to.is_some_and(|end| end < today);
    let outdated = over || document.valid_from.is_some_and(|start| start > today);
    let score = scores.get(&chunk.id.0).copied().unwrap_or(0.0);
    Passage {
        chunk_id: chunk.id.0,
        document_id: document.id,
        file_id: document.file_id,
        title: document.title,
        url: document.url,
        page: chunk.page,
        heading: chunk.heading,
        text: chunk.text,
        char_start: chunk.char_start,
        char_end: chunk.char_end,
        score: if outdated { score * OUTDATED } else { score },
        outdated,
    }
}

/// A text put together from what a document was read into.
pub(super) fn stated(document: &document::Model, text: String, today: NaiveDate) -> Passage {
    let chars = i32::try_from(text.chars().count()).unwrap_or(i32::MAX);
    let over = document.valid_to.is_some_and(|end| end < today);
    Passage {
        chunk_id: COMPOSED,
        document_id: document.id,
        file_id: document.file_id,
        title: document.title.clone(),
        url: document.url.clone(),
        page: None,
        heading: None,
        text,
        char_start: 0,
        char_end: chars,
        score: 1.0,
        outdated: over || document.valid_from.is_some_and(|start| start > today),
    }
}
