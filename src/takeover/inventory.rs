//! What is in the database of the Django service, and what of it is on the disk.

use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement};

/// Files looked for together.
const BATCH: usize = 500;

/// Rows, counted.
#[derive(Debug, FromQueryResult)]
pub(super) struct Rows {
    pub(super) campus: i64,
    pub(super) local: i64,
    pub(super) nobodys: i64,
    pub(super) unreadable: i64,
    pub(super) staff: i64,
    pub(super) superusers: i64,
    pub(super) groups: i64,
    pub(super) grants: i64,
    pub(super) permissions: i64,
    pub(super) conversations: i64,
    pub(super) messages: i64,
    pub(super) feedback: i64,
    pub(super) files: i64,
    pub(super) entries: i64,
    pub(super) tasks: i64,
    pub(super) results: i64,
}

/// Counts them. The conditions on accounts are those by which the program tells campus accounts from local ones.
pub(super) async fn rows(db: &impl ConnectionTrait) -> Result<Rows, DbErr> {
    let counted = r"
        SELECT COUNT(*) FILTER (WHERE hashed AND closed) AS campus,
               COUNT(*) FILTER (WHERE NOT closed) AS local,
               COUNT(*) FILTER (WHERE NOT hashed AND closed) AS nobodys,
               COUNT(*) FILTER (WHERE NOT closed AND NOT readable) AS unreadable,
               COUNT(*) FILTER (WHERE is_staff AND NOT is_superuser) AS staff,
               COUNT(*) FILTER (WHERE is_superuser) AS superusers,
               (SELECT COUNT(*) FROM auth_group) AS groups,
               (SELECT COUNT(*) FROM auth_group_permissions)
                   + (SELECT COUNT(*) FROM core_usermodel_user_permissions) AS grants,
               (SELECT COUNT(*) FROM auth_permission) AS permissions,
               (SELECT COUNT(*) FROM chat_usersession) AS conversations,
               (SELECT COUNT(*) FROM chat_chatmessages) AS messages,
               (SELECT COUNT(*) FROM chat_feedback) AS feedback,
               (SELECT COUNT(*) FROM core_uploadedfile) AS files,
               (SELECT COUNT(*) FROM django_admin_log) AS entries,
               (SELECT COUNT(*) FROM django_celery_beat_periodictask) AS tasks,
               (SELECT COUNT(*) FROM django_celery_results_taskresult) AS results
        FROM (SELECT username ~ '^[0-9a-f]{64}$' AS hashed, password = '' OR password LIKE '!%' AS closed,
                     password LIKE 'pbkdf2\_sha256$%' OR password LIKE 'argon2$%' AS readable, is_staff, is_superuser
              FROM core_usermodel) AS accounts";
    let one =
        Rows::find_by_statement(Statement::from_string(db.get_database_backend(), counted)).one(db).await?;
    one.ok_or_else(|| DbErr::RecordNotFound("counts".to_owned()))
}

/// A sequence that would give out a number that is taken.
#[derive(Debug)]
pub(super) struct Behind {
    pub(super) table: String,
    pub(super) sequence: String,
    pub(super) highest: i64,
}

#[derive(FromQueryResult)]
struct Sequence {
    table_name: String,
    sequence: Option<String>,
}

#[derive(FromQueryResult)]
struct Position {
    highest: Option<i64>,
    next: i64,
}

