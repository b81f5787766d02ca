//! Questions to the course catalogue: how they are described to a model, and how its calls are read.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::call::{arguments, described, shown};
use crate::{
    answering::model::Call,
    catalogue::{Course, File, Filter, Kind},
    platform::{locale::Language, text::one_line},
};

/// Most courses of one call.
const MAX_COURSES: usize = 12;
/// Most courses that somebody has taken.
const MAX_COMPLETED: usize = 80;
/// Longest name, in characters.
const MAX_NAME: usize = 120;
/// Most words that are looked for in descriptions.
const MAX_WORDS: usize = 6;
/// The name that lists all majors.
const LIST: &str = "list";

/// A question to the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::answering) enum Lookup {
    /// Which majors there are.
    Majors,
    /// What a major requires.
    Major(String),
    /// What has to be taken before these courses.
    Prerequisites(Vec<Course>),
    /// When these courses are taught.
    Schedule {
        /// The courses.
        courses: Vec<Course>,
        /// In one term alone.
        term: Option<String>,
    },
    /// What to take next.
    Recommend {
        /// The major, by name.
        major: String,
        /// What has been taken.
        completed: Vec<Course>,
        /// In one term alone.
        term: Option<String>,
    },
    /// How the curriculum describes courses.
    Syllabus(Filter),
}

/// A list, or the one thing that would be in it.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn courses(self, most: usize) -> Result<Vec<Course>, String> {
        let texts = match self {
            Self::One(text) => vec![text],
            Self::Many(texts) => texts,
        };
        let mut courses = Vec::new();
        for text in texts.iter().filter(|text| !text.trim().is_empty()) {
            let read = Course::parse(text).map_or_else(|| Course::all_in(text), |course| vec![course]);
            if read.is_empty() {
                return Err(format!("`{}` is no course code.", text.chars().take(40).collect::<String>()));
            }
            courses.extend(read);
        }
        courses.sort();
        courses.dedup();
        if courses.len() > most {
            return Err(format!("At most {most} courses at a time."));
        }
        Ok(courses)
    }
}

#[derive(Deserialize)]
struct Major {
    major: String,
}

#[derive(Deserialize)]
struct Courses {
    courses: OneOrMany,
    term: Option<String>,
}

#[derive(Deserialize)]
struct Recommend {
    major: String,
    completed: Option<OneOrMany>,
    term: Option<String>,
}

#[derive(Deserialize)]
struct Syllabus {
    courses: Option<OneOrMany>,
    subject: Option<String>,
    level: Option<u32>,
    words: Option<String>,
    term: Option<String>,
    instructor: Option<String>,
}

impl Lookup {
    /// Reads a call; `None` when it is none of these.
    pub(super) fn parse(call: &Call) -> Option<Result<Self, String>> {
        Some(match call.name.as_str() {
            "lookup_major" => read(call, |Major { major }| {
                let name = named(&major).ok_or("`major` is empty.")?;
                Ok(if name.eq_ignore_ascii_case(LIST) { Self::Majors } else { Self::Major(name) })
            }),
            "lookup_prerequisites" => {
                read(call, |asked: Courses| Ok(Self::Prerequisites(some(asked.courses)?)))
            }
            "lookup_schedule" => read(call, |asked: Courses| {
                Ok(Self::Schedule { courses: some(asked.courses)?, term: optional(asked.term) })
            }),
            "recommend_courses" => read(call, |asked: Recommend| {
                let completed =
                    asked.completed.map_or(Ok(Vec::new()), |taken| taken.courses(MAX_COMPLETED))?;
                let major = named(&asked.major).ok_or("`major` is empty.")?;
                Ok(Self::Recommend { major, completed, term: optional(asked.term) })
            }),
            "lookup_syllabus" => read(call, |asked: Syllabus| filter(asked).map(Self::Syllabus)),
            _ => return None,
        })
    }

