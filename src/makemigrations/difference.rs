//! Where entities and schema differ.

use sea_orm::sea_query::{ColumnDef, TableRef};

use super::column;
use crate::{
    platform::schema::{Schema, Table},
    tables::Declared,
};

/// Tables that no entity is for, as others keep them.
const WITHOUT_ENTITY: [&str; 1] = [crate::platform::schema_change::OUR_LIST];

/// A difference.
#[derive(Clone, Debug)]
pub enum Difference {
    /// A table that no migration makes.
    NewTable(Declared),
    /// A column that no migration makes.
    NewColumn(&'static str, ColumnDef),
    /// An index that no migration makes: its columns, and whether it is unique.
    NewIndex(&'static str, Vec<String>, bool),
    /// Anything else, as a sentence: somebody has to decide.
    ByHand(String),
}

impl Difference {
    /// The difference as a line of a list.
    pub fn sentence(&self) -> String {
        match self {
            Self::NewTable(declared) => format!("{}: the table is new", declared.name),
            Self::NewColumn(table, column) => {
                format!("{table}.{}: the column is new", column.get_column_name())
            }
            Self::NewIndex(table, columns, unique) => {
                let unique = if *unique { "unique " } else { "" };
                format!("{table}: the {unique}index of ({}) is new", columns.join(", "))
            }
            Self::ByHand(sentence) => sentence.clone(),
        }
    }
}

/// All differences: new tables in the order in which they are declared, then what is new in others, then the rest.
pub fn compare(declared: &[Declared], schema: &Schema) -> Vec<Difference> {
    let (mut new, mut parts, mut by_hand) = (Vec::new(), Vec::new(), Vec::new());
    for entity in declared {
        match schema.tables.get(entity.name) {
            None => {
                new.push(Difference::NewTable(entity.clone()));
                parts.extend(new_indexes(entity, &Table::default()));
            }
            Some(table) => {
                parts.extend(new_columns(entity, table));
                parts.extend(new_indexes(entity, table));
                by_hand.extend(others(entity, table));
            }
        }
    }
    for table in schema.tables.keys() {
        let known =
            declared.iter().any(|entity| entity.name == table) || WITHOUT_ENTITY.contains(&table.as_str());
        if !known {
            by_hand.push(format!("{table}: the schema has the table, no entity declares it"));
        }
    }
    new.into_iter().chain(parts).chain(by_hand.into_iter().map(Difference::ByHand)).collect()
}

fn new_columns<'a>(entity: &'a Declared, table: &'a Table) -> impl Iterator<Item = Difference> + 'a {
    let missing =
        entity.table.get_columns().iter().filter(|column| table.column(&column.get_column_name()).is_none());
    missing.map(|column| Difference::NewColumn(entity.name, column.clone()))
}

fn new_indexes(entity: &Declared, table: &Table) -> Vec<Difference> {
    let mut wanted: Vec<(Vec<String>, bool)> = Vec::new();
    for column in entity.table.get_columns().iter().filter(|column| column.get_column_spec().unique) {
        wanted.push((vec![column.get_column_name()], true));
    }
    for index in &entity.indexes {
        let index = (index.get_index_spec().get_column_names(), index.is_unique_key());
        if !wanted.contains(&index) {
            wanted.push(index);
        }
    }
    let missing = wanted.into_iter().filter(|(columns, unique)| {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        if *unique { !table.is_unique(&columns) } else { !table.is_indexed(&columns) }
    });
    missing.map(|(columns, unique)| Difference::NewIndex(entity.name, columns, unique)).collect()
}

/// What is there and not as it is declared.
fn others(entity: &Declared, table: &Table) -> Vec<String> {
    let name = entity.name;
    let mut found = Vec::new();
    for declared in entity.table.get_columns() {
        let Some(column) = table.column(&declared.get_column_name()) else { continue };
        for difference in column::differences(declared, column) {
            found.push(format!("{name}.{}: {difference}", column.name));
        }
    }
    let is_declared =
        |column: &str| entity.table.get_columns().iter().any(|other| other.get_column_name() == column);
    for column in table.columns.iter().filter(|column| !is_declared(&column.name)) {
        found.push(format!("{name}.{}: the schema has the column, the entity does not", column.name));
    }
    for (column, to) in references(entity) {
        if !table.references.iter().any(|reference| reference.column == column && reference.to == to) {
            found.push(format!("{name}.{column}: refers to {to} in the entity, not in the schema"));
        }
    }
    found
}

/// The references that an entity declares, of one column each: the column, and the table it refers to.
pub(super) fn references(entity: &Declared) -> Vec<(String, String)> {
    let statements = entity.table.get_foreign_key_create_stmts().iter();
    let of_one = statements.filter_map(|statement| {
        let key = statement.get_foreign_key();
        let TableRef::Table(to, _) = key.get_ref_table()? else { return None };
        match key.get_columns().as_slice() {
            [column] => Some((column.clone(), to.1.to_string())),
            _ => None,
        }
    });
    of_one.collect()
}
