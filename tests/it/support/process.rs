//! The program itself, as a process of its own: started, killed, started again, over real connections.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use chatdku::{config::DatabaseSettings, platform::store::Store};
use tempfile::TempDir;

use super::database::{Scratch, scratch};

/// How long a start may take on a busy machine.
const START: Duration = Duration::from_mins(1);

/// The program on a database of its own.
pub struct Program {
    folder: TempDir,
    database: Option<Scratch>,
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
        std::fs::create_dir(program.data()).expect("a folder");
        let database = scratch(&program.data());
        program.settings.extend(address(&database.settings));
        program.database = Some(database);
        program
    }

    /// Sets a setting of the next start.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts it and waits until it is ready.
    pub async fn start(&mut self) {
        self.port = free_port();
        let out = std::fs::File::options().create(true).append(true).open(self.output()).expect("a file");
        let mut command = self.command(&["serve", &format!("127.0.0.1:{}", self.port)]);
        command.stdout(out.try_clone().expect("the file")).stderr(out);
        self.child = Some(command.spawn().expect("the program"));
        let began = Instant::now();
        let http = http();
        while !http.get(self.url("/readyz")).send().await.is_ok_and(|answer| answer.status().is_success()) {
            assert!(began.elapsed() < START, "the program did not start:\n{}", self.said());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
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

    /// An address of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
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

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("terminal.txt")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chatdku"));
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

/// A client for plain requests.
pub fn http() -> reqwest::Client {
    // A second call, by another test of this process, changes nothing.
    let _already = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(Duration::from_mins(1)).build().expect("a client")
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
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
