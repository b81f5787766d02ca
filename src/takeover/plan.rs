//! What taking the database over means: what is there, what is added, what changes, what stays, what going back means.

use std::path::PathBuf;

use sea_orm::DatabaseTransaction;

use super::{
    inventory::{self, Behind, OnDisk, Rows},
    original::{EVENTS_TABLE, TABLES},
};
use crate::{
    config::Config,
    platform::schema::{Index, Schema},
};

/// The plan. Its text is for people: see `words.rs`.
#[derive(Debug)]
pub struct Plan {
    /// The name of the database, and its server.
    pub(super) place: String,
    pub(super) media: PathBuf,
    pub(super) rows: Rows,
    pub(super) disk: OnDisk,
    /// Connections of others.
    pub(super) others: i64,
    pub(super) events_here: bool,
    pub(super) left_alone: Vec<String>,
    pub(super) added_tables: Vec<String>,
    /// Tables of the original, and the columns that each of them gets.
    pub(super) added_columns: Vec<(String, Vec<String>)>,
    pub(super) added_indexes: usize,
    /// What keeps file names unique across all accounts.
    pub(super) dropped: Vec<String>,
    pub(super) behind: Vec<Behind>,
    pub(super) peppered: bool,
}

impl Plan {
    pub(super) async fn new(
        db: &DatabaseTransaction,
        config: &Config,
        live: &Schema,
        blueprint: &Schema,
    ) -> anyhow::Result<Self> {
        let here = |table: &&String| live.tables.contains_key(*table);
        let originals: Vec<&str> = TABLES.iter().map(|original| original.table).collect();
        let added_tables = blueprint.tables.keys().filter(|table| !here(table)).cloned().collect();
        let left_alone = live.tables.keys().filter(|table| !originals.contains(&table.as_str())).cloned();
        Ok(Self {
            place: place(config.database.url.reveal()),
            media: config.media_root.clone(),
            rows: inventory::rows(db).await?,
            disk: inventory::on_disk(db, &config.media_root).await?,
            others: inventory::others(db).await?,
            events_here: live.tables.contains_key(EVENTS_TABLE),
            left_alone: left_alone.collect(),
            added_tables,
            added_columns: added_columns(live, blueprint),
            added_indexes: missing_indexes(live, blueprint).len()
                + chatdku_migration::indexes_of_postgres(db).await?,
            dropped: unique_names(live),
            behind: inventory::sequences_behind(db, &originals).await?,
            peppered: config.identity.pepper.is_some(),
        })
    }

    /// Whether there are uploaded files, and none of them is where files are said to be.
    pub fn finds_no_file(&self) -> bool {
        self.rows.files > 0 && self.disk.present == 0
    }
}

/// The database's name and server, without who signs in there.
fn place(url: &str) -> String {
    let parsed = reqwest::Url::parse(url).ok();
    let named = parsed.and_then(|url| {
        let (host, port) = (url.host_str()?.to_owned(), url.port().unwrap_or(5432));
        Some(format!("`{}` on {host}:{port}", url.path().trim_start_matches('/')))
    });
    named.unwrap_or_else(|| "behind HOST_DB".to_owned())
}

fn added_columns(live: &Schema, blueprint: &Schema) -> Vec<(String, Vec<String>)> {
    let of_table = |(name, table): (&String, &crate::platform::schema::Table)| {
        let there = live.tables.get(name)?;
        let columns = table.columns.iter().filter(|column| there.column(&column.name).is_none());
        let columns: Vec<String> = columns.map(|column| column.name.clone()).collect();
        (!columns.is_empty()).then(|| (name.clone(), columns))
    };
    blueprint.tables.iter().filter_map(of_table).collect()
}

/// The indexes that tables which are there still lack, by their columns; an index of an expression by its name.
pub(super) fn missing_indexes<'b>(live: &Schema, blueprint: &'b Schema) -> Vec<(&'b str, &'b Index)> {
    let mut missing = Vec::new();
    for (name, table) in &blueprint.tables {
        let Some(there) = live.tables.get(name) else { continue };
        for index in &table.indexes {
            let same = |other: &Index| {
                other.name == index.name
                    || other.columns == index.columns
                        && other.unique == index.unique
                        && index.columns.iter().all(|column| !column.is_empty())
            };
            if !there.indexes.iter().any(same) {
                missing.push((name.as_str(), index));
            }
        }
    }
    missing
}

/// The names of what keeps file names unique across all accounts.
pub(super) fn unique_names(live: &Schema) -> Vec<String> {
    let table = live.tables.get("core_uploadedfile");
    let indexes = table.into_iter().flat_map(|table| &table.indexes);
    indexes
        .filter(|index| index.unique && index.columns == ["filename"])
        .map(|index| index.name.clone())
        .collect()
}