/// The sequences that are behind the rows of their tables, as after a copy of the rows alone.
pub(super) async fn sequences_behind(
    db: &impl ConnectionTrait,
    tables: &[&str],
) -> Result<Vec<Behind>, DbErr> {
    let backend = db.get_database_backend();
    // The function fails on tables without the column, so it has to see those that have it only.
    let all = "
        WITH numbered AS MATERIALIZED (
            SELECT c.relname::text AS name
            FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'id' AND NOT a.attisdropped
            WHERE n.nspname = current_schema() AND c.relkind = 'r')
        SELECT name AS table_name, pg_get_serial_sequence(quote_ident(name), 'id') AS sequence
        FROM numbered ORDER BY name";
    let sequences = Sequence::find_by_statement(Statement::from_string(backend, all)).all(db).await?;
    let mut behind = Vec::new();
    for Sequence { table_name: table, sequence } in sequences {
        let Some(sequence) = sequence.filter(|_| tables.contains(&table.as_str())) else { continue };
        // Both names come from the catalogue; the sequence is quoted by it.
        let position = format!(
            "SELECT (SELECT MAX(id)::bigint FROM \"{table}\") AS highest,
                    (SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM {sequence}) AS next"
        );
        let position = Position::find_by_statement(Statement::from_string(backend, position)).one(db).await?;
        if let Some(Position { highest: Some(highest), next }) = position
            && next <= highest
        {
            behind.push(Behind { table, sequence, highest });
        }
    }
    Ok(behind)
}

/// Connections of others, who may be the Django service at work.
pub(super) async fn others(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let others = "SELECT COUNT(*) AS others FROM pg_stat_activity
                  WHERE datname = current_database() AND backend_type = 'client backend'
                    AND application_name <> 'chatdku' AND pid <> pg_backend_pid()";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), others)).await?;
    row.map_or(Ok(0), |row| row.try_get("", "others"))
}

/// Uploaded files on the disk.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OnDisk {
    /// Those with a row.
    pub(super) present: usize,
    /// Rows without a file.
    pub(super) missing: usize,
    /// Files in folders of accounts that no row names.
    pub(super) strays: usize,
}

#[derive(FromQueryResult)]
struct Stored {
    id: i32,
    folder: String,
    filename: String,
}

#[derive(FromQueryResult)]
struct Folder {
    id: i64,
    folder: String,
}

/// Looks for the files under `media`. Changes nothing there.
pub(super) async fn on_disk(db: &impl ConnectionTrait, media: &Path) -> anyhow::Result<OnDisk> {
    let backend = db.get_database_backend();
    let mut found = OnDisk::default();
    let mut last = 0;
    loop {
        let batch = "SELECT f.id, u.folder, f.filename FROM core_uploadedfile f
                     JOIN core_usermodel u ON u.id = f.user_id WHERE f.id > $1 ORDER BY f.id LIMIT $2";
        let values = [last.into(), (BATCH as u64).cast_signed().into()];
        let rows =
            Stored::find_by_statement(Statement::from_sql_and_values(backend, batch, values)).all(db).await?;
        let Some(end) = rows.last().map(|row| row.id) else { break };
        last = end;
        let paths: Vec<PathBuf> =
            rows.iter().map(|row| media.join(&row.folder).join(&row.filename)).collect();
        let (all, present) =
            (paths.len(), blocking(move || paths.iter().filter(|path| path.is_file()).count()).await?);
        found.present += present;
        found.missing += all - present;
    }
    found.strays = in_folders(db, media).await?.saturating_sub(found.present);
    Ok(found)
}

/// How many files there are in the folders of accounts.
async fn in_folders(db: &impl ConnectionTrait, media: &Path) -> anyhow::Result<usize> {
    let backend = db.get_database_backend();
    let (mut files, mut last) = (0, 0_i64);
    loop {
        let batch = "SELECT id, folder FROM core_usermodel WHERE id > $1 ORDER BY id LIMIT $2";
        let values = [last.into(), (BATCH as u64).cast_signed().into()];
        let rows =
            Folder::find_by_statement(Statement::from_sql_and_values(backend, batch, values)).all(db).await?;
        let Some(end) = rows.last().map(|row| row.id) else { return Ok(files) };
        last = end;
        let folders: Vec<PathBuf> =
            rows.into_iter().filter(|row| !row.folder.is_empty()).map(|row| media.join(row.folder)).collect();
        files += blocking(move || folders.iter().map(|folder| files_of(folder)).sum::<usize>()).await?;
    }
}

fn files_of(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())).count()
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T> {
    Ok(tokio::task::spawn_blocking(work).await?)
}
