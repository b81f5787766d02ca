//! What the course catalogue says to a question, as lines in the reader's language, each under the document that says it.
//!
//! A model gets the lines as evidence; without one they are the answer.

use chrono::NaiveDate;

use super::{sentences::without_markers, tools::Lookup};
use crate::{
    catalogue::{Catalogue, Course, CurriculumCourse, File, Filter, Kind, Plan, Section, find_major},
    knowledge::{DocumentId, Library, Passage, Scope},
    platform::locale::Language,
};

/// Most lines of one document, and what they may come to in characters.
const MAX_LINES: usize = 40;
const MAX_CHARS: usize = 6_000;
/// What of a description is told, in characters.
const MAX_DESCRIPTION: usize = 500;
/// Most majors that are named in a line.
const MAX_NAMED: usize = 60;

/// What the catalogue is asked with.
pub(super) struct Desk<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) library: &'a Library,
    /// What has been loaded.
    pub(super) files: &'a [File],
    pub(super) scope: &'a Scope,
    pub(super) today: NaiveDate,
    pub(super) language: Language,
}

/// What it says.
#[derive(Debug, Default)]
pub(super) struct Stated {
    /// The lines, by the document that says them.
    pub(super) said: Vec<(DocumentId, Vec<String>)>,
    /// Why there are none, or what is to be kept in mind. No document says it.
    pub(super) note: Option<String>,
}

