//! Every sealed column there is, and sealing all of them anew with the first key.
//!
//! Rows are taken in the order of their keys, a batch at a time, and replaced only as they were read: what an instance
//! has written in between stays, and is looked at again. It can be stopped anywhere and begun again.

use sea_orm::{
    ColumnTrait, ColumnType, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IdenStatic, Iterable,
    Order, PrimaryKeyToColumn, QueryResult, Value,
    sea_query::{Alias, CaseStatement, Expr, Query},
};
use serde_json::Map;

use crate::{
    accounts::web_session,
    platform::{
        secret_field::{Keys, Place, Unreadable},
        store::Store,
    },
};

/// Rows of one transaction, which is short.
const BATCH: usize = 200;
/// How often a batch is looked at that changes meanwhile.
const LOOKS: usize = 10;

/// A column with sealed texts, in a table with a primary key of one column.
#[derive(Clone, Debug)]
pub struct Sealed {
    table: &'static str,
    column: &'static str,
    key: &'static str,
    kind: ColumnType,
    form: Form,
}

/// How a sealed text stands in its column. Where there is none, nothing is sealed.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// It is all of it.
    Whole,
    /// It is the entry of this name of a JSON object.
    Entry(&'static str),
}

/// What has become of the sealed texts of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Sealed anew.
    pub anew: u64,
    /// Sealed with the first key already.
    pub current: u64,
    /// None of the keys opens them; they are left as they are.
    pub unreadable: u64,
    /// Changed again and again while they were looked at; they are left as they are.
    pub left: u64,
}

/// All of them. What seals has to be here, or it is lost with the key that sealed it.
pub fn columns() -> Vec<Sealed> {
    vec![Sealed::at(web_session::Entity, web_session::Column::Data, Form::Entry(web_session::NAME))]
}

/// Seals every text of a column with the first of the keys. `unreadable` is told of each text that none of them opens.
pub async fn rotate(
    store: &Store,
    keys: &Keys,
    column: &Sealed,
    unreadable: &(dyn Fn(&Place, &Unreadable) + Sync),
) -> Result<Counted, DbErr> {
    let mut counted = Counted::default();
    let mut after: Option<Value> = None;
    loop {
        let (mut looks, mut anew) = (0, 0);
        let (seen, last) = loop {
            let rows = column.rows(store, after.as_ref()).await?;
            let Some(last) = rows.last().map(|row| row.key.clone()) else { break (Seen::default(), None) };
            let mut seen = column.examine(keys, rows);
            let replaced = if seen.stale.is_empty() {
                0
            } else {
                store.write(async |tx| column.replace(&tx, &seen.stale).await).await?
            };
            anew += replaced;
            looks += 1;
            let missed = (seen.stale.len() as u64).saturating_sub(replaced);
            if missed == 0 || looks == LOOKS {
                // What an earlier look has sealed anew is no longer stale at this one.
                seen.current = (seen.current + replaced).saturating_sub(anew);
                counted.left += missed;
                break (seen, Some(last));
            }
        };
        counted.anew += anew;
        counted.current += seen.current;
        counted.unreadable += seen.unreadable.len() as u64;
        for (place, cause) in &seen.unreadable {
            unreadable(place, cause);
        }
        if last.is_none() {
            return Ok(counted);
        }
        after = last;
    }
}

/// A row as it was read.
struct Row {
    key: Value,
    text: String,
}

/// What a look at a batch has shown.
#[derive(Default)]
struct Seen {
    current: u64,
    /// Rows, and what their texts have to become.
    stale: Vec<(Row, String)>,
    unreadable: Vec<(Place, Unreadable)>,
}

