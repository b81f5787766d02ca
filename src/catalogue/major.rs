//! Majors: what their files say, and which of them somebody means.

use sea_orm::{ActiveValue::NotSet, Set};
use strsim::{normalized_levenshtein, sorensen_dice};

use super::{
    course::Course,
    file::{Kind, Model as File},
    requirement, subjects,
};
use crate::{
    knowledge::{DocumentId, clean, decode},
    platform::text::one_line,
};

/// The file of what every major requires, without its ending.
pub(super) const ALL_MAJORS: &str = "all-majors";
/// How like a name has to be, of 100: the original's threshold.
const THRESHOLD: f64 = 40.0;
/// Names that are about as like as the likest are named beside it.
const CLOSE: f64 = 5.0;
/// Most items of a major.
const MAX_ITEMS: usize = 500;
const MAX_NAME: usize = 300;
const MAX_ITEM: usize = 600;

/// What a file says of a major.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) words: String,
    pub(super) items: Vec<requirement::ActiveModel>,
}

/// Reads a file. `stem` is its name without the ending.
pub(super) fn read(document: DocumentId, stem: &str, bytes: &[u8]) -> Read {
    let text = clean(&decode(bytes));
    let kind = if stem.eq_ignore_ascii_case(ALL_MAJORS) { Kind::AllMajors } else { Kind::Major };
    let title = text.lines().find_map(|line| line.strip_prefix("# ")).map(plain);
    let spelt = || stem.replace(['-', '_'], " ");
    let name = title.filter(|title| !title.is_empty()).unwrap_or_else(spelt);
    let name = without_ornament(&name).chars().take(MAX_NAME).collect::<String>();
    let mut words: Vec<String> = vec![spelt()];
    words.extend(text.lines().find_map(also_known).into_iter().flatten());
    words.retain(|word| *word != name);
    let (mut heading, mut items) = (String::new(), Vec::new());
    for line in text.lines().map(str::trim) {
        if let Some(title) = line.strip_prefix('#') {
            heading = plain(title.trim_start_matches('#')).chars().take(MAX_NAME).collect();
        } else if let Some(item) = item(line).filter(|_| items.len() < MAX_ITEMS) {
            items.push(row(document, items.len(), &heading, &item));
        }
    }
    Read { kind, name, words: words.join("\n"), items }
}

fn row(document: DocumentId, seq: usize, heading: &str, item: &str) -> requirement::ActiveModel {
    let text: String = item.chars().take(MAX_ITEM).collect();
    let courses = Course::all_in(&text).iter().map(Course::code).collect::<Vec<_>>().join(", ");
    requirement::ActiveModel {
        id: NotSet,
        document_id: Set(document),
        seq: Set(i32::try_from(seq).unwrap_or(i32::MAX)),
        heading: Set(heading.to_owned()),
        text: Set(text),
        courses: Set(courses),
    }
}

