//! Figures for the overview: how many files came, and how many could not be read.

use sea_orm::{QuerySelect, entity::prelude::*, sea_query::Expr};

use super::file::{COLUMN, Column, Entity, State};
use crate::platform::grid::{Grid, STEP, how_many};

/// The files that came in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uploaded {
    /// All of them.
    pub files: i64,
    /// Those that give no text.
    pub failed: i64,
}

/// The files that came.
pub async fn uploaded(db: &impl ConnectionTrait, grid: &Grid) -> Result<Vec<Uploaded>, DbErr> {
    let failed = COLUMN.state.is_in([State::Rejected, State::Failed, State::Missing]);
    let rows: Vec<(i64, i64, i64)> = Entity::find()
        .select_only()
        .column_as(grid.step_of(db.get_database_backend(), Expr::col(Column::UploadedTime)), STEP)
        .column_as(COLUMN.id.count(), "files")
        .column_as(how_many(failed), "failed")
        .filter(COLUMN.uploaded_time.gte(grid.from()))
        .filter(COLUMN.uploaded_time.lt(grid.to()))
        .group_by(Expr::col(STEP))
        .into_tuple()
        .all(db)
        .await?;
    Ok(grid.filled(rows.into_iter().map(|(step, files, failed)| (step, Uploaded { files, failed }))))
}
