//! Figures for the overview: what was asked, how it was answered, what people said of it. Each is one query over the
//! rows of its period.

use sea_orm::{
    Condition, DbErr, ExprTrait, FromQueryResult, Statement,
    entity::prelude::*,
    sea_query::{CaseStatement, Expr, Func, JoinType, Query, SelectStatement, WindowStatement},
};

use super::{conversation, feedback, message, trace};
use crate::platform::grid::{Grid, STEP, how_many, whole};

/// What was asked in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Questions.
    pub questions: i64,
    /// People who asked them. Over a longer time they are counted anew, with [`Grid::whole`].
    pub people: i64,
}

/// How it was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// Answers that came to an end.
    pub answers: i64,
    /// Those of them that cite nothing.
    pub uncited: i64,
    /// Those in which passages had to stand in for the model.
    pub fallbacks: i64,
}

/// How long answers took: so many milliseconds or less, for half of them and for 95 in a hundred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// The median.
    pub p50: Option<i32>,
    /// The 95th percentile.
    pub p95: Option<i32>,
}

/// What people said of answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rated {
    /// That they help.
    pub good: i64,
    /// Anything else.
    pub bad: i64,
}

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Until the first text.
    FirstText,
    /// Until the end.
    Whole,
}

/// What was asked.
pub async fn asked(db: &impl ConnectionTrait, grid: &Grid) -> Result<Vec<Asked>, DbErr> {
    // Counted by conversation first, then by person: that needs nothing of a message but what its index holds.
    let by_conversation = Query::select()
        .expr_as(grid.step_of(db.get_database_backend(), Expr::col(message::Column::CreatedAt)), STEP)
        .column(message::Column::SessionId)
        .expr_as(Expr::val(1).count(), "questions")
        .from(message::Entity)
        .and_where(message::COLUMN.role.eq(message::Role::User))
        .cond_where(within(grid, Expr::col(message::Column::CreatedAt)))
        .group_by_col(STEP)
        .group_by_col(message::Column::SessionId)
        .to_owned();
    let by_person = Query::select()
        .column(("said", STEP))
        .column((conversation::Entity, conversation::Column::UserId))
        .expr_as(Expr::col(("said", "questions")).sum(), "questions")
        .from_subquery(by_conversation, "said")
        .join(
            JoinType::InnerJoin,
            conversation::Entity,
            Expr::col((conversation::Entity, conversation::Column::Id))
                .equals(("said", message::Column::SessionId)),
        )
        .group_by_col(("said", STEP))
        .group_by_col((conversation::Entity, conversation::Column::UserId))
        .to_owned();
    let by_step = Query::select()
        .column(STEP)
        .expr_as(whole(Expr::col("questions").sum()), "first")
        .expr_as(Expr::val(1).count(), "second")
        .from_subquery(by_person, "asked")
        .group_by_col(STEP)
        .to_owned();
    let found = counts(db, &by_step).await?;
    Ok(grid
        .filled(found.into_iter().map(|row| (row.step, Asked { questions: row.first, people: row.second }))))
}

/// How many questions were asked: less work than [`asked`].
pub async fn questions(db: &impl ConnectionTrait, grid: &Grid) -> Result<Vec<i64>, DbErr> {
    let at = Expr::col(message::Column::CreatedAt);
    let by_step = Query::select()
        .expr_as(grid.step_of(db.get_database_backend(), at.clone()), STEP)
        .expr_as(Expr::val(1).count(), "first")
        .expr_as(Expr::val(1).count(), "second")
        .from(message::Entity)
        .and_where(message::COLUMN.role.eq(message::Role::User))
        .cond_where(within(grid, at))
        .group_by_col(STEP)
        .to_owned();
    let found = counts(db, &by_step).await?;
    Ok(grid.filled(found.into_iter().map(|row| (row.step, row.first))))
}

