//! Which questions the catalogue or the calendar answers at once: told by rules, so that no model is needed.

use chrono::NaiveDate;

use super::{Question, Speaker, memory, tools::Lookup, when};
use crate::catalogue::{Course, File, Filter, Kind, major_named_in};

const RECOMMEND: [&str; 17] = [
    "what should i take",
    "which courses should i take",
    "what courses should i take",
    "which classes should i take",
    "what classes should i take",
    "what can i take",
    "what to take next",
    "which courses can i take",
    "what courses can i take",
    "recommend courses",
    "recommend me courses",
    "recommend some courses",
    "选什么课",
    "选哪些课",
    "修什么课",
    "修哪些课",
    "推荐课程",
];
const COMPLETED: [&str; 15] = [
    "completed",
    "have taken",
    "i took",
    "i've taken",
    "already taken",
    "finished",
    "passed",
    "i have done",
    "修过",
    "修完",
    "已修",
    "学过",
    "上过",
    "完成",
    "i've done",
];
const NONE_YET: [&str; 11] = [
    "no courses",
    "not taken any",
    "haven't taken any",
    "nothing yet",
    "none yet",
    "first-year",
    "first year",
    "freshman",
    "还没有修",
    "没修过",
    "大一",
];
const PREREQUISITE: [&str; 7] =
    ["prereq", "pre-req", "required before", "need before", "先修", "前置课", "前置要求"];
const SCHEDULE: [&str; 15] = [
    "when is",
    "when are",
    "when does",
    "schedule",
    "what time",
    "meeting time",
    "class time",
    "timetable",
    "where is",
    "who teaches",
    "上课时间",
    "什么时候上",
    "几点",
    "课表",
    "在哪里上",
];
const SYLLABUS: [&str; 9] = [
    "syllabus",
    "how many credits",
    "credits",
    "course description",
    "what is the content",
    "大纲",
    "学分",
    "课程介绍",
    "课程简介",
];
const REQUIREMENTS: [&str; 8] = [
    "requirement",
    "required courses",
    "curriculum",
    "专业要求",
    "专业的要求",
    "培养方案",
    "必修课",
    "毕业要求",
];
const EVENTS: [&str; 3] = ["event", "what's on", "活动"];

/// Where a question leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// To the catalogue.
    Lookup(Lookup),
    /// To the events of some days.
    Events(NaiveDate, NaiveDate),
    /// Back to the person: a plan needs to know these besides.
    Ask(Vec<Missing>),
}

/// What a plan needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// The major and track.
    Major,
    /// The year in which the person began.
    Year,
    /// What has been taken.
    Completed,
}

/// Where a question leads, given what has been loaded; `None` for all that has to be searched.
pub(super) fn route(question: &Question, files: &[File]) -> Option<Route> {
    let lower = question.text.to_lowercase();
    // What a follow-up is about stands in the question before it.
    let whole = memory::search_text(&question.text, &question.history).to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| whole.contains(word));
    let has = |kind: Kind| files.iter().any(|file| file.kind == kind);
    if has(Kind::Major) && asks_for_a_plan(question, &lower) {
        return Some(plan(question, files));
    }
    let own = Course::all_in(&question.text);
    let courses = if own.is_empty() {
        Course::all_in(&memory::search_text(&question.text, &question.history))
    } else {
        own
    };
    if !courses.is_empty() {
        if has(Kind::Prerequisites) && says(&PREREQUISITE) {
            return Some(Route::Lookup(Lookup::Prerequisites(courses)));
        }
        if has(Kind::Schedule) && says(&SCHEDULE) {
            return Some(Route::Lookup(Lookup::Schedule { courses, term: term(&whole) }));
        }
        if has(Kind::Curriculum) && says(&SYLLABUS) {
            return Some(Route::Lookup(Lookup::Syllabus(Filter { courses, ..Filter::default() })));
        }
        return None;
    }
    if says(&REQUIREMENTS)
        && let Some(found) = major_named_in(files, &whole)
    {
        return Some(Route::Lookup(Lookup::Major(found.major.name.clone())));
    }
    let days = says(&EVENTS).then(|| when::days(&whole, question.today)).flatten();
    days.map(|(first, last)| Route::Events(first, last))
}

