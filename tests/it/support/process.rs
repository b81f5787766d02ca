//! The program itself, as a process of its own: started, killed, started again, over real connections.

use std::{
    net::TcpListener,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::{Duration, Instant},
};

use chatdku::{
    chat::tables,
    config::DatabaseSettings,
    platform::store::Store,
    queue::{State, job, key},
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Select, Statement, sea_query::Expr};
use tempfile::TempDir;

use super::database::{Scratch, scratch};

/// How long a start may take on a busy machine.
const START: Duration = Duration::from_mins(1);

/// The program on a database of its own, or on that of another one.
pub struct Program {
    folder: TempDir,
    database: Option<Arc<Scratch>>,
    settings: Vec<(String, String)>,
    port: u16,
    child: Option<Child>,
}

impl Program {
    /// A program that has never run: no database, no folder, nothing set.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder, database: None, settings: Vec::new(), port: 0, child: None }
    }

    /// A program on a migrated database: the one that the tests run on.
    pub fn on_a_database() -> Self {
        let mut program = Self::new();
        // As the program makes it.
        std::fs::DirBuilder::new().mode(0o700).create(program.data()).expect("a folder");
        let database = scratch(&program.data());
        program.settings.extend(address(&database.settings));
        program.database = Some(Arc::new(database));
        if let Some(redis) = super::redis::shared() {
            program = program.on_redis(&redis.host, redis.port).set("REDIS_PREFIX", &redis.prefix);
        }
        program
    }

    /// A program on a database that somebody else keeps.
    pub fn at(database: &DatabaseSettings) -> Self {
        let mut program = Self::new();
        program.settings.extend(address(database));
        program
    }

    /// Another instance of the same: its database, its files and its settings, a folder of its own for the rest.
    pub fn sibling(&self) -> Self {
        let mut sibling = Self::new();
        sibling.settings.clone_from(&self.settings);
        sibling.database.clone_from(&self.database);
        let (data, index) = (self.data().display().to_string(), sibling.folder.path().join("index"));
        sibling.set("DATA_DIR", &data).set("INDEX_PATH", &index.display().to_string())
    }

    /// Runs as it does for people: nothing is believed that a proxy has not said.
    pub fn released(self) -> Self {
        let secret = uuid::Uuid::new_v4().simple().to_string();
        let released = self.set("ROCKET_PROFILE", "release").set("SECRET_KEY", &secret.repeat(2));
        released.set("TRUSTED_PROXIES", "127.0.0.1").set("LOG_FORMAT", "text")
    }

    /// Uses this Redis.
    pub fn on_redis(self, host: &str, port: u16) -> Self {
        self.set("REDIS_HOST", host).set("REDIS_PORT", &port.to_string())
    }

    /// Uses no Redis, whatever the tests have.
    pub fn without_redis(mut self) -> Self {
        self.settings.retain(|(name, _)| !name.starts_with("REDIS_"));
        self
    }

    /// Whether it is on PostgreSQL.
    pub fn is_on_postgres(&self) -> bool {
        self.settings.iter().any(|(name, _)| name == "HOST_DB")
    }

    /// A setting as it will be at the next start.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.iter().rev().find(|(of, _)| of == name).map(|(_, value)| value.as_str())
    }

    /// Sets a setting of the next start.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Changes a setting: it has this value from the next start on.
    pub fn change(&mut self, name: &str, value: &str) {
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// Starts it and waits until it is ready.
    pub async fn start(&mut self) {
        self.port = free_port();
        self.start_again().await;
    }

    /// As [`Self::start`], at the port it had before.
    pub async fn start_again(&mut self) {
        self.spawn(&["serve", &format!("127.0.0.1:{}", self.port)]);
        let began = Instant::now();
        let http = http();
        while !http.get(self.url("/readyz")).send().await.is_ok_and(|answer| answer.status().is_success()) {
            assert!(began.elapsed() < START, "the program did not start:\n{}", self.said());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Starts a command that goes on until it is told to end.
    pub fn spawn(&mut self, arguments: &[&str]) {
        let out = std::fs::File::options().create(true).append(true).open(self.output()).expect("a file");
        let mut command = self.command(arguments);
        command.stdout(out.try_clone().expect("the file")).stderr(out);
        self.child = Some(command.spawn().expect("the program"));
    }

    /// Tells it to end, as an operator does. Answers with which code it has ended.
    pub async fn stop(&mut self) -> Option<i32> {
        self.terminate();
        self.ended().await
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> Option<i32> {
        let mut child = self.child.take().expect("a running program");
        tokio::task::spawn_blocking(move || child.wait()).await.expect("the wait").expect("its end").code()
    }

    /// Tells it to end, and does not wait for that.
    pub fn terminate(&self) {
        let child = self.child.as_ref().expect("a running program");
        let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
        assert!(told.success());
    }

    /// Ends it as a power cut would, between two instructions.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("a signal");
            child.wait().expect("its end");
        }
    }

    /// Runs another command of the program to its end. Answers whether it went well, and what it said.
    pub fn run(&self, arguments: &[&str]) -> (bool, String) {
        let output = self.command(arguments).output().expect("the program");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// As [`Self::run`], while other work of the test goes on.
    pub async fn run_beside(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output());
        let output = output.await.expect("the wait").expect("the program");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// An address of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("a running program").id()
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its folder, in which it is started.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it has said on its terminal so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.output()).unwrap_or_default()
    }

    /// Its database, beside it.
    pub async fn store(&self) -> Store {
        let database = self.database.as_ref().expect("a database of the tests");
        Store::open(&database.settings).await.expect("the database")
    }

    /// Ends the leases of whoever has died: nobody waits half a minute for them, but where that is what is tested.
    pub async fn expire_leases(&self) {
        let store = self.store().await;
        let past = time(&store).await - chrono::Duration::minutes(1);
        let expired = store.write(async |tx| {
            let until = tables::ConversationColumn::ActiveUntil;
            let answers = tables::Conversation::update_many().filter(until.is_not_null());
            answers.col_expr(until, Expr::value(past)).exec(&tx).await?;
            // What schedules ask for is left to those who are alive.
            let jobs = job::Entity::update_many().filter(job::COLUMN.state.eq(State::Running));
            let jobs = jobs.filter(job::COLUMN.key.not_like("cron:%"));
            jobs.col_expr(job::Column::LeaseUntil, Expr::value(past)).exec(&tx).await?;
            let keys = key::Entity::update_many().filter(key::Column::LeaseUntil.is_not_null());
            let keys = keys.filter(key::Column::Key.not_like("cron:%"));
            keys.col_expr(key::Column::LeaseUntil, Expr::value(past)).exec(&tx).await
        });
        expired.await.expect("the database");
        store.close_for_good().await.expect("a close");
    }

    /// All rows of a database that is not in its folder, as text.
    pub async fn dump(&self) -> Vec<String> {
        let store = self.store().await;
        if store.is_embedded() {
            return Vec::new();
        }
        let named = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
        let mut rows = Vec::new();
        for table in texts(&store, named).await {
            rows.extend(texts(&store, &format!("SELECT row_to_json(t)::text FROM \"{table}\" t")).await);
        }
        rows
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("terminal.txt")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command =
            Command::new(other_program().unwrap_or_else(|| env!("CARGO_BIN_EXE_chatdku").into()));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.settings.iter().cloned())
            .stdin(Stdio::null());
        command
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The time that the program goes by.
#[expect(
    clippy::disallowed_methods,
    reason = "the clock on the wall, where the database has none of its own"
)]
pub async fn time(store: &Store) -> DateTime<Utc> {
    store.time().await.expect("the database").unwrap_or_else(Utc::now)
}

