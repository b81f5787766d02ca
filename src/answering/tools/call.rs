//! The calls that a model may make: how they are described to it, and how they are read.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};

use super::lookup::Lookup;
use crate::{answering::model::Call, platform::locale::Language};

/// Longest query that is looked for, in characters.
const MAX_QUERY: usize = 400;
/// What of a query a person is shown, in characters.
const MAX_SHOWN: usize = 80;
/// Most pages that are read at a time.
const MAX_PAGES: i32 = 10;
/// Longest range of days that is looked through.
const MAX_DAYS: i64 = 92;

/// A call that makes sense.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::answering) enum Tool {
    /// Look for passages.
    Search {
        /// With these words.
        query: String,
    },
    /// Read on in the document of some evidence.
    Read {
        /// The number of the evidence, from 1.
        evidence: usize,
        /// The pages, both included; `None`: what stands around it.
        pages: Option<(i32, i32)>,
    },
    /// List events.
    Events {
        /// From this day.
        from: NaiveDate,
        /// To this one, included.
        to: NaiveDate,
    },
    /// Ask the course catalogue.
    Catalogue(Lookup),
}

#[derive(Deserialize)]
struct Search {
    query: String,
}

#[derive(Deserialize)]
struct Read {
    evidence: usize,
    page_from: Option<i32>,
    page_to: Option<i32>,
}

#[derive(Deserialize)]
struct Events {
    from: NaiveDate,
    to: NaiveDate,
}

/// A call as it was read. The error says to the model what is wrong with it.
pub(in crate::answering) type Parsed = Result<Tool, String>;

impl Tool {
    /// Reads a call.
    pub(in crate::answering) fn parse(call: &Call) -> Parsed {
        match call.name.as_str() {
            "search_documents" => {
                let Search { query } = arguments(call)?;
                let query: String = query.replace('\0', "").trim().chars().take(MAX_QUERY).collect();
                if query.is_empty() {
                    return Err("`query` is empty.".to_owned());
                }
                Ok(Self::Search { query })
            }
            "read_document" => {
                let Read { evidence, page_from, page_to } = arguments(call)?;
                let first = page_from.or(page_to);
                let pages = first.map(|first| {
                    let last = page_to.unwrap_or(first).max(first);
                    (first, last.min(first.saturating_add(MAX_PAGES - 1)))
                });
                Ok(Self::Read { evidence, pages })
            }
            "list_events" => {
                let Events { from, to } = arguments(call)?;
                let last = from.checked_add_signed(chrono::TimeDelta::days(MAX_DAYS)).unwrap_or(from);
                Ok(Self::Events { from, to: to.clamp(from, last) })
            }
            _ => match Lookup::parse(call) {
                Some(lookup) => lookup.map(Self::Catalogue),
                None => Err("There is no such tool.".to_owned()),
            },
        }
    }

    /// The name under which it is offered.
    pub(in crate::answering) fn name(&self) -> &'static str {
        match self {
            Self::Search { .. } => "search_documents",
            Self::Read { .. } => "read_document",
            Self::Events { .. } => "list_events",
            Self::Catalogue(lookup) => lookup.name(),
        }
    }

    /// What of its arguments matters, in short.
    pub(in crate::answering) fn subject(&self) -> String {
        match self {
            Self::Search { query } => query.clone(),
            Self::Read { evidence, pages: Some((first, last)) } => format!("[{evidence}] {first}–{last}"),
            Self::Read { evidence, pages: None } => format!("[{evidence}]"),
            Self::Events { from, to } => format!("{from} – {to}"),
            Self::Catalogue(lookup) => lookup.subject(),
        }
    }

    /// The line that says to the person what is being done.
    pub(in crate::answering) fn thinking(&self, language: Language) -> String {
        match self {
            Self::Search { query } => language.text_with("thinking-tool-search", [("query", shown(query))]),
            Self::Read { .. } => language.text("thinking-tool-read"),
            Self::Events { .. } => language.text("thinking-tool-events"),
            Self::Catalogue(lookup) => lookup.thinking(language),
        }
    }
}