impl Desk<'_> {
    /// What the catalogue says to this.
    pub(super) async fn state(&self, lookup: &Lookup) -> anyhow::Result<Stated> {
        match lookup {
            Lookup::Majors => Ok(self.each_major()),
            Lookup::Major(name) => self.major(name).await,
            Lookup::Prerequisites(courses) => self.prerequisites(courses).await,
            Lookup::Schedule { courses, term } => self.schedule(courses, term.as_deref()).await,
            Lookup::Recommend { major, completed, term } => {
                self.recommend(major, completed, term.as_deref()).await
            }
            Lookup::Syllabus(filter) => self.syllabus(filter).await,
        }
    }

    /// What was said as passages of its documents.
    pub(super) async fn passages(&self, stated: &Stated) -> anyhow::Result<Vec<Passage>> {
        let said = stated.said.iter().map(|(document, lines)| (*document, lines.join("\n"))).collect();
        self.library.stated(said, self.scope, self.today).await
    }

    /// The file of a major, as it stands. `None` when no major is called like this.
    pub(super) async fn file_of(&self, name: &str) -> anyhow::Result<Option<Vec<Passage>>> {
        match find_major(self.files, name) {
            Some(found) => {
                let id = found.major.document_id;
                Ok(Some(self.library.opening(id, self.scope, self.today).await?))
            }
            None => Ok(None),
        }
    }

    /// The names of all majors, each said by its own file.
    fn each_major(&self) -> Stated {
        let majors = self.files.iter().filter(|file| file.kind == Kind::Major).take(MAX_LINES);
        let said = majors.map(|file| (file.document_id, vec![without_markers(&file.name)])).collect();
        Stated { said, note: None }
    }

    /// The names of all majors, in a line.
    pub(super) fn majors(&self) -> String {
        let majors = self.files.iter().filter(|file| file.kind == Kind::Major);
        let names: Vec<String> = majors.take(MAX_NAMED).map(|file| without_markers(&file.name)).collect();
        self.text("catalogue-majors", [("value", names.join("; "))])
    }

    fn list(&self, kind: Kind) -> Option<&File> {
        self.files.iter().find(|file| file.kind == kind)
    }

    fn text<const N: usize>(&self, key: &str, values: [(&'static str, String); N]) -> String {
        self.language.text_with(key, values)
    }

    async fn major(&self, name: &str) -> anyhow::Result<Stated> {
        let Some(found) = find_major(self.files, name) else {
            return Ok(noted(self.unknown_major()));
        };
        let major = found.major;
        let (mut lines, mut heading) = (Vec::new(), String::new());
        for item in self.catalogue.requirements(major).await? {
            let under = item.heading != heading && !item.heading.is_empty();
            heading.clone_from(&item.heading);
            let text = without_markers(&item.text);
            lines.push(if under { format!("{}: {text}", without_markers(&item.heading)) } else { text });
        }
        let close: Vec<String> = found.close.iter().map(|file| without_markers(&file.name)).collect();
        let note = (!close.is_empty()).then(|| self.text("catalogue-close", [("value", close.join("; "))]));
        Ok(Stated { said: vec![(major.document_id, self.bounded(lines))], note })
    }

    fn unknown_major(&self) -> String {
        format!("{} {}", self.language.text("catalogue-no-major"), self.majors())
    }

    async fn prerequisites(&self, courses: &[Course]) -> anyhow::Result<Stated> {
        let Some(list) = self.list(Kind::Prerequisites) else { return Ok(Stated::default()) };
        let rows = self.catalogue.prerequisites(courses, self.today).await?;
        let (mut lines, mut unknown) = (Vec::new(), Vec::new());
        for course in courses {
            let Some(row) = rows.iter().find(|row| row.course == course.code()) else {
                unknown.push(course.code());
                continue;
            };
            let key =
                if row.rule.is_empty() { "catalogue-no-prerequisite" } else { "catalogue-prerequisite" };
            let values = [
                ("name", course.code().to_owned()),
                ("value", sentence(&row.rule)),
                ("first", row.effective.to_string()),
                ("title", without_markers(&list.name)),
            ];
            lines.push(self.text(key, values));
        }
        Ok(self.said(list, lines, &unknown))
    }

    async fn schedule(&self, courses: &[Course], term: Option<&str>) -> anyhow::Result<Stated> {
        let Some(list) = self.list(Kind::Schedule) else { return Ok(Stated::default()) };
        let mut rows = self.catalogue.sections(courses, term).await?;
        let elsewhere = term.filter(|_| rows.is_empty());
        if elsewhere.is_some() {
            rows = self.catalogue.sections(courses, None).await?;
        }
        let unknown: Vec<&str> = courses
            .iter()
            .map(Course::code)
            .filter(|code| !rows.iter().any(|row| row.course == *code))
            .collect();
        let lines = rows.iter().map(|row| self.class(row)).collect();
        let mut stated = self.said(list, lines, &unknown);
        if let Some(term) = elsewhere.filter(|_| !stated.said.is_empty()) {
            let other = self.text("catalogue-other-terms", [("name", without_markers(term))]);
            stated.note =
                Some([Some(other), stated.note].into_iter().flatten().collect::<Vec<_>>().join(" "));
        }
        Ok(stated)
    }

    async fn syllabus(&self, filter: &Filter) -> anyhow::Result<Stated> {
        let Some(list) = self.list(Kind::Curriculum) else { return Ok(Stated::default()) };
        let rows = self.catalogue.curriculum(filter).await?;
        let lines = rows.iter().map(|row| self.course(row)).collect();
        Ok(self.said(list, lines, &[]))
    }

    /// Lines of a list. Codes that it does not have are named when others were found.
    fn said(&self, list: &File, lines: Vec<String>, unknown: &[&str]) -> Stated {
        let title = || without_markers(&list.name);
        let note = (!unknown.is_empty())
            .then(|| self.text("catalogue-not-listed", [("codes", unknown.join(", ")), ("title", title())]));
        let said = if lines.is_empty() { Vec::new() } else { vec![(list.document_id, self.bounded(lines))] };
        Stated { said, note }
    }

    async fn recommend(
        &self,
        major: &str,
        completed: &[Course],
        term: Option<&str>,
    ) -> anyhow::Result<Stated> {
        let Some(found) = find_major(self.files, major) else {
            return Ok(noted(self.unknown_major()));
        };
        let plan = self.catalogue.plan(found.major, completed, term, self.today).await?;
        let mut said = Vec::new();
        if let Some(list) = self.list(Kind::Schedule) {
            said.push((list.document_id, self.offered(&plan)));
        }
        if let Some(list) = self.list(Kind::Prerequisites) {
            said.push((list.document_id, self.blocked(&plan)));
        }
        said.push((found.major.document_id, self.required(&plan, &found.major.name)));
        said.retain(|(_, lines)| !lines.is_empty());
        let lacking = |kind, key: &str| self.list(kind).is_none().then(|| self.language.text(key));
        let notes = [
            Some(self.language.text("catalogue-plan-note")),
            lacking(Kind::Schedule, "catalogue-no-schedule"),
            lacking(Kind::Prerequisites, "catalogue-no-prerequisites"),
        ];
        Ok(Stated { said, note: Some(notes.into_iter().flatten().collect::<Vec<_>>().join(" ")) })
    }

    /// What may be taken, and what is not taught.
    fn offered(&self, plan: &Plan) -> Vec<String> {
        let open = plan.eligible.iter().map(|row| self.text("catalogue-open", [("value", self.class(row))]));
        let mut lines: Vec<String> = open.collect();
        if !plan.not_offered.is_empty() {
            let codes: Vec<&str> = plan.not_offered.iter().map(Course::code).collect();
            lines.push(self.text("catalogue-not-offered", [("codes", codes.join(", "))]));
        }
        self.bounded(lines)
    }

    /// What stands in the way.
    fn blocked(&self, plan: &Plan) -> Vec<String> {
        let blocked = plan.blocked.iter().map(|blocked| {
            let missing: Vec<&str> = blocked.missing.iter().map(Course::code).collect();
            let values = [
                ("name", blocked.rule.course.clone()),
                ("value", sentence(&blocked.rule.rule)),
                ("codes", missing.join(", ")),
            ];
            self.text("catalogue-blocked", values)
        });
        let unclear = plan.unclear.iter().map(|rule| {
            self.text("catalogue-unclear", [("name", rule.course.clone()), ("value", sentence(&rule.rule))])
        });
        self.bounded(blocked.chain(unclear).collect())
    }

    /// What the major still requires, and what of it is met.
    fn required(&self, plan: &Plan, major: &str) -> Vec<String> {
        let under = |heading: &str, text: &str| match heading {
            "" => without_markers(text),
            heading => format!("{}: {}", without_markers(heading), without_markers(text)),
        };
        let values = [
            ("name", without_markers(major)),
            ("first", plan.met.len().to_string()),
            ("last", (plan.met.len() + plan.open.len()).to_string()),
        ];
        let mut lines = vec![self.text("catalogue-met", values)];
        lines.extend(plan.open.iter().map(|item| {
            self.text("catalogue-still-required", [("value", under(&item.heading, &item.text))])
        }));
        lines.extend(
            plan.other.iter().map(|item| {
                self.text("catalogue-also-required", [("value", under(&item.heading, &item.text))])
            }),
        );
        self.bounded(lines)
    }

    /// A class in a line.
    fn class(&self, row: &Section) -> String {
        let name = without_markers(&format!("{} {}", row.course, row.title));
        let section = match row.section.as_str() {
            "" => String::new(),
            section => self.text("catalogue-section", [("name", without_markers(section))]),
        };
        let times = match (row.starts.as_str(), row.ends.as_str()) {
            ("", _) => self.language.text("catalogue-no-time"),
            (starts, "") => format!("{} {starts}", self.days(&row.days)),
            (starts, ends) => format!("{} {starts}–{ends}", self.days(&row.days)),
        };
        let span = match (row.begins_on, row.ends_on) {
            (Some(first), Some(last)) => format!("{first} – {last}"),
            _ => String::new(),
        };
        let parts = [row.term.clone(), section, times, row.place.clone(), row.instructor.clone(), span];
        format!("{name}: {}", joined(&parts))
    }

    /// A course of the curriculum in a line.
    fn course(&self, row: &CurriculumCourse) -> String {
        let name = without_markers(&format!("{} {}", row.course, row.title));
        let credits = match row.credits.as_str() {
            "" => String::new(),
            credits => self.text("catalogue-credits", [("value", without_markers(credits))]),
        };
        let facts = joined(&[credits, row.term.clone(), row.area.clone(), row.instructor.clone()]);
        let description: String = sentence(&row.description).chars().take(MAX_DESCRIPTION).collect();
        [name, facts, description].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(". ")
    }

    /// The lines that there is room for, and how many there is none for.
    fn bounded(&self, lines: Vec<String>) -> Vec<String> {
        let (all, mut left) = (lines.len(), MAX_CHARS);
        let fits = |line: &String| {
            let chars = line.chars().count();
            let fits = chars <= left;
            left = left.saturating_sub(chars);
            fits
        };
        let mut kept: Vec<String> = lines.into_iter().take(MAX_LINES).take_while(fits).collect();
        if kept.len() < all {
            kept.push(self.language.text_with("catalogue-more", [("count", all - kept.len())]));
        }
        kept
    }

    fn days(&self, days: &str) -> String {
        let named = days.split(' ').filter(|day| !day.is_empty());
        let words = named.map(|day| self.language.text(&format!("catalogue-day-{}", day.to_lowercase())));
        words.collect::<Vec<_>>().join(&self.language.text("catalogue-between-days"))
    }
}

/// Something that no document says.
fn noted(note: String) -> Stated {
    Stated { said: Vec::new(), note: Some(note) }
}

/// Words of a list, without a stop at the end: the sentence they come to stand in has its own.
fn sentence(text: &str) -> String {
    without_markers(text).trim_end_matches(['.', '。', ' ']).to_owned()
}

fn joined(parts: &[String]) -> String {
    let parts = parts.iter().map(|part| without_markers(part)).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("; ")
}
