//! Saving a row: checks, the write, and its entry in the audit log, in one transaction.

use std::collections::{BTreeMap, HashMap, HashSet};

use sea_orm::{
    ConnectionTrait, DbErr, ExprTrait, SqlErr, Value,
    sea_query::{Alias, Expr, LockType, Query},
};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::{
    change_list::rows,
    desk::Desk,
    form::{Draft, Fault, Many, Problems},
    model::{Checked, Model, Saving},
    refusal::Refusal,
    row::Row,
    value,
};
use crate::platform::{
    audit::{self, Change, Object},
    store::Transaction,
};

/// Longer text goes to the audit log as its length and digest.
const AUDITED_CHARS: usize = 200;

/// A saved row.
pub(super) struct Saved {
    pub(super) key: String,
    pub(super) text: String,
}

/// Why a row is not saved.
pub(super) enum Unsaved {
    /// Something is wrong with what was typed.
    Problems(Problems),
    /// Somebody else has changed the row meanwhile: the row as it is now.
    Conflict(Box<Row>),
    /// The row is gone.
    Gone,
    /// Something failed.
    Refused(Refusal),
}

impl From<DbErr> for Unsaved {
    fn from(error: DbErr) -> Self {
        // What was checked before may have come to be meanwhile.
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => {
                let mut problems = Problems::none();
                problems.add(Fault::new("", "admin-not-unique-any"));
                Self::Problems(problems)
            }
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
                let mut problems = Problems::none();
                problems.add(Fault::new("", "admin-reference-gone"));
                Self::Problems(problems)
            }
            _ => Self::Refused(error.into()),
        }
    }
}

/// The version of a row with its relations: what two editors of the same row compare.
pub(super) fn version(row: &Row, ties: &HashMap<&'static str, Vec<String>>) -> String {
    let mut digest = Sha256::new();
    for value in &row.values {
        digest.update(value::plain(value).as_bytes());
        digest.update([0, u8::from(value::is_null(value))]);
    }
    let ties: BTreeMap<_, _> = ties.iter().collect();
    for (name, keys) in ties {
        digest.update(format!("{name}={}", keys.join(",")).as_bytes());
    }
    hex::encode(&digest.finalize()[..12])
}

/// Checks a draft beyond what each field says by itself, and completes it.
pub(super) async fn prepared(
    desk: &Desk,
    model: &Model,
    old: Option<&Row>,
    draft: Draft,
) -> Result<Result<Draft, Problems>, Refusal> {
    let db = desk.site.store.read();
    let mut problems = Problems::none();
    for field in model.fields.iter().filter(|field| field.unique) {
        let Some(value) = draft.values.get(field.name).filter(|value| !value::is_null(value)) else {
            continue;
        };
        let mut same = Query::select();
        same.column(Alias::new(model.key_field().name)).from(Alias::new(model.table));
        same.and_where(model.col(field.name).eq(value.clone())).limit(1);
        if let Some(old) = old {
            same.and_where(model.key_col().ne(old.key().clone()));
        }
        if db.query_one(&same).await?.is_some() {
            let label = model.label_of(&desk.locale, field.name);
            let fault = Fault::new(field.form_name(), "admin-not-unique");
            problems.add(fault.with("model", capitalised(&model.one(&desk.locale))).with("field", label));
        }
    }
    for field in &model.fields {
        let target = field.refers_to.and_then(|table| desk.site.of_table(table));
        let (Some(target), Some(key)) = (target, draft.values.get(field.name)) else { continue };
        if !value::is_null(key) && rows::one(db, target, key).await?.is_none() {
            problems.add(Fault::new(field.form_name(), "admin-bad-reference"));
        }
    }
    for many in &model.many {
        let Some(wanted) = draft.many.get(many.name).filter(|wanted| !wanted.is_empty()) else { continue };
        let choices = (many.choices)(db.clone(), desk.locale).await?;
        let known: HashSet<String> = choices.iter().map(|choice| value::plain(&choice.key)).collect();
        for key in wanted.iter().map(value::plain).filter(|key| !known.contains(key)) {
            problems.add(Fault::new(many.name, "admin-bad-choice").with("value", key));
        }
    }
    let Some(prepare) = &model.prepare else {
        return Ok(if problems.is_empty() { Ok(draft) } else { Err(problems) });
    };
    let (db, now) = (db.clone(), desk.locale.now);
    let checked = Checked { db, now, staff: desk.staff.clone(), old: old.cloned(), draft };
    match prepare(checked).await? {
        Ok(draft) if problems.is_empty() => Ok(Ok(draft)),
        Ok(_) => Ok(Err(problems)),
        Err(more) => {
            problems.0.extend(more.0);
            Ok(Err(problems))
        }
    }
}

