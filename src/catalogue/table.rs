//! A registrar's table as it comes: any encoding, any order of columns, headers under one of several names.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::course::Course;
use crate::{
    knowledge::{clean, decode},
    platform::text::one_line,
};

/// Most rows of a table.
const MAX_ROWS: usize = 50_000;
/// Longest cell, in characters.
const MAX_CELL: usize = 4_000;
/// Faults that are told; the rest are counted.
const MAX_FAULTS: usize = 20;

/// A column that is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// What it is called here.
    pub(super) name: &'static str,
    /// What registrars call it. Case, blanks and marks do not count.
    pub(super) also: &'static [&'static str],
}

/// The columns by which every list names its courses: in two parts, or whole.
pub(super) const SUBJECT: Column = Column { name: "subject", also: &["Subj", "Subject Code", "学科"] };
pub(super) const NUMBER: Column = Column {
    name: "number",
    also: &["Catalog", "Catalog Nbr", "Catalog Number", "Course Number", "课程号"],
};
pub(super) const COURSE: Column =
    Column { name: "course", also: &["Course Code", "Course Id", "Code", "课程", "课程代码"] };

/// What is wrong with a table, each fault with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(Vec<String>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told: Vec<&str> = self.0.iter().take(MAX_FAULTS).map(String::as_str).collect();
        f.write_str(&told.join("\n"))?;
        match self.0.len().saturating_sub(MAX_FAULTS) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

/// A row, with the cells of the columns looked for.
#[derive(Debug)]
pub(super) struct Row<'t> {
    line: u64,
    cells: Vec<String>,
    columns: &'t [Found],
}

/// A column of a file, by the name it has here and the one it has there.
#[derive(Debug)]
struct Found {
    name: &'static str,
    header: String,
    at: usize,
}

impl Row<'_> {
    /// A cell; empty where the file has no such column.
    pub(super) fn cell(&self, name: &str) -> &str {
        let column = self.columns.iter().find(|column| column.name == name);
        column.and_then(|column| self.cells.get(column.at)).map_or("", String::as_str)
    }

    /// A cell, cut to a length in characters.
    pub(super) fn short(&self, name: &str, chars: usize) -> String {
        one_line(self.cell(name)).chars().take(chars).collect()
    }

    /// Says what is wrong with a cell.
    pub(super) fn fault(&self, name: &str, why: &str) -> String {
        let header = self.columns.iter().find(|column| column.name == name);
        let header = header.map_or(name, |column| column.header.as_str());
        let shown: String = self.cell(name).chars().take(60).collect();
        format!("line {}, column `{header}`: `{shown}` {why}", self.line)
    }
}

/// Reads the rows of a table. `needed` are columns of which at least one of each group has to be there; every row is
/// given to `read`, which answers what it says or what is wrong with it.
pub(super) fn read<T>(
    bytes: &[u8],
    columns: &[Column],
    needed: &[&[&str]],
    read: impl Fn(&Row<'_>) -> Result<T, String>,
) -> Result<Vec<T>, Faults> {
    let text = decode(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| Faults(vec![error.to_string()]))?.clone();
    let found = find(&headers, columns);
    let has = |name: &&str| found.iter().any(|column| column.name == *name);
    let missing: Vec<String> = needed
        .iter()
        .filter(|group| !group.iter().any(has))
        .map(|group| format!("line 1: there is no column `{}`", group.join("` or `")))
        .collect();
    if !missing.is_empty() {
        return Err(Faults(missing));
    }
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                faults.push(unreadable(&error));
                continue;
            }
        };
        if record.iter().all(str::is_empty) {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        if rows.len() == MAX_ROWS {
            faults.push(format!("line {line}: there are more than {MAX_ROWS} rows"));
            break;
        }
        let cells = record.iter().map(|cell| clean(cell).chars().take(MAX_CELL).collect()).collect();
        match read(&Row { line, cells, columns: &found }) {
            Ok(row) => rows.push(row),
            Err(fault) => faults.push(fault),
        }
    }
    if rows.is_empty() && faults.is_empty() {
        faults.push("there are no rows".to_owned());
    }
    if faults.is_empty() { Ok(rows) } else { Err(Faults(faults)) }
}

fn unreadable(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!("line {line}: it has {len} cells, and the first line {expected_len}")
        }
        _ => error.to_string(),
    }
}

/// The columns that a file has, each under the first of its names that is there.
fn find(headers: &csv::StringRecord, columns: &[Column]) -> Vec<Found> {
    let bare: Vec<String> = headers.iter().map(bare).collect();
    let mut found = Vec::new();
    for column in columns {
        let names = [column.name].into_iter().chain(column.also.iter().copied());
        let at = names.map(self::bare).find_map(|name| bare.iter().position(|header| *header == name));
        if let Some(at) = at {
            found.push(Found { name: column.name, header: headers[at].trim().to_owned(), at });
        }
    }
    found
}

fn bare(header: &str) -> String {
    header.nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What separates the cells of the first line.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |delimiter: &u8| first.bytes().filter(|byte| byte == delimiter).count();
    // The comma wins where two are as frequent.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

/// The course of a row of any list.
pub(super) fn course(row: &Row<'_>) -> Result<Course, String> {
    let (subject, number, whole) = (row.cell("subject"), row.cell("number"), row.cell("course"));
    if !subject.is_empty() && !number.is_empty() {
        return Course::of(subject, number).ok_or_else(|| row.fault("number", "is no course number"));
    }
    let column = if whole.is_empty() { "subject" } else { "course" };
    Course::parse(row.cell(column)).ok_or_else(|| row.fault(column, "is no course code"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] =
        &[Column { name: "course", also: &["Crse Id"] }, Column { name: "date", also: &["Eff Date"] }];

    fn pairs(bytes: &[u8]) -> Result<Vec<(String, String)>, Faults> {
        read(bytes, COLUMNS, &[&["course"]], |row| {
            if row.cell("date") == "bad" {
                return Err(row.fault("date", "is no day"));
            }
            Ok((row.cell("course").to_owned(), row.cell("date").to_owned()))
        })
    }

    #[test]
    fn headers_separators_and_encodings_are_taken_as_they_come() {
        let expected = Ok(vec![("计算 1".to_owned(), "x,y".to_owned())]);
        assert_eq!(pairs("\u{feff}CRSE_ID,Other,eff date\n计算 1,-,\"x,y\"\n".as_bytes()), expected);
        assert_eq!(pairs("Course;Eff. Date\n计算 1;x,y\n;\n".as_bytes()), expected);
        let utf16: Vec<u8> =
            "\u{feff}Course\tEffDate\r\n计算 1\tx,y\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(pairs(&utf16), expected);
        let (gb, _, _) = encoding_rs::GB18030.encode("Course,Eff Date\n计算 1,\"x,y\"\n");
        assert_eq!(pairs(&gb), expected);
    }

    #[test]
    fn each_fault_has_its_place() {
        let told = |text: &str| pairs(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(told("Name\nx\n"), "line 1: there is no column `course`");
        assert_eq!(
            told("Course,Eff Date\na,ok\nb,bad\nc\n"),
            "line 3, column `Eff Date`: `bad` is no day\nline 4: it has 1 cells, and the first line 2"
        );
        assert_eq!(told("Course,Eff Date\n"), "there are no rows");
        let many = format!("Course,Eff Date\n{}", "a,bad\n".repeat(30));
        assert!(told(&many).ends_with("\nand 10 more"));
    }
}
