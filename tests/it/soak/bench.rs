//! The program of a soak, with a proxy before each server that it needs.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, ToSocketAddrs},
    time::{Duration, Instant},
};

use chatdku::{
    mail::{Address, Letter, MailId, outbox},
    platform::store::Store,
    queue::{State, job},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};

use super::{
    course::Course,
    deeds::{DEVELOPER, OWNER},
    trouble::{Proxies, Server},
};
use crate::{
    mail::server::{MailServer, Manner},
    support::{
        Program,
        faults::FaultProxy,
        model::{Model, Script, Step},
        process::{asked_for, time},
        redis, sample,
        staff::PASSWORD,
    },
};

/// Who may read the figures of the process.
pub const TOKEN: &str = "who looks at a soak";
const ARENAS: &str = "2";
const WORDS: usize = 30;
const PAUSE: Duration = Duration::from_millis(15);

/// The program and its servers.
pub struct Bench {
    pub program: Program,
    pub proxies: Proxies,
    pub mail: MailServer,
    /// The database, past the proxy.
    pub store: Store,
    _redis: redis::Server,
    _model: Model,
}

impl Bench {
    pub async fn start() -> Self {
        let redis = redis::Server::start().await;
        let model = Model::forgetful(vec![Script::Stream(answer())]).await;
        let mail = MailServer::start(Manner::Plain);
        let mut program = Program::on_a_database().without_redis().released();
        let mut proxies = BTreeMap::from([
            (Server::Redis, FaultProxy::start(redis.address())),
            (Server::Model, FaultProxy::start(model.address())),
            (Server::Mail, FaultProxy::start(SocketAddr::from(([127, 0, 0, 1], mail.port())))),
        ]);
        let store = program.store().await;
        if let Some(address) = address(&program) {
            let proxy = FaultProxy::start(address);
            program = program.set("HOST_DB", "127.0.0.1").set("PORT_DB", &proxy.port.to_string());
            proxies.insert(Server::Database, proxy);
        }
        program = program
            .on_redis("127.0.0.1", proxies[&Server::Redis].port)
            .set("LLM_BASE_URL", &format!("http://127.0.0.1:{}/v1", proxies[&Server::Model].port))
            .set("EMAIL_HOST", "127.0.0.1")
            .set("EMAIL_PORT", &proxies[&Server::Mail].port.to_string())
            .set("EMAIL_TIMEOUT", "5")
            .set("DEFAULT_FROM_EMAIL", "ChatDKU <chatdku@example.edu>")
            .set("DEVELOPERS", DEVELOPER)
            .set("METRICS_TOKEN", TOKEN)
            .set("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
            .set("LOG_LEVEL", "error")
            // As the files in deploy/ have it.
            .set("MALLOC_ARENA_MAX", ARENAS);
        for class in ["READ", "CHAT", "WRITE", "UPLOAD", "DASHBOARD", "OTHER"] {
            program = program.set(&format!("RATE_LIMIT_{class}"), "1000000/60");
        }
        let campus = sample().display().to_string();
        for command in [vec!["createsuperuser", "--noinput", "--username", OWNER], vec!["ingest", &campus]] {
            let (well, said) = program.run_beside(&command).await;
            assert!(well, "{command:?}: {said}");
        }
        program.start().await;
        Self { program, proxies: Proxies(proxies), mail, store, _redis: redis, _model: model }
    }

    /// Writes mails until `end`, as reports do. Answers those that are in the outbox: they have to arrive.
    pub async fn write_mails(&self, course: &Course, end: Instant) -> Vec<MailId> {
        let mut written = Vec::new();
        while Instant::now() < end {
            let number = written.len();
            let letter = Letter::new("report", format!("Report {number}"), "Good news.").expect("a subject");
            let to = Address::parse(&format!("reader{}@example.edu", number % 50)).expect("an address");
            let letter = letter.to([to]);
            // Past the proxy: in the program this is part of a transaction, which faults have tests of their own for.
            let now = time(&self.store).await;
            let ids = self.store.write(async |tx| outbox::enqueue(&tx, &letter, now).await).await;
            written.extend(ids.unwrap_or_default());
            tokio::time::sleep(course.mail_every).await;
        }
        written
    }

    /// Jobs that wait or are worked on.
    pub async fn unfinished(&self) -> u64 {
        let jobs = asked_for().filter(job::COLUMN.state.is_in(job::LIVE));
        jobs.count(self.store.read()).await.expect("the database")
    }

    /// Has what waits for a later try be tried at once: the pauses between tries are another test's.
    pub async fn hurry(&self) {
        let now = time(&self.store).await;
        let hurried = self.store.write(async |tx| {
            let waiting = job::Entity::update_many().filter(job::COLUMN.state.eq(State::RetryWait));
            waiting.col_expr(job::Column::RunAt, Expr::value(now)).exec(&tx).await
        });
        hurried.await.expect("the database");
    }
}

/// Some words, one after the other.
fn answer() -> Vec<Step> {
    let mut steps = vec![Step::Wait(PAUSE * 4)];
    steps.extend(std::iter::repeat_n([Step::Say("day "), Step::Wait(PAUSE)], WORDS).flatten());
    steps.extend([Step::Say("[1]."), Step::Done]);
    steps
}

/// Where the database is. Nowhere to put a proxy, when it is a file.
fn address(program: &Program) -> Option<SocketAddr> {
    let (host, port) = (program.setting("HOST_DB")?, program.setting("PORT_DB")?);
    format!("{host}:{port}").to_socket_addrs().ok()?.next()
}

#[test]
fn the_memory_is_kept_as_deploy_keeps_it() {
    for file in ["systemd/chatdku.service", "systemd/chatdku-worker.service", "Dockerfile"] {
        let path = format!("{}/deploy/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).expect("a file");
        assert!(text.contains(&format!("MALLOC_ARENA_MAX={ARENAS}")), "{file}");
    }
}