/// Saves a row that is there.
pub(super) async fn change(
    desk: &Desk,
    model: &Model,
    key: &Value,
    draft: Draft,
    seen: Option<&str>,
) -> Result<Saved, Unsaved> {
    let now = desk.locale.now;
    desk.site
        .store
        .write(async |tx| {
            let mut select = rows::select(model);
            select.and_where(model.key_col().eq(key.clone())).lock(LockType::Update);
            let Some(old) = rows::read(&tx, model, &select).await?.pop() else { return Err(Unsaved::Gone) };
            let ties = all_tied(&tx, model, key).await?;
            if seen.is_some_and(|seen| seen != version(&old, &ties)) {
                return Err(Unsaved::Conflict(Box::new(old)));
            }
            let mut changes = changed(model, &old, &draft);
            changes.extend(relations(&tx, model, &old, &draft).await?);
            let left = hook(&tx, desk, model, Some(old.clone()), draft).await?;
            update(&tx, model, &old, &left).await?;
            tie(&tx, model, old.key(), &left).await?;
            let row = rows::one(&tx, model, key).await?.unwrap_or(old);
            let text = model.text_of(&row, &desk.locale);
            let entry = entry(desk, model, "admin.change", &row.key_text(), &text, changes);
            audit::append(&tx, now, entry).await?;
            Ok(Saved { key: row.key_text(), text })
        })
        .await
}

/// Saves a row that is new.
pub(super) async fn add(desk: &Desk, model: &Model, draft: Draft) -> Result<Saved, Unsaved> {
    let now = desk.locale.now;
    desk.site
        .store
        .write(async |tx| {
            let left = hook(&tx, desk, model, None, draft.clone()).await?;
            let key = insert(&tx, model, &left).await?;
            tie(&tx, model, &key, &left).await?;
            let row = rows::one(&tx, model, &key).await?.ok_or(Unsaved::Gone)?;
            let text = model.text_of(&row, &desk.locale);
            let changes: Vec<Change> = draft
                .values
                .iter()
                .filter(|(name, _)| model.field(name).is_some_and(|field| !field.secret))
                .map(|(name, value)| change_of(name, "", audited(value)))
                .collect();
            let entry = entry(desk, model, "admin.add", &row.key_text(), &text, changes);
            audit::append(&tx, now, entry).await?;
            Ok(Saved { key: row.key_text(), text })
        })
        .await
}

async fn hook(
    tx: &Transaction,
    desk: &Desk,
    model: &Model,
    old: Option<Row>,
    draft: Draft,
) -> Result<Draft, DbErr> {
    let Some(save) = &model.on_save else { return Ok(draft) };
    save(Saving { tx: tx.clone(), now: desk.locale.now, staff: desk.staff.clone(), old, draft }).await
}

async fn update(tx: &Transaction, model: &Model, old: &Row, draft: &Draft) -> Result<(), DbErr> {
    let mut update = Query::update();
    update.table(Alias::new(model.table)).and_where(model.key_col().eq(old.key().clone()));
    let mut any = false;
    for (name, value) in &draft.values {
        if old.value(name) != Some(value) {
            update.value(Alias::new(*name), value.clone());
            any = true;
        }
    }
    if any {
        tx.execute(&update).await?;
    }
    Ok(())
}

/// Inserts a row; answers its key. A hook that has inserted it leaves just the key.
async fn insert(tx: &Transaction, model: &Model, draft: &Draft) -> Result<Value, DbErr> {
    let key = model.key_field();
    if let (Some(made), 1) = (draft.values.get(key.name), draft.values.len()) {
        return Ok(made.clone());
    }
    let mut insert = Query::insert();
    insert.into_table(Alias::new(model.table));
    insert.columns(draft.values.keys().map(|name| Alias::new(*name)));
    let values = draft.values.values().map(|value| Expr::val(value.clone()));
    insert.values(values).map_err(|error| DbErr::Custom(error.to_string()))?;
    insert.returning_col(Alias::new(key.name));
    let row = tx.query_one(&insert).await?;
    let row = row.ok_or_else(|| DbErr::Custom("an inserted row gave no key".to_owned()))?;
    key.kind.read(&row, 0)
}

