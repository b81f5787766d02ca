//! All that the program keeps: the rows of its tables, the files in its folders.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use chatdku::{platform::store::Store, tables};
use sea_orm::{ConnectionTrait, Statement};

/// Tables that count or note what was tried.
const NOTES: [&str; 3] = ["audit_entry", "rate_count", "sign_in_failure"];

/// The rows of every table as text, but for those that note what was tried.
pub async fn rows(store: &Store) -> BTreeMap<&'static str, Vec<String>> {
    let mut all = BTreeMap::new();
    for table in tables::declared() {
        if !NOTES.contains(&table.name) {
            all.insert(table.name, of_table(store, table.name).await);
        }
    }
    all
}

async fn of_table(store: &Store, table: &str) -> Vec<String> {
    let sql = if store.is_embedded() {
        let columns = texts(store, &format!("SELECT name FROM pragma_table_info('{table}')")).await;
        let quoted: Vec<String> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
        format!("SELECT {} FROM \"{table}\"", quoted.join(" || ', ' || "))
    } else {
        format!("SELECT row_to_json(t)::text FROM \"{table}\" t")
    };
    let mut rows = texts(store, &sql).await;
    rows.sort();
    rows
}

/// The first column of a query.
pub async fn texts(store: &Store, sql: &str) -> Vec<String> {
    let rows = store.read().query_all_raw(Statement::from_string(store.backend(), sql)).await.expect(sql);
    rows.into_iter().map(|row| row.try_get_by_index(0).expect("a text")).collect()
}

/// What differs: the table, what is gone, what is new.
pub fn differences(
    before: &BTreeMap<&'static str, Vec<String>>,
    after: &BTreeMap<&'static str, Vec<String>>,
) -> Vec<String> {
    let mut found = Vec::new();
    for (table, old) in before {
        let new = &after[table];
        let lacks = |from: &[String], others: &[String]| -> Vec<String> {
            from.iter().filter(|row| !others.contains(row)).cloned().collect()
        };
        let (gone, come) = (lacks(old, new), lacks(new, old));
        if old.len() != new.len() || !gone.is_empty() || !come.is_empty() {
            found.push(format!("{table}: gone {gone:?}, new {come:?}"));
        }
    }
    found
}

/// Every file below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path).collect()
}
