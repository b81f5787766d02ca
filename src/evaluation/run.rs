//! Asks the questions, one after the other, and compares what is found with what should be.

use std::{
    collections::{HashMap, HashSet},
    pin::pin,
    time::{Duration, Instant},
};

use anyhow::Context;
use futures::StreamExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};

use super::{
    expected::Expected,
    questions::Question,
    report::{Answers, Citations, Miss, Report, Share, Times},
};
use crate::{
    answering::{self, Author, Citation, Depth, End, Outcome, Piece},
    app::App,
    knowledge::{COMPOSED, DocumentId, Means, Passage, Reach, Scope, tables},
    platform::text::one_line,
};

/// What is to be measured.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// By which searches passages are looked for.
    pub reach: Reach,
    /// How many passages count.
    pub k: usize,
    /// Whether answers are made, too.
    pub answers: bool,
}

/// Asks all `questions` over campus documents. `progress` is told how many are done.
pub async fn evaluate(
    app: &App,
    questions: &[Question],
    wanted: Wanted,
    progress: &(dyn Fn(usize) + Sync),
) -> anyhow::Result<Report> {
    let expected =
        Expected::of(app.store.read(), questions).await.context("looking up expected documents")?;
    // What a first question would wait for is no part of how long questions take.
    app.library.catch_up().await?;
    app.library.warm().await?;
    let mut tally = Tally::default();
    for (done, question) in questions.iter().enumerate() {
        progress(done);
        let judge = Judge { question, expected: &expected, k: wanted.k };
        tally.search(app, &judge, wanted.reach).await?;
        if wanted.answers {
            tally.answer(app, &judge).await?;
        }
    }
    Ok(tally.report(questions, &expected, wanted))
}

/// Compares with what one question expects.
struct Judge<'a> {
    question: &'a Question,
    expected: &'a Expected,
    k: usize,
}

impl Judge<'_> {
    fn is_expected(&self, document: DocumentId) -> bool {
        let names = &self.question.documents;
        names.iter().any(|name| self.expected.documents(name).is_some_and(|ids| ids.contains(&document)))
    }

    /// Whether a passage is one that the question should find.
    fn fits(&self, passage: &Passage) -> bool {
        if self.question.documents.is_empty() {
            return self.question.facts.iter().any(|fact| says(&passage.text, fact));
        }
        self.is_expected(passage.document_id)
    }

    /// Expected documents that are not among these.
    fn missing_documents(&self, found: &HashSet<DocumentId>) -> Vec<String> {
        let there = |name: &&String| {
            self.expected.documents(name).is_some_and(|ids| ids.iter().any(|id| found.contains(id)))
        };
        self.question.documents.iter().filter(|name| !there(name)).cloned().collect()
    }

    /// Expected facts that stand in none of these.
    fn missing_facts<'t>(&self, texts: impl Iterator<Item = &'t str> + Clone) -> Vec<String> {
        let said = |fact: &&String| texts.clone().any(|text| says(text, fact));
        self.question.facts.iter().filter(|fact| !said(fact)).cloned().collect()
    }
}

/// Whether a text has these words in a row, whatever the case and the blanks between them.
fn says(text: &str, words: &str) -> bool {
    plain(text).contains(&plain(words))
}

fn plain(text: &str) -> String {
    one_line(&text.to_lowercase())
}

/// What has come of the questions so far.
#[derive(Default)]
struct Tally {
    judged: usize,
    recall: f64,
    reciprocal_ranks: f64,
    facts: Share,
    keywords_alone: usize,
    times: Vec<Duration>,
    misses: Vec<Miss>,
    answers: Answers,
    said: Share,
    answer_times: Vec<Duration>,
}

impl Tally {
    async fn search(&mut self, app: &App, judge: &Judge<'_>, reach: Reach) -> anyhow::Result<()> {
        let (text, began) = (&judge.question.question, Instant::now());
        let found = app.library.retrieve_by(reach, text, &Scope::campus(), app.today()).await?;
        self.times.push(began.elapsed());
        self.keywords_alone += usize::from(found.means == Means::KeywordsAlone);
        let passages = &found.passages[..found.passages.len().min(judge.k)];
        let documents: HashSet<DocumentId> = passages.iter().map(|passage| passage.document_id).collect();
        let (names, facts) = (&judge.question.documents, &judge.question.facts);
        self.judged += usize::from(!names.is_empty() || !facts.is_empty());
        let missing_documents = judge.missing_documents(&documents);
        let missing_facts = judge.missing_facts(passages.iter().map(|passage| passage.text.as_str()));
        let of_names = Share { of: names.len() - missing_documents.len(), all: names.len() };
        let of_facts = Share { of: facts.len() - missing_facts.len(), all: facts.len() };
        self.recall += of_names.value().or(of_facts.value()).unwrap_or_default();
        self.facts.add(of_facts);
        if let Some(place) = passages.iter().position(|passage| judge.fits(passage)) {
            self.reciprocal_ranks += 1.0 / (place + 1) as f64;
        }
        if !missing_documents.is_empty() || !missing_facts.is_empty() {
            let mut titles: Vec<String> = Vec::new();
            for passage in passages {
                if !titles.contains(&passage.title) {
                    titles.push(passage.title.clone());
                }
            }
            let missing = [missing_documents, missing_facts].concat();
            self.misses.push(Miss { question: text.clone(), missing, found: titles });
        }
        Ok(())
    }

