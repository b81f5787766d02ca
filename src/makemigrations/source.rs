//! The text of a migration, in the words of those that are there, and its place in the list.

use std::fmt::Write;

use super::{
    column,
    difference::{Difference, references},
};
use crate::tables::Declared;

/// Spaces before a statement.
const INDENT: &str = "        ";

/// The name of the migration after those of `list` (the text of `migration/src/lib.rs`): day, number, what it is about.
pub fn named(list: &str, day: chrono::NaiveDate, about: &str) -> Result<String, &'static str> {
    let words = about.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let about = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_");
    if about.is_empty() {
        return Err("say in a few English words what the migration is about");
    }
    let highest = modules(list).filter_map(|module| module.split('_').nth(1)?.parse::<u32>().ok()).max();
    Ok(format!("m{}_{:06}_{about}", day.format("%Y%m%d"), highest.unwrap_or(0) + 1))
}

/// `list` with the migration at its end; `None` when it is not the list it is expected to be.
pub fn registered(list: &str, name: &str) -> Option<String> {
    let module = modules(list).last()?;
    let (declared, listed) =
        (format!("mod {module};\n"), format!("            Box::new({module}::Migration),\n"));
    if !list.contains(&declared) || !list.contains(&listed) {
        return None;
    }
    let list = list.replacen(&declared, &format!("{declared}mod {name};\n"), 1);
    Some(list.replacen(&listed, &format!("{listed}            Box::new({name}::Migration),\n"), 1))
}

fn modules(list: &str) -> impl Iterator<Item = &str> {
    list.lines()
        .filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'))
        .filter(|name| name.starts_with('m'))
}

/// The text of the migration that makes these differences go away, as far as that can be written by rule.
pub fn written(about: &str, differences: &[Difference]) -> String {
    let (mut up, mut down) = (String::new(), Vec::new());
    let new_tables: Vec<&str> = differences
        .iter()
        .filter_map(|difference| match difference {
            Difference::NewTable(declared) => Some(declared.name),
            _ => None,
        })
        .collect();
    for difference in differences {
        match difference {
            Difference::NewTable(declared) => up.push_str(&create(declared)),
            Difference::NewColumn(table, column) => {
                let (add, remove) = add_column(table, column);
                up.push_str(&add);
                down.extend(remove);
            }
            Difference::NewIndex(table, columns, unique) => {
                let (make, ending) = if *unique { ("unique", "key") } else { ("index", "idx") };
                let quoted =
                    columns.iter().map(|column| format!("{column:?}")).collect::<Vec<_>>().join(", ");
                line(&mut up, &format!("{make}(manager, \"{table}\", &[{quoted}]).await?;"));
                if !new_tables.contains(table) {
                    let name = format!("{table}_{}_{ending}", columns.join("_"));
                    down.push(format!(
                        "manager.drop_index(Index::drop().table(\"{table}\").name(\"{name}\").to_owned()).await?;"
                    ));
                }
            }
            Difference::ByHand(sentence) => line(&mut up, &format!("// By hand: {sentence}.")),
        }
    }
    if !new_tables.is_empty() {
        let children_first =
            new_tables.iter().rev().map(|table| format!("{table:?}")).collect::<Vec<_>>().join(", ");
        down.insert(0, format!("drop_tables(manager, &[{children_first}]).await?;"));
    }
    let mut undo = String::new();
    down.iter().rev().for_each(|statement| line(&mut undo, statement));
    file(about, &up, &undo)
}

fn line(text: &mut String, statement: &str) {
    text.push_str(&format!("{INDENT}{statement}\n"));
}

/// A table, and what of it has to be written by hand.
fn create(declared: &Declared) -> String {
    let table = declared.name;
    let (mut statement, mut by_hand) = (String::new(), String::new());
    line(&mut statement, &format!("let {table} = Table::create()"));
    line(&mut statement, &format!("    .table(\"{table}\")"));
    for column in declared.table.get_columns() {
        match column::source(column) {
            Some(source) => line(&mut statement, &format!("    .col({source})")),
            None => {
                line(&mut by_hand, &format!("// By hand: {table}.{}: {column:?}.", column.get_column_name()));
            }
        }
    }
    for key in declared.table.get_indexes().iter().filter(|index| index.is_primary_key()) {
        let columns = key.get_index_spec().get_column_names();
        let columns: String = columns.iter().map(|column| format!(".col({column:?})")).collect();
        line(&mut statement, &format!("    .primary_key(Index::create(){columns})"));
    }
    for (column, to) in references(declared) {
        let reference = format!("reference((\"{table}\", \"{column}\"), (\"{to}\", \"id\"))");
        line(&mut statement, &format!("    .foreign_key(&mut {reference})"));
    }
    line(&mut statement, "    .to_owned();");
    line(&mut statement, &format!("manager.create_table({table}).await?;"));
    by_hand + &statement
}

/// A column to add, and what takes it away again. One that has to be filled cannot be added to a table with rows.
fn add_column(table: &str, declared: &sea_orm::sea_query::ColumnDef) -> (String, Option<String>) {
    let name = declared.get_column_name();
    let mut text = String::new();
    let Some(source) = column::source(declared) else {
        line(&mut text, &format!("// By hand: {table}.{name}: {declared:?}."));
        return (text, None);
    };
    let add = format!(
        "manager.alter_table(Table::alter().table(\"{table}\").add_column({source}).to_owned()).await?;"
    );
    let remove = format!(
        "manager.alter_table(Table::alter().table(\"{table}\").drop_column(\"{name}\").to_owned()).await?;"
    );
    if column::may_be_null(declared) || declared.get_column_spec().default.is_some() {
        line(&mut text, &add);
        return (text, Some(remove));
    }
    line(
        &mut text,
        &format!(
            "// By hand: {table}.{name} is never null: it needs a default, for the rows that are there."
        ),
    );
    line(&mut text, &format!("// {add}"));
    (text, None)
}

fn file(about: &str, up: &str, down: &str) -> String {
    let uses = |word: &str| up.contains(&format!("{word}(")) || down.contains(&format!("{word}("));
    let helpers = ["drop_tables", "index", "reference", "unique"];
    let imported: Vec<&str> = helpers.into_iter().filter(|helper| uses(helper)).collect();
    let schema = if up.contains(".col(") || up.contains("add_column(") {
        "{prelude::*, schema::*}"
    } else {
        "prelude::*"
    };
    let mut text = format!("//! {about}.\n\nuse sea_orm_migration::{schema};\n\n");
    match imported.as_slice() {
        [] => {}
        [one] => writeln!(text, "use crate::{one};\n").unwrap_or_default(),
        several => writeln!(text, "use crate::{{{}}};\n", several.join(", ")).unwrap_or_default(),
    }
    text.push_str("#[derive(DeriveMigrationName)]\npub struct Migration;\n\n");
    text.push_str("#[async_trait::async_trait]\nimpl MigrationTrait for Migration {\n");
    for (direction, statements) in [("up", up), ("down", down)] {
        let manager = if statements.contains("manager") { "manager" } else { "_" };
        text.push_str(&format!(
            "    async fn {direction}(&self, {manager}: &SchemaManager) -> Result<(), DbErr> {{\n{statements}{INDENT}Ok(())\n    }}\n"
        ));
        if direction == "up" {
            text.push('\n');
        }
    }
    text.push_str("}\n");
    text
}