/// Whether somebody asks what to take, or answers what they were asked about it.
fn asks_for_a_plan(question: &Question, lower: &str) -> bool {
    if contains(lower, &RECOMMEND) {
        return true;
    }
    let others = [&PREREQUISITE[..], &SCHEDULE, &SYLLABUS, &EVENTS];
    let before = question.history.iter().rev().find(|turn| turn.speaker == Speaker::Person);
    let asked_before = before.is_some_and(|turn| contains(&turn.text.to_lowercase(), &RECOMMEND));
    asked_before && !others.iter().any(|words| contains(lower, words)) && !question.text.contains(['?', '？'])
}

/// The plan that somebody wants, from all that they have said.
fn plan(question: &Question, files: &[File]) -> Route {
    let spoken = question.history.iter().filter(|turn| turn.speaker == Speaker::Person);
    let texts: Vec<String> = spoken.map(|turn| turn.text.clone()).chain([question.text.clone()]).collect();
    let whole = texts.join("\n").to_lowercase();
    // The newest that was said of the major counts.
    let major = texts.iter().rev().find_map(|text| major_named_in(files, text));
    let mut completed: Vec<Course> = Vec::new();
    for course in texts.iter().flat_map(|text| taken(text)) {
        if !completed.contains(&course) {
            completed.push(course);
        }
    }
    let mut missing = Vec::new();
    if major.is_none() {
        missing.push(Missing::Major);
    }
    if !names_a_year(&whole) {
        missing.push(Missing::Year);
    }
    if completed.is_empty() && !contains(&whole, &NONE_YET) {
        missing.push(Missing::Completed);
    }
    match major {
        Some(found) if missing.is_empty() => Route::Lookup(Lookup::Recommend {
            major: found.major.name.clone(),
            completed,
            term: term(&whole),
        }),
        _ => Route::Ask(missing),
    }
}

/// The courses that a text says were taken: of its sentences, those that say so, and those that ask nothing.
fn taken(text: &str) -> Vec<Course> {
    let sentences = text.split(['.', '?', '!', '。', '？', '！', '\n']);
    let told = |sentence: &&str| {
        let lower = sentence.to_lowercase();
        contains(&lower, &COMPLETED) || !contains(&text.to_lowercase(), &RECOMMEND)
    };
    sentences.filter(told).flat_map(Course::all_in).collect()
}

fn contains(lower: &str, words: &[&str]) -> bool {
    words.iter().any(|word| lower.contains(word))
}

/// The term that a text names: `Fall 2026`, `2026年秋季`.
fn term(lower: &str) -> Option<String> {
    const SEASONS: [(&str, &[&str]); 3] =
        [("fall", &["fall", "autumn", "秋"]), ("spring", &["spring", "春"]), ("summer", &["summer", "夏"])];
    let (season, _) = SEASONS.iter().find(|(_, words)| contains(lower, words))?;
    let year = years(lower).into_iter().find(|(_, term)| *term).map(|(year, _)| year);
    Some(year.map_or_else(|| (*season).to_owned(), |year| format!("{season} {year}")))
}

/// Whether a text names a year that is not one of a term.
fn names_a_year(lower: &str) -> bool {
    years(lower).iter().any(|(_, term)| !term)
}

