//! The application as production starts it, without a port.

use std::{path::PathBuf, sync::Arc};

use chatdku::{app::App, config::Config, periodic, platform::clock::Clock, queue, schedule};
use chrono::{DateTime, Utc};
use rocket::{Route, local::asynchronous::Client};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tempfile::TempDir;

use super::{
    actor::Actor,
    database::{Scratch, block, scratch},
};

/// The application of one test.
pub struct TestApp {
    pub client: Arc<Client>,
    pub clock: Clock,
    folder: TempDir,
    _database: Scratch,
}

/// What a test changes about the settings.
#[derive(Default)]
pub struct TestConfig {
    settings: Vec<(String, String)>,
    database: Option<Scratch>,
    program: Option<PathBuf>,
    routes: Vec<Route>,
    released: bool,
}

impl TestConfig {
    /// Sends cookies over TLS only, as the release profile does.
    pub fn over_tls(mut self) -> Self {
        self.released = true;
        self
    }

    /// Sets a setting.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs another program where the reader of documents is meant.
    pub fn program(mut self, path: &str) -> Self {
        self.program = Some(PathBuf::from(path));
        self
    }

    /// Answers more than the product does, such as what always fails.
    pub fn routes(mut self, routes: Vec<Route>) -> Self {
        self.routes = routes;
        self
    }

    /// Runs on this database, in place of a fresh one.
    pub fn on(mut self, database: Scratch) -> Self {
        self.database = Some(database);
        self
    }

    /// Starts the application.
    pub async fn start(self) -> TestApp {
        let folder = tempfile::tempdir().expect("a folder");
        let database = self.database.unwrap_or_else(|| scratch(folder.path()));
        let clock = Clock::held_at(noon());
        let mut config = config(&folder, &database, self.settings);
        config.identity.secure_cookies |= self.released;
        if let Some(program) = self.program {
            config.program = program;
        }
        let _logging =
            chatdku::platform::logging::start(&config, chatdku::platform::logging::Place::Terminal);
        let rocket = chatdku::rocket(config, clock.clone()).mount("/", self.routes);
        let client = Client::untracked(rocket).await.expect("a launch");
        TestApp { client: Arc::new(client), clock, folder, _database: database }
    }
}

impl TestApp {
    /// Starts the application with the settings of a developer's machine, whose loopback is the trusted proxy.
    pub async fn start() -> Self {
        TestConfig::default().start().await
    }

    /// Settings to change before the start.
    pub fn with(name: &str, value: &str) -> TestConfig {
        TestConfig::default().set(name, value)
    }

    /// The parts of the running application.
    pub fn app(&self) -> &App {
        self.client.rocket().state::<App>().expect("the application")
    }

    /// Somebody signed in through the campus.
    pub fn user(&self, netid: &str) -> Actor {
        Actor::new(self.client.clone()).header("UID", netid)
    }

    /// Somebody on this machine without any identity header: the developer.
    pub fn developer(&self) -> Actor {
        Actor::new(self.client.clone())
    }

    /// Somebody at an address that is no proxy of ours.
    pub fn stranger(&self) -> Actor {
        Actor::new(self.client.clone()).from("203.0.113.9")
    }

    /// Asks for a run of a task that can be done on a schedule.
    pub async fn ask_for(&self, task: &str) {
        let (tasks, now) = (schedule::tasks(), self.clock.now());
        let runs = [(tasks.named(task).expect("a task of this name"), periodic::Asked::bare())];
        let asked = self.app().store.write(async |tx| periodic::ask(&tx, now, &runs).await);
        asked.await.expect("the queue");
    }

    /// Does all work that is queued.
    pub async fn work(&self) -> usize {
        self.app().worker().run_until_empty().await.expect("the queue")
    }

    /// A folder of this test.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Makes a folder of campus documents and loads it.
    pub async fn campus(&self, files: &[(&str, &str)]) -> chatdku::knowledge::campus::Report {
        let folder = self.folder.path().join("campus");
        std::fs::create_dir_all(&folder).expect("a folder");
        for (name, text) in files {
            std::fs::write(folder.join(name), text).expect("a file");
        }
        let (app, emptying) = (self.app(), chatdku::knowledge::campus::Emptying::Refused);
        let ingested =
            chatdku::knowledge::campus::ingest(&app.library, &app.clock, &folder, emptying, &|_, _, _| {});
        ingested.await.expect("campus documents")
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let store = self.app().store.clone();
        let queued = block(async move {
            let queued = queue::job::Entity::find().filter(queue::job::COLUMN.state.eq(queue::State::Queued));
            queued.all(store.read()).await.expect("the queue")
        });
        let kinds: Vec<String> = queued.into_iter().map(|job| job.kind).collect();
        assert!(kinds.is_empty(), "the test left work in the queue: {kinds:?}");
    }
}

/// A Monday in term, where nothing is due.
pub fn noon() -> DateTime<Utc> {
    "2026-03-09T04:00:00Z".parse().expect("a time")
}

fn config(folder: &TempDir, database: &Scratch, settings: Vec<(String, String)>) -> Config {
    let rocket =
        rocket::Config::figment().select(rocket::Config::DEBUG_PROFILE).merge(("address", "127.0.0.1"));
    let data = folder.path().join("data").display().to_string();
    let pairs = [("DATA_DIR".to_owned(), data), ("LOG_LEVEL".to_owned(), "error".to_owned())];
    let mut config = Config::from_sources(rocket, pairs.into_iter().chain(settings)).expect("settings");
    config.database = database.settings.clone();
    config.redis = super::redis::shared();
    config.program = PathBuf::from(env!("CARGO_BIN_EXE_chatdku"));
    config.background = false;
    config
}
