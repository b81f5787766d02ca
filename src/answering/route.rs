//! Which questions the catalogue or the calendar answers at once: told by rules, so that no model is needed.

use chrono::NaiveDate;

use super::{
    Question, Speaker,
    cues::{
        COMPLETED, EVENTS, MAJORS, NONE_YET, OTHER_TIMES, PREREQUISITE, RECOMMEND, REQUIREMENTS, SCHEDULE,
        SYLLABUS,
    },
    memory,
    tools::Lookup,
    when,
};
use crate::catalogue::{Course, File, Filter, Kind, major_named_in};

/// Most courses that are looked up for a question.
const MAX_COURSES: usize = 12;

/// Where a question leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// To the catalogue, with one question or several.
    Lookups(Vec<Lookup>),
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
    let own = question.text.to_lowercase();
    // What a follow-up is about stands in the question before it.
    let whole = memory::search_text(&question.text, &question.history);
    let lower = whole.to_lowercase();
    let has = |kind: Kind| files.iter().any(|file| file.kind == kind);
    if has(Kind::Major) && asks_for_a_plan(question, &own) {
        return Some(plan(question, files));
    }
    let courses = |text: &str| Course::all_in(text).into_iter().take(MAX_COURSES).collect::<Vec<_>>();
    let mut named = courses(&question.text);
    if named.is_empty() {
        named = courses(&whole);
    }
    if !named.is_empty() {
        // A follow-up asks for something else about what the question before it named.
        let asked = of_courses(&own, &named, &lower, files);
        let asked = if asked.is_empty() { of_courses(&lower, &named, &lower, files) } else { asked };
        return (!asked.is_empty()).then_some(Route::Lookups(asked));
    }
    if has(Kind::Major) && MAJORS.is_in(&own) {
        return Some(Route::Lookups(vec![Lookup::Majors]));
    }
    if REQUIREMENTS.is_in(&lower)
        && let Some(found) = major_named_in(files, &whole)
    {
        return Some(Route::Lookups(vec![Lookup::Major(found.major.name.clone())]));
    }
    let days = EVENTS.is_in(&lower).then(|| when::days(&lower, question.today)).flatten();
    days.map(|(first, last)| Route::Events(first, last))
}

/// What a text asks about courses: `whole` says of which term.
fn of_courses(text: &str, courses: &[Course], whole: &str, files: &[File]) -> Vec<Lookup> {
    let has = |kind: Kind| files.iter().any(|file| file.kind == kind);
    let courses = || courses.to_vec();
    let mut asked = Vec::new();
    if has(Kind::Prerequisites) && PREREQUISITE.is_in(text) {
        asked.push(Lookup::Prerequisites(courses()));
    }
    if has(Kind::Schedule) && SCHEDULE.is_in(text) && !OTHER_TIMES.is_in(text) {
        asked.push(Lookup::Schedule { courses: courses(), term: term(whole) });
    }
    if has(Kind::Curriculum) && SYLLABUS.is_in(text) {
        asked.push(Lookup::Syllabus(Filter { courses: courses(), ..Filter::default() }));
    }
    asked
}

/// Whether somebody asks what to take, or answers what they were asked about it.
fn asks_for_a_plan(question: &Question, lower: &str) -> bool {
    if RECOMMEND.is_in(lower) {
        return true;
    }
    let before = question.history.iter().rev().find(|turn| turn.speaker == Speaker::Person);
    let asked_before = before.is_some_and(|turn| RECOMMEND.is_in(&turn.text.to_lowercase()));
    let asks_else = [PREREQUISITE, SCHEDULE, SYLLABUS, EVENTS].iter().any(|cue| cue.is_in(lower));
    asked_before && !asks_else && !question.text.contains(['?', '？'])
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
    if completed.is_empty() && !NONE_YET.is_in(&whole) {
        missing.push(Missing::Completed);
    }
    match major {
        Some(found) if missing.is_empty() => {
            let major = found.major.name.clone();
            Route::Lookups(vec![Lookup::Recommend { major, completed, term: term(&whole) }])
        }
        _ => Route::Ask(missing),
    }
}

