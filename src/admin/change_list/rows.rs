//! The queries of a list: how many rows, which rows, and what their references are called.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use sea_orm::{
    Condition, ConnectionTrait, DatabaseConnection, DbErr, ExprTrait, Order, Value,
    sea_query::{Alias, Expr, Query, SelectStatement},
};

use super::super::{
    locale::Locale,
    model::{Direction, Model, OrderBy},
    row::Row,
    value::{self, Kind},
};

/// From this offset on the keys of a page are found first, from an index alone.
const FAR: u64 = 1000;

/// Selects the columns of a model, as [`read`] expects them.
pub(crate) fn select(model: &Model) -> SelectStatement {
    let mut select = Query::select();
    for field in model.fields.iter().filter(|field| !field.secret) {
        match field.kind {
            Kind::Decimal => select.expr(model.col(field.name).cast_as("text")),
            _ => select.column((Alias::new(model.table), Alias::new(field.name))),
        };
    }
    select.from(Alias::new(model.table));
    if let Some(scope) = &model.scope {
        select.cond_where(scope.clone());
    }
    select
}

/// Runs what [`select`] began.
pub(crate) async fn read(
    db: &impl ConnectionTrait,
    model: &Model,
    select: &SelectStatement,
) -> Result<Vec<Row>, DbErr> {
    let fields: Vec<_> = model.fields.iter().filter(|field| !field.secret).collect();
    let names: Arc<[&'static str]> = fields.iter().map(|field| field.name).collect();
    let key = model.key_field().name;
    let key_at = names.iter().position(|name| *name == key).unwrap_or_default();
    let mut rows = Vec::new();
    for found in db.query_all(select).await? {
        let values: Result<Vec<Value>, DbErr> =
            fields.iter().enumerate().map(|(at, field)| field.kind.read(&found, at)).collect();
        rows.push(Row { names: names.clone(), values: values?, key_at });
    }
    Ok(rows)
}

/// The row of a key.
pub(crate) async fn one(db: &impl ConnectionTrait, model: &Model, key: &Value) -> Result<Option<Row>, DbErr> {
    let mut select = select(model);
    select.and_where(model.key_col().eq(key.clone())).limit(1);
    Ok(read(db, model, &select).await?.pop())
}

/// The rows of some keys, in any order.
pub(crate) async fn of_keys(
    db: &impl ConnectionTrait,
    model: &Model,
    keys: &[Value],
) -> Result<Vec<Row>, DbErr> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut select = select(model);
    select.and_where(model.key_col().is_in(keys.iter().cloned()));
    read(db, model, &select).await
}

/// How many rows there are, up to `most`.
pub(crate) async fn count(
    db: &impl ConnectionTrait,
    model: &Model,
    condition: &Condition,
    most: Option<u64>,
) -> Result<u64, DbErr> {
    let mut found = Query::select();
    found.expr(Expr::val(1)).from(Alias::new(model.table)).cond_where(condition.clone());
    if let Some(scope) = &model.scope {
        found.cond_where(scope.clone());
    }
    if let Some(most) = most {
        found.limit(most);
    }
    let mut count = Query::select();
    count.expr(Expr::cust("COUNT(*)")).from_subquery(found, Alias::new("found"));
    let row = db.query_one(&count).await?;
    let rows: i64 = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    Ok(u64::try_from(rows).unwrap_or_default())
}

/// Which rows of a list are wanted.
pub(super) struct Wanted<'a> {
    pub(super) condition: &'a Condition,
    pub(super) order: &'a [(OrderBy, Direction)],
    pub(super) offset: u64,
    pub(super) limit: u64,
}

/// A page of rows.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    model: &Model,
    wanted: &Wanted<'_>,
) -> Result<Vec<Row>, DbErr> {
    let mut rows = select(model);
    if wanted.offset < FAR {
        rows.cond_where(wanted.condition.clone()).offset(wanted.offset).limit(wanted.limit);
    } else {
        let mut keys = Query::select();
        let key = Alias::new(model.key_field().name);
        keys.expr_as(model.key_col(), key.clone()).from(Alias::new(model.table));
        keys.cond_where(wanted.condition.clone()).offset(wanted.offset).limit(wanted.limit);
        if let Some(scope) = &model.scope {
            keys.cond_where(scope.clone());
        }
        order(&mut keys, model, wanted.order);
        let page = Alias::new("page");
        let same = Expr::col((page.clone(), key)).eq(model.key_col());
        rows.join_subquery(sea_orm::JoinType::InnerJoin, keys, page, same);
    }
    order(&mut rows, model, wanted.order);
    read(db, model, &rows).await
}

/// Orders a query. The order is total: the key is always the last to decide.
pub(crate) fn order(select: &mut SelectStatement, model: &Model, order: &[(OrderBy, Direction)]) {
    let key = model.key_at;
    let decided = order.iter().any(|(by, _)| matches!(by, OrderBy::Field(at) if *at == key));
    for (by, direction) in order {
        select.order_by_expr(expression(model, by), direction_of(*direction));
    }
    if !decided {
        // In the direction of the last column, so that an index over both can be read in one go.
        let direction = order.last().map_or(Direction::Descending, |(_, direction)| *direction);
        select.order_by_expr(model.key_col(), direction_of(direction));
    }
}

fn expression(model: &Model, by: &OrderBy) -> Expr {
    match by {
        OrderBy::Field(at) => model.col(model.fields[*at].name),
        OrderBy::Expression(expression) => expression.clone(),
    }
}

fn direction_of(direction: Direction) -> Order {
    match direction {
        Direction::Ascending => Order::Asc,
        Direction::Descending => Order::Desc,
    }
}

/// What the rows of some keys are called, by key. One query.
pub(crate) async fn labels(
    db: &DatabaseConnection,
    model: &Model,
    keys: impl IntoIterator<Item = Value>,
    locale: &Locale,
) -> Result<HashMap<String, String>, DbErr> {
    let mut seen = BTreeSet::new();
    let keys: Vec<Value> =
        keys.into_iter().filter(|key| !value::is_null(key) && seen.insert(value::plain(key))).collect();
    let rows = of_keys(db, model, &keys).await?;
    Ok(rows.iter().map(|row| (row.key_text(), model.text_of(row, locale))).collect())
}
