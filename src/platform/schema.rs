//! What tables a database has, as its own catalogue tells: three queries, on SQLite and on PostgreSQL alike.
//!
//! Only what is compared somewhere is read: tables, columns, indexes and references. On PostgreSQL only the schema in which new
//! tables would be made is looked at.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Statement};

/// The tables of a database, by name.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// All of them, the lists of migrations included.
    pub tables: BTreeMap<String, Table>,
}

/// A table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Its columns, in their order.
    pub columns: Vec<Column>,
    /// Its indexes, those of its primary key and of unique constraints included.
    pub indexes: Vec<Index>,
    /// What its rows refer to.
    pub references: Vec<Reference>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as the database writes it, such as `character varying(100)`.
    pub kind: String,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether the database fills it when it is left out.
    pub filled: bool,
    /// Whether it is the primary key or part of it.
    pub key: bool,
}

/// An index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its columns in their order; an expression is an empty name.
    pub columns: Vec<String>,
    /// Whether it allows each value once, in all rows.
    pub unique: bool,
}

/// A reference of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The column that refers.
    pub column: String,
    /// The table that it refers to.
    pub to: String,
    /// Whether rows go with the row they refer to.
    pub cascades: bool,
}

impl Table {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether the database itself refuses a second row with the same values in these columns.
    pub fn is_unique(&self, columns: &[&str]) -> bool {
        self.indexes.iter().any(|index| index.unique && index.columns == columns)
    }

    /// Whether rows can be found by these columns without reading all of them.
    pub fn is_indexed(&self, columns: &[&str]) -> bool {
        self.indexes
            .iter()
            .any(|index| index.columns.len() >= columns.len() && index.columns[..columns.len()] == *columns)
    }
}

#[derive(FromQueryResult)]
struct ColumnRow {
    table_name: String,
    name: String,
    kind: String,
    nullable: i32,
    filled: i32,
    key: i32,
}

#[derive(FromQueryResult)]
struct IndexRow {
    table_name: String,
    name: String,
    names: Option<String>,
    is_unique: i32,
}

#[derive(FromQueryResult)]
struct ReferenceRow {
    table_name: String,
    name: String,
    target: String,
    cascades: i32,
}

/// Whether there is a table of this name.
pub async fn has_table(db: &impl ConnectionTrait, name: &str) -> Result<bool, DbErr> {
    let backend = db.get_database_backend();
    let there = match backend {
        DbBackend::Postgres => {
            "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1"
        }
        _ => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?",
    };
    Ok(db.query_one_raw(Statement::from_sql_and_values(backend, there, [name.into()])).await?.is_some())
}

/// Reads the catalogue.
pub async fn read(db: &impl ConnectionTrait) -> Result<Schema, DbErr> {
    let backend = db.get_database_backend();
    let (columns, indexes, references) = match backend {
        DbBackend::Postgres => (POSTGRES_COLUMNS, POSTGRES_INDEXES, POSTGRES_REFERENCES),
        _ => (SQLITE_COLUMNS, SQLITE_INDEXES, SQLITE_REFERENCES),
    };
    let mut schema = Schema::default();
    let rows = ColumnRow::find_by_statement(Statement::from_string(backend, columns)).all(db).await?;
    for row in rows {
        let column = Column {
            name: row.name,
            kind: row.kind,
            nullable: row.nullable != 0,
            filled: row.filled != 0,
            key: row.key != 0,
        };
        schema.tables.entry(row.table_name).or_default().columns.push(column);
    }
    let rows = IndexRow::find_by_statement(Statement::from_string(backend, indexes)).all(db).await?;
    for row in rows {
        let Some(table) = schema.tables.get_mut(&row.table_name) else { continue };
        let columns = row.names.unwrap_or_default().split(',').map(str::to_owned).collect();
        table.indexes.push(Index { name: row.name, columns, unique: row.is_unique != 0 });
    }
    let rows = ReferenceRow::find_by_statement(Statement::from_string(backend, references)).all(db).await?;
    for row in rows {
        let Some(table) = schema.tables.get_mut(&row.table_name) else { continue };
        table.references.push(Reference { column: row.name, to: row.target, cascades: row.cascades != 0 });
    }
    Ok(schema)
}

const POSTGRES_COLUMNS: &str = "
    SELECT c.relname::text AS table_name, a.attname::text AS name,
           format_type(a.atttypid, a.atttypmod) AS kind,
           (NOT a.attnotnull)::int AS nullable,
           (a.atthasdef OR a.attidentity <> '')::int AS filled,
           (EXISTS (SELECT 1 FROM pg_index x
                    WHERE x.indrelid = c.oid AND x.indisprimary AND a.attnum = ANY (x.indkey)))::int AS key
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY c.relname, a.attnum";

const POSTGRES_INDEXES: &str = "
    SELECT c.relname::text AS table_name, i.relname::text AS name,
           (SELECT string_agg(COALESCE(a.attname::text, ''), ',' ORDER BY k.place)
            FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k(number, place)
            LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number) AS names,
           (x.indisunique AND x.indpred IS NULL)::int AS is_unique
    FROM pg_index x
    JOIN pg_class c ON c.oid = x.indrelid
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND x.indisvalid
    ORDER BY c.relname, i.relname";

// SQLite's own word for whole numbers of every size is the same.
const SQLITE_COLUMNS: &str = "
    SELECT m.name AS table_name, p.name AS name,
           (CASE lower(p.type) WHEN 'integer' THEN 'integer or bigint' ELSE lower(p.type) END) AS kind,
           (p.\"notnull\" = 0 AND p.pk = 0) AS nullable, (p.dflt_value IS NOT NULL) AS filled, (p.pk > 0) AS key
    FROM sqlite_master m, pragma_table_info(m.name) p
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    ORDER BY m.name, p.cid";

const SQLITE_INDEXES: &str = "
    SELECT m.name AS table_name, l.name AS name,
           (SELECT group_concat(n, ',') FROM
               (SELECT COALESCE(i.name, '') AS n FROM pragma_index_info(l.name) i ORDER BY i.seqno)) AS names,
           (l.\"unique\" = 1 AND l.partial = 0) AS is_unique
    FROM sqlite_master m, pragma_index_list(m.name) l
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    ORDER BY m.name, l.name";

const POSTGRES_REFERENCES: &str = "
    SELECT c.relname::text AS table_name, a.attname::text AS name, t.relname::text AS target,
           (f.confdeltype = 'c')::int AS cascades
    FROM pg_constraint f
    JOIN pg_class c ON c.oid = f.conrelid
    JOIN pg_class t ON t.oid = f.confrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.conkey[1]
    WHERE n.nspname = current_schema() AND f.contype = 'f' AND cardinality(f.conkey) = 1
    ORDER BY c.relname, a.attname";

const SQLITE_REFERENCES: &str = "
    SELECT m.name AS table_name, r.\"from\" AS name, r.\"table\" AS target, (r.on_delete = 'CASCADE') AS cascades
    FROM sqlite_master m, pragma_foreign_key_list(m.name) r
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    ORDER BY m.name, r.id";