/// The years in a text, each with whether it is that of a term.
fn years(lower: &str) -> Vec<(u32, bool)> {
    let mut years = Vec::new();
    let mut at = 0;
    while let Some(start) = lower[at..].find(|c: char| c.is_ascii_digit()).map(|found| at + found) {
        let rest = &lower[start..];
        let end = start + rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        at = end;
        let Some(year) = lower[start..end].parse().ok().filter(|year| (2010..2100).contains(year)) else {
            continue;
        };
        let before = lower[..start].trim_end();
        let behind = lower[end..].trim_start_matches(['年', ' ']);
        let seasons = ["fall", "autumn", "spring", "summer"];
        let of_term = seasons.iter().any(|season| before.ends_with(season) || behind.starts_with(season))
            || behind.starts_with(['春', '夏', '秋']);
        years.push((year, of_term));
    }
    years
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Depth, Turn},
        *,
    };
    use crate::knowledge::{DocumentId, Scope};

    fn files() -> Vec<File> {
        let kinds = [Kind::Major, Kind::Prerequisites, Kind::Schedule, Kind::Curriculum].into_iter().zip(1..);
        let file = |(kind, id)| File {
            document_id: DocumentId(id),
            kind,
            name: "Data Science".to_owned(),
            words: "数据科学".to_owned(),
            sha256: String::new(),
            entries: 1,
            loaded_at: chrono::DateTime::UNIX_EPOCH,
        };
        kinds.map(file).collect()
    }

    fn asked(before: &[&str], text: &str) -> Option<Route> {
        let turn = |text: &&str| Turn { speaker: Speaker::Person, text: (*text).to_owned() };
        let question = Question {
            text: text.to_owned(),
            history: before.iter().map(turn).collect(),
            scope: Scope::campus(),
            today: NaiveDate::from_ymd_opt(2026, 3, 9).expect("a day"),
            depth: Depth::Usual,
        };
        route(&question, &files())
    }

    fn courses(text: &str) -> Vec<Course> {
        Course::all_in(text)
    }

    #[test]
    fn questions_lead_where_their_answer_is() {
        let prerequisites = |text| Some(Route::Lookup(Lookup::Prerequisites(courses(text))));
        assert_eq!(asked(&[], "What are the prerequisites of CS 201?"), prerequisites("COMPSCI 201"));
        assert_eq!(asked(&[], "计算机201的先修课是什么？"), prerequisites("COMPSCI 201"));
        let term = Some("fall 2026".to_owned());
        assert_eq!(
            asked(&[], "When is MATH 105 in Fall 2026?"),
            Some(Route::Lookup(Lookup::Schedule { courses: courses("MATH 105"), term: term.clone() }))
        );
        assert_eq!(
            asked(&[], "2026年秋季MATH 105的上课时间"),
            Some(Route::Lookup(Lookup::Schedule { courses: courses("MATH 105"), term }))
        );
        let major = Some(Route::Lookup(Lookup::Major("Data Science".to_owned())));
        assert_eq!(asked(&[], "What are the requirements of the Data Science major?"), major);
        assert_eq!(asked(&[], "数据科学的专业要求"), major);
        for text in
            ["When is the library open?", "What are prerequisites?", "Are events allowed?", "room 101"]
        {
            assert_eq!(asked(&[], text), None, "{text}");
        }
    }

    #[test]
    fn a_plan_asks_for_what_is_missing() {
        use Missing::*;
        let question = "What should I take next semester?";
        assert_eq!(asked(&[], question), Some(Route::Ask(vec![Major, Year, Completed])));
        let plan = Some(Route::Lookup(Lookup::Recommend {
            major: "Data Science".to_owned(),
            completed: courses("COMPSCI 101, MATH 105"),
            term: None,
        }));
        let told = "Data Science, class of 2028. I have taken COMPSCI 101 and MATH 105.";
        assert_eq!(asked(&[question], told), plan);
        assert_eq!(asked(&[], &format!("{question} {told}")), plan);
        assert_eq!(asked(&[question], "数据科学，2024级，修过COMPSCI 101和MATH 105"), plan);
        assert_eq!(asked(&[question], "Data Science, Fall 2026"), Some(Route::Ask(vec![Year, Completed])));
        assert_eq!(asked(&[question], "When does the library open?"), None);
    }
}