/// Writes the many-to-many relations: what is new is added, what is left out is removed.
async fn tie(tx: &Transaction, model: &Model, key: &Value, draft: &Draft) -> Result<(), DbErr> {
    for many in &model.many {
        let Some(wanted) = draft.many.get(many.name) else { continue };
        let there = tied(tx, many, key).await?;
        let wanted: BTreeMap<String, Value> =
            wanted.iter().map(|key| (value::plain(key), key.clone())).collect();
        let gone: Vec<i64> =
            there.iter().filter(|key| !wanted.contains_key(&key.to_string())).copied().collect();
        if !gone.is_empty() {
            let mut delete = Query::delete();
            delete.from_table(Alias::new(many.table));
            delete.and_where(Expr::col(Alias::new(many.local)).eq(key.clone()));
            delete.and_where(Expr::col(Alias::new(many.target)).is_in(gone));
            tx.execute(&delete).await?;
        }
        let fresh: Vec<&Value> = wanted
            .iter()
            .filter(|(text, _)| !there.iter().any(|key| key.to_string() == **text))
            .map(|(_, key)| key)
            .collect();
        if !fresh.is_empty() {
            let mut insert = Query::insert();
            insert.into_table(Alias::new(many.table));
            insert.columns([Alias::new(many.local), Alias::new(many.target)]);
            for target in fresh {
                insert.values_panic([Expr::val(key.clone()), Expr::val(target.clone())]);
            }
            tx.execute(&insert).await?;
        }
    }
    Ok(())
}

/// The keys that a relation of a row has.
async fn tied(db: &impl ConnectionTrait, many: &Many, key: &Value) -> Result<Vec<i64>, DbErr> {
    let mut select = Query::select();
    // Keys are of either width.
    select.expr(Expr::col(Alias::new(many.target)).cast_as("bigint")).from(Alias::new(many.table));
    select.and_where(Expr::col(Alias::new(many.local)).eq(key.clone()));
    db.query_all(&select).await?.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// The keys of every relation of a row, by its name.
pub(super) async fn all_tied(
    db: &impl ConnectionTrait,
    model: &Model,
    key: &Value,
) -> Result<HashMap<&'static str, Vec<String>>, DbErr> {
    let mut all = HashMap::new();
    for many in &model.many {
        let mut keys = tied(db, many, key).await?;
        keys.sort_unstable();
        all.insert(many.name, keys.iter().map(i64::to_string).collect());
    }
    Ok(all)
}

fn change_of(field: &str, old: impl Into<Json>, new: impl Into<Json>) -> Change {
    Change { field: field.to_owned(), old: old.into(), new: new.into() }
}

fn changed(model: &Model, old: &Row, draft: &Draft) -> Vec<Change> {
    let of = |(name, new): (&&'static str, &Value)| {
        let field = model.field(name)?;
        if field.secret {
            return Some(Change::masked(*name));
        }
        let before = old.value(name)?;
        (before != new).then(|| change_of(name, audited(before), audited(new)))
    };
    draft.values.iter().filter_map(of).collect()
}

async fn relations(tx: &Transaction, model: &Model, old: &Row, draft: &Draft) -> Result<Vec<Change>, DbErr> {
    let mut changes = Vec::new();
    for many in &model.many {
        let Some(wanted) = draft.many.get(many.name) else { continue };
        let mut before: Vec<String> = tied(tx, many, old.key()).await?.iter().map(i64::to_string).collect();
        let mut after: Vec<String> = wanted.iter().map(value::plain).collect();
        before.sort();
        after.sort();
        after.dedup();
        if before != after {
            changes.push(change_of(many.name, before.join(", "), after.join(", ")));
        }
    }
    Ok(changes)
}

/// A value as the audit log keeps it.
fn audited(value: &Value) -> String {
    let text = value::plain(value);
    let chars = text.chars().count();
    if chars <= AUDITED_CHARS {
        return text;
    }
    format!("{chars} characters, sha256 {}", hex::encode(&Sha256::digest(text.as_bytes())[..8]))
}

/// An entry about a row for the audit log.
pub(super) fn entry(
    desk: &Desk,
    model: &Model,
    event: &'static str,
    key: &str,
    text: &str,
    changes: Vec<Change>,
) -> audit::Event {
    let object = Object { model: model.path(), key: key.to_owned(), text: text.to_owned() };
    audit::Event { object: Some(object), changes, ..desk.event(event) }
}

/// A name at the beginning of a sentence.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
