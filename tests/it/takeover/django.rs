//! A database as the Django service left it, and the statements that Django's object mapper sends to it.

use chatdku::platform::{clock::Clock, store::Store};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use tempfile::TempDir;

use crate::support::{Program, Scratch, TestApp, TestConfig, empty_postgres, noon, pdf};

/// The address of each person's folder ends in the number of their account.
const FOLDER: &str = "0b0c6a52-3b1c-4b0e-9a0d-2a8f4f2c7e0";

/// A database of the Django service, and the folder of its files.
pub struct Django {
    pub database: Scratch,
    pub media: TempDir,
}

impl Django {
    /// One that nobody has used; `None` when the tests run on SQLite.
    pub async fn empty() -> Option<Self> {
        let database = empty_postgres()?;
        let django = Self { database, media: tempfile::tempdir().unwrap() };
        django.execute(include_str!("../fixtures/django.sql")).await;
        Some(django)
    }

    /// One with rows and files: `syllabus.pdf` and `lost.pdf`, which is not on the disk, of `alice1`, `.pdf` of `bob22`,
    /// and a file without a row.
    pub async fn filled() -> Option<Self> {
        let django = Self::empty().await?;
        django.execute(include_str!("../fixtures/django_rows.sql")).await;
        django.put(3, "syllabus.pdf", &["The final essay of Writing 101 is due on May 4."]);
        django.put(4, ".pdf", &["The library closes at eleven in the evening."]);
        django.put(4, "notes_of_a_failed_upload.pdf", &["Nobody can ask about this."]);
        Some(django)
    }

    /// Puts a file of one page where Django would have.
    pub fn put(&self, account: u8, name: &str, lines: &[&str]) {
        let folder = self.media.path().join(format!("{FOLDER}{account}"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), pdf::pages(&[lines])).unwrap();
    }

    /// The program on this database.
    pub fn program(&self) -> Program {
        Program::at(&self.database.settings).set("MEDIA_ROOT", &self.media.path().display().to_string())
    }

    /// Runs `migrate`, which has to go well.
    pub fn taken_over(self) -> Self {
        let (well, said) = self.program().run(&["migrate"]);
        assert!(well && said.contains("Taken over"), "{said}");
        self
    }

    /// The application on this database; the folder of files goes along. What was asked for by the command, whose clock
    /// nobody holds, is due.
    pub async fn app(self) -> (TestApp, TempDir) {
        let media = self.media.path().display().to_string();
        let app = TestConfig::default().set("MEDIA_ROOT", &media).on(self.database).start().await;
        app.clock.advance(Clock::system().now() - noon());
        (app, self.media)
    }

    /// A connection as Django has it.
    pub async fn connection(&self) -> DatabaseConnection {
        Database::connect(self.database.settings.url.reveal()).await.unwrap()
    }

    /// Our store on it.
    pub async fn store(&self) -> Store {
        Store::open(&self.database.settings).await.unwrap()
    }

    /// Sends statements.
    pub async fn execute(&self, sql: &str) {
        let connection = self.connection().await;
        connection.execute_unprepared(sql).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Everything in the tables that Django made: each row as text, in an order of its own.
    pub async fn rows(&self) -> Vec<(String, Vec<String>)> {
        let connection = self.connection().await;
        let tables = "SELECT table_name::text AS name FROM information_schema.tables
                      WHERE table_schema = 'public' AND table_name ~ '^(auth|core|chat|django)_' ORDER BY 1";
        let mut all = Vec::new();
        for table in texts(&connection, tables).await {
            // Only the columns that the original has: what is added is null, and not in the way; one column is false.
            let rows = format!(
                "SELECT (jsonb_strip_nulls(to_jsonb(t)) - 'wants_reports')::text AS name FROM {table} t ORDER BY 1"
            );
            let rows = texts(&connection, &rows).await;
            all.push((table, rows));
        }
        connection.close().await.unwrap();
        all
    }
}

/// The values of a column `name`.
pub async fn texts(db: &impl ConnectionTrait, sql: &str) -> Vec<String> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get("", "name").unwrap()).collect()
}

/// The value of a column `n`.
pub async fn number(db: &impl ConnectionTrait, sql: &str) -> i64 {
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    row.unwrap().try_get("", "n").unwrap()
}
