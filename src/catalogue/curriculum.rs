//! Courses as the curriculum describes them.

use sea_orm::{
    ActiveValue::NotSet, Condition, ExprTrait, QueryOrder, QuerySelect, Set, entity::prelude::*,
    sea_query::Expr,
};

use super::{
    course::Course,
    table::{self, COURSE, Column as Wanted, Faults, NUMBER, SUBJECT, course},
};
use crate::{
    knowledge::DocumentId,
    platform::{paging::holds, text::one_line},
};

/// Most courses of one answer.
const MOST: u64 = 25;

/// A course of the curriculum.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "curriculum_course")]
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
    /// Its credits.
    pub credits: String,
    /// When it is taught, as the list words it.
    pub term: String,
    /// The division or the requirement that it belongs to.
    pub area: String,
    /// Who teaches it.
    pub instructor: String,
    /// What it is about.
    pub description: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// Which courses are looked for. What is not given does not count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// One of these.
    pub courses: Vec<Course>,
    /// Of this subject, by its code.
    pub subject: Option<String>,
    /// Of this level: 1 for 100 to 199, and so on.
    pub level: Option<u8>,
    /// With these words in the title or the description, each somewhere.
    pub words: Vec<String>,
    /// Taught in a term with this in its name.
    pub term: Option<String>,
    /// By somebody with this in their name.
    pub instructor: Option<String>,
}

const COLUMNS: &[Wanted] = &[
    SUBJECT,
    NUMBER,
    COURSE,
    Wanted { name: "title", also: &["Course Title", "Long Title", "Descr", "课程名称"] },
    Wanted { name: "credits", also: &["Units", "Credit", "Credit Hours", "学分"] },
    Wanted { name: "term", also: &["Offered", "Semester", "Session", "Typically Offered", "学期"] },
    Wanted { name: "area", also: &["Division", "Category", "Area of Knowledge", "Requirement", "类别"] },
    Wanted { name: "instructor", also: &["Instructors", "Teacher", "Faculty", "教师"] },
    Wanted {
        name: "description",
        also: &["Long Descr", "Course Description", "Summary", "Syllabus", "课程简介"],
    },
];

/// Reads a list.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<ActiveModel>, Faults> {
    table::read(bytes, COLUMNS, &[&["course", "subject"], &["title"]], |row| {
        Ok(ActiveModel {
            id: NotSet,
            document_id: NotSet,
            course: Set(course(row)?.code().to_owned()),
            title: Set(row.short("title", 300)),
            credits: Set(row.short("credits", 20)),
            term: Set(row.short("term", 100)),
            area: Set(row.short("area", 200)),
            instructor: Set(row.short("instructor", 300)),
            description: Set(one_line(row.cell("description"))),
        })
    })
}

/// The courses that fit, by code.
pub(super) async fn fitting(db: &impl ConnectionTrait, filter: &Filter) -> Result<Vec<Model>, DbErr> {
    let mut all = Condition::all();
    if !filter.courses.is_empty() {
        all = all.add(COLUMN.course.is_in(filter.courses.iter().map(Course::code)));
    }
    let has = |column: Column, text: &str| holds(Expr::col(column), text);
    if let Some(subject) = &filter.subject {
        let letters: String = subject.chars().filter(char::is_ascii_alphabetic).collect();
        all = all.add(Expr::col(Column::Course).like(format!("{} %", letters.to_uppercase())));
    }
    if let Some(level) = filter.level {
        all = all.add(Expr::col(Column::Course).like(format!("% {level}__%")));
    }
    for word in &filter.words {
        all = all.add(Condition::any().add(has(Column::Title, word)).add(has(Column::Description, word)));
    }
    if let Some(term) = &filter.term {
        all = all.add(has(Column::Term, term));
    }
    if let Some(instructor) = &filter.instructor {
        all = all.add(has(Column::Instructor, instructor));
    }
    let rows = Entity::find().filter(all).order_by_asc(Column::Course).order_by_asc(Column::Id);
    rows.limit(MOST).all(db).await
}
