//! Citations, and the reference block that we write from them: whoever wrote the text, its references are ours.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    knowledge::{DocumentId, Passage},
    platform::text,
    search::analyse,
};

/// The word that begins the reference block, as the original writes it.
const HEADING: &str = "Reference:";
const MAX_QUOTE_CHARS: usize = 300;

/// What a number in the text stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Citation {
    /// The number in the text.
    pub n: i32,
    /// The document.
    pub document_id: DocumentId,
    /// The chunk.
    pub chunk_id: i64,
    /// The uploaded file behind the document, for a person's own.
    pub file_id: Option<i32>,
    /// Title of the document.
    pub title: String,
    /// Address of the document.
    pub url: Option<String>,
    /// The page.
    pub page: Option<i32>,
    /// What is cited.
    pub quote: String,
    /// SHA-256 of the whole passage, in hexadecimal.
    pub quote_hash: String,
    /// Where the passage begins in its page, in characters.
    pub char_start: i32,
    /// Where the passage ends in its page, in characters.
    pub char_end: i32,
    /// How well the passage fitted the question.
    pub score: f64,
}

impl Citation {
    /// Passage `passage` as number `n`, quoted by `quote`.
    pub(super) fn of(n: usize, passage: &Passage, quote: &str) -> Self {
        Self {
            n: i32::try_from(n).unwrap_or(i32::MAX),
            document_id: passage.document_id,
            chunk_id: passage.chunk_id,
            file_id: passage.file_id,
            title: passage.title.clone(),
            url: passage.url.clone(),
            page: passage.page,
            quote: quote.chars().take(MAX_QUOTE_CHARS).collect(),
            quote_hash: hex::encode(Sha256::digest(&passage.text)),
            char_start: passage.char_start,
            char_end: passage.char_end,
            score: f64::from(passage.score),
        }
    }
}

/// Passages that an answer repeats without citing them, the most repeated first, as citations without a marker.
pub(super) fn repeated(answer: &str, evidence: &[Passage]) -> Vec<Citation> {
    const RUN: usize = 4;
    const MOST: usize = 3;
    /// Share of an answer's runs of terms that a passage has to have.
    const ENOUGH: f32 = 0.1;
    let runs = |text: &str| analyse(text).windows(RUN).map(<[String]>::to_vec).collect::<HashSet<_>>();
    let said = runs(answer);
    let share = |passage: &Passage| {
        let shared = runs(&passage.text).intersection(&said).count();
        shared as f32 / said.len().max(1) as f32
    };
    let mut shares: Vec<(f32, &Passage)> = evidence.iter().map(|passage| (share(passage), passage)).collect();
    shares.retain(|(share, _)| *share >= ENOUGH);
    shares.sort_by(|a, b| b.0.total_cmp(&a.0));
    let most = shares.into_iter().take(MOST).enumerate();
    most.map(|(at, (_, passage))| Citation::of(at + 1, passage, passage.text.trim())).collect()
}

/// The reference block: a line per document, its numbers and pages together. Empty when nothing is cited.
pub(super) fn reference_block(citations: &[Citation]) -> String {
    let mut documents: Vec<DocumentId> = Vec::new();
    for citation in citations {
        if !documents.contains(&citation.document_id) {
            documents.push(citation.document_id);
        }
    }
    if documents.is_empty() {
        return String::new();
    }
    let lines = documents.into_iter().filter_map(|document| {
        let of: Vec<&Citation> =
            citations.iter().filter(|citation| citation.document_id == document).collect();
        let first = of.first()?;
        let numbers: String = of.iter().map(|citation| format!("[{}]", citation.n)).collect();
        let address = first.url.as_deref().unwrap_or("No URL");
        Some(format!("- {numbers} {}: {address}{}", one_line(&first.title), pages(&of)))
    });
    format!("\n\n{HEADING}\n{}\n", lines.collect::<Vec<_>>().join("\n"))
}

/// The reference block of what has an address and no document: a line for each, under its title.
pub(super) fn titled_block<'a>(sources: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (title, address) in sources {
        let address = if address.is_empty() { "No URL" } else { address };
        let line = format!("- {}: {address}", one_line(title));
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    if lines.is_empty() { String::new() } else { format!("\n\n{HEADING}\n{}\n", lines.join("\n")) }
}

/// An answer without its reference block.
pub fn without_references(answer: &str) -> &str {
    match answer.rfind(&format!("\n{HEADING}\n")) {
        Some(at) => answer[..at].trim_end(),
        None => answer,
    }
}

fn pages(of: &[&Citation]) -> String {
    let mut pages: Vec<i32> = of.iter().filter_map(|citation| citation.page).collect();
    pages.sort_unstable();
    pages.dedup();
    let listed = pages.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match pages.len() {
        0 => String::new(),
        1 => format!(", page {listed}"),
        _ => format!(", pages {listed}"),
    }
}

/// A title cannot break the block's form, nor pass for a link.
fn one_line(title: &str) -> String {
    text::one_line(title).replace(['[', ']', '<', '>', '`'], " ").trim().to_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn passage(id: i64, title: &str, page: i32, url: Option<&str>) -> Passage {
        Passage {
            chunk_id: id,
            document_id: DocumentId(id / 10),
            file_id: None,
            title: title.to_owned(),
            url: url.map(str::to_owned),
            page: Some(page),
            heading: None,
            text: format!("text {id}"),
            char_start: 0,
            char_end: 7,
            score: 1.0,
            similarity: None,
            outdated: false,
        }
    }

    #[test]
    fn a_passage_repeated_without_a_citation_is_still_named() {
        let mut source = passage(10, "Bulletin", 3, None);
        source.text =
            "Every student completes one hundred and thirty six credits before graduation.".to_owned();
        let other = passage(20, "Handbook", 1, None);
        let answer = "Every student completes one hundred and thirty six credits before graduation.";
        let named = repeated(answer, &[other, source]);
        assert_eq!(named.iter().map(|citation| citation.chunk_id).collect::<Vec<_>>(), [10]);
        assert!(
            repeated("Something else entirely, said in other words.", &[passage(30, "Other", 2, None)])
                .is_empty()
        );
    }
}
