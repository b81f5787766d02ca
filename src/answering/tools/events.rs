//! Events of some days, as a text for the model.

use std::fmt::Write;

use chrono::{Datelike, NaiveDate};

use super::{Found, Told};
use crate::{
    answering::prompt::quoted,
    events::{Event, Source},
    platform::{locale::Language, text::one_line},
};

/// Most events that are told.
const MOST: usize = 40;

/// The events from `from` to `to`.
pub(super) async fn between(events: &Source, from: NaiveDate, to: NaiveDate) -> anyhow::Result<Found> {
    let found = events.between(from, to).await.map_err(|error| anyhow::anyhow!("{error}"))?;
    if found.is_empty() {
        return Ok(Found::Nothing(format!("There is no event from {from} to {to}.")));
    }
    Ok(Found::Text(told(&found, from, to)))
}

/// Events as a text for the model.
pub(in crate::answering) fn told(found: &[Event], from: NaiveDate, to: NaiveDate) -> Told {
    let mut text = format!("Events from {from} to {to}, as their hosts announce them:\n<<<\n");
    for event in found.iter().take(MOST) {
        text.push_str(&quoted(&line(event, Language::English)));
        text.push('\n');
    }
    text.push_str(">>>");
    if found.len() > MOST {
        // Writing to a String cannot fail.
        let _ = write!(text, "\nThere are {} more.", found.len() - MOST);
    }
    let addresses = found.iter().take(MOST).map(|event| event.url.clone());
    Told { text, addresses: addresses.filter(|url| !url.is_empty()).collect() }
}

/// An event in a line.
pub(in crate::answering) fn line(event: &Event, language: Language) -> String {
    let say = |key: &str, value: &str| language.text_with(key, [("value", value.to_owned())]);
    let weekday = event.event_date.weekday().to_string().to_lowercase();
    let day = say(&format!("answer-weekday-{weekday}"), &event.event_date.to_string());
    let mut line = format!("- {day}");
    match (event.start_time, event.end_time) {
        (Some(start), Some(end)) => {
            let _ = write!(line, " {}–{}", start.format("%H:%M"), end.format("%H:%M"));
        }
        (Some(start), None) => {
            let _ = write!(line, " {}", start.format("%H:%M"));
        }
        (None, _) => {}
    }
    let _ = write!(line, ": {}", event.title.trim());
    let facts = [
        ("answer-event-place", &event.location),
        ("answer-event-host", &event.sponsor),
        ("answer-event-speaker", &event.speaker),
        ("answer-event-audience", &event.open_to),
    ];
    for (key, fact) in facts.into_iter().filter(|(_, fact)| !fact.trim().is_empty()) {
        let _ = write!(line, "; {}", say(key, fact.trim()));
    }
    if !event.url.trim().is_empty() {
        let _ = write!(line, "; {}", event.url.trim());
    }
    one_line(&line)
}