/// How it was answered.
pub async fn answered(db: &impl ConnectionTrait, grid: &Grid) -> Result<Vec<Answered>, DbErr> {
    let at = Expr::col(trace::Column::CreatedAt);
    let by_step = Query::select()
        .expr_as(grid.step_of(db.get_database_backend(), at.clone()), STEP)
        .expr_as(Expr::val(1).count(), "first")
        .expr_as(how_many(trace::COLUMN.citations.eq(0)), "second")
        .expr_as(how_many(trace::COLUMN.fallback.eq(true)), "third")
        .from(trace::Entity)
        .cond_where(within(grid, at))
        .group_by_col(STEP)
        .to_owned();
    let found = counts(db, &by_step).await?;
    let answered = |row: Counts| {
        (row.step, Answered { answers: row.first, uncited: row.second, fallbacks: row.third.unwrap_or(0) })
    };
    Ok(grid.filled(found.into_iter().map(answered)))
}

/// How long answers took.
pub async fn latency(db: &impl ConnectionTrait, grid: &Grid, span: Span) -> Result<Vec<Latency>, DbErr> {
    let column = if span == Span::FirstText { trace::Column::FirstMs } else { trace::Column::TotalMs };
    let at = Expr::col(trace::Column::CreatedAt);
    let timed = Query::select()
        .expr_as(grid.step_of(db.get_database_backend(), at.clone()), STEP)
        .expr_as(Expr::col(column), "ms")
        .from(trace::Entity)
        .cond_where(within(grid, at))
        .and_where(Expr::col(column).is_not_null())
        .to_owned();
    let of_step = || WindowStatement::partition_by(STEP);
    let in_order = of_step().order_by("ms", sea_orm::sea_query::Order::Asc).to_owned();
    let ranked = Query::select()
        .column(STEP)
        .column("ms")
        .expr_window_as(Func::cust("ROW_NUMBER"), in_order, "place")
        .expr_window_as(Expr::val(1).count(), of_step(), "of")
        .from_subquery(timed, "timed")
        .to_owned();
    // The smallest time that so many in a hundred do not exceed.
    let percentile = |share: i64| {
        let enough = Expr::col("place").mul(100_i64).gte(Expr::col("of").mul(share));
        Expr::Case(Box::new(CaseStatement::new().case(enough, Expr::col("ms")))).min()
    };
    let by_step = Query::select()
        .column(STEP)
        .expr_as(percentile(50), "p50")
        .expr_as(percentile(95), "p95")
        .from_subquery(ranked, "ranked")
        .group_by_col(STEP)
        .to_owned();
    let found = Percentiles::find_by_statement(statement(db, &by_step)).all(db).await?;
    Ok(grid.filled(found.into_iter().map(|row| (row.step, Latency { p50: row.p50, p95: row.p95 }))))
}

/// What people said of answers.
pub async fn rated(db: &impl ConnectionTrait, grid: &Grid) -> Result<Vec<Rated>, DbErr> {
    let at = Expr::col(feedback::Column::Time);
    let by_step = Query::select()
        .expr_as(grid.step_of(db.get_database_backend(), at.clone()), STEP)
        .expr_as(Expr::val(1).count(), "first")
        .expr_as(how_many(feedback::COLUMN.feedback_reason.eq(feedback::HELPFUL)), "second")
        .from(feedback::Entity)
        .cond_where(within(grid, at))
        .group_by_col(STEP)
        .to_owned();
    let found = counts(db, &by_step).await?;
    let rated = |row: Counts| (row.step, Rated { good: row.second, bad: row.first - row.second });
    Ok(grid.filled(found.into_iter().map(rated)))
}

#[derive(FromQueryResult)]
struct Counts {
    step: i64,
    first: i64,
    second: i64,
    third: Option<i64>,
}

#[derive(FromQueryResult)]
struct Percentiles {
    step: i64,
    p50: Option<i32>,
    p95: Option<i32>,
}

async fn counts(db: &impl ConnectionTrait, query: &SelectStatement) -> Result<Vec<Counts>, DbErr> {
    Counts::find_by_statement(statement(db, query)).all(db).await
}

fn statement(db: &impl ConnectionTrait, query: &SelectStatement) -> Statement {
    db.get_database_backend().build(query)
}

fn within(grid: &Grid, time: Expr) -> Condition {
    Condition::all().add(time.clone().gte(grid.from())).add(time.lt(grid.to()))
}
