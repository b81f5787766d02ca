//! The answer without a model: the sentences of the passages found that say most about the question.
//!
//! Deterministic, so it is also the measure of retrieval.

use std::collections::{HashMap, HashSet};

use super::{
    Author, End, Outcome,
    citations::{Citation, reference_block},
    sentences::sentences,
};
use crate::{
    knowledge::{DocumentId, Passage, Retrieved, Scope},
    platform::locale::Language,
    search::analyse,
};

/// Passages looked into.
const PASSAGES: usize = 8;
/// Sentences of an answer.
const MOST: usize = 8;
/// Length of an answer, in words; a Han character counts half a word.
const MAX_WORDS: usize = 180;
/// How much a sentence's fit weighs against its likeness to those taken already.
const LAMBDA: f32 = 0.7;
/// A sentence with less than this share of the best one's fit says nothing.
const WORTH_SAYING: f32 = 0.35;
/// An answer shorter than this gets a word of advice besides: clients take very short answers for failures.
pub(super) const SHORTEST: usize = 100;
/// BM25.
const K1: f32 = 1.2;
const B: f32 = 0.75;

/// A finished answer.
#[derive(Debug)]
pub(super) struct Extract {
    pub(super) text: String,
    pub(super) end: End,
}

/// What a passage must have to count as an answer: one of the two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Least {
    /// This share of the question's weighted terms.
    pub(super) covered: f64,
    /// This likeness in meaning, -1 to 1.
    pub(super) similar: f32,
}

/// Makes an answer of what was found. When no passage has the `least`, it says that nothing was found.
pub(super) fn answer(retrieved: &Retrieved, scope: &Scope, language: Language, least: Least) -> Extract {
    let passages: Vec<&Passage> = retrieved.passages.iter().take(PASSAGES).collect();
    let covered = passages.iter().map(|passage| coverage(passage, retrieved)).fold(0.0, f32::max);
    let similar = passages.iter().any(|passage| is_similar(passage, least));
    if f64::from(covered) < least.covered && !similar {
        return not_found(scope, language);
    }
    let candidates = candidates(&passages, retrieved, least);
    let chosen = choose(&candidates);
    if chosen.is_empty() {
        return not_found(scope, language);
    }
    compose(&passages, &candidates, chosen, scope, language)
}

fn not_found(scope: &Scope, language: Language) -> Extract {
    let key = if scope.campus { "answer-not-found" } else { "answer-not-found-own" };
    let end = End { outcome: Outcome::Complete, citations: Vec::new(), author: Author::Passages, repairs: 0 };
    Extract { text: language.text(key), end }
}

fn is_similar(passage: &Passage, least: Least) -> bool {
    passage.similarity.is_some_and(|similarity| similarity >= least.similar)
}

/// The share of the question's weighted terms that a passage has.
fn coverage(passage: &Passage, retrieved: &Retrieved) -> f32 {
    let heading = passage.heading.as_deref().unwrap_or_default();
    let has: HashSet<String> =
        analyse(&format!("{} {heading} {}", passage.title, passage.text)).into_iter().collect();
    let weight = |term: &String| retrieved.weights.get(term).copied().unwrap_or(0.0);
    let total: f32 = retrieved.terms.iter().map(weight).sum();
    let found: f32 = retrieved.terms.iter().filter(|term| has.contains(*term)).map(weight).sum();
    if total > 0.0 { found / total } else { 0.0 }
}

struct Candidate {
    passage: usize,
    place: usize,
    text: String,
    terms: HashSet<String>,
    score: f32,
}

fn candidates(passages: &[&Passage], retrieved: &Retrieved, least: Least) -> Vec<Candidate> {
    let mut all = Vec::new();
    let wanted: HashSet<&String> = retrieved.terms.iter().collect();
    for (rank, passage) in passages.iter().enumerate() {
        let heading: HashSet<String> =
            analyse(&format!("{} {}", passage.title, passage.heading.as_deref().unwrap_or_default()))
                .into_iter()
                .collect();
        for (place, text) in sentences(&passage.text).into_iter().enumerate() {
            let terms = analyse(&text);
            let fit = bm25(&terms, retrieved);
            let about = heading.iter().filter(|term| wanted.contains(term)).count() as f32;
            // A good passage lends its sentences a little; so do its heading and an early place.
            let lent = 1.0 / (1.0 + rank as f32) + 0.15 * about + 0.1 / (1.0 + place as f32);
            // A sentence without a word of the question may answer it, in a passage that is similar in meaning.
            let speaks = fit > 0.0 || is_similar(passage, least);
            let score = if speaks { fit + 0.5 * lent } else { 0.0 };
            let score = if passage.outdated { score * 0.5 } else { score };
            all.push(Candidate { passage: rank, place, text, terms: terms.into_iter().collect(), score });
        }
    }
    all
}