/// The first column of a query.
async fn texts(store: &Store, sql: &str) -> Vec<String> {
    let rows = store.read().query_all_raw(Statement::from_string(store.backend(), sql)).await.expect("rows");
    rows.into_iter().map(|row| row.try_get_by_index(0).expect("a text")).collect()
}

/// A client for plain requests.
pub fn http() -> reqwest::Client {
    // A second call, by another test of this process, changes nothing.
    let _already = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(Duration::from_mins(1)).build().expect("a client")
}

/// Another build of the program than the one that is tested: `CHATDKU_TEST_PROGRAM`, for figures of a release.
pub fn other_program() -> Option<PathBuf> {
    std::env::var_os("CHATDKU_TEST_PROGRAM").map(PathBuf::from)
}

/// A port that is free and stays so while its program is away: no test gets it a second time, and it is below those
/// that the system gives to whoever asks for any.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = u16::try_from(std::process::id() % 12_000).unwrap_or_default();
    let ports = || 20_000 + (begin + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(ports).take(1_000).find(free).expect("a port")
}

/// A database as the settings name it. The SQLite file lies where the program looks for it.
fn address(database: &DatabaseSettings) -> Vec<(String, String)> {
    let url = reqwest::Url::parse(database.url.reveal()).expect("an address");
    if url.scheme() == "sqlite" {
        return Vec::new();
    }
    let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    vec![
        setting("HOST_DB", url.host_str().expect("a host")),
        setting("PORT_DB", &url.port().unwrap_or(5432).to_string()),
        setting("USERNAME_DB", url.username()),
        setting("NAME_DB", url.path().trim_start_matches('/')),
    ]
}

/// The jobs that somebody asked for. What schedules ask for comes and goes by the clock on the wall.
pub fn asked_for() -> Select<job::Entity> {
    job::Entity::find().filter(job::COLUMN.key.not_like("cron:%"))
}
