//! Files of the catalogue: one for each major, one for each of the registrar's lists.

use sea_orm::{DeriveActiveEnum, EnumIter, QueryOrder, entity::prelude::*, prelude::StringLen};

use crate::knowledge::DocumentId;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "snake_case")]
pub enum Kind {
    /// What a major requires.
    Major,
    /// What every major requires.
    AllMajors,
    /// Prerequisites of courses.
    Prerequisites,
    /// Classes with their times.
    Schedule,
    /// Courses with their descriptions.
    Curriculum,
}

impl Kind {
    /// Whether it is about majors rather than a list.
    pub fn is_major(self) -> bool {
        matches!(self, Self::Major | Self::AllMajors)
    }
}

/// A file of the catalogue.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "catalogue_file")]
pub struct Model {
    /// The campus document under which it is cited.
    #[sea_orm(primary_key, auto_increment = false)]
    pub document_id: DocumentId,
    /// What it is.
    pub kind: Kind,
    /// The name of a major, or the title of a list.
    pub name: String,
    /// Other names of a major, or the subjects of a list; one a line.
    pub words: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// How many rows were read from it.
    pub entries: i32,
    /// When it was loaded.
    pub loaded_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// All of them, by name.
pub(super) async fn all(db: &impl ConnectionTrait) -> Result<Vec<Model>, DbErr> {
    Entity::find().order_by_asc(Column::Name).order_by_asc(Column::DocumentId).all(db).await
}

/// Those of some kinds.
pub(super) async fn of_kinds(db: &impl ConnectionTrait, kinds: &[Kind]) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(COLUMN.kind.is_in(kinds.iter().copied()))
        .order_by_asc(Column::DocumentId)
        .all(db)
        .await
}

/// Removes those of some kinds, with all that was read from them.
pub(super) async fn remove(db: &impl ConnectionTrait, kinds: &[Kind]) -> Result<(), DbErr> {
    Entity::delete_many().filter(COLUMN.kind.is_in(kinds.iter().copied())).exec(db).await.map(drop)
}
