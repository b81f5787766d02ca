//! Removing rows with all that hangs on them: what would go, whether it may, and the removal itself.

use std::collections::HashSet;

use futures::future::BoxFuture;
use sea_orm::{
    Condition, ConnectionTrait, DbErr, ExprTrait, Value,
    sea_query::{Alias, Expr, Query, SelectStatement},
};

use super::{
    access::Verb,
    change_list::rows,
    desk::Desk,
    model::{Model, Removing},
    refusal::Refusal,
    row::Row,
    save,
};
use crate::platform::{audit, store::Transaction};

/// Rows of a model that are named on the page that asks.
const NAMED: u64 = 20;
/// Rows that are read, removed or changed together.
pub(super) const BATCH: u64 = 500;

/// Rows of one model that would go.
pub(super) struct Going {
    /// What the rows are called.
    pub(super) label: String,
    pub(super) count: u64,
    /// The first of them: text and page.
    pub(super) named: Vec<(String, Option<String>)>,
}

impl Going {
    /// How many are not named.
    pub(super) fn rest(&self) -> u64 {
        self.count.saturating_sub(self.named.len() as u64)
    }
}

/// What would go, and what stands against it.
pub(super) struct Summary {
    pub(super) going: Vec<Going>,
    /// Names of models whose rows the staff member may not remove.
    pub(super) blocked: Vec<String>,
    /// Why they must not be removed by anybody.
    pub(super) refused: Option<String>,
}

/// What would go with rows of a model: for each model one query for the number and one for the first rows.
pub(super) async fn summary(desk: &Desk, model: &Model, condition: &Condition) -> Result<Summary, Refusal> {
    let mut summary = Summary { going: Vec::new(), blocked: Vec::new(), refused: None };
    if let Some(guard) = &model.guard {
        let fault = guard(desk.site.store.read().clone(), keys(model, condition)).await?;
        summary.refused = fault.map(|fault| fault.text(&desk.locale));
    }
    let mut seen: HashSet<(&str, &str)> = HashSet::new();
    let mut open: Vec<(&Model, Condition)> = vec![(model, condition.clone())];
    while let Some((model, condition)) = open.pop() {
        if !model.may(&desk.staff, Verb::Delete) && !summary.blocked.contains(&model.one(&desk.locale)) {
            summary.blocked.push(model.one(&desk.locale));
        }
        let going = going(desk, model, &condition).await?;
        if going.count == 0 {
            continue;
        }
        summary.going.push(going);
        let keys = keys(model, &condition);
        for cascade in &model.cascades {
            // A model that refers to itself would never end.
            let Some(child) = desk.site.of_table(cascade.table) else { continue };
            if seen.insert((cascade.table, cascade.column)) {
                let hanging = child.col(cascade.column).in_subquery(keys.clone());
                open.push((child, Condition::all().add(hanging)));
            }
        }
    }
    Ok(summary)
}

async fn going(desk: &Desk, model: &Model, condition: &Condition) -> Result<Going, DbErr> {
    let db = desk.site.store.read();
    let mut first = rows::select(model);
    first.cond_where(condition.clone()).limit(NAMED);
    first.order_by_expr(model.key_col(), sea_orm::Order::Asc);
    let (count, first) =
        futures::try_join!(rows::count(db, model, condition, None), rows::read(db, model, &first))?;
    let may = model.may(&desk.staff, Verb::View);
    let named = first.iter().map(|row| {
        let href = may.then(|| desk.url(&model.row_path(&row.key_text(), "change")));
        (model.text_of(row, &desk.locale), href)
    });
    Ok(Going { label: model.many_of(&desk.locale), count, named: named.collect() })
}

/// Selects the keys of rows.
pub(super) fn keys(model: &Model, condition: &Condition) -> SelectStatement {
    let mut keys = Query::select();
    keys.expr(model.key_col()).from(Alias::new(model.table)).cond_where(condition.clone());
    if let Some(scope) = &model.scope {
        keys.cond_where(scope.clone());
    }
    keys
}

/// The next keys of rows, in the order of the keys.
pub(super) async fn next_keys(
    db: &impl ConnectionTrait,
    model: &Model,
    condition: &Condition,
    after: Option<&Value>,
    limit: u64,
) -> Result<Vec<Value>, DbErr> {
    let mut select = keys(model, condition);
    if let Some(after) = after {
        select.and_where(model.key_col().gt(after.clone()));
    }
    select.order_by_expr(model.key_col(), sea_orm::Order::Asc).limit(limit);
    let kind = model.key_field().kind;
    db.query_all(&select).await?.iter().map(|row| kind.read(row, 0)).collect()
}