    /// The name under which it is offered.
    pub(in crate::answering) fn name(&self) -> &'static str {
        match self {
            Self::Majors | Self::Major(_) => "lookup_major",
            Self::Prerequisites(_) => "lookup_prerequisites",
            Self::Schedule { .. } => "lookup_schedule",
            Self::Recommend { .. } => "recommend_courses",
            Self::Syllabus(_) => "lookup_syllabus",
        }
    }

    /// What of it matters, in short.
    pub(in crate::answering) fn subject(&self) -> String {
        let codes = |courses: &[Course]| courses.iter().map(Course::code).collect::<Vec<_>>().join(", ");
        match self {
            Self::Majors => LIST.to_owned(),
            Self::Major(name) | Self::Recommend { major: name, .. } => name.clone(),
            Self::Prerequisites(courses) | Self::Schedule { courses, .. } => codes(courses),
            Self::Syllabus(filter) => {
                let parts = [
                    Some(codes(&filter.courses)),
                    filter.subject.clone(),
                    filter.level.map(|level| format!("{level}00")),
                    Some(filter.words.join(" ")),
                    filter.term.clone(),
                    filter.instructor.clone(),
                ];
                parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
            }
        }
    }

    /// The line that says to the person what is being done.
    pub(in crate::answering) fn thinking(&self, language: Language) -> String {
        language.text_with("thinking-tool-catalogue", [("query", shown(&self.subject()))])
    }
}

fn read<T: DeserializeOwned>(
    call: &Call,
    make: impl Fn(T) -> Result<Lookup, String>,
) -> Result<Lookup, String> {
    make(arguments(call)?)
}

fn some(courses: OneOrMany) -> Result<Vec<Course>, String> {
    let courses = courses.courses(MAX_COURSES)?;
    if courses.is_empty() { Err("`courses` is empty.".to_owned()) } else { Ok(courses) }
}

fn named(text: &str) -> Option<String> {
    let text = text.replace('\0', "");
    let name: String = one_line(&text).chars().take(MAX_NAME).collect();
    (!name.is_empty()).then_some(name)
}

fn optional(text: Option<String>) -> Option<String> {
    text.and_then(|text| named(&text))
}

fn filter(asked: Syllabus) -> Result<Filter, String> {
    let level = match asked.level {
        None => None,
        Some(level) => {
            let hundreds = if level >= 100 { level / 100 } else { level };
            let level = u8::try_from(hundreds).ok().filter(|level| (1..=9).contains(level));
            Some(level.ok_or("`level` is a number such as 200.")?)
        }
    };
    let words = optional(asked.words).unwrap_or_default();
    let filter = Filter {
        courses: asked.courses.map_or(Ok(Vec::new()), |courses| courses.courses(MAX_COURSES))?,
        subject: optional(asked.subject),
        level,
        words: words.split(' ').filter(|word| !word.is_empty()).take(MAX_WORDS).map(str::to_owned).collect(),
        term: optional(asked.term),
        instructor: optional(asked.instructor),
    };
    if filter == Filter::default() { Err("Give at least one filter.".to_owned()) } else { Ok(filter) }
}

/// The descriptions of what the loaded files can tell.
pub(super) fn descriptions(files: &[File]) -> Vec<Value> {
    let has = |kind: Kind| files.iter().any(|file| file.kind == kind);
    let mut offered = Vec::new();
    if files.iter().any(|file| file.kind.is_major()) {
        offered.push(major());
    }
    if has(Kind::Prerequisites) {
        offered.push(prerequisites());
    }
    if has(Kind::Schedule) {
        offered.push(schedule());
    }
    if has(Kind::Major) {
        offered.push(recommend());
    }
    if has(Kind::Curriculum) {
        offered.push(syllabus());
    }
    offered
}

fn courses(description: &str, most: usize) -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "maxItems": most, "description": description })
}

fn major() -> Value {
    described(
        "lookup_major",
        "What a major requires, from its file. `list` as the name lists all majors; `all majors` gives the rules \
         that hold for every major.",
        json!({ "major": { "type": "string", "description": "The name of the major or track, or `list`." } }),
        &["major"],
    )
}

