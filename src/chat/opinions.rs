//! What people said of answers in a period, for the report about it.

use chrono::{DateTime, Utc};
use sea_orm::{
    Condition, Order, QueryOrder, QuerySelect,
    entity::prelude::*,
    sea_query::{CaseStatement, Expr, ExprTrait, Func, Query},
};

use super::feedback::{COLUMN, Column, Entity, HELPFUL};

/// Longest part of a text that a report is made from, in characters.
const PART_CHARS: i32 = 600;
const NOT_CORRECT: &str = "not_correct";
const NOT_CLEAR: &str = "not_clear";
const NOT_RELEVANT: &str = "not_relevant";

/// What kind of thing was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Said {
    /// That the answer helps.
    Helpful,
    /// That it is not correct.
    NotCorrect,
    /// That it is not clear.
    NotClear,
    /// That it is not relevant.
    NotRelevant,
    /// Something in one's own words.
    OwnWords,
}

impl Said {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::Helpful, Self::NotCorrect, Self::NotClear, Self::NotRelevant, Self::OwnWords];

    /// A stable word for it: as it is stored, where it is stored as one.
    pub fn word(self) -> &'static str {
        match self {
            Self::Helpful => HELPFUL,
            Self::NotCorrect => NOT_CORRECT,
            Self::NotClear => NOT_CLEAR,
            Self::NotRelevant => NOT_RELEVANT,
            Self::OwnWords => "own_words",
        }
    }

    fn of(reason: &str) -> Self {
        match reason {
            HELPFUL => Self::Helpful,
            NOT_CORRECT => Self::NotCorrect,
            NOT_CLEAR => Self::NotClear,
            NOT_RELEVANT => Self::NotRelevant,
            _ => Self::OwnWords,
        }
    }
}

/// An opinion of somebody who was not content. Texts are cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The row.
    pub id: i32,
    /// What kind of thing was said.
    pub said: Said,
    /// The person's own words, where they used them.
    pub words: Option<String>,
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: String,
}

/// How often each kind of thing was said from `from` on, before `to`. What nobody said is not there.
pub async fn counts(
    db: &impl ConnectionTrait,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<(Said, i64)>, DbErr> {
    let reason = || Expr::col(Column::FeedbackReason);
    let known = reason().is_in([HELPFUL, NOT_CORRECT, NOT_CLEAR, NOT_RELEVANT]);
    // Own words are one group, however many different ones there are.
    let said = Expr::Case(Box::new(CaseStatement::new().case(known, reason()).finally("")));
    let by_kind = Query::select()
        .expr_as(said, "said")
        .expr_as(Expr::val(1).count(), "times")
        .from(Entity)
        .cond_where(within(from, to))
        .group_by_col("said")
        .order_by("said", Order::Asc)
        .to_owned();
    let rows = db.query_all(&by_kind).await?;
    let counted = rows.into_iter().map(|row| {
        let reason: String = row.try_get("", "said")?;
        Ok((Said::of(&reason), row.try_get("", "times")?))
    });
    counted.collect()
}

/// The newest opinions of those who were not content, at most `limit`.
pub async fn complaints(
    db: &impl ConnectionTrait,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Complaint>, DbErr> {
    let beginning = |column: Column| {
        Func::cust("substr").arg(Expr::col(column)).arg(Expr::val(1)).arg(Expr::val(PART_CHARS))
    };
    let rows: Vec<(i32, String, String, String)> = Entity::find()
        .select_only()
        .column(Column::Id)
        .expr_as(beginning(Column::FeedbackReason), "reason")
        .expr_as(beginning(Column::UserInput), "question")
        .expr_as(beginning(Column::GenAnswer), "answer")
        .filter(within(from, to))
        .filter(COLUMN.feedback_reason.ne(HELPFUL))
        .order_by_desc(Column::Time)
        .order_by_desc(Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    let complaint = |(id, reason, question, answer): (i32, String, String, String)| {
        let said = Said::of(&reason);
        let words = (said == Said::OwnWords).then_some(reason);
        Complaint { id, said, words, question, answer }
    };
    Ok(rows.into_iter().map(complaint).collect())
}

fn within(from: DateTime<Utc>, to: DateTime<Utc>) -> Condition {
    Condition::all().add(COLUMN.time.gte(from)).add(COLUMN.time.lt(to))
}
