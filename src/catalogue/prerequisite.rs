//! Prerequisites of courses, as the registrar lists them.

use chrono::NaiveDate;
use sea_orm::{ActiveValue::NotSet, QueryOrder, QuerySelect, Set, entity::prelude::*};

use super::{
    cell,
    course::Course,
    table::{self, COURSE, Column as Wanted, Faults, NUMBER, SUBJECT, course},
};
use crate::{knowledge::DocumentId, platform::text::one_line};

/// Most rows that are looked at for some courses.
const MOST: u64 = 2_000;

/// What a course requires from a day on.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "course_prerequisite")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The list it stands in.
    pub document_id: DocumentId,
    /// The course.
    pub course: String,
    /// From when it holds, until a later row of the course does.
    pub effective: NaiveDate,
    /// What is required, as the list words it; empty for nothing.
    pub rule: String,
}

impl ActiveModelBehavior for ActiveModel {}

const COLUMNS: &[Wanted] = &[
    SUBJECT,
    NUMBER,
    COURSE,
    Wanted {
        name: "rule",
        also: &[
            "Prerequisites",
            "Prerequisite",
            "Prereq",
            "Requisite",
            "Requisites",
            "Requirement",
            "Long Descr",
            "Descr",
            "Description",
            "先修课",
            "先修要求",
            "先修",
        ],
    },
    Wanted { name: "effective", also: &["Eff Date", "Effdt", "Effective Date", "Eff Dt", "生效日期"] },
];

/// Reads a list.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<ActiveModel>, Faults> {
    table::read(bytes, COLUMNS, &[&["course", "subject"], &["rule"], &["effective"]], |row| {
        let effective =
            cell::date(row.cell("effective")).ok_or_else(|| row.fault("effective", "is no date"))?;
        Ok(ActiveModel {
            id: NotSet,
            document_id: NotSet,
            course: Set(course(row)?.code().to_owned()),
            effective: Set(effective),
            rule: Set(one_line(row.cell("rule"))),
        })
    })
}

/// The rows of these courses that are in force on a day: of each course the latest that has begun.
pub(super) async fn in_force(
    db: &impl ConnectionTrait,
    courses: &[Course],
    on: NaiveDate,
) -> Result<Vec<Model>, DbErr> {
    if courses.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Entity::find()
        .filter(COLUMN.course.is_in(courses.iter().map(Course::code)))
        .filter(COLUMN.effective.lte(on))
        .order_by_asc(Column::Course)
        .order_by_desc(Column::Effective)
        // Of two of the same day the one further down in the list counts.
        .order_by_desc(Column::Id)
        .limit(MOST);
    let mut rows = rows.all(db).await?;
    rows.dedup_by(|later, first| later.course == first.course);
    Ok(rows)
}
