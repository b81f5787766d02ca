//! How many rows of another table belong to each row of a page.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};

use super::{Cell, Page, Row, row};

impl Page {
    /// How many rows of `E` refer to each row of the page, whose key is a whole number, by the column `refers`: one query.
    pub async fn counted<E: EntityTrait>(&self, refers: E::Column) -> Result<Vec<Cell>, DbErr> {
        let ids: Vec<i64> = self.rows.iter().filter_map(|row| row::number(row.key())).collect();
        let counts: Vec<(i64, i64)> = E::find()
            .select_only()
            .column(refers)
            .column_as(Expr::cust("COUNT(*)"), "rows")
            .filter(refers.is_in(ids))
            .group_by(refers)
            .into_tuple()
            .all(&self.db)
            .await?;
        let counts: HashMap<i64, i64> = counts.into_iter().collect();
        let of = |row: &Row| row::number(row.key()).and_then(|id| counts.get(&id).copied());
        Ok(self.rows.iter().map(|row| Cell::Number(of(row).unwrap_or_default())).collect())
    }
}