/// The courses that a text says were taken: of its sentences, those that say so, and those that ask nothing.
fn taken(text: &str) -> Vec<Course> {
    let sentences = text.split(['.', '?', '!', '。', '？', '！', '\n']);
    let asks = RECOMMEND.is_in(&text.to_lowercase());
    let told = |sentence: &&str| !asks || COMPLETED.is_in(&sentence.to_lowercase());
    sentences.filter(told).flat_map(Course::all_in).collect()
}

/// The term that a text names: `Fall 2026`, `2026年秋季`.
fn term(lower: &str) -> Option<String> {
    const SEASONS: [(&str, &[&str]); 3] =
        [("fall", &["fall", "autumn", "秋"]), ("spring", &["spring", "春"]), ("summer", &["summer", "夏"])];
    let (season, _) = SEASONS.iter().find(|(_, words)| words.iter().any(|word| lower.contains(word)))?;
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
            summary: None,
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
        let to = |lookups: Vec<Lookup>| Some(Route::Lookups(lookups));
        let compsci = || courses("COMPSCI 201");
        let prerequisites = || Lookup::Prerequisites(compsci());
        assert_eq!(asked(&[], "What are the prerequisites of CS 201?"), to(vec![prerequisites()]));
        assert_eq!(asked(&[], "计算机201的先修课是什么？"), to(vec![prerequisites()]));
        let in_fall = |courses| Lookup::Schedule { courses, term: Some("fall 2026".to_owned()) };
        assert_eq!(asked(&[], "When is MATH 105 in Fall 2026?"), to(vec![in_fall(courses("MATH 105"))]));
        assert_eq!(asked(&[], "2026年秋季MATH 105的上课时间"), to(vec![in_fall(courses("MATH 105"))]));
        let schedule = || Lookup::Schedule { courses: compsci(), term: None };
        let both = "What are the prereqs of CS 201, and when is it taught?";
        assert_eq!(asked(&[], both), to(vec![prerequisites(), schedule()]));
        let before = ["What are the prerequisites of CS 201?"];
        assert_eq!(asked(&before, "And when is it taught?"), to(vec![schedule()]));
        assert_eq!(asked(&before, "And of MATH 105?"), to(vec![Lookup::Prerequisites(courses("MATH 105"))]));
        let major = || to(vec![Lookup::Major("Data Science".to_owned())]);
        assert_eq!(asked(&[], "What are the requirements of the Data Science major?"), major());
        assert_eq!(asked(&[], "数据科学的专业要求"), major());
        assert_eq!(asked(&[], "What majors are there?"), to(vec![Lookup::Majors]));
        for text in [
            "When is the library open?",
            "What are prerequisites?",
            "Are events allowed?",
            "room 101",
            "When is the deadline to drop COMPSCI 201?",
            "Does the course of COMPSCI 201 transfer credits?",
        ] {
            assert_eq!(asked(&[], text), None, "{text}");
        }
    }

    #[test]
    fn a_plan_asks_for_what_is_missing() {
        use Missing::*;
        let question = "What should I take next semester?";
        assert_eq!(asked(&[], question), Some(Route::Ask(vec![Major, Year, Completed])));
        let plan = || {
            let (major, completed) = ("Data Science".to_owned(), courses("COMPSCI 101, MATH 105"));
            Some(Route::Lookups(vec![Lookup::Recommend { major, completed, term: None }]))
        };
        let told = "Data Science, class of 2028. I have taken COMPSCI 101 and MATH 105.";
        assert_eq!(asked(&[question], told), plan());
        assert_eq!(asked(&[], &format!("{question} {told}")), plan());
        assert_eq!(asked(&[question], "数据科学，2024级，修过COMPSCI 101和MATH 105"), plan());
        assert_eq!(asked(&[question], "Data Science, Fall 2026"), Some(Route::Ask(vec![Year, Completed])));
        assert_eq!(asked(&[question], "When does the library open?"), None);
    }
}