/// The model's words as a person is shown them beside an answer: nothing in them is markup, and nothing turns the line.
pub(super) fn shown(query: &str) -> String {
    let plain = |c: &char| {
        let markup = "<>[]()`*_#|\\".contains(*c);
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        !markup && !turns && !c.is_control()
    };
    query.chars().filter(plain).take(MAX_SHOWN).collect()
}

pub(super) fn arguments<T: for<'de> Deserialize<'de>>(call: &Call) -> Result<T, String> {
    let text = if call.arguments.trim().is_empty() { "{}" } else { &call.arguments };
    serde_json::from_str(text).map_err(|error| format!("The arguments are wrong: {error}"))
}

pub(super) fn described(name: &str, description: &str, properties: Value, required: &[&str]) -> Value {
    json!({
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "parameters": { "type": "object", "properties": properties, "required": required },
        },
    })
}

/// The description of the search.
pub(super) fn search() -> Value {
    described(
        "search_documents",
        "Search the documents again, with other words than the question's. What is found becomes numbered evidence.",
        json!({ "query": { "type": "string", "description": "A few telling words, in the language of the documents." } }),
        &["query"],
    )
}

/// The description of reading on.
pub(super) fn read() -> Value {
    described(
        "read_document",
        "Read more of the document that a piece of evidence is from. What is read becomes numbered evidence.",
        json!({
            "evidence": { "type": "integer", "description": "The number of the evidence." },
            "page_from": { "type": "integer", "description": "The first page, where the evidence has pages." },
            "page_to": { "type": "integer", "description": "The last page." },
        }),
        &["evidence"],
    )
}

/// The description of the list of events.
pub(super) fn events() -> Value {
    described(
        "list_events",
        "List events on campus.",
        json!({
            "from": { "type": "string", "format": "date", "description": "The first day, YYYY-MM-DD." },
            "to": { "type": "string", "format": "date", "description": "The last day, YYYY-MM-DD." },
        }),
        &["from", "to"],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, arguments: &str) -> Result<Tool, String> {
        let (id, name) = ("call_1".to_owned(), name.to_owned());
        Tool::parse(&Call { id, name, arguments: arguments.to_owned() })
    }

    #[test]
    fn calls_are_read_within_their_bounds() {
        let search = parse("search_documents", r#"{"query": " visa\u0000 ", "mode": "all"}"#);
        assert_eq!(search, Ok(Tool::Search { query: "visa".to_owned() }));
        let read = |arguments| parse("read_document", arguments);
        assert_eq!(read(r#"{"evidence": 2}"#), Ok(Tool::Read { evidence: 2, pages: None }));
        let pages = |first, last| Ok(Tool::Read { evidence: 1, pages: Some((first, last)) });
        assert_eq!(read(r#"{"evidence": 1, "page_from": 3, "page_to": 400}"#), pages(3, 12));
        assert_eq!(read(r#"{"evidence": 1, "page_from": 3, "page_to": 1}"#), pages(3, 3));
        assert_eq!(read(r#"{"evidence": 1, "page_to": 4}"#), pages(4, 4));
        let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).expect("a day");
        assert_eq!(
            parse("list_events", r#"{"from": "2026-03-01", "to": "2028-01-01"}"#),
            Ok(Tool::Events { from: day(3, 1), to: day(6, 1) })
        );
    }

    #[test]
    fn a_query_is_shown_without_markup() {
        let query = "<img src=x onerror=alert(1)> [visa](https://evil.example) \u{202e}end\n`x`".to_owned();
        let line = Tool::Search { query }.thinking(Language::English);
        assert!(line.contains("img src=x onerror=alert1 visahttps://evil.example endx"), "{line}");
    }

    #[test]
    fn what_makes_no_sense_is_said_to_the_model() {
        for (name, arguments) in [
            ("search_documents", ""),
            ("search_documents", r#"{"query": "  "}"#),
            ("search_documents", "not json"),
            ("read_document", r#"{"evidence": -1}"#),
            ("list_events", r#"{"from": "soon", "to": "2026-03-01"}"#),
            ("delete_everything", "{}"),
        ] {
            assert!(parse(name, arguments).is_err(), "{name} {arguments}");
        }
    }
}