/// The words of a line that is an item of a list or a row of a table.
fn item(line: &str) -> Option<String> {
    let bullet = ["- ", "* ", "+ ", "• "].iter().find_map(|bullet| line.strip_prefix(bullet));
    let numbered = || {
        let (number, rest) = line.split_once(['.', ')'])?;
        let digits = (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        (digits && rest.starts_with(' ')).then_some(rest)
    };
    let cells = || {
        let inside = line.strip_prefix('|')?.trim_end_matches('|');
        let rule = inside.chars().all(|c| "-:| ".contains(c));
        // What a table has in its first line are names of columns, not courses.
        (!rule && !Course::all_in(inside).is_empty()).then_some(inside)
    };
    let text = plain(bullet.or_else(numbered).or_else(cells)?);
    (!text.is_empty()).then_some(text)
}

/// A line without the marks of Markdown, and without what would pass for a citation or a link.
fn plain(line: &str) -> String {
    let cells: Vec<&str> = line.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect();
    let text = cells.join(" — ").replace(['*', '`', '<', '>'], "").replace('[', "(").replace(']', ")");
    one_line(&text)
}

/// `Major in X`, `Requirements for the X major`: X.
fn without_ornament(name: &str) -> String {
    let mut name = name.trim();
    for before in
        ["Requirements for the ", "Requirements for ", "Requirements of the ", "Major in ", "Major: "]
    {
        name = name.strip_prefix(before).unwrap_or(name);
    }
    for behind in [" Requirements", " Major", " major", "专业要求", "专业"] {
        name = name.strip_suffix(behind).unwrap_or(name);
    }
    name.trim().to_owned()
}

/// The names in a line that says how else a major is called.
fn also_known(line: &str) -> Option<Vec<String>> {
    let line = plain(line);
    let begins = ["Also known as", "Other names", "Also called", "别名", "又称", "又名"];
    let rest = begins.iter().find_map(|begin| line.strip_prefix(begin))?;
    let names = rest
        .trim_start_matches([':', '：', ' '])
        .trim_end_matches(['.', '。'])
        .split([',', ';', '、', '，', '；']);
    let cut = |name: &str| name.trim().chars().take(MAX_NAME).collect::<String>();
    Some(names.map(cut).filter(|name| !name.is_empty()).take(20).collect())
}

/// A major that somebody may mean.
#[derive(Clone, Debug)]
pub struct Match<'f> {
    /// It.
    pub major: &'f File,
    /// Others whose names are about as like.
    pub close: Vec<&'f File>,
}

/// The major whose name is likest to `asked`; `None` when no name is like it.
pub fn find<'f>(files: &'f [File], asked: &str) -> Option<Match<'f>> {
    let asked = bare(asked);
    if asked.is_empty() {
        return None;
    }
    let scored = files.iter().filter(|file| file.kind.is_major()).map(|file| (likeness(file, &asked), file));
    likest(scored.filter(|(score, _)| *score >= THRESHOLD).collect())
}

/// The major that a question names; `None` when it names none.
pub fn named_in<'f>(files: &'f [File], question: &str) -> Option<Match<'f>> {
    let question = format!(" {} ", bare(question));
    let length = |file: &File| {
        let there = names(file).into_iter().filter(|name| stands_in(name, &question));
        there.map(|name| name.chars().count()).max()
    };
    let named = files.iter().filter(|file| file.kind == Kind::Major);
    let scored: Vec<(f64, &File)> =
        named.filter_map(|file| length(file).map(|length| (length as f64 * 10.0, file))).collect();
    likest(scored)
}

fn likest(mut scored: Vec<(f64, &File)>) -> Option<Match<'_>> {
    // Stable: of two that are as like, the first by name wins.
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (best, major) = *scored.first()?;
    let close = scored[1..].iter().take_while(|(score, _)| best - score < CLOSE).map(|(_, file)| *file);
    Some(Match { major, close: close.take(5).collect() })
}

/// How like a major's names are to what was asked for, of 100.
fn likeness(file: &File, asked: &str) -> f64 {
    let of = |name: String| {
        if name == asked {
            return 100.0;
        }
        let inside = format!(" {asked} ");
        if stands_in(&name, &inside) || stands_in(asked, &format!(" {name} ")) {
            let (short, long) = (
                name.chars().count().min(asked.chars().count()),
                name.chars().count().max(asked.chars().count()),
            );
            return 70.0 + 25.0 * short as f64 / long as f64;
        }
        60.0 * sorensen_dice(&name, asked).max(normalized_levenshtein(&name, asked))
            + 30.0 * shared(&name, asked)
    };
    names(file).into_iter().map(of).fold(0.0, f64::max)
}

/// The share of the words asked for that a name has.
fn shared(name: &str, asked: &str) -> f64 {
    let words: Vec<&str> = asked.split(' ').filter(|word| word.len() > 3).collect();
    let there = words.iter().filter(|word| name.split(' ').any(|have| have == **word)).count();
    if words.is_empty() { 0.0 } else { there as f64 / words.len() as f64 }
}

