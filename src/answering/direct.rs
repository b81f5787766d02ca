//! What the catalogue or the calendar says to a question at once: the first evidence for a model, and without one the
//! whole answer.

use super::{
    Author, End, Outcome, Question,
    citations::{Citation, reference_block, titled_block},
    extractive::{Extract, SHORTEST},
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
    /// The name of what was looked into, and for what.
    pub(super) used: (String, String),
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
        Some(Route::Lookup(lookup)) => looked_up(desk, &lookup).await,
        Some(Route::Events(first, last)) => {
            let found = calendar.between(first, last).await;
            let found = found.map_err(|error| anyhow::anyhow!("{error}"))?;
            if found.is_empty() {
                return Ok(None);
            }
            let told = events::told(&found, first, last);
            let extract = calendar_answer(&found, desk.language);
            let used = ("list_events".to_owned(), format!("{first} – {last}"));
            Ok(Some(Direct { passages: Vec::new(), told: Some(told), used, extract }))
        }
    }
}

async fn looked_up(desk: &Desk<'_>, lookup: &Lookup) -> anyhow::Result<Option<Direct>> {
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
        Lookup::Majors | Lookup::Major(_) => "answer-lead-major",
        Lookup::Prerequisites(_) => "answer-lead-prerequisites",
        Lookup::Schedule { .. } => "answer-lead-schedule",
        Lookup::Recommend { .. } => "answer-lead-plan",
        Lookup::Syllabus(_) => "answer-lead-syllabus",
    });
    let extract = listed(&lead, &shown, stated.note.as_deref(), desk.language);
    let used = (lookup.name().to_owned(), lookup.subject());
    Ok(Some(Direct { passages, told: None, used, extract }))
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
    let used = ("recommend_courses".to_owned(), String::new());
    Direct { passages: Vec::new(), told: None, used, extract: finished(text, Vec::new(), "", language) }
}

/// The lines of passages under a sentence that says what they are, each with the number of its passage.
fn listed(lead: &str, passages: &[Passage], note: Option<&str>, language: Language) -> Extract {
    let mut text = format!("{lead}\n");
    for (at, passage) in passages.iter().enumerate() {
        for line in passage.text.lines() {
            text.push_str(&format!("\n- {line} [{}]", at + 1));
        }
    }
    if let Some(note) = note {
        text.push_str(&format!("\n\n{note}"));
    }
    if passages.iter().any(|passage| passage.outdated) {
        text.push_str(&format!("\n\n{}", language.text("answer-outdated")));
    }
    let cited = passages.iter().enumerate();
    let citations: Vec<Citation> =
        cited.map(|(at, passage)| Citation::of(at + 1, passage, &passage.text)).collect();
    let references = reference_block(&citations);
    finished(text, citations, &references, language)
}

/// Events have addresses of their own, and no document.
fn calendar_answer(found: &[Event], language: Language) -> Extract {
    let mut text = format!("{}\n", language.text("answer-lead-events"));
    for event in found.iter().take(MAX_EVENTS) {
        let line = events::line(&Event { url: String::new(), ..event.clone() });
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
    Extract { text, end: End { outcome: Outcome::Complete, citations, author: Author::Passages } }
}
