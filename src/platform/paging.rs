//! Lists by the page, for those who ask: `?q=&limit=&before=`. Without these a list is whole.

use std::str::FromStr;

use sea_orm::{
    ColumnTrait, Condition, Value,
    sea_query::{Expr, ExprTrait, Func, LikeExpr, Query},
};

use crate::error::{Invalid, Result};

/// Most rows of one page.
pub const MOST: u64 = 200;

/// What of a list is wanted.
#[derive(Clone, Debug, Default)]
pub struct Page<Id> {
    /// Only what contains this text.
    pub containing: Option<String>,
    /// At most so many.
    pub limit: Option<u64>,
    /// Only what is older than this one.
    pub before: Option<Id>,
}

impl<Id: FromStr> Page<Id> {
    /// What the parameters of a query ask for: each as often as it was given, which may be once.
    pub fn asked(q: &[&str], limit: &[&str], before: &[&str]) -> Result<Self> {
        let unknown = |_| Invalid::field("before", "This is not the id of an entry.");
        Ok(Self {
            containing: once("q", q)?.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned),
            limit: once("limit", limit)?.map(size).transpose()?,
            before: once("before", before)?.map(|text| text.parse().map_err(unknown)).transpose()?,
        })
    }
}

fn once<'q>(name: &str, values: &[&'q str]) -> Result<Option<&'q str>> {
    match values {
        [] => Ok(None),
        [value] => Ok(Some(value)),
        _ => Err(Invalid::field(name, "This parameter was given more than once.").into()),
    }
}

fn size(text: &str) -> Result<u64> {
    let size = text.parse().ok().filter(|size| (1..=MOST).contains(size));
    size.ok_or_else(|| {
        Invalid::field("limit", format!("Ensure this value is a number from 1 to {MOST}.")).into()
    })
}

/// Whether a column holds a piece of text, whatever its case.
pub fn holds(column: Expr, text: &str) -> Expr {
    let escaped =
        text.to_lowercase().replace('\0', "").replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    Expr::expr(Func::lower(column)).like(LikeExpr::new(format!("%{escaped}%")).escape('\\'))
}

/// In a list from the newest to the oldest, by a moment and then by id: what comes behind the row `before`. Nothing does
/// when that row is not there, or `mine` is not true of it.
pub fn behind<C: ColumnTrait>(moment: C, id: C, before: impl Into<Value>, mine: &Expr) -> Condition {
    let before = before.into();
    let its_moment = || {
        let its = Query::select()
            .column(moment.as_column_ref())
            .from(moment.entity_name())
            .and_where(id.eq(before.clone()))
            .and_where(mine.clone())
            .to_owned();
        Expr::from(its)
    };
    let came = || Expr::col(moment.as_column_ref());
    let same = Condition::all().add(came().eq(its_moment())).add(id.lt(before.clone()));
    Condition::any().add(came().lt(its_moment())).add(same)
}
