//! The course catalogue: what majors require, and the registrar's lists of prerequisites, classes and courses.
//!
//! It is loaded from the folder `catalogue` of an ingested folder. Each file of it has a campus document, under which
//! answers cite it; who removes that document removes what was read from it.

pub mod admin;
mod cell;
mod course;
mod curriculum;
mod file;
mod load;
mod major;
mod plan;
mod prerequisite;
mod requirement;
mod rule;
mod section;
mod subjects;
mod table;

use chrono::NaiveDate;
use sea_orm::DbErr;

pub use course::{Course, with_codes};
pub use curriculum::{Filter, Model as CurriculumCourse};
pub use file::{Kind, Model as File};
pub use load::{FOLDER, Loaded, load};
pub use major::{Match, find as find_major, named_in as major_named_in};
pub use plan::{Blocked, Plan};
pub use prerequisite::Model as Prerequisite;
pub use requirement::Model as Requirement;
pub use section::Model as Section;

use crate::platform::store::Store;

/// The tables of this slice.
pub mod tables {
    pub use super::{
        curriculum::Entity as CurriculumCourse, file::Entity as File, prerequisite::Entity as Prerequisite,
        requirement::Entity as Requirement, section::Entity as Section,
    };
}

/// What has been loaded, to be looked up in. Cheap to clone.
#[derive(Clone)]
pub struct Catalogue {
    store: Store,
}

impl Catalogue {
    /// The catalogue in this database.
    pub fn new(store: &Store) -> Self {
        Self { store: store.clone() }
    }

    /// The files that have been loaded: one for each major, one for each list.
    pub async fn files(&self) -> Result<Vec<File>, DbErr> {
        file::all(self.store.read()).await
    }

    /// What a major requires, in the order of its file.
    pub async fn requirements(&self, major: &File) -> Result<Vec<Requirement>, DbErr> {
        requirement::of(self.store.read(), major.document_id).await
    }

    /// The prerequisites of these courses that are in force on a day, one each at most.
    pub async fn prerequisites(&self, courses: &[Course], on: NaiveDate) -> Result<Vec<Prerequisite>, DbErr> {
        prerequisite::in_force(self.store.read(), courses, on).await
    }

    /// The classes of these courses, of one term where one is named.
    pub async fn sections(&self, courses: &[Course], term: Option<&str>) -> Result<Vec<Section>, DbErr> {
        section::of(self.store.read(), courses, term).await
    }

    /// The courses of the curriculum that fit a filter.
    pub async fn curriculum(&self, filter: &Filter) -> Result<Vec<CurriculumCourse>, DbErr> {
        curriculum::fitting(self.store.read(), filter).await
    }

    /// What of a major is still to be taken: what of it is offered, and what may be taken after `completed`.
    pub async fn plan(
        &self,
        major: &File,
        completed: &[Course],
        term: Option<&str>,
        on: NaiveDate,
    ) -> Result<Plan, DbErr> {
        let open = plan::Open::of(self.requirements(major).await?, completed);
        let wanted = open.courses();
        let (sections, rules) =
            futures::try_join!(self.sections(&wanted, term), self.prerequisites(&wanted, on))?;
        Ok(open.plan(sections, rules, completed))
    }
}
