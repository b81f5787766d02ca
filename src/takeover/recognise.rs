//! Whether a database is that of the Django service, wholly, as its last migrations left it. What is only half known
//! is refused, with everything that is wrong with it.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement};

use super::original::{EVENTS_TABLE, Expected, LAST_MIGRATIONS, Original, TABLES};
use crate::platform::schema::{Column, Schema, Table};

/// Everything that speaks against taking it over; empty when nothing does.
pub(super) async fn problems(
    db: &impl ConnectionTrait,
    live: &Schema,
    blueprint: &Schema,
) -> Result<Vec<String>, DbErr> {
    let mut problems = Vec::new();
    for original in &TABLES {
        match live.tables.get(original.table) {
            Some(table) => compare(original, table, blueprint, &mut problems),
            None if original.table == EVENTS_TABLE => {}
            None => problems.push(format!("{}: the table is missing", original.table)),
        }
    }
    let originals: BTreeSet<&str> = TABLES.iter().map(|original| original.table).collect();
    for table in blueprint.tables.keys().filter(|table| !originals.contains(table.as_str())) {
        if live.tables.contains_key(table) {
            problems.push(format!("{table}: a table of this name is there already, and it is not Django's"));
        }
    }
    problems.extend(history(db).await?);
    problems.extend(ownership(db, live).await?);
    Ok(problems)
}

fn compare(original: &Original, table: &Table, blueprint: &Schema, problems: &mut Vec<String>) {
    let name = original.table;
    let expected: Vec<Expected> = original.columns().collect();
    for wanted in &expected {
        match table.column(wanted.name) {
            None => problems.push(format!("{name}.{}: the column is missing", wanted.name)),
            Some(column) => {
                if !fits(&column.kind, wanted.kind) {
                    let (is, wanted) = (short(&column.kind), wanted.kind);
                    problems.push(format!("{name}.{}: the type is {is}, and not {wanted}", column.name));
                }
                if column.nullable != wanted.nullable {
                    let is = if column.nullable { "may be null" } else { "may not be null" };
                    problems.push(format!("{name}.{}: it {is}, other than in the original", column.name));
                }
            }
        }
    }
    let ours = blueprint.tables.get(name);
    for column in
        table.columns.iter().filter(|column| !expected.iter().any(|wanted| wanted.name == column.name))
    {
        problems.extend(unknown(name, column, ours));
    }
    for columns in original.unique.iter().filter(|columns| !table.is_unique(columns)) {
        problems.push(format!("{name}: nothing keeps ({}) unique", columns.join(", ")));
    }
}

/// A column that the original does not have. One that we would add is half a take-over; one that has to be filled
/// would make every new row of ours fail; others do no harm.
fn unknown(table: &str, column: &Column, ours: Option<&Table>) -> Option<String> {
    if ours.is_some_and(|ours| ours.column(&column.name).is_some()) {
        return Some(format!("{table}.{}: a column that would be added is there already", column.name));
    }
    let has_to_be_filled = !column.nullable && !column.filled;
    has_to_be_filled
        .then(|| format!("{table}.{}: an unknown column that every new row would have to fill", column.name))
}

/// Whether a column takes all that one of the expected type does. A longer text does.
fn fits(kind: &str, wanted: &str) -> bool {
    let kind = short(kind);
    let text =
        |kind: &str| Some(kind.strip_prefix("varchar")?.trim_matches(['(', ')']).parse().unwrap_or(u32::MAX));
    match (text(&kind), text(wanted)) {
        (Some(is), Some(wanted)) => is >= wanted,
        _ => kind == wanted,
    }
}

/// A type of PostgreSQL's catalogue, as people write it.
fn short(kind: &str) -> String {
    kind.replace("character varying", "varchar")
        .replace("timestamp with time zone", "timestamptz")
        .replace("time without time zone", "time")
        .replace("numeric(9,6)", "numeric")
}

#[derive(FromQueryResult)]
struct Applied {
    app: String,
    name: String,
}

