//! What the catalogue or the calendar says to a question at once: the first evidence for a model, and without one the
//! whole answer.

use futures::future::try_join_all;

use super::{
    Author, End, Outcome, Question,
    citations::{Citation, reference_block, titled_block},
    extractive::{Extract, SHORTEST},
    prompt::quoted,
    route::{Missing, Route, route},
    sentences::without_markers,
    stated::Desk,
    tools::{Lookup, Told, events},
};
use crate::{
    events::{Event, Source},
    knowledge::Passage,
    platform::locale::Language,
};

/// Most events of an answer.
const MAX_EVENTS: usize = 15;

/// What was found at once.
#[derive(Debug)]
pub(super) struct Direct {
    /// What a model is told as evidence.
    pub(super) passages: Vec<Passage>,
    /// What a model is told besides, with the addresses in it.
    pub(super) told: Option<Told>,
    /// The names of what was looked into, and for what.
    pub(super) used: Vec<(String, String)>,
    /// The answer without a model.
    pub(super) extract: Extract,
}

/// What the catalogue or the calendar has for a question; `None` when neither has anything.
pub(super) async fn find(
    desk: &Desk<'_>,
    calendar: &Source,
    question: &Question,
) -> anyhow::Result<Option<Direct>> {
    if !question.scope.campus {
        return Ok(None);
    }
    match route(question, desk.files) {
        None => Ok(None),
        Some(Route::Ask(missing)) => Ok(Some(asking(desk, &missing))),
        Some(Route::Lookups(lookups)) => looked_up(desk, &lookups).await,
        Some(Route::Events(first, last)) => {
            let found = calendar.between(first, last).await;
            let found = found.map_err(|error| anyhow::anyhow!("{error}"))?;
            if found.is_empty() {
                return Ok(None);
            }
            let told = events::told(&found, first, last);
            let extract = calendar_answer(&found, desk.language);
            let used = vec![("list_events".to_owned(), format!("{first} – {last}"))];
            Ok(Some(Direct { passages: Vec::new(), told: Some(told), used, extract }))
        }
    }
}

/// What one question to the catalogue came to.
struct Part {
    lead: String,
    /// For a model.
    passages: Vec<Passage>,
    /// For people, line by line.
    shown: Vec<Passage>,
    note: Option<String>,
}

async fn looked_up(desk: &Desk<'_>, lookups: &[Lookup]) -> anyhow::Result<Option<Direct>> {
    let asked: Vec<_> = lookups.iter().map(|lookup| part(desk, lookup)).collect();
    let parts: Vec<Part> = try_join_all(asked).await?.into_iter().flatten().collect();
    if parts.is_empty() {
        return Ok(None);
    }
    let extract = listed(&parts, desk.language);
    let notes: Vec<&str> = parts.iter().filter_map(|part| part.note.as_deref()).collect();
    let told = (!notes.is_empty()).then(|| Told {
        text: format!("What was looked up is to be read with this:\n<<<\n{}\n>>>", quoted(&notes.join("\n"))),
        addresses: Vec::new(),
    });
    let used = lookups.iter().map(|lookup| (lookup.name().to_owned(), lookup.subject())).collect();
    let passages = parts.into_iter().flat_map(|part| part.passages).collect();
    Ok(Some(Direct { passages, told, used, extract }))
}

/// `None` when the catalogue has nothing to say to this.
async fn part(desk: &Desk<'_>, lookup: &Lookup) -> anyhow::Result<Option<Part>> {
    let stated = desk.state(lookup).await?;
    let shown = desk.passages(&stated).await?;
    if shown.is_empty() {
        return Ok(None);
    }
    // A model reads the file of a major as it stands; people without one its items.
    let passages = match lookup {
        Lookup::Major(name) => desk.file_of(name).await?.unwrap_or_default(),
        _ => shown.clone(),
    };
    let lead = desk.language.text(match lookup {
        Lookup::Majors => "answer-lead-majors",
        Lookup::Major(_) => "answer-lead-major",
        Lookup::Prerequisites(_) => "answer-lead-prerequisites",
        Lookup::Schedule { .. } => "answer-lead-schedule",
        Lookup::Recommend { .. } => "answer-lead-plan",
        Lookup::Syllabus(_) => "answer-lead-syllabus",
    });
    Ok(Some(Part { lead, passages, shown, note: stated.note }))
}

/// A model asks by itself, knowing the conversation; without one we do.
fn asking(desk: &Desk<'_>, missing: &[Missing]) -> Direct {
    let language = desk.language;
    let item = |missing: &Missing| {
        language.text(match missing {
            Missing::Major => "answer-needs-major",
            Missing::Year => "answer-needs-year",
            Missing::Completed => "answer-needs-completed",
        })
    };
    let items: String = missing.iter().map(|missing| format!("\n- {}", item(missing))).collect();
    let mut text = format!("{}\n{items}", language.text("answer-needs"));
    if missing.contains(&Missing::Major) {
        text.push_str(&format!("\n\n{}", desk.majors()));
    }
    let extract = finished(text, Vec::new(), "", language);
    Direct { passages: Vec::new(), told: None, used: Vec::new(), extract }
}

/// The lines of each part under a sentence that says what they are, each with the number of its passage.
fn listed(parts: &[Part], language: Language) -> Extract {
    let mut citations: Vec<Citation> = Vec::new();
    let mut blocks: Vec<String> = Vec::new();
    for part in parts {
        let mut block = format!("{}\n", part.lead);
        for passage in &part.shown {
            let number = citations.len() + 1;
            citations.push(Citation::of(number, passage, &passage.text));
            block.extend(passage.text.lines().map(|line| format!("\n- {line} [{number}]")));
        }
        blocks.push(block);
        blocks.extend(part.note.clone());
    }
    if parts.iter().flat_map(|part| &part.shown).any(|passage| passage.outdated) {
        blocks.push(language.text("answer-outdated"));
    }
    let references = reference_block(&citations);
    finished(blocks.join("\n\n"), citations, &references, language)
}

/// Events have addresses of their own, and no document.
fn calendar_answer(found: &[Event], language: Language) -> Extract {
    let mut text = format!("{}\n", language.text("answer-lead-events"));
    for event in found.iter().take(MAX_EVENTS) {
        let line = events::line(&Event { url: String::new(), ..event.clone() }, language);
        text.push_str(&format!("\n- {}", without_markers(line.trim_start_matches("- "))));
    }
    if let Some(more) = found.len().checked_sub(MAX_EVENTS).filter(|more| *more > 0) {
        text.push_str(&format!("\n\n{}", language.text_with("answer-more-events", [("count", more)])));
    }
    let sources = found.iter().take(MAX_EVENTS).map(|event| (event.title.as_str(), event.url.trim()));
    finished(text, Vec::new(), &titled_block(sources), language)
}

/// The answer, long enough that no client takes it for a failure.
fn finished(mut text: String, citations: Vec<Citation>, references: &str, language: Language) -> Extract {
    if text.chars().count() < SHORTEST {
        text.push_str(&format!("\n\n{}", language.text("answer-advice")));
    }
    text.push_str(references);
    Extract { text, end: End { outcome: Outcome::Complete, citations, author: Author::Passages, repairs: 0 } }
}
