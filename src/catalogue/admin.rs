//! The catalogue in the dashboard: to look at, and to find what an answer was made of. It is changed by loading it again.

use sea_orm::{ColumnTrait, Condition};

use super::{curriculum, file, prerequisite, requirement, section};
use crate::admin::{ModelAdmin, Verb};

const READ_ONLY: [Verb; 3] = [Verb::Add, Verb::Change, Verb::Delete];

/// Majors, and the rules for all of them.
pub fn majors() -> ModelAdmin<file::Entity> {
    use file::Column::*;
    let kinds = [file::Kind::Major, file::Kind::AllMajors];
    ModelAdmin::new("core", "major")
        .named_by(|row, _| row.text(Name))
        .list([Name, Words, Entries, LoadedAt])
        .search([Name, Words])
        .ordered_by([Name])
        .only(Condition::all().add(file::COLUMN.kind.is_in(kinds)))
        .multiline([Words])
        .never(READ_ONLY)
}

/// What majors require.
pub fn requirements() -> ModelAdmin<requirement::Entity> {
    use requirement::Column::*;
    ModelAdmin::new("core", "majorrequirement")
        .named_by(|row, _| row.text(Text))
        .list([Text, Heading, Courses, DocumentId])
        .search([Text, Heading, Courses])
        .refers::<file::Entity>(DocumentId)
        .filters([DocumentId])
        .ordered_by([DocumentId, Seq])
        .multiline([Text])
        .never(READ_ONLY)
}

/// Prerequisites.
pub fn prerequisites() -> ModelAdmin<prerequisite::Entity> {
    use prerequisite::Column::*;
    ModelAdmin::new("core", "prerequisite")
        .named_by(|row, _| row.text(Course))
        .list([Course, Rule, Effective])
        .search([Course, Rule])
        .filters([Effective])
        .ordered_by([Course, Effective])
        .multiline([Rule])
        .never(READ_ONLY)
}

/// Classes.
pub fn sections() -> ModelAdmin<section::Entity> {
    use section::Column::*;
    ModelAdmin::new("core", "classsection")
        .named_by(|row, _| format!("{} {}", row.text(Course), row.text(Section)))
        .list([Course, Title, Term, Section, Days, Starts, Ends, Place, Instructor])
        .search([Course, Title, Instructor, Place])
        .filters([Term])
        .ordered_by([Course, Id])
        .never(READ_ONLY)
}

/// Courses of the curriculum.
pub fn courses() -> ModelAdmin<curriculum::Entity> {
    use curriculum::Column::*;
    ModelAdmin::new("core", "curriculumcourse")
        .named_by(|row, _| row.text(Course))
        .list([Course, Title, Credits, Term, Area])
        .search([Course, Title, Description])
        .filters([Area])
        .ordered_by([Course])
        .multiline([Description])
        .never(READ_ONLY)
}
