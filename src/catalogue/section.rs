//! Classes: which course is taught when and where.

use chrono::NaiveDate;
use sea_orm::{ActiveValue::NotSet, QueryOrder, QuerySelect, Set, entity::prelude::*};

use super::{
    cell,
    course::Course,
    table::{self, COURSE, Column as Wanted, Faults, NUMBER, Row, SUBJECT, course},
};
use crate::knowledge::DocumentId;

/// Most classes that are looked through for an answer: those of a large major in all the terms of a list.
const MOST: u64 = 5_000;

/// A class.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "class_section")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The list it stands in.
    pub document_id: DocumentId,
    /// The course.
    pub course: String,
    /// Its title.
    pub title: String,
    /// The term, as the list words it.
    pub term: String,
    /// The section.
    pub section: String,
    /// The number of the class.
    pub class_number: String,
    /// Its days, such as `Mon Wed`.
    pub days: String,
    /// When it begins, as `HH:MM`; empty where no time is fixed.
    pub starts: String,
    /// When it ends, as `HH:MM`; empty where no time is fixed.
    pub ends: String,
    /// Where it meets.
    pub place: String,
    /// Who teaches it.
    pub instructor: String,
    /// Its first day.
    pub begins_on: Option<NaiveDate>,
    /// Its last day.
    pub ends_on: Option<NaiveDate>,
}

impl ActiveModelBehavior for ActiveModel {}

const COLUMNS: &[Wanted] = &[
    SUBJECT,
    NUMBER,
    COURSE,
    Wanted { name: "title", also: &["Descr", "Course Title", "Long Title", "Description", "课程名称"] },
    Wanted { name: "term", also: &["Term Descr", "Semester", "Session", "Strm", "学期"] },
    Wanted { name: "section", also: &["Sect", "Section Nbr", "Class Section", "班级"] },
    Wanted { name: "class_number", also: &["Class Nbr", "Class No", "Nbr"] },
    Wanted { name: "days", also: &["Mtg Days", "Meeting Days", "Pattern", "Day", "Weekdays", "上课日"] },
    Wanted {
        name: "starts",
        also: &["Mtg Start", "Start Time", "Meeting Time Start", "Start", "From", "开始时间"],
    },
    Wanted { name: "ends", also: &["Mtg End", "End Time", "Meeting Time End", "End", "To", "结束时间"] },
    Wanted {
        name: "place", also: &["Facility", "Facil Id", "Room", "Location", "Building", "教室", "地点"]
    },
    Wanted { name: "instructor", also: &["Instructors", "Name", "Teacher", "Faculty", "教师"] },
    Wanted { name: "begins_on", also: &["Start Date", "First Day", "开始日期"] },
    Wanted { name: "ends_on", also: &["End Date", "Last Day", "结束日期"] },
    Wanted { name: "Mon", also: &["Monday"] },
    Wanted { name: "Tue", also: &["Tues", "Tuesday"] },
    Wanted { name: "Wed", also: &["Wednesday"] },
    Wanted { name: "Thu", also: &["Thurs", "Thursday"] },
    Wanted { name: "Fri", also: &["Friday"] },
    Wanted { name: "Sat", also: &["Saturday"] },
    Wanted { name: "Sun", also: &["Sunday"] },
];
const WEEK: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Reads a list.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<ActiveModel>, Faults> {
    table::read(bytes, COLUMNS, &[&["course", "subject"], &["term"]], |row| {
        Ok(ActiveModel {
            id: NotSet,
            document_id: NotSet,
            course: Set(course(row)?.code().to_owned()),
            title: Set(row.short("title", 300)),
            term: Set(row.short("term", 100)),
            section: Set(row.short("section", 40)),
            class_number: Set(row.short("class_number", 40)),
            days: Set(days(row)?),
            starts: Set(time(row, "starts")?),
            ends: Set(time(row, "ends")?),
            place: Set(row.short("place", 200)),
            instructor: Set(row.short("instructor", 300)),
            begins_on: Set(day(row, "begins_on")?),
            ends_on: Set(day(row, "ends_on")?),
        })
    })
}

/// The days of a class: in a cell of their own, or a column each.
fn days(row: &Row<'_>) -> Result<String, String> {
    let written = row.cell("days");
    if nothing(written) {
        let marked: Vec<&str> = WEEK.into_iter().filter(|day| cell::yes(row.cell(day))).collect();
        return Ok(marked.join(" "));
    }
    cell::days(written).ok_or_else(|| row.fault("days", "names no days of the week"))
}

fn time(row: &Row<'_>, column: &str) -> Result<String, String> {
    if nothing(row.cell(column)) {
        return Ok(String::new());
    }
    cell::time(row.cell(column)).ok_or_else(|| row.fault(column, "is no time of day"))
}

fn day(row: &Row<'_>, column: &str) -> Result<Option<NaiveDate>, String> {
    if nothing(row.cell(column)) {
        return Ok(None);
    }
    cell::date(row.cell(column)).map(Some).ok_or_else(|| row.fault(column, "is no date"))
}

/// Whether a cell says that nothing is fixed.
fn nothing(cell: &str) -> bool {
    cell.is_empty() || ["tba", "tbd", "-", "n/a", "待定"].contains(&cell.to_lowercase().as_str())
}

/// The classes of these courses in the order of the list, of one term where one is named.
pub(super) async fn of(
    db: &impl ConnectionTrait,
    courses: &[Course],
    term: Option<&str>,
) -> Result<Vec<Model>, DbErr> {
    if courses.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Entity::find().filter(COLUMN.course.is_in(courses.iter().map(Course::code)));
    let rows = rows.order_by_asc(Column::Course).order_by_asc(Column::Id).limit(MOST).all(db).await?;
    Ok(rows.into_iter().filter(|row| term.is_none_or(|term| is_term(&row.term, term))).collect())
}

/// Whether a term is the one that somebody means: every word of theirs stands in it, in either language.
fn is_term(term: &str, meant: &str) -> bool {
    const SEASONS: [&[&str]; 3] = [&["fall", "autumn", "秋"], &["spring", "春"], &["summer", "夏"]];
    let term = term.to_lowercase();
    let has = |word: &str| {
        let same = SEASONS.iter().find(|names| names.contains(&word));
        same.map_or_else(|| term.contains(word), |names| names.iter().any(|name| term.contains(name)))
    };
    let meant = meant.to_lowercase();
    meant.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).all(has)
}