impl Sealed {
    /// A column of an entity.
    fn at<E: EntityTrait>(entity: E, column: E::Column, form: Form) -> Self {
        let mut key = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column);
        let key = key.next().expect("an entity has a primary key");
        Self {
            table: entity.table_name(),
            column: column.as_str(),
            key: key.as_str(),
            kind: key.def().get_column_type().clone(),
            form,
        }
    }

    /// Table and column.
    pub fn name(&self) -> String {
        format!("{}.{}", self.table, self.column)
    }

    async fn rows(&self, store: &Store, after: Option<&Value>) -> Result<Vec<Row>, DbErr> {
        let key = || Expr::col(Alias::new(self.key));
        let mut select = Query::select();
        select.columns([Alias::new(self.key), Alias::new(self.column)]).from(Alias::new(self.table));
        select.and_where(Expr::col(Alias::new(self.column)).is_not_null());
        if let Some(after) = after {
            select.and_where(key().gt(after.clone()));
        }
        select.order_by_expr(key(), Order::Asc).limit(BATCH as u64);
        let found = store.read().query_all(&select).await?;
        found.iter().map(|row| Ok(Row { key: self.key_of(row)?, text: row.try_get_by_index(1)? })).collect()
    }

    fn key_of(&self, row: &QueryResult) -> Result<Value, DbErr> {
        Ok(match self.kind {
            ColumnType::Integer => row.try_get_by_index::<i32>(0)?.into(),
            ColumnType::BigInteger => row.try_get_by_index::<i64>(0)?.into(),
            ColumnType::Uuid => row.try_get_by_index::<uuid::Uuid>(0)?.into(),
            _ => row.try_get_by_index::<String>(0)?.into(),
        })
    }

    fn place(&self, key: &Value) -> Place {
        let id = match key {
            Value::Int(Some(number)) => number.to_string(),
            Value::BigInt(Some(number)) => number.to_string(),
            Value::Uuid(Some(id)) => id.to_string(),
            Value::String(Some(text)) => text.clone(),
            // `key_of` makes no others.
            _ => String::new(),
        };
        Place { table: self.table, column: self.column, id }
    }

    fn examine(&self, keys: &Keys, rows: Vec<Row>) -> Seen {
        let mut seen = Seen::default();
        for row in rows {
            let place = self.place(&row.key);
            let opened = match self.form.sealed(&row.text) {
                Ok(None) => continue,
                Ok(Some(sealed)) => keys.open(&place, &sealed),
                Err(cause) => Err(cause),
            };
            match opened {
                Ok(opened) if opened.stale => {
                    let text = self.form.with(&row.text, keys.seal(&place, &opened.text));
                    seen.stale.push((row, text));
                }
                Ok(_) => seen.current += 1,
                Err(cause) => seen.unreadable.push((place, cause)),
            }
        }
        seen
    }

    /// One statement. Answers how many rows still were as they had been read.
    async fn replace(&self, db: &impl ConnectionTrait, stale: &[(Row, String)]) -> Result<u64, DbErr> {
        let mut text = CaseStatement::new();
        let mut unchanged = Condition::any();
        for (row, new) in stale {
            let this = || Expr::col(Alias::new(self.key)).eq(row.key.clone());
            text = text.case(this(), Expr::val(new.clone()));
            unchanged = unchanged.add(this().and(Expr::col(Alias::new(self.column)).eq(row.text.clone())));
        }
        let mut update = Query::update();
        update.table(Alias::new(self.table)).value(Alias::new(self.column), text).cond_where(unchanged);
        Ok(db.execute(&update).await?.rows_affected())
    }
}

impl Form {
    /// The sealed text of a column's text.
    fn sealed(self, text: &str) -> Result<Option<String>, Unreadable> {
        match self {
            Self::Whole => Ok(Some(text.to_owned())),
            Self::Entry(name) => match object(text)?.remove(name) {
                None | Some(serde_json::Value::Null) => Ok(None),
                Some(serde_json::Value::String(sealed)) => Ok(Some(sealed)),
                Some(_) => Err(Unreadable::Form),
            },
        }
    }

    /// The column's text with another sealed text in it.
    fn with(self, text: &str, sealed: String) -> String {
        match (self, object(text)) {
            (Self::Entry(name), Ok(mut object)) => {
                object.insert(name.to_owned(), sealed.into());
                serde_json::Value::Object(object).to_string()
            }
            _ => sealed,
        }
    }
}

fn object(text: &str) -> Result<Map<String, serde_json::Value>, Unreadable> {
    serde_json::from_str(text).map_err(|_other| Unreadable::Form)
}
