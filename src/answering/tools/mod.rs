//! Tools that a model may call for while it answers. What they read is decided by the question's scope, never by the
//! model; whatever goes wrong with one is told to the model and does not end the answer.

mod call;
pub(super) mod events;
mod lookup;

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use serde_json::Value;

pub(super) use self::{
    call::{Parsed, Tool},
    lookup::Lookup,
};
use super::{
    Question,
    prompt::{self, quoted},
    stated::Desk,
};
use crate::{
    catalogue::{Catalogue, File, Kind},
    events::Source,
    knowledge::{Library, Means, Passage},
    platform::locale::Language,
};

/// Longest list of names among the facts that every prompt has, in characters.
const MAX_FACTS: usize = 2_000;

/// The tools of one answer.
pub(super) struct Tools<'a> {
    library: &'a Library,
    events: &'a Source,
    catalogue: &'a Catalogue,
    /// What of the catalogue has been loaded.
    files: Arc<Vec<File>>,
    question: &'a Question,
    patience: Duration,
    offered: Vec<Value>,
    used: HashSet<Tool>,
    /// Whether a search had to do without the search by meaning.
    keywords_alone: AtomicBool,
}

/// What tools read from.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    /// Documents.
    pub(super) library: &'a Library,
    /// The calendar.
    pub(super) events: &'a Source,
    /// Courses and majors.
    pub(super) catalogue: &'a Catalogue,
}

/// Text for the model that is no evidence of a document, with the addresses in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Told {
    /// The text.
    pub(super) text: String,
    /// The addresses.
    pub(super) addresses: Vec<String>,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Found {
    /// Passages, which become evidence.
    Passages(Vec<Passage>),
    /// Text for the model, with the addresses in it.
    Text(Told),
    /// Nothing, and why. For the model.
    Nothing(String),
}

/// A call that has been made.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Used {
    /// What was to be done; `None` when the call made no sense.
    pub(super) tool: Option<Tool>,
    /// What came of it.
    pub(super) found: Found,
}

impl<'a> Tools<'a> {
    /// The tools for a question: those whose data is there.
    /// `files` is what of the catalogue has been loaded for it.
    pub(super) async fn offer(
        sources: Sources<'a>,
        files: Arc<Vec<File>>,
        question: &'a Question,
        patience: Duration,
    ) -> Self {
        let Sources { library, events, catalogue } = sources;
        let mut offered = vec![call::search(), call::read()];
        // A question over a person's own files is about nothing else.
        let coming =
            async { question.scope.campus && events.any_from(question.today).await.unwrap_or(false) };
        if tokio::time::timeout(patience, coming).await.unwrap_or(false) {
            offered.push(call::events());
        }
        offered.extend(lookup::descriptions(&files));
        Self {
            library,
            events,
            catalogue,
            files,
            question,
            patience,
            offered,
            used: HashSet::new(),
            keywords_alone: AtomicBool::new(false),
        }
    }

    /// Whether a search since the last time had to do without the search by meaning, because that failed.
    pub(super) fn took_keywords_alone(&self) -> bool {
        self.keywords_alone.swap(false, Ordering::Relaxed)
    }

    /// Their descriptions, as the API wants them.
    pub(super) fn offered(&self) -> &[Value] {
        &self.offered
    }

    /// What of the catalogue every prompt is told: the names of majors and the codes of subjects. Empty when nothing
    /// has been loaded. The same for every question, so that the beginning of the prompt is.
    pub(super) fn facts(&self) -> String {
        let majors = self.files.iter().filter(|file| file.kind == Kind::Major).map(|file| file.name.as_str());
        let lists = self.files.iter().filter(|file| !file.kind.is_major());
        let mut subjects: Vec<&str> = lists.flat_map(|file| file.words.lines()).collect();
        subjects.sort_unstable();
        subjects.dedup();
        let named =
            [("Majors", majors.collect::<Vec<_>>().join("; ")), ("Subject codes", subjects.join(", "))];
        let lines = named.into_iter().filter(|(_, names)| !names.is_empty());
        let lines: String = lines
            .map(|(what, names)| {
                format!("{what}: {}\n", quoted(&names).chars().take(MAX_FACTS).collect::<String>())
            })
            .collect();
        if lines.is_empty() {
            return lines;
        }
        format!("\nThe course catalogue of the university has, as quoted material:\n<<<\n{lines}>>>")
    }