/// Removes rows in one transaction: when one of them must not be removed, all stay.
pub(super) async fn at_once(desk: &Desk, model: &Model, condition: &Condition) -> Result<u64, Refusal> {
    desk.site
        .store
        .write(async |tx| {
            let (mut removed, mut after) = (0, None);
            loop {
                let keys = next_keys(&tx, model, condition, after.as_ref(), BATCH).await?;
                let Some(last) = keys.last().cloned() else { return Ok(removed) };
                removed += batch(desk, &tx, model, keys).await?;
                after = Some(last);
            }
        })
        .await
}

/// Removes rows, each batch in a transaction of its own. Looks first at all of them: when one must not be removed,
/// none is.
pub(super) async fn in_batches(desk: &Desk, model: &Model, condition: &Condition) -> Result<u64, Refusal> {
    let db = desk.site.store.read();
    let mut after: Option<Value> = None;
    while model.rule.is_some() {
        let keys = next_keys(db, model, condition, after.as_ref(), BATCH).await?;
        let Some(last) = keys.last().cloned() else { break };
        allowed(desk, model, &rows::of_keys(db, model, &keys).await?)?;
        after = Some(last);
    }
    // With much hanging on each row a batch is small, so that nobody waits long for its locks.
    let size = if model.cascades.is_empty() && model.on_remove.is_none() { BATCH } else { BATCH / 25 };
    let (mut removed, mut after) = (0, None);
    loop {
        let keys = next_keys(db, model, condition, after.as_ref(), size).await?;
        let Some(last) = keys.last().cloned() else { return Ok(removed) };
        removed += desk.site.store.write(async |tx| batch(desk, &tx, model, keys).await).await?;
        after = Some(last);
    }
}

/// Removes some rows as one staff member's deed, with an entry in the audit log for each.
async fn batch(desk: &Desk, tx: &Transaction, model: &Model, keys: Vec<Value>) -> Result<u64, Refusal> {
    let rows = rows::of_keys(tx, model, &keys).await?;
    allowed(desk, model, &rows)?;
    let events = rows.iter().map(|row| {
        let text = model.text_of(row, &desk.locale);
        save::entry(desk, model, "admin.delete", &row.key_text(), &text, Vec::new())
    });
    let events: Vec<audit::Event> = events.collect();
    let count = events.len() as u64;
    remove(desk, tx, model, keys).await?;
    audit::append_all(tx, desk.locale.now, events).await?;
    Ok(count)
}

/// Refuses rows of which one must not be removed by this staff member.
fn allowed(desk: &Desk, model: &Model, rows: &[Row]) -> Result<(), Refusal> {
    let all = rows.iter().all(|row| model.may_with(&desk.staff, row, Verb::Delete));
    if all { Ok(()) } else { Err(Refusal::Forbidden(None)) }
}

/// Removes rows and all that hangs on them.
fn remove<'a>(
    desk: &'a Desk,
    tx: &'a Transaction,
    model: &'a Model,
    keys: Vec<Value>,
) -> BoxFuture<'a, Result<(), Refusal>> {
    Box::pin(async move {
        if let Some(hook) = &model.on_remove {
            let removing = Removing { tx: tx.clone(), now: desk.locale.now, keys };
            return Ok(hook(removing).await?);
        }
        for cascade in &model.cascades {
            let hanging = Expr::col((Alias::new(cascade.table), Alias::new(cascade.column)))
                .is_in(keys.iter().cloned());
            let Some(child) = desk.site.of_table(cascade.table) else {
                let mut delete = Query::delete();
                delete.from_table(Alias::new(cascade.table)).and_where(hanging);
                tx.execute(&delete).await?;
                continue;
            };
            let hanging = Condition::all().add(hanging);
            loop {
                let children = next_keys(tx, child, &hanging, None, BATCH).await?;
                if children.is_empty() {
                    break;
                }
                if child.rule.is_some() {
                    allowed(desk, child, &rows::of_keys(tx, child, &children).await?)?;
                }
                remove(desk, tx, child, children).await?;
            }
        }
        for many in &model.many {
            let mut delete = Query::delete();
            delete.from_table(Alias::new(many.table));
            delete.and_where(Expr::col(Alias::new(many.local)).is_in(keys.iter().cloned()));
            tx.execute(&delete).await?;
        }
        let mut delete = Query::delete();
        delete.from_table(Alias::new(model.table)).and_where(model.key_col().is_in(keys));
        tx.execute(&delete).await?;
        Ok(())
    })
}
