//! How often the check of the chat has failed of late: one bad answer is chance, six within an hour are a fault.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    Set,
    entity::prelude::*,
    sea_query::{CaseStatement, Expr, ExprTrait, OnConflict},
};

/// So many bad answers within [`WINDOW`] are a fault, as in the original.
pub const THRESHOLD: u32 = 6;
/// How long bad answers are counted together, from the first on.
const WINDOW: Duration = Duration::hours(1);
/// What is counted: there is one check.
const CHAT: &str = "chat";

/// Bad answers that nobody has been told of.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "load_test_trouble")]
pub struct Model {
    /// What was checked.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// When the first of them came.
    pub since: DateTimeUtc,
    /// How many there have been since.
    pub count: i32,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a check has found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Requests that failed.
    pub failed: u64,
    /// Answers that were too short.
    pub short: u64,
}

/// Counts what a check has found. Answers whether maintainers have to be told: then the counting begins anew, and only
/// one of any number of instances has to tell them. Part of the caller's transaction, which writes the letter.
pub async fn judge(db: &impl ConnectionTrait, checked: Checked, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let bad = checked.failed.saturating_add(checked.short);
    if bad == 0 {
        return Ok(false);
    }
    // Far more than the threshold is no different from it, and can be added up without overflow.
    let bad = i32::try_from(bad.clamp(0, 1_000_000)).unwrap_or(i32::MAX);
    let column = |column| Expr::col((Entity, column));
    let over = || column(Column::Since).lte(now - WINDOW);
    let anew =
        |new: Expr, old: Expr| Expr::Case(Box::new(CaseStatement::new().case(over(), new).finally(old)));
    let counted = column(Column::Count).add(bad);
    let mut together = OnConflict::column(Column::Name);
    together
        .value(Column::Count, anew(Expr::val(bad), counted))
        .value(Column::Since, anew(Expr::val(now), column(Column::Since)));
    let row = ActiveModel { name: Set(CHAT.to_owned()), since: Set(now), count: Set(bad) };
    let counted = Entity::insert(row).on_conflict(together).exec_with_returning(db).await?;
    if counted.count < THRESHOLD.cast_signed() {
        return Ok(false);
    }
    Entity::delete_by_id(CHAT).exec(db).await?;
    Ok(true)
}