    /// What the descriptions take of a prompt, in tokens.
    pub(super) fn tokens(&self) -> usize {
        self.offered.iter().map(|tool| prompt::tokens(&tool.to_string())).sum()
    }

    /// Makes these calls, all at once. `evidence` is what the model has been given so far.
    pub(super) async fn make(&mut self, parsed: Vec<Parsed>, evidence: &[Passage]) -> Vec<Used> {
        // Told apart before any is made: the first of two that are the same is made.
        let fresh: Vec<bool> = parsed
            .iter()
            .map(|tool| tool.as_ref().is_ok_and(|tool| self.used.insert(tool.clone())))
            .collect();
        let made = parsed.into_iter().zip(fresh).map(|(tool, fresh)| self.make_one(tool, fresh, evidence));
        join_all(made).await
    }

    async fn make_one(&self, tool: Parsed, fresh: bool, evidence: &[Passage]) -> Used {
        let tool = match tool {
            Ok(tool) => tool,
            Err(fault) => return Used { tool: None, found: Found::Nothing(fault) },
        };
        let found = if fresh {
            match tokio::time::timeout(self.patience, self.look(&tool, evidence)).await {
                Ok(Ok(found)) => found,
                Ok(Err(error)) => {
                    tracing::warn!(tool = tool.name(), error = format!("{error:#}"), "a tool failed");
                    Found::Nothing("This failed. Go on without it.".to_owned())
                }
                Err(_) => {
                    tracing::warn!(tool = tool.name(), "a tool took too long");
                    Found::Nothing("This took too long. Go on without it.".to_owned())
                }
            }
        } else {
            Found::Nothing("You have asked for this already: what came of it stands above.".to_owned())
        };
        Used { tool: Some(tool), found }
    }

    async fn look(&self, tool: &Tool, evidence: &[Passage]) -> anyhow::Result<Found> {
        let Question { scope, today, .. } = self.question;
        match tool {
            Tool::Search { query } => {
                let retrieved = self.library.retrieve(query, scope, *today).await?;
                if retrieved.means == Means::KeywordsAlone {
                    self.keywords_alone.store(true, Ordering::Relaxed);
                }
                Ok(passages(
                    retrieved.passages,
                    "Nothing was found. Try other words, or answer with what you have.",
                ))
            }
            Tool::Read { evidence: number, pages } => {
                let Some(known) = number.checked_sub(1).and_then(|at| evidence.get(at)) else {
                    return Ok(Found::Nothing("There is no evidence of this number.".to_owned()));
                };
                let excerpt = self.library.excerpt(known, *pages, scope, *today).await?;
                Ok(passages(excerpt, "There is no text on these pages."))
            }
            Tool::Events { from, to } => events::between(self.events, *from, *to).await,
            Tool::Catalogue(lookup) => self.ask_catalogue(lookup).await,
        }
    }

    async fn ask_catalogue(&self, lookup: &Lookup) -> anyhow::Result<Found> {
        let Question { scope, today, .. } = self.question;
        if !scope.campus {
            return Ok(Found::Nothing("The question is not about the campus.".to_owned()));
        }
        let desk = Desk {
            catalogue: self.catalogue,
            library: self.library,
            files: &self.files,
            scope,
            today: *today,
            language: Language::of_text(&self.question.text),
        };
        if let Lookup::Major(name) = lookup
            && let Some(file) = desk.file_of(name).await?
        {
            return Ok(passages(file, "The file of this major has no text."));
        }
        if *lookup == Lookup::Majors {
            return Ok(Found::Nothing(format!("<<<\n{}\n>>>", quoted(&desk.majors()))));
        }
        let stated = desk.state(lookup).await?;
        let mut found = desk.passages(&stated).await?;
        // What is to be kept in mind stands with the first of it.
        match (found.first_mut(), stated.note) {
            (Some(first), Some(note)) => first.text.push_str(&format!("\n{note}")),
            (None, Some(note)) => return Ok(Found::Nothing(format!("<<<\n{}\n>>>", quoted(&note)))),
            _ => {}
        }
        Ok(passages(found, "Nothing is listed under this. Answer with what you have, and say so."))
    }
}

fn passages(found: Vec<Passage>, otherwise: &str) -> Found {
    if found.is_empty() { Found::Nothing(otherwise.to_owned()) } else { Found::Passages(found) }
}
