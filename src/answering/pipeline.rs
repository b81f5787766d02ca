//! The steps of an answer, in order.

use async_stream::stream;
use futures::{Stream, StreamExt};

use super::{
    Author, Depth, End, Finding, Note, Outcome, Piece, Question, Step,
    dialogue::{Bounds, Dialogue},
    extractive::{self, Least},
    greeting, memory,
    model::{Client, Message, ModelError},
    title,
    tools::Tools,
};
use crate::{
    config::LimitSettings,
    events::Source,
    knowledge::{Library, Means, Passage, Retrieved},
    platform::locale::Language,
};

/// Answers questions. Cheap to clone.
#[derive(Clone)]
pub struct Answering {
    library: Library,
    model: Option<Client>,
    events: Source,
    limits: LimitSettings,
}

impl Answering {
    /// Answers from `library` and `events`, with the help of `model` when there is one.
    pub fn new(library: Library, events: Source, model: Option<Client>, limits: LimitSettings) -> Self {
        Self { library, model, events, limits }
    }

    /// A title for a conversation that begins with this question, when there is a model for such things and it finds
    /// one.
    pub async fn title(&self, question: &str) -> Option<String> {
        let model = self.model.as_ref().filter(|model| model.does_tasks())?;
        match model.complete(&title::request(question), title::MAX_BYTES).await {
            Ok(text) => title::written(&text),
            Err(error) => {
                tracing::warn!(error = %error, "the model found no title");
                None
            }
        }
    }

    /// Whether the model is there; `None` when none is configured.
    pub async fn ping(&self) -> Option<Result<(), ModelError>> {
        match &self.model {
            Some(model) => Some(model.ping().await),
            None => None,
        }
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
            let offer = Tools::offer(&self.library, &self.events, &question, self.limits.tool_timeout);
            let (retrieved, tools) = match &self.model {
                Some(_) => {
                    let (retrieved, tools) = futures::join!(self.retrieve(&question), offer);
                    (retrieved, Some(tools))
                }
                None => (self.retrieve(&question).await, None),
            };
            if retrieved.means == Means::KeywordsAlone {
                yield Piece::Noted(Note::KeywordsAlone);
            }
            yield Piece::Found(findings(&retrieved.passages));
            yield Piece::Thinking(language.text_with("thinking-found", [("count", retrieved.passages.len())]));
            if let Some((model, tools)) = self.model.as_ref().zip(tools) {
                yield Piece::Step(Step::Model);
                let bounds = self.bounds(&question);
                let dialogue = Dialogue { model, question: &question, retrieved: &retrieved, tools, bounds, language };
                let mut words = Box::pin(dialogue.pieces());
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
            let extract = extractive::answer(&retrieved, &question.scope, language, self.least());
            yield Piece::Text(extract.text);
            yield Piece::End(extract.end);
        }
    }

    /// Tokens that the model's context has room for; `None` without a model.
    pub fn context_tokens(&self) -> Option<usize> {
        self.model.as_ref().map(Client::context_tokens)
    }

    /// What the model makes of `material` by these `rules`, as a whole: for work that nobody watches. `None` without a
    /// model; longer than `max_bytes` is no answer.
    pub async fn write_up(
        &self,
        rules: String,
        material: String,
        max_bytes: usize,
    ) -> Option<Result<String, ModelError>> {
        let model = self.model.as_ref()?;
        let messages = [Message::text("system", rules), Message::text("user", material)];
        Some(model.complete(&messages, max_bytes).await)
    }

    /// A model greets by itself, and remembers what was said before.
    fn greeting(&self, question: &Question, language: Language) -> Option<String> {
        if self.model.is_some() { None } else { greeting::reply(&question.text, language) }
    }

    fn least(&self) -> Least {
        Least { covered: self.limits.extractive_threshold, similar: self.limits.extractive_similarity }
    }

    fn bounds(&self, question: &Question) -> Bounds {
        let rounds = match question.depth {
            Depth::Usual => self.limits.rounds,
            Depth::Agent => self.limits.agent_rounds,
        };
        Bounds { rounds, deadline: self.limits.agent_deadline, answer_words: self.limits.answer_words }
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
}

pub(super) fn findings(passages: &[Passage]) -> Vec<Finding> {
    let finding = |passage: &Passage| Finding {
        document: passage.document_id.0,
        title: passage.title.clone(),
        page: passage.page,
        score: passage.score,
    };
    passages.iter().map(finding).collect()
}

fn complete(author: Author) -> End {
    End { outcome: Outcome::Complete, citations: Vec::new(), author }
}