fn bm25(terms: &[String], retrieved: &Retrieved) -> f32 {
    const MEAN_TERMS: f32 = 18.0;
    let mut counts: HashMap<&str, f32> = HashMap::new();
    for term in terms {
        *counts.entry(term).or_default() += 1.0;
    }
    let length = 1.0 - B + B * terms.len() as f32 / MEAN_TERMS;
    let of = |term: &String| {
        let count = counts.get(term.as_str()).copied().unwrap_or(0.0);
        let weight = retrieved.weights.get(term).copied().unwrap_or(0.0);
        weight * count * (K1 + 1.0) / (count + K1 * length)
    };
    retrieved.terms.iter().map(of).sum()
}

/// Takes sentences by fit, less their likeness to those taken already, until there is enough. Answers places in
/// `candidates`.
fn choose(candidates: &[Candidate]) -> Vec<usize> {
    let best = candidates.iter().map(|candidate| candidate.score).fold(0.0, f32::max);
    let worth = |at: &usize| best > 0.0 && candidates[*at].score >= WORTH_SAYING * best;
    let mut open: Vec<usize> = (0..candidates.len()).filter(worth).collect();
    let mut chosen: Vec<usize> = Vec::new();
    let mut words = 0;
    while chosen.len() < MOST && !open.is_empty() {
        let gain = |at: usize| {
            let like =
                chosen.iter().map(|taken| likeness(&candidates[at], &candidates[*taken])).fold(0.0, f32::max);
            LAMBDA * candidates[at].score / best - (1.0 - LAMBDA) * like
        };
        let next = (0..open.len()).max_by(|a, b| gain(open[*a]).total_cmp(&gain(open[*b])).then(b.cmp(a)));
        let Some(next) = next else { break };
        let at = open.remove(next);
        let repeats = chosen.iter().any(|taken| likeness(&candidates[at], &candidates[*taken]) > 0.8);
        if repeats {
            continue;
        }
        words += length_in_words(&candidates[at].text);
        if words > MAX_WORDS && !chosen.is_empty() {
            break;
        }
        chosen.push(at);
    }
    chosen
}

fn likeness(a: &Candidate, b: &Candidate) -> f32 {
    let shared = a.terms.intersection(&b.terms).count() as f32;
    let all = (a.terms.len() + b.terms.len()) as f32 - shared;
    if all > 0.0 { shared / all } else { 0.0 }
}

fn length_in_words(text: &str) -> usize {
    let wide = text.chars().filter(|c| ('\u{2e80}'..='\u{ffef}').contains(c)).count();
    text.split_whitespace().count() + wide / 2
}

/// Writes the chosen sentences down: by document, the best document first, in the order of the document.
fn compose(
    passages: &[&Passage],
    candidates: &[Candidate],
    chosen: Vec<usize>,
    scope: &Scope,
    language: Language,
) -> Extract {
    let mut order: Vec<DocumentId> = Vec::new();
    for at in &chosen {
        let document = passages[candidates[*at].passage].document_id;
        if !order.contains(&document) {
            order.push(document);
        }
    }
    let mut lines: Vec<&Candidate> = chosen.iter().map(|at| &candidates[*at]).collect();
    lines.sort_by_key(|line| {
        let passage = passages[line.passage];
        let document = order.iter().position(|document| *document == passage.document_id);
        (document, passage.page, passage.char_start, line.place)
    });
    let mut cited: Vec<(usize, &str)> = Vec::new();
    let mut outdated = false;
    let mut text =
        format!("{}\n", language.text(if scope.campus { "answer-lead" } else { "answer-lead-own" }));
    for line in lines {
        let n = cited.iter().position(|(passage, _)| *passage == line.passage).unwrap_or_else(|| {
            cited.push((line.passage, &line.text));
            cited.len() - 1
        });
        outdated |= passages[line.passage].outdated;
        text.push_str(&format!("\n- {} [{}]", line.text, n + 1));
    }
    if outdated {
        text.push_str(&format!("\n\n{}", language.text("answer-outdated")));
    }
    if text.chars().count() < SHORTEST {
        text.push_str(&format!("\n\n{}", language.text("answer-advice")));
    }
    let citations: Vec<Citation> =
        cited.iter().enumerate().map(|(n, (at, quote))| Citation::of(n + 1, passages[*at], quote)).collect();
    text.push_str(&reference_block(&citations));
    Extract { text, end: End { outcome: Outcome::Complete, citations, author: Author::Passages, repairs: 0 } }
}