fn prerequisites() -> Value {
    described(
        "lookup_prerequisites",
        "The prerequisites of courses that are in force today, from the registrar's list.",
        json!({ "courses": courses("Course codes, such as COMPSCI 201.", MAX_COURSES) }),
        &["courses"],
    )
}

fn schedule() -> Value {
    described(
        "lookup_schedule",
        "When and where courses are taught, section by section, from the class schedule.",
        json!({
            "courses": courses("Course codes, such as COMPSCI 201.", MAX_COURSES),
            "term": { "type": "string", "description": "One term alone, such as Fall 2026." },
        }),
        &["courses"],
    )
}

fn recommend() -> Value {
    described(
        "recommend_courses",
        "What to take next: what the major still requires, which of it is offered, which may be taken, and what stands \
         in the way of the rest. Before you call it you have to know the major, the year of matriculation and the \
         courses taken: ask for what has not been said.",
        json!({
            "major": { "type": "string", "description": "The name of the major or track." },
            "completed": courses("The codes of the courses taken; empty for none.", MAX_COMPLETED),
            "term": { "type": "string", "description": "One term alone, such as Fall 2026." },
        }),
        &["major", "completed"],
    )
}

fn syllabus() -> Value {
    described(
        "lookup_syllabus",
        "How the curriculum describes courses: title, credits, terms, content. Give at least one filter; all have to fit.",
        json!({
            "courses": courses("Course codes.", MAX_COURSES),
            "subject": { "type": "string", "description": "The code of a subject, such as COMPSCI." },
            "level": { "type": "integer", "description": "100, 200, 300 or 400." },
            "words": { "type": "string", "description": "Words in the title or the description." },
            "term": { "type": "string", "description": "When it is taught." },
            "instructor": { "type": "string", "description": "Who teaches it." },
        }),
        &[],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, arguments: &str) -> Result<Lookup, String> {
        let (id, name) = ("call_1".to_owned(), name.to_owned());
        Lookup::parse(&Call { id, name, arguments: arguments.to_owned() }).expect("one of ours")
    }

    #[test]
    fn calls_are_read_within_their_bounds() {
        let courses = Course::all_in("COMPSCI 101, COMPSCI 201");
        let asked = parse("lookup_prerequisites", r#"{"courses": ["cs201", "COMPSCI-101", "compsci 201"]}"#);
        assert_eq!(asked, Ok(Lookup::Prerequisites(courses.clone())));
        let asked =
            parse("lookup_schedule", r#"{"courses": "COMPSCI 101, 201", "term": " Fall\u0000  2026 "}"#);
        assert_eq!(asked, Ok(Lookup::Schedule { courses, term: Some("Fall 2026".to_owned()) }));
        assert_eq!(parse("lookup_major", r#"{"major": "List"}"#), Ok(Lookup::Majors));
        let many: Vec<String> = (100..120).map(|number| format!("MATH {number}")).collect();
        for (name, arguments) in [
            ("lookup_prerequisites", json!({ "courses": many })),
            ("lookup_prerequisites", json!({ "courses": [] })),
            ("lookup_prerequisites", json!({ "courses": ["the easy one"] })),
            ("lookup_major", json!({ "major": " " })),
            ("lookup_syllabus", json!({})),
            ("lookup_syllabus", json!({ "level": 70_000 })),
            ("recommend_courses", json!({ "completed": [] })),
        ] {
            assert!(parse(name, &arguments.to_string()).is_err(), "{name} {arguments}");
        }
        let level = parse("lookup_syllabus", r#"{"level": 300, "words": "machine learning"}"#);
        let words = vec!["machine".to_owned(), "learning".to_owned()];
        assert_eq!(level, Ok(Lookup::Syllabus(Filter { level: Some(3), words, ..Filter::default() })));
    }
}