/// What Django's list says: the migrations we know have to be there, and none that came after them.
async fn history(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let backend = db.get_database_backend();
    let all = "SELECT app, name FROM django_migrations WHERE app IN ('core', 'chat') ORDER BY app, name";
    let applied = Applied::find_by_statement(Statement::from_string(backend, all)).all(db).await?;
    let mut problems = Vec::new();
    for (app, last) in LAST_MIGRATIONS {
        let of_app = || applied.iter().filter(|row| row.app == app);
        if !of_app().any(|row| row.name == last) {
            problems.push(format!(
                "django_migrations: {app}.{last} has not been applied; run the Django service's own `manage.py \
                 migrate` first"
            ));
        }
        for newer in of_app().filter(|row| number(&row.name) > number(last)) {
            problems
                .push(format!("django_migrations: {app}.{} is newer than what is known here", newer.name));
        }
    }
    Ok(problems)
}

/// The number that the name of a migration begins with.
fn number(name: &str) -> &str {
    name.split('_').next().unwrap_or_default()
}

#[derive(FromQueryResult)]
struct Owned {
    name: String,
    owner: String,
    me: String,
}

/// Tables can only be changed by whoever owns them.
async fn ownership(db: &impl ConnectionTrait, live: &Schema) -> Result<Vec<String>, DbErr> {
    let backend = db.get_database_backend();
    let foreign = "
        SELECT c.relname::text AS name, r.rolname::text AS owner, current_user::text AS me
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_roles r ON r.oid = c.relowner
        WHERE n.nspname = current_schema() AND c.relkind = 'r' AND NOT pg_has_role(c.relowner, 'USAGE')
        ORDER BY c.relname";
    let rows = Owned::find_by_statement(Statement::from_string(backend, foreign)).all(db).await?;
    let known = |row: &Owned| {
        TABLES.iter().any(|original| original.table == row.name && live.tables.contains_key(&row.name))
    };
    let mut problems: Vec<String> = rows
        .into_iter()
        .filter(known)
        .map(|row| format!("{}: it belongs to `{}`, and `{}` cannot change it", row.name, row.owner, row.me))
        .collect();
    let may = "SELECT current_user::text AS me, current_schema()::text AS name, '' AS owner
               WHERE NOT has_schema_privilege(current_schema(), 'CREATE')";
    if let Some(row) = Owned::find_by_statement(Statement::from_string(backend, may)).one(db).await? {
        problems.push(format!("the schema `{}`: `{}` may not make tables in it", row.name, row.me));
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_fits_when_it_takes_all_that_is_expected() {
        for (kind, wanted, well) in [
            ("character varying(100)", "varchar(100)", true),
            ("character varying(120)", "varchar(100)", true),
            ("character varying", "varchar(100)", true),
            ("character varying(64)", "varchar(100)", false),
            ("character varying(100)", "varchar", false),
            ("text", "varchar(100)", false),
            ("timestamp with time zone", "timestamptz", true),
            ("timestamp without time zone", "timestamptz", false),
            ("time without time zone", "time", true),
            ("integer", "bigint", false),
            ("uuid", "uuid", true),
        ] {
            assert_eq!(fits(kind, wanted), well, "{kind} for {wanted}");
        }
    }

    #[test]
    fn the_description_of_the_original_is_read_whole() {
        for original in &TABLES {
            let columns: Vec<Expected> = original.columns().collect();
            assert_eq!(columns.len(), original.columns().count());
            assert!(columns.iter().all(|column| !column.name.is_empty() && !column.kind.is_empty()));
            let names: BTreeSet<&str> = columns.iter().map(|column| column.name).collect();
            assert_eq!(names.len(), columns.len(), "{}", original.table);
        }
        let accounts = TABLES.iter().find(|original| original.table == "core_usermodel").expect("the table");
        let email = accounts.columns().last();
        assert_eq!(email, Some(Expected { name: "email", kind: "varchar(254)", nullable: true }));
    }
}
