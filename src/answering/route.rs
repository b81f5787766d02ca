//! Which questions the catalogue or the calendar answers at once: told by rules, so that no model is needed.

use std::iter;

use chrono::NaiveDate;

use super::{
    Question, Speaker,
    cues::{
        ASKS, BEGAN, COMPLETED, NONE_YET, NOT_TAKEN, OTHER_TIMES, PREREQUISITE, SCHEDULE, SYLLABUS, WANTS,
        asks_for_events, asks_for_majors, asks_for_requirements, asks_for_requirements_of, asks_what_to_take,
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
    if has(Kind::Major) && asks_for_a_plan(question, &own, files) {
        return Some(plan(question, files));
    }
    let courses = |text: &str| Course::all_in(text).into_iter().take(MAX_COURSES).collect::<Vec<_>>();
    let (mut named, named_term) = (courses(&question.text), term(&own));
    // What names neither a course nor a term asks nothing of what was asked before it.
    let repeats = !named.is_empty() || named_term.is_some();
    if named.is_empty() {
        named = courses(&whole);
    }
    if !named.is_empty() {
        let in_term = named_term.or_else(|| term(&lower));
        // A follow-up asks for something else about what the question before it named.
        let mut asked = of_courses(&own, &named, in_term.as_deref(), files);
        if asked.is_empty() && repeats {
            asked = of_courses(&lower, &named, in_term.as_deref(), files);
        }
        return (!asked.is_empty()).then_some(Route::Lookups(asked));
    }
    if has(Kind::Major) && asks_for_majors(&own) {
        return Some(Route::Lookups(vec![Lookup::Majors]));
    }
    if let Some(major) = major_asked_about(question, &whole, files) {
        return Some(Route::Lookups(vec![Lookup::Major(major)]));
    }
    let days = when::days(&own, question.today);
    let asked = asks_for_events(&own) || (days.is_some() && asks_for_events(&lower));
    let days = asked.then(|| days.or_else(|| when::days(&lower, question.today))).flatten();
    days.map(|(first, last)| Route::Events(first, last))
}

/// The major of which a question asks what it requires; `whole` is the question with the one that it leans on.
fn major_asked_about(question: &Question, whole: &str, files: &[File]) -> Option<String> {
    let named = |text: &str| major_named_in(files, text).map(|found| found.major);
    let (lower, own) = (question.text.to_lowercase(), named(&question.text));
    let asks = asks_for_requirements(&lower)
        || own.is_some_and(|major| {
            let written = iter::once(major.name.as_str()).chain(major.words.lines());
            asks_for_requirements_of(&lower, written.flat_map(|name| name.split('/')))
                || asks_for_requirements(&whole.to_lowercase())
        });
    let major = asks.then(|| own.or_else(|| named(whole))).flatten();
    major.map(|major| major.name.clone())
}

/// What a text asks about courses, in which term.
fn of_courses(text: &str, courses: &[Course], term: Option<&str>, files: &[File]) -> Vec<Lookup> {
    let has = |kind: Kind| files.iter().any(|file| file.kind == kind);
    let courses = || courses.to_vec();
    let mut asked = Vec::new();
    if has(Kind::Prerequisites) && PREREQUISITE.is_in(text) {
        asked.push(Lookup::Prerequisites(courses()));
    }
    if has(Kind::Schedule) && SCHEDULE.is_in(text) && !OTHER_TIMES.is_in(text) {
        asked.push(Lookup::Schedule { courses: courses(), term: term.map(str::to_owned) });
    }
    if has(Kind::Curriculum) && SYLLABUS.is_in(text) {
        asked.push(Lookup::Syllabus(Filter { courses: courses(), ..Filter::default() }));
    }
    asked
}

/// Whether somebody asks what to take, or answers what they were asked about it.
fn asks_for_a_plan(question: &Question, lower: &str, files: &[File]) -> bool {
    if asks_what_to_take(lower) {
        return true;
    }
    let spoken = question.history.iter().rev().filter(|turn| turn.speaker == Speaker::Person);
    // Answers may come in several turns.
    let mut before = spoken.map(|turn| turn.text.as_str()).skip_while(|text| tells(text, files));
    tells(&question.text, files) && before.next().is_some_and(|text| asks_what_to_take(&text.to_lowercase()))
}

/// Whether a text says something that a plan needs to know, and asks nothing.
fn tells(text: &str, files: &[File]) -> bool {
    let lower = text.to_lowercase();
    let asks = [ASKS, PREREQUISITE, SCHEDULE, SYLLABUS].iter().any(|cue| cue.is_in(&lower));
    let asks = asks
        || asks_what_to_take(&lower)
        || asks_for_events(&lower)
        || asks_for_majors(&lower)
        || asks_for_requirements(&lower);
    let of_use = || {
        names_a_year(&lower)
            || NONE_YET.is_in(&lower)
            || !Course::all_in(text).is_empty()
            || major_named_in(files, text).is_some()
    };
    !asks && of_use()
}

/// The plan that somebody wants, from all that they have said.
fn plan(question: &Question, files: &[File]) -> Route {
    let spoken = question.history.iter().filter(|turn| turn.speaker == Speaker::Person);
    let texts: Vec<String> = spoken.map(|turn| turn.text.clone()).chain([question.text.clone()]).collect();
    let lower: Vec<String> = texts.iter().map(|text| text.to_lowercase()).collect();
    // What follows on the question for a plan answers what we asked.
    let begin = lower.iter().rposition(|text| asks_what_to_take(text)).unwrap_or(0);
    // The newest that was said of the major counts.
    let major = texts.iter().rev().find_map(|text| major_named_in(files, text));
    let mut completed: Vec<Course> = Vec::new();
    for course in texts.iter().enumerate().flat_map(|(at, text)| taken(text, at > begin)) {
        if !completed.contains(&course) {
            completed.push(course);
        }
    }
    let mut missing = Vec::new();
    if major.is_none() {
        missing.push(Missing::Major);
    }
    if !lower.iter().any(|text| names_a_year(text)) {
        missing.push(Missing::Year);
    }
    if completed.is_empty() && !lower.iter().any(|text| NONE_YET.is_in(text)) {
        missing.push(Missing::Completed);
    }
    match major {
        Some(found) if missing.is_empty() => {
            let major = found.major.name.clone();
            let term = lower[begin..].iter().rev().find_map(|text| term(text));
            Route::Lookups(vec![Lookup::Recommend { major, completed, term }])
        }
        _ => Route::Ask(missing),
    }
}

/// The courses that a text says were taken: of its sentences, those that say so, and in an `answer` also those that say
/// nothing else of them.
fn taken(text: &str, answer: bool) -> Vec<Course> {
    let text = text.replace(" but ", "\n").replace('但', "\n");
    let sentences = text.split_inclusive(['.', '?', '!', '。', '？', '！', '；', ';', '\n']);
    let told = |sentence: &&str| {
        let lower = sentence.trim_start().to_lowercase();
        let asks = lower.ends_with(['?', '？']);
        !NOT_TAKEN.is_in(&lower) && (COMPLETED.is_in(&lower) || (answer && !asks && !WANTS.is_in(&lower)))
    };
    sentences.filter(told).flat_map(Course::all_in).collect()
}

/// The seasons that terms are named by, each with its words.
const SEASONS: [(&str, &[&str]); 3] =
    [("fall", &["fall", "autumn", "秋"]), ("spring", &["spring", "春"]), ("summer", &["summer", "夏"])];

/// The term that a text names: `Fall 2026`, `2026年秋季`. The one in which somebody began to study is none of them.
fn term(lower: &str) -> Option<String> {
    let years = years(lower);
    let named = years.iter().find_map(|year| Some((year.season.filter(|_| !year.began)?, year.number)));
    if let Some((season, year)) = named {
        return Some(format!("{season} {year}"));
    }
    let alone = SEASONS.iter().find(|(season, words)| {
        let began = years.iter().filter(|year| year.season == Some(*season)).count();
        words.iter().map(|word| lower.matches(*word).count()).sum::<usize>() > began
    });
    alone.map(|(season, _)| (*season).to_owned())
}

/// Whether a text names a year that is not one of a term, or the one in which somebody began to study.
fn names_a_year(lower: &str) -> bool {
    years(lower).iter().any(|year| year.season.is_none() || year.began)
}

/// A year in a text.
struct Year {
    number: u32,
    /// The season beside it, with which it is a term.
    season: Option<&'static str>,
    /// Whether it is said that somebody began to study then.
    began: bool,
}

/// The years in a text.
fn years(lower: &str) -> Vec<Year> {
    let mut years = Vec::new();
    let (mut at, mut last) = (0, 0);
    while let Some(start) = lower[at..].find(|c: char| c.is_ascii_digit()).map(|found| at + found) {
        let rest = &lower[start..];
        let end = start + rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        at = end;
        let Some(number) = lower[start..end].parse::<u32>().ok().filter(|year| (2010..2100).contains(year))
        else {
            continue;
        };
        let before = lower[last..start].trim_end();
        last = end;
        let behind = lower[end..].trim_start_matches(['年', ' ']);
        let beside = |word: &&str| before.ends_with(*word) || behind.starts_with(*word);
        let season = SEASONS.iter().find(|(_, words)| words.iter().any(beside));
        // Up to the next clause.
        let clause = |c: char| c.is_ascii_digit() || ".,;?!，。；？！\n".contains(c);
        let said = before.rsplit(clause).next().unwrap_or_default();
        let began = BEGAN.is_in(said) || behind.split(clause).next().unwrap_or_default().contains("入学");
        years.push(Year { number, season: season.map(|(name, _)| *name), began });
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
        assert_eq!(asked(&[], "What are the requirements for Data Science?"), major());
        assert_eq!(asked(&["What does a major have as requirements?"], "And Data Science?"), major());
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
    fn words_alone_do_not_make_a_question_one_for_the_catalogue() {
        for text in [
            "What should I take with me to the visa interview?",
            "What should I take with me to the orientation next week?",
            "What can I take from the dining hall?",
            "What's on the menu today?",
            "How do I reserve a room for an event next week?",
            "How can I prevent a cold today?",
            "Do seventeen people fit into the room today?",
            "学生活动中心周末开门吗",
            "下周想办活动，怎么申请场地",
            "When are office hours for COMPSCI 201?",
            "When does registration open for MATH 105?",
            "How do I schedule advising about CS 201?",
            "COMPSCI 201 选课几点开始",
            "COMPSCI 201的办公时间是几点",
            "有哪些专业课程可以选",
            "Which majors are eligible for the scholarship?",
            "What are the safety requirements of the data science lab?",
        ] {
            assert_eq!(asked(&[], text), None, "{text}");
        }
    }

    #[test]
    fn what_is_on_is_told_for_the_days_asked_about() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).expect("a day");
        let events = |first, last| Some(Route::Events(day(first), day(last)));
        assert_eq!(asked(&[], "Is there an event today?"), events(9, 9));
        assert_eq!(asked(&[], "What's on campus tomorrow?"), events(10, 10));
        assert_eq!(asked(&[], "明天有什么活动？"), events(10, 10));
        let before = ["Any events tomorrow?"];
        assert_eq!(asked(&before, "And next week?"), events(16, 22));
        assert_eq!(asked(&before, "Is it free?"), None, "it asks nothing of the calendar");
    }

    #[test]
    fn a_follow_up_repeats_no_answer() {
        let schedule = |term: &str| {
            let (courses, term) = (courses("CS 201"), Some(term.to_owned()));
            Some(Route::Lookups(vec![Lookup::Schedule { courses, term }]))
        };
        assert_eq!(asked(&["What are the prerequisites of CS 201?"], "Is it hard?"), None);
        let before = ["When is CS 201 in Fall 2026?"];
        assert_eq!(asked(&before, "And when is it in Spring 2027?"), schedule("spring 2027"));
        assert_eq!(asked(&before, "And in spring?"), schedule("spring"));
        assert_eq!(asked(&before, "And who teaches it?"), schedule("fall 2026"));
        assert_eq!(asked(&["What does the Data Science major have as requirements?"], "Is it hard?"), None);
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

    #[test]
    fn what_a_plan_needs_may_be_told_in_several_turns() {
        let plan = |taken: &str, term: Option<&str>| {
            let (major, completed) = ("Data Science".to_owned(), courses(taken));
            Some(Route::Lookups(vec![Lookup::Recommend { major, completed, term: term.map(str::to_owned) }]))
        };
        let question = "What should I take next semester?";
        assert_eq!(asked(&[question, "Data Science"], "2024, COMPSCI 101"), plan("COMPSCI 101", None));
        for text in ["图书馆在哪里", "tell me about the gym", "Tell me about Data Science", "Thanks"] {
            assert_eq!(asked(&[question], text), None, "{text}");
        }
        let began = "Data Science. I started in Fall 2024 and have taken COMPSCI 101.";
        assert_eq!(asked(&[question], began), plan("COMPSCI 101", None));
        let in_spring = "What should I take in Spring 2027?";
        assert_eq!(asked(&[in_spring], began), plan("COMPSCI 101", Some("spring 2027")));
        assert_eq!(asked(&[], &format!("{began} {in_spring}")), plan("COMPSCI 101", Some("spring 2027")));
        let chinese = "数据科学专业，2024年秋季入学，修过COMPSCI 101。2027年春季选什么课？";
        assert_eq!(asked(&[], chinese), plan("COMPSCI 101", Some("spring 2027")));
    }

    #[test]
    fn a_course_counts_as_taken_only_when_that_is_said() {
        let completed = |before: &[&str], text: &str| match asked(before, text) {
            Some(Route::Lookups(lookups)) => match lookups.into_iter().next() {
                Some(Lookup::Recommend { completed, .. }) => completed,
                other => panic!("{text}: {other:?}"),
            },
            other => panic!("{text}: {other:?}"),
        };
        let question = "What should I take next semester?";
        let before = ["What are the prerequisites of COMPSCI 301?", "Tell me about COMPSCI 205.", question];
        let told = |text: &str| completed(&before, &format!("Data Science, class of 2028. {text}"));
        assert_eq!(told("COMPSCI 101 and MATH 105."), courses("COMPSCI 101, MATH 105"));
        assert_eq!(told("COMPSCI 101. I haven't completed COMPSCI 201."), courses("COMPSCI 101"));
        assert_eq!(told("I passed COMPSCI 101, but not MATH 105."), courses("COMPSCI 101"));
        assert_eq!(told("I took COMPSCI 101. I want to take MATH 201."), courses("COMPSCI 101"));
        let chinese = completed(&[question], "数据科学，2024级。修过COMPSCI 101。还没修过COMPSCI 201");
        assert_eq!(chinese, courses("COMPSCI 101"));
    }
}
