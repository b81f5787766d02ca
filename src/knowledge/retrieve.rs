//! From a question to the passages that may answer it: by keyword and by meaning, side by side, made one list by their
//! places in both.

use std::collections::{HashMap, HashSet};

use anyhow::Context;
use chrono::NaiveDate;

use super::{
    chunk,
    document::{self, DocumentId},
    embedding::Embeddings,
    library::Library,
    scope::Scope,
};
use crate::search::{Found, Hit, fuse, query_terms};

/// How many hits of each list are looked at, and how many passages come of them.
const LOOKED_AT: usize = 50;
const KEPT: usize = 10;
/// Passages that are ranked once more, where there is a service for that.
const RANKED_AGAIN: usize = 30;
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
    /// How similar its meaning is to the question's, -1 to 1, where that was enough to count; the threshold is a setting.
    pub similarity: Option<f32>,
    /// Whether the document says that it does not hold today.
    pub outdated: bool,
}

/// By what passages were looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Means {
    /// By keywords, as it is set up.
    #[default]
    Keywords,
    /// By keywords and by meaning.
    Both,
    /// By keywords, because the search by meaning failed.
    KeywordsAlone,
}

/// Which searches are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// All that are set up.
    #[default]
    Whole,
    /// The one by keywords alone, whatever is set up; for comparisons.
    Keywords,
}

/// What was found for a question.
#[derive(Clone, Debug, Default)]
pub struct Retrieved {
    /// What was looked for.
    pub terms: Vec<String>,
    /// How telling each term is.
    pub weights: HashMap<String, f32>,
    /// By what was searched.
    pub means: Means,
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
        self.retrieve_by(Reach::Whole, question, scope, today).await
    }

    /// The same by some of the searches.
    pub async fn retrieve_by(
        &self,
        reach: Reach,
        question: &str,
        scope: &Scope,
        today: NaiveDate,
    ) -> anyhow::Result<Retrieved> {
        let terms = query_terms(question);
        let whole = reach == Reach::Whole;
        let embeddings = self.embeddings().filter(|_| whole);
        // Side by side: neither waits for the other.
        let (found, near) = futures::join!(
            self.find(terms.clone(), scope.filter(), LOOKED_AT),
            self.near(embeddings, question, scope)
        );
        let Found { hits, weights } = found?;
        let (means, near) = near;
        let ranking = Ranking::of(&hits, &near, embeddings);
        let ids: Vec<i64> = ranking.scores.keys().copied().collect();
        let rows = chunk::with_documents(self.store().read(), &ids).await.context("reading passages")?;
        let mut passages: Vec<Passage> = rows
            .into_iter()
            // The index may be a moment behind the rows: what may be read is decided by the rows.
            .filter(|(_, document)| may_read(scope, document))
            .map(|(chunk, document)| passage(&ranking, chunk, document, today))
            .collect();
        sort(&mut passages);
        if whole {
            self.rank_again(question, &mut passages).await;
        }
        for outdated in passages.iter_mut().filter(|passage| passage.outdated) {
            outdated.score *= OUTDATED;
        }
        sort(&mut passages);
        Ok(Retrieved { terms, weights, means, passages: choose(passages) })
    }

    /// The chunks nearest in meaning, where there is a search by meaning and it works.
    async fn near(
        &self,
        embeddings: Option<&Embeddings>,
        question: &str,
        scope: &Scope,
    ) -> (Means, Vec<Hit>) {
        let Some(embeddings) = embeddings else { return (Means::Keywords, Vec::new()) };
        if question.trim().is_empty() {
            return (Means::Both, Vec::new());
        }
        match embeddings.nearest(self.store(), question, scope, LOOKED_AT).await {
            Ok(hits) => (Means::Both, hits),
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "searching by keywords alone");
                (Means::KeywordsAlone, Vec::new())
            }
        }
    }

    /// Has the best passages ranked once more. Their scores stay where they are; who has which of them changes.
    async fn rank_again(&self, question: &str, passages: &mut [Passage]) {
        let Some(reranker) = self.reranker() else { return };
        let best = passages.len().min(RANKED_AGAIN);
        let texts: Vec<String> = passages[..best].iter().map(read_out).collect();
        let Some(order) = reranker.order(question, &texts).await else { return };
        let before = passages[..best].to_vec();
        for (place, from) in order.into_iter().enumerate() {
            passages[place] = Passage { score: before[place].score, ..before[from].clone() };
        }
    }
}

/// A passage as a service reads it.
fn read_out(passage: &Passage) -> String {
    let heading = passage.heading.as_deref().unwrap_or(&passage.title);
    format!("{heading}\n{}", passage.text)
}

fn sort(passages: &mut [Passage]) {
    passages.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.chunk_id.cmp(&b.chunk_id)));
}

/// The scores of chunks, and how similar they are to the question.
#[derive(Default)]
pub(super) struct Ranking {
    scores: HashMap<i64, f32>,
    similarities: HashMap<i64, f32>,
}

impl Ranking {
    /// Of the hits by keyword and those by meaning, each best first. Without any by meaning the scores are those of the
    /// keywords.
    fn of(hits: &[Hit], near: &[Hit], embeddings: Option<&Embeddings>) -> Self {
        let scores: HashMap<i64, f32> = hits.iter().map(|hit| (hit.chunk, hit.score)).collect();
        let Some(embeddings) = embeddings.filter(|_| !near.is_empty()) else {
            return Self { scores, similarities: HashMap::new() };
        };
        // What is only the least unlike is found by nobody.
        let floor = embeddings.min_similarity();
        let near: Vec<&Hit> =
            near.iter().filter(|hit| hit.score >= floor || scores.contains_key(&hit.chunk)).collect();
        let ids = |hits: &mut dyn Iterator<Item = &Hit>| hits.map(|hit| hit.chunk).collect::<Vec<i64>>();
        let (by_keyword, by_meaning) = (ids(&mut hits.iter()), ids(&mut near.iter().copied()));
        let similar = near.into_iter().filter(|hit| hit.score >= floor);
        Self {
            scores: fuse(&[(1.0, &by_keyword), (embeddings.weight(), &by_meaning)]),
            similarities: similar.map(|hit| (hit.chunk, hit.score)).collect(),
        }
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
    ranking: &Ranking,
    chunk: chunk::Model,
    document: document::Model,
    today: NaiveDate,
) -> Passage {
    let over = document.valid_to.is_some_and(|end| end < today);
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
        score: ranking.scores.get(&chunk.id.0).copied().unwrap_or(0.0),
        similarity: ranking.similarities.get(&chunk.id.0).copied(),
        outdated: over || document.valid_from.is_some_and(|start| start > today),
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
        similarity: None,
        outdated: over || document.valid_from.is_some_and(|start| start > today),
    }
}
