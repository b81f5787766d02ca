//! Fills the tables: every text that a page may show becomes an attack, and a table with few rows gets more of them.

use std::collections::BTreeMap;

use chatdku::platform::store::Store;
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};

use super::{holdings::texts, payloads};

/// Tables that no page shows, and those whose texts are the program's own words.
const LEFT_OUT: [&str; 24] = [
    "auth_permission",
    "cron_fire",
    "django_celery_beat_clockedschedule",
    "django_celery_beat_crontabschedule",
    "django_celery_beat_intervalschedule",
    "django_celery_beat_periodictasks",
    "django_celery_beat_solarschedule",
    "django_content_type",
    "embedding",
    "fault",
    "generation",
    "generation_event",
    "index_change",
    "index_head",
    "job_key",
    "load_test_trouble",
    "planted_task",
    "rate_count",
    "seaql_migrations",
    "sign_in_failure",
    "sqlite_sequence",
    "sqlite_stat1",
    "sqlite_stat4",
    "campus_file",
];

/// Columns that the program reads: hashes, states, names on the disk, what is JSON of a certain form.
const READ: [&str; 21] = [
    "access",
    "auth_hash",
    "collection",
    "content_hash",
    "csrf_secret",
    "data",
    "folder",
    "format",
    "key",
    "kind",
    "password",
    "payload",
    "quote_hash",
    "realm",
    "role",
    "sha256",
    "state",
    "status",
    "stored_name",
    "token_hash",
    "dedupe",
];

/// Columns that hold JSON with texts in it.
const JSON: [(&str, &str); 9] = [
    ("audit_entry.detail", r#"{"what": P, "method": P, "realm": P}"#),
    ("audit_entry.changes", r#"[{"field": P, "old": P, "new": P}, {"field": "title", "old": P, "new": P}]"#),
    (
        "answer_trace.stages",
        r#"[{"name": P, "ms": 3, "used": [["search_documents", P], [P, P]], "notes": [P]}]"#,
    ),
    (
        "answer_trace.searched",
        r#"[{"title": P, "page": 1, "score": 0.5}, {"title": P, "page": null, "score": 0.1}]"#,
    ),
    ("django_celery_beat_periodictask.args", "[P, P]"),
    ("django_celery_beat_periodictask.kwargs", r#"{"a": P}"#),
    ("django_celery_beat_periodictask.headers", r#"{"a": P}"#),
    ("django_celery_results_taskresult.meta", r#"{"children": [P]}"#),
    ("django_celery_results_taskresult.result", r#"{"exc_message": [P], "exc_type": P}"#),
];

/// Rows that a table has afterwards, where it has any.
const ROWS: u64 = 12;

/// Where each attack was put, by its number.
pub type Places = BTreeMap<u32, String>;

/// A column: its name, and whether it holds text.
struct Column {
    name: String,
    text: bool,
}

/// Fills all tables of an SQLite database. `spared` says which rows stay as they are: of a table, those for which an
/// expression holds.
pub async fn stuff(store: &Store, spared: &[(&str, &str)]) -> Places {
    let tables = texts(store, "SELECT name FROM sqlite_master WHERE type = 'table'").await;
    let mut places = Places::new();
    for table in tables.iter().filter(|table| !LEFT_OUT.contains(&table.as_str())) {
        let spared = spared.iter().find(|(of, _)| of == table).map_or("1 = 0", |(_, rows)| *rows);
        let columns = columns(store, table).await;
        if columns.iter().any(|column| column.text) {
            fill(store, table, &columns, spared, &mut places).await;
        }
    }
    places
}

async fn columns(store: &Store, table: &str) -> Vec<Column> {
    let sql = format!("SELECT name || ' ' || lower(type) FROM pragma_table_info('{table}')");
    let column = |line: String| {
        let (name, kind) = line.split_once(' ').unwrap();
        let text = (kind == "text" || kind.starts_with("varchar")) && !READ.contains(&name);
        Column { name: name.to_owned(), text }
    };
    texts(store, &sql).await.into_iter().map(column).collect()
}

async fn fill(store: &Store, table: &str, columns: &[Column], spared: &str, places: &mut Places) {
    let ids =
        texts(store, &format!("SELECT CAST(rowid AS TEXT) FROM \"{table}\" WHERE NOT ({spared}) LIMIT 60"))
            .await;
    for id in &ids {
        let (set, values) = values(table, columns, places, |name| format!("\"{name}\" = ?"));
        execute(store, &format!("UPDATE \"{table}\" SET {} WHERE rowid = {id}", set.join(", ")), values)
            .await;
    }
    let Some(model) = ids.first().filter(|_| columns.iter().any(|column| column.name == "id")) else {
        return;
    };
    let is_number = texts(store, &format!("SELECT typeof(id) FROM \"{table}\" LIMIT 1")).await == ["integer"];
    for _ in (ids.len() as u64..ROWS).filter(|_| is_number) {
        let (_, values) = values(table, columns, places, |_| "?".to_owned());
        let others: Vec<&Column> = columns.iter().filter(|column| column.name != "id").collect();
        let names: Vec<String> = others.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let taken: Vec<String> = others
            .iter()
            .map(|column| if column.text { "?".to_owned() } else { format!("\"{}\"", column.name) })
            .collect();
        let sql = format!(
            "INSERT OR IGNORE INTO \"{table}\" ({}) SELECT {} FROM \"{table}\" WHERE rowid = {model}",
            names.join(", "),
            taken.join(", ")
        );
        execute(store, &sql, values).await;
    }
}

/// An attack for each text of a row.
fn values(
    table: &str,
    columns: &[Column],
    places: &mut Places,
    part: impl Fn(&str) -> String,
) -> (Vec<String>, Vec<Value>) {
    let mut set = Vec::new();
    let mut values = Vec::new();
    for column in columns.iter().filter(|column| column.text) {
        let place = format!("{table}.{}", column.name);
        set.push(part(&column.name));
        let first = payloads::made();
        values.push(Value::from(value(&place)));
        places.extend((first..payloads::made()).map(|number| (number, place.clone())));
    }
    (set, values)
}

fn value(place: &str) -> String {
    if let Some((_, form)) = JSON.iter().find(|(of, _)| *of == place) {
        let quoted = || serde_json::to_string(&payloads::text()).unwrap();
        let mut parts = form.split('P');
        let first = parts.next().unwrap_or_default().to_owned();
        return parts.fold(first, |text, part| text + &quoted() + part);
    }
    if place.strip_suffix(".url").is_some() { payloads::address() } else { payloads::text() }
}

async fn execute(store: &Store, sql: &str, values: Vec<Value>) {
    let done = store.write(async |tx| {
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values.clone()))
            .await?;
        Ok::<_, DbErr>(())
    });
    done.await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}
