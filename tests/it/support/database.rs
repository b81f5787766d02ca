//! A database per test: a copy of one migrated template.
//!
//! SQLite unless `CHATDKU_TEST_POSTGRES` names a PostgreSQL server (`postgres://user@host:port/postgres`) on which
//! the tests may make databases.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use chatdku::{
    config::DatabaseSettings,
    platform::{secret::Secret, store::Store},
};
use sea_orm::{ConnectionTrait, Database};

/// A migrated database of one test. Dropped with its owner.
pub struct Scratch {
    pub settings: DatabaseSettings,
    postgres: Option<String>,
}

/// Makes one. An SQLite file goes into `folder`.
pub fn scratch(folder: &Path) -> Scratch {
    match postgres() {
        Some(server) => on_postgres(&server),
        None => {
            let file = folder.join("chatdku.sqlite3");
            std::fs::copy(sqlite_template(), &file).expect("copying the template");
            Scratch { settings: settings(&format!("sqlite://{}", file.display())), postgres: None }
        }
    }
}

/// Makes a database without tables on PostgreSQL; `None` when the tests run on SQLite.
pub fn empty_postgres() -> Option<Scratch> {
    let server = postgres()?;
    let base = base(&server);
    let name = format!("empty_{}", uuid::Uuid::new_v4().simple());
    let create = format!("CREATE DATABASE {name}");
    block(async move { execute(&server, &create).await });
    Some(Scratch { settings: settings(&format!("{base}/{name}")), postgres: Some(name) })
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let (Some(name), Some(server)) = (self.postgres.take(), postgres()) {
            block(async move { execute(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await });
        }
    }
}

/// Runs `work` to its end from wherever we are, a runtime or none.
pub fn block<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    std::thread::spawn(move || runtime().block_on(work)).join().expect("the work")
}

fn settings(url: &str) -> DatabaseSettings {
    DatabaseSettings { url: Secret::from(url.to_owned()), durable: false }
}

#[expect(clippy::disallowed_methods, reason = "tests have a switch of their own")]
fn postgres() -> Option<String> {
    std::env::var("CHATDKU_TEST_POSTGRES").ok()
}

fn sqlite_template() -> &'static PathBuf {
    static TEMPLATE: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, file) = TEMPLATE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("template.sqlite3");
        let url = format!("sqlite://{}", file.display());
        block(async move { migrate(&url).await });
        (folder, file)
    });
    file
}

fn on_postgres(server: &str) -> Scratch {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    let base = base(server);
    let template = TEMPLATE.get_or_init(|| {
        let name = format!("template_{}", uuid::Uuid::new_v4().simple());
        let (server, url) = (server.to_owned(), format!("{base}/{name}"));
        let create = format!("CREATE DATABASE {name}");
        block(async move {
            execute(&server, &create).await;
            migrate(&url).await;
        });
        name
    });
    let name = format!("test_{}", uuid::Uuid::new_v4().simple());
    let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
    let server = server.to_owned();
    block(async move { execute(&server, &create).await });
    Scratch { settings: settings(&format!("{base}/{name}")), postgres: Some(name) }
}

/// The address of a server, without the database.
fn base(server: &str) -> String {
    server.rsplit_once('/').map_or(server, |(base, _)| base).to_owned()
}

async fn migrate(url: &str) {
    let store = Store::open(&settings(url)).await.expect("opening the template");
    store.migrate().await.expect("migrating the template");
    store.close_for_good().await.expect("closing the template");
}

async fn execute(server: &str, sql: &str) {
    let connection = Database::connect(server).await.expect("the server");
    connection.execute_unprepared(sql).await.expect(sql);
    connection.close().await.expect("closing");
}
