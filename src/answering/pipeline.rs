//! The steps of an answer, in order.

use async_stream::stream;
use futures::{Stream, StreamExt};

use super::{
    Author, End, Finding, Outcome, Piece, Question, Step,
    citations::{reference_block, repeated},
    extractive, greeting,
    guard::Guard,
    memory,
    model::Client,
    prompt::{self, Room},
};
use crate::{
    config::LimitSettings,
    knowledge::{Library, Passage, Retrieved},
    platform::locale::Language,
};

/// Answers questions. Cheap to clone.
#[derive(Clone)]
pub struct Answering {
    library: Library,
    model: Option<Client>,
    answer_words: usize,
    threshold: f64,
}

impl Answering {
    /// Answers from `library`, with the help of `model` when there is one.
    pub fn new(library: Library, model: Option<Client>, limits: &LimitSettings) -> Self {
        Self { library, model, answer_words: limits.answer_words, threshold: limits.extractive_threshold }
    }

    /// The answer to a question, piece by piece. Its last piece is always [`Piece::End`]; dropping the stream drops
    /// the work, the model's included.
    pub fn answer(self, question: Question) -> impl Stream<Item = Piece> + Send {
        let language = Language::of_text(&question.text);
        stream! {
            if let Some(reply) = self.greeting(&question, language) {
                yield Piece::Step(Step::Greeting);
                yield Piece::Text(reply);
                yield Piece::End(complete(Author::Passages));
                return;
            }
            yield Piece::Step(Step::Search);
            yield Piece::Thinking(language.text("thinking-searching"));
            let retrieved = self.retrieve(&question).await;
            yield Piece::Found(findings(&retrieved));
            yield Piece::Thinking(language.text_with("thinking-found", [("count", retrieved.passages.len())]));
            if let Some(model) = &self.model {
                yield Piece::Step(Step::Model);
                let mut words = Box::pin(self.ask(model, &question, &retrieved));
                let mut said = false;
                while let Some(piece) = words.next().await {
                    said |= matches!(piece, Piece::Text(_) | Piece::End(_));
                    yield piece;
                }
                if said {
                    return;
                }
                // The model is down or silent and nothing has been said yet: the passages speak for themselves.
                yield Piece::Thinking(language.text("thinking-without-model"));
            }
            yield Piece::Step(Step::Passages);
            let extract = extractive::answer(&retrieved, &question.scope, language, self.threshold);
            yield Piece::Text(extract.text);
            yield Piece::End(extract.end);
        }
    }

    /// A model greets by itself, and remembers what was said before.
    fn greeting(&self, question: &Question, language: Language) -> Option<String> {
        if self.model.is_some() { None } else { greeting::reply(&question.text, language) }
    }

    async fn retrieve(&self, question: &Question) -> Retrieved {
        let text = memory::search_text(&question.text, &question.history);
        match self.library.retrieve(&text, &question.scope, question.today).await {
            Ok(retrieved) => retrieved,
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "retrieval failed; answering without passages");
                Retrieved::default()
            }
        }
    }

    /// The model's answer. Gives nothing at all when the model fails before its first word.
    fn ask<'a>(
        &'a self,
        model: &'a Client,
        question: &'a Question,
        retrieved: &'a Retrieved,
    ) -> impl Stream<Item = Piece> + Send + 'a {
        let room = Room { context_tokens: model.context_tokens(), answer_words: self.answer_words };
        let history = memory::spoken(&question.history);
        let prompt = prompt::assemble(&question.text, &history, &retrieved.passages, question.today, room);
        stream! {
            let Ok(mut words) = model.ask(&prompt.messages).await else { return };
            let mut guard = Guard::new(&prompt.evidence);
            let mut said = String::new();
            let mut outcome = Outcome::Complete;
            while let Some(word) = words.next().await {
                match word {
                    Ok(word) => {
                        let text = guard.push(&word);
                        if !text.is_empty() {
                            said.push_str(&text);
                            yield Piece::Text(text);
                        }
                    }
                    Err(error) => {
                        tracing::warn!(error = %error, said = said.len(), "the model's answer broke off");
                        outcome = Outcome::Failed;
                        break;
                    }
                }
            }
            let rest = guard.finish();
            if said.trim().is_empty() && (outcome == Outcome::Failed || rest.trim().is_empty()) {
                return;
            }
            said.push_str(&rest);
            let mut citations = guard.citations();
            if citations.is_empty() {
                citations = repeated(&said, &prompt.evidence);
            }
            let tail = rest + &reference_block(&citations);
            if !tail.is_empty() {
                yield Piece::Text(tail);
            }
            yield Piece::End(End { outcome, citations, author: Author::Model });
        }
    }
}

fn findings(retrieved: &Retrieved) -> Vec<Finding> {
    let finding = |passage: &Passage| Finding {
        document: passage.document_id.0,
        title: passage.title.clone(),
        page: passage.page,
        score: passage.score,
    };
    retrieved.passages.iter().map(finding).collect()
}

fn complete(author: Author) -> End {
    End { outcome: Outcome::Complete, citations: Vec::new(), author }
}
