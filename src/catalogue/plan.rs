//! What to take next: what a major still requires, which of it is offered, and which of that may be taken.

use std::collections::HashSet;

use super::{course::Course, prerequisite, requirement, rule::Rule, section};

/// Headings of which a student takes some, not all.
const ELECTIVE: [&str; 4] = ["elective", "choose", "one of", "选修"];
/// Most courses that are looked up for a plan.
const MAX_COURSES: usize = 120;

/// What is still to be taken, and what of it can be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Items of the major that the courses taken meet.
    pub met: Vec<requirement::Model>,
    /// Items with courses that they do not meet.
    pub open: Vec<requirement::Model>,
    /// Items that name no course: for people to look at.
    pub other: Vec<requirement::Model>,
    /// Classes of courses that may be taken, required ones first.
    pub eligible: Vec<section::Model>,
    /// Rules without a course in them, of courses in `eligible`: for people to look at.
    pub unclear: Vec<prerequisite::Model>,
    /// Courses that are offered and may not be taken yet.
    pub blocked: Vec<Blocked>,
    /// Courses that are not offered.
    pub not_offered: Vec<Course>,
}

/// A course that may not be taken yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// What it requires.
    pub rule: prerequisite::Model,
    /// What of that is missing.
    pub missing: Vec<Course>,
}

/// Whether some of the items under a heading are enough.
fn is_elective(item: &requirement::Model) -> bool {
    let heading = item.heading.to_lowercase();
    ELECTIVE.iter().any(|word| heading.contains(word))
}

/// A major, split by what has been taken.
#[derive(Debug)]
pub(super) struct Open {
    plan: Plan,
    wanted: Vec<Course>,
}

impl Open {
    /// Splits the items of a major.
    pub(super) fn of(items: Vec<requirement::Model>, completed: &[Course]) -> Self {
        let taken: HashSet<&Course> = completed.iter().collect();
        let mut plan = Plan::default();
        for item in items {
            match Rule::read(&item.text) {
                None => plan.other.push(item),
                Some(rule) if rule.is_met(&taken) => plan.met.push(item),
                Some(_) => plan.open.push(item),
            }
        }
        // What is required comes before what may be chosen.
        plan.open.sort_by_key(is_elective);
        let mut wanted = Vec::new();
        for course in plan.open.iter().filter_map(|item| Rule::read(&item.text)).flat_map(courses) {
            if !taken.contains(&course) && !wanted.contains(&course) && wanted.len() < MAX_COURSES {
                wanted.push(course);
            }
        }
        Self { plan, wanted }
    }

    /// The courses that are still to be taken, or may be.
    pub(super) fn courses(&self) -> Vec<Course> {
        self.wanted.clone()
    }

    /// What can be done about them, given the classes and the prerequisites there are of them.
    pub(super) fn plan(
        self,
        sections: Vec<section::Model>,
        rules: Vec<prerequisite::Model>,
        completed: &[Course],
    ) -> Plan {
        let taken: HashSet<&Course> = completed.iter().collect();
        let Self { mut plan, wanted } = self;
        for course in wanted {
            let classes = sections.iter().filter(|section| section.course == course.code());
            let classes: Vec<section::Model> = classes.cloned().collect();
            if classes.is_empty() {
                plan.not_offered.push(course);
                continue;
            }
            let listed = rules.iter().find(|rule| rule.course == course.code() && !rule.rule.is_empty());
            match listed.map(|listed| (listed, Rule::read(required(&listed.rule)))) {
                Some((listed, Some(rule))) if !rule.is_met(&taken) => {
                    let missing =
                        courses(rule).into_iter().filter(|course| !taken.contains(course)).collect();
                    plan.blocked.push(Blocked { rule: listed.clone(), missing });
                }
                Some((listed, None)) => {
                    plan.unclear.push(listed.clone());
                    plan.eligible.extend(classes);
                }
                _ => plan.eligible.extend(classes),
            }
        }
        plan
    }
}

fn courses(rule: Rule) -> Vec<Course> {
    rule.courses().into_iter().cloned().collect()
}

/// The part of a rule that has to be met before: what is to be taken beside the course, or instead of it, does not
/// count.
fn required(rule: &str) -> &str {
    let lower = rule.to_ascii_lowercase();
    let ends = ["corequisite", "co-requisite", "anti-requisite", "antirequisite", "not open to"];
    let end = ends.iter().filter_map(|word| lower.find(word)).min();
    let end = end.or_else(|| rule.find("同修")).unwrap_or(rule.len());
    &rule[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::DocumentId;

    fn item(heading: &str, text: &str) -> requirement::Model {
        let (heading, text) = (heading.to_owned(), text.to_owned());
        requirement::Model {
            id: 0,
            document_id: DocumentId(1),
            seq: 0,
            heading,
            text,
            courses: String::new(),
        }
    }

    fn class(course: &str) -> section::Model {
        section::Model {
            id: 0,
            document_id: DocumentId(2),
            course: course.to_owned(),
            title: String::new(),
            term: "Fall 2026".to_owned(),
            section: "001".to_owned(),
            class_number: String::new(),
            days: "Mon".to_owned(),
            starts: "10:00".to_owned(),
            ends: "11:15".to_owned(),
            place: String::new(),
            instructor: String::new(),
            begins_on: None,
            ends_on: None,
        }
    }

    fn rule(course: &str, rule: &str) -> prerequisite::Model {
        let (course, rule) = (course.to_owned(), rule.to_owned());
        prerequisite::Model {
            id: 0,
            document_id: DocumentId(3),
            course,
            effective: chrono::NaiveDate::MIN,
            rule,
        }
    }

    #[test]
    fn what_is_left_is_offered_open_or_blocked() {
        let items = vec![
            item("Electives", "COMPSCI 308"),
            item("Core", "COMPSCI 101"),
            item("Core", "COMPSCI 201"),
            item("Core", "COMPSCI 205 or MATH 205"),
            item("Core", "COMPSCI 301"),
            item("Core", "MATH 201"),
            item("Core", "A project"),
        ];
        let completed = Course::all_in("COMPSCI 101, COMPSCI 205");
        let open = Open::of(items, &completed);
        let wanted: Vec<String> = open.courses().iter().map(ToString::to_string).collect();
        assert_eq!(wanted, ["COMPSCI 201", "COMPSCI 301", "MATH 201", "COMPSCI 308"]);
        let plan = open.plan(
            vec![class("COMPSCI 201"), class("COMPSCI 301"), class("COMPSCI 308")],
            vec![
                rule("COMPSCI 201", "COMPSCI 101. Not open to students who took MATH 999"),
                rule("COMPSCI 301", "COMPSCI 101 and COMPSCI 201"),
                rule("COMPSCI 308", "Consent of the instructor"),
            ],
            &completed,
        );
        let eligible: Vec<&str> = plan.eligible.iter().map(|class| class.course.as_str()).collect();
        assert_eq!(eligible, ["COMPSCI 201", "COMPSCI 308"]);
        assert_eq!(plan.blocked.len(), 1);
        assert_eq!(plan.blocked[0].missing, Course::all_in("COMPSCI 201"));
        assert_eq!(plan.not_offered, Course::all_in("MATH 201"));
        assert_eq!((plan.met.len(), plan.open.len(), plan.other.len(), plan.unclear.len()), (2, 4, 1, 1));
    }
}