    async fn answer(&mut self, app: &App, judge: &Judge<'_>) -> anyhow::Result<()> {
        let question = answering::Question {
            text: judge.question.question.clone(),
            history: Vec::new(),
            summary: None,
            scope: Scope::campus(),
            today: app.today(),
            depth: Depth::Usual,
        };
        let began = Instant::now();
        let (text, end) = answer_to(app, question).await;
        self.answer_times.push(began.elapsed());
        let missing = judge.missing_facts([text.as_str()].into_iter()).len();
        let facts = judge.question.facts.len();
        self.said.add(Share { of: facts - missing, all: facts });
        let Some(end) = end.filter(|end| end.outcome == Outcome::Complete) else {
            self.answers.failed += 1;
            return Ok(());
        };
        self.answers.by_model += usize::from(end.author == Author::Model);
        self.answers.uncited += usize::from(end.citations.is_empty());
        self.cite(app, judge, &end.citations).await
    }

    async fn cite(&mut self, app: &App, judge: &Judge<'_>, citations: &[Citation]) -> anyhow::Result<()> {
        let ids: Vec<i64> = citations.iter().map(|citation| citation.chunk_id).collect();
        let chunks = tables::Chunk::find().filter(tables::ChunkColumn::Id.is_in(ids));
        let chunks = chunks.all(app.store.read()).await.context("reading what is cited")?;
        let texts: HashMap<i64, &str> =
            chunks.iter().map(|chunk| (chunk.id.0, chunk.text.as_str())).collect();
        let tally: &mut Citations = &mut self.answers.citations;
        for citation in citations {
            // What the catalogue says stands in no chunk: nothing tells whether it is quoted.
            if citation.chunk_id != COMPOSED {
                tally.all += 1;
                let text = texts.get(&citation.chunk_id);
                tally.quoted += usize::from(text.is_some_and(|text| is_quoted(citation, text)));
            }
            if !judge.question.documents.is_empty() {
                tally.judged += 1;
                tally.expected += usize::from(judge.is_expected(citation.document_id));
            }
        }
        Ok(())
    }

    fn report(self, questions: &[Question], expected: &Expected, wanted: Wanted) -> Report {
        let count = self.judged.max(1) as f64;
        let answers =
            Answers { facts: self.said.value(), time: Times::of(self.answer_times), ..self.answers };
        Report {
            questions: questions.len(),
            judged: self.judged,
            lexical: wanted.reach == Reach::Keywords,
            k: wanted.k,
            recall: self.recall / count,
            mrr: self.reciprocal_ranks / count,
            facts: self.facts.value(),
            keywords_alone: self.keywords_alone,
            retrieval: Times::of(self.times),
            answers: wanted.answers.then_some(answers),
            unknown_documents: expected.unknown(questions),
            misses: self.misses,
        }
    }
}

/// The text of an answer, and how it ended.
async fn answer_to(app: &App, question: answering::Question) -> (String, Option<End>) {
    let (mut text, mut end) = (String::new(), None);
    let mut pieces = pin!(app.answering.clone().answer(question));
    while let Some(piece) = pieces.next().await {
        match piece {
            Piece::Text(more) => text.push_str(&more),
            Piece::End(last) => end = Some(last),
            _ => {}
        }
    }
    (answering::without_references(&text).to_owned(), end)
}

/// Whether a chunk is the one that is cited, and says what is quoted. Signs do not count: a quote comes without bullets,
/// marks of Markdown, and numbers in brackets.
fn is_quoted(citation: &Citation, text: &str) -> bool {
    hex::encode(Sha256::digest(text)) == citation.quote_hash
        && letters(text).contains(&letters(&citation.quote))
}

/// The letters and digits of a text, without numbers in brackets.
fn letters(text: &str) -> String {
    let mut letters = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once('[') {
        letters.push_str(before);
        let number = inside.trim_start_matches(|c: char| c.is_ascii_digit() || c == ',' || c == ' ');
        rest = number.strip_prefix(']').unwrap_or(inside);
    }
    letters.push_str(rest);
    letters.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn a_quote_is_compared_by_its_letters() {
        assert_eq!(letters("- *See* [1, 2] `A[x]`, then\n  B."), "seeaxthenb");
        assert_eq!(letters("See A(x), then B…"), "seeaxthenb");
    }
}
