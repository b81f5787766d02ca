//! Figures: how many jobs there are in each state, and how many wait for an operator.

use sea_orm::{Condition, QuerySelect, entity::prelude::*};

use super::job::{self, COLUMN, Column, Entity, State};

/// How many jobs there are in each state that any is in. Ended ones are forgotten after a while.
pub async fn by_state(db: &impl ConnectionTrait) -> Result<Vec<(State, i64)>, DbErr> {
    let counted = Entity::find().select_only().column(Column::State).column_as(COLUMN.id.count(), "count");
    counted.group_by(Column::State).into_tuple().all(db).await
}

/// How many dead jobs nobody has asked for again.
pub async fn dead(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    let again = Condition::all().not().add(COLUMN.id.in_subquery(job::repeated()));
    Entity::find().filter(COLUMN.state.eq(State::Dead)).filter(again).count(db).await
}
