//! The steps of an answer, in order.

use std::sync::Arc;

use async_stream::stream;
use futures::{Stream, StreamExt};

use super::{
    Author, Depth, End, Finding, Note, Outcome, Piece, Question, Step, Turn,
    dialogue::{Bounds, Dialogue},
    direct::{self, Direct},
    extractive::{self, Least},
    greeting, memory,
    model::{Client, Message, ModelError},
    stated::Desk,
    summary, title,
    tools::{Sources, Tools},
};
use crate::{
    catalogue::{Catalogue, File, with_codes},
    config::LimitSettings,
    events::Source,
    knowledge::{COMPOSED, Library, Means, Passage, Retrieved},
    platform::locale::Language,
};

/// Answers questions. Cheap to clone.
#[derive(Clone)]
pub struct Answering {
    library: Library,
    model: Option<Client>,
    events: Source,
    catalogue: Catalogue,
    limits: LimitSettings,
}

impl Answering {
    /// Answers from `library`, `events` and `catalogue`, with the help of `model` when there is one.
    pub fn new(
        library: Library,
        events: Source,
        catalogue: Catalogue,
        model: Option<Client>,
        limits: LimitSettings,
    ) -> Self {
        Self { library, model, events, catalogue, limits }
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

    /// The summary of a conversation that goes on from `before` with `since`. Without a model it is a list of questions;
    /// `None` when there is a model and it gives none this time.
    pub async fn summarise(&self, before: Option<&str>, since: &[Turn]) -> Option<String> {
        let since = memory::spoken(since);
        let Some(model) = &self.model else { return Some(summary::of_questions(before, &since)) };
        match model.complete(&summary::request(before, &since), summary::MAX_BYTES).await {
            Ok(text) => summary::written(&text),
            Err(error) => {
                tracing::warn!(error = %error, "the model wrote no summary");
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
            let (mut retrieved, (tools, direct)) =
                futures::join!(self.retrieve(&question), self.look(&question, language));
            if let Some(direct) = &direct {
                for (name, subject) in &direct.used {
                    yield Piece::Used(name.clone(), subject.clone());
                }
                put_first(&direct.passages, &mut retrieved);
            }
            if retrieved.means == Means::KeywordsAlone {
                yield Piece::Noted(Note::KeywordsAlone);
            }
            yield Piece::Found(findings(&retrieved.passages));
            yield Piece::Thinking(language.text_with("thinking-found", [("count", retrieved.passages.len())]));
            if let Some((model, tools)) = self.model.as_ref().zip(tools) {
                yield Piece::Step(Step::Model);
                let bounds = self.bounds(&question);
                let told = direct.as_ref().and_then(|direct| direct.told.clone()).unwrap_or_default();
                let dialogue =
                    Dialogue { model, question: &question, retrieved: &retrieved, tools, told, bounds, language };
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
            let extract = match direct {
                Some(direct) => direct.extract,
                None => extractive::answer(&retrieved, &question.scope, language, self.least()),
            };
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

    /// What can be looked up: the tools for a model, and what rules find without one. Neither is worth waiting for
    /// longer than for a tool.
    async fn look<'q>(
        &'q self,
        question: &'q Question,
        language: Language,
    ) -> (Option<Tools<'q>>, Option<Direct>) {
        let files = Arc::new(self.loaded(question).await);
        let desk = Desk {
            catalogue: &self.catalogue,
            library: &self.library,
            files: &files,
            scope: &question.scope,
            today: question.today,
            language,
        };
        let patience = self.limits.tool_timeout;
        let found = async {
            match tokio::time::timeout(patience, direct::find(&desk, &self.events, question)).await {
                Ok(Ok(found)) => found,
                Ok(Err(error)) => {
                    tracing::warn!(error = format!("{error:#}"), "the catalogue could not be asked");
                    None
                }
                Err(_) => {
                    tracing::warn!("the catalogue took too long");
                    None
                }
            }
        };
        let offered = async {
            self.model.as_ref()?;
            let sources =
                Sources { library: &self.library, events: &self.events, catalogue: &self.catalogue };
            Some(Tools::offer(sources, files.clone(), question, patience).await)
        };
        futures::join!(offered, found)
    }

    /// What of the catalogue has been loaded, for a question that may be answered from it: one query.
    async fn loaded(&self, question: &Question) -> Vec<File> {
        if !question.scope.campus {
            return Vec::new();
        }
        match tokio::time::timeout(self.limits.tool_timeout, self.catalogue.files()).await {
            Ok(Ok(files)) => files,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the catalogue could not be read");
                Vec::new()
            }
            Err(_) => Vec::new(),
        }
    }

    async fn retrieve(&self, question: &Question) -> Retrieved {
        let text = with_codes(&memory::search_text(&question.text, &question.history));
        match self.library.retrieve(&text, &question.scope, question.today).await {
            Ok(retrieved) => retrieved,
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "retrieval failed; answering without passages");
                Retrieved::default()
            }
        }
    }
}

/// Puts passages before those that were found, each once.
fn put_first(passages: &[Passage], retrieved: &mut Retrieved) {
    let there = |found: &Passage| {
        found.chunk_id != COMPOSED && passages.iter().any(|first| first.chunk_id == found.chunk_id)
    };
    retrieved.passages.retain(|found| !there(found));
    retrieved.passages.splice(0..0, passages.iter().cloned());
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
    End { outcome: Outcome::Complete, citations: Vec::new(), author, repairs: 0 }
}