/// Every name of a major in its bare form: of the file, of a track behind a stroke, and of the subject it is.
fn names(file: &File) -> Vec<String> {
    let written = [file.name.as_str()].into_iter().chain(file.words.lines());
    let mut names: Vec<String> = Vec::new();
    for name in written {
        names.push(bare(name));
        names.extend(name.split('/').skip(1).map(bare));
    }
    let subject = |name: &String| subjects::code(name).map(subjects::names);
    let more: Vec<String> = names.iter().filter_map(subject).flatten().collect();
    names.extend(more);
    names.retain(|name| name.chars().count() > 1);
    names.sort();
    names.dedup();
    names
}

/// Whether a name stands in a text as words of its own; Han characters need no blanks around.
fn stands_in(name: &str, text: &str) -> bool {
    if name.is_ascii() { text.contains(&format!(" {name} ")) } else { text.contains(name) }
}

/// Small letters and digits with single blanks between; a blank where the script changes.
fn bare(text: &str) -> String {
    let mut bare = String::new();
    let mut before = ' ';
    for c in text.chars().flat_map(char::to_lowercase) {
        let c = if c.is_alphanumeric() { c } else { ' ' };
        let turns = before != ' ' && c != ' ' && before.is_ascii() != c.is_ascii();
        if turns || (c == ' ' && before != ' ') {
            bare.push(' ');
        }
        if c != ' ' {
            bare.push(c);
        }
        before = c;
    }
    bare.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPUTATION: &str = "# Major in Computation and Design / Computer Science\n\n\
        Also known as: CompDesign CS, 计算与设计\n\n## Core\n\n- **COMPSCI 201** [1] Data\n1. COMPSCI 205 or MATH 205\n\
        | Code | Title |\n|---|---|\n| MATH 105 | Calculus |\n\n## Signature Work\n\n- A project\n";

    fn file(id: i64, stem: &str, text: &str) -> File {
        let read = read(DocumentId(id), stem, text.as_bytes());
        File {
            document_id: DocumentId(id),
            kind: read.kind,
            name: read.name,
            words: read.words,
            sha256: String::new(),
            entries: 0,
            loaded_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_file_is_read_item_by_item() {
        let read = read(DocumentId(1), "compdesign-cs", COMPUTATION.as_bytes());
        assert_eq!(read.name, "Computation and Design / Computer Science");
        assert_eq!(read.words, "compdesign cs\nCompDesign CS\n计算与设计");
        let items: Vec<(String, String, String)> = read
            .items
            .into_iter()
            .map(|item| (item.heading.unwrap(), item.text.unwrap(), item.courses.unwrap()))
            .collect();
        let item = |heading: &str, text: &str, courses: &str| {
            (heading.to_owned(), text.to_owned(), courses.to_owned())
        };
        assert_eq!(
            items,
            [
                item("Core", "COMPSCI 201 (1) Data", "COMPSCI 201"),
                item("Core", "COMPSCI 205 or MATH 205", "COMPSCI 205, MATH 205"),
                item("Core", "MATH 105 — Calculus", "MATH 105"),
                item("Signature Work", "A project", ""),
            ]
        );
    }

    #[test]
    fn a_major_is_found_under_the_names_that_people_use() {
        let files = [
            file(1, "compdesign-cs", COMPUTATION),
            file(2, "data-science", "# Data Science\n"),
            file(3, "global-health", "# Global Health / Public Policy\n"),
            file(4, "all-majors", "# Rules for all majors\n"),
        ];
        let found = |asked: &str| find(&files, asked).map(|found| found.major.document_id.0);
        for (asked, id) in [
            ("computer science", 1),
            ("CS", 1),
            ("Computation & Design", 1),
            ("计算机科学", 1),
            ("data sciense", 2),
            ("Data Science major", 2),
            ("Public Policy", 3),
            ("all majors", 4),
        ] {
            assert_eq!(found(asked), Some(id), "{asked}");
        }
        for asked in ["", "zzz", "?"] {
            assert_eq!(found(asked), None, "{asked}");
        }
        let named = |question: &str| named_in(&files, question).map(|found| found.major.document_id.0);
        assert_eq!(named("What are the requirements of the Data Science major?"), Some(2));
        assert_eq!(named("计算机专业要求是什么"), Some(1));
        assert_eq!(named("CS major requirements"), Some(1));
        assert_eq!(named("What does it cost to print?"), None);
    }
}
