//! The servers that the program needs misbehave: every refusal says so in time, nothing acknowledged is lost, and
//! when they are back so is the program, without a restart.
//!
//! `CHATDKU_TEST_FAULTS` asks for another number of faults than 200.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{SocketAddr, ToSocketAddrs},
    time::{Duration, Instant},
};

use chatdku::chat::tables::Feedback;
use rand::RngExt;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::{
    Program,
    faults::{Fault, FaultProxy},
    figure,
    process::http,
    redis::Server,
};

const FAULTS: usize = 200;
/// Programs that go through this at the same time.
const LANES: usize = 8;
/// The time of a plain handler, and what it takes to say so.
const DEADLINE: Duration = Duration::from_secs(12);
const RECOVERY: Duration = Duration::from_secs(5);
/// The machine is shared with all other tests and stalls now and then. One moment in so many may be late or refused for
/// it, and none late by more than this.
const ONE_LATE_IN: usize = 25;
const STALL: Duration = Duration::from_secs(10);
/// Redis is asked a handful of times for a request, a quarter of a second each at the most.
const WITHOUT_REDIS: Duration = Duration::from_secs(3);

/// A program with a proxy before each server that it needs.
struct Lane {
    program: Program,
    http: reqwest::Client,
    redis: FaultProxy,
    database: Option<FaultProxy>,
    server: Server,
    conversation: String,
    acknowledged: Vec<String>,
    tally: Tally,
}

#[derive(Default)]
struct Tally {
    faults: BTreeMap<String, usize>,
    answered: usize,
    refused: usize,
    slowest: Duration,
    slowest_recovery: Duration,
    timed: usize,
    late: usize,
    hit: usize,
    /// What was said with refusals that only a stalled machine explains.
    strays: Vec<String>,
}

impl Tally {
    /// Holds a duration against its limit.
    fn time(&mut self, took: Duration, limit: Duration, of: &str) {
        assert!(took < limit + STALL, "{of} took {took:?}");
        self.timed += 1;
        self.late += usize::from(took >= limit);
    }
}

#[rocket::async_test]
async fn faults_of_the_servers_are_borne_and_forgotten() {
    let each = faults().div_ceil(LANES);
    let lanes = futures::future::join_all((0..LANES).map(|number| go_through(number, each))).await;
    let mut all = Tally::default();
    for tally in lanes {
        for (fault, count) in tally.faults {
            *all.faults.entry(fault).or_default() += count;
        }
        all.answered += tally.answered;
        all.refused += tally.refused;
        all.hit += tally.hit;
        all.strays.extend(tally.strays);
        all.timed += tally.timed;
        all.late += tally.late;
        all.slowest = all.slowest.max(tally.slowest);
        all.slowest_recovery = all.slowest_recovery.max(tally.slowest_recovery);
    }
    assert!(all.hit > all.faults.values().sum::<usize>() / 4, "the faults did not reach the program");
    assert!(
        all.late * ONE_LATE_IN <= all.timed,
        "{} of {} were late, of which {:?}",
        all.late,
        all.timed,
        all.strays
    );
    #[expect(clippy::print_stdout, reason = "figures are what this is run for")]
    {
        println!(
            "faults {:?}; {} requests answered, {} refused with Retry-After, the slowest after {:.1?}; \
             the slowest recovery {:.1?}; late {} of {}, refused without cause {:?}; acknowledged and missing: 0",
            all.faults,
            all.answered,
            all.refused,
            all.slowest,
            all.slowest_recovery,
            all.late,
            all.timed,
            all.strays
        );
    }
}

fn faults() -> usize {
    figure("CHATDKU_TEST_FAULTS").unwrap_or(FAULTS)
}

async fn go_through(number: usize, faults: usize) -> Tally {
    let mut lane = Lane::start().await;
    for round in 0..faults {
        let fault = Fault::ALL[(round + number) % Fault::ALL.len()];
        // On SQLite there is one server to lose.
        let of_database = lane.database.is_some() && round % 2 == 0;
        lane.suffer(fault, of_database).await;
    }
    lane.check().await;
    lane.tally.hit = lane.redis.hit() + lane.database.as_ref().map_or(0, FaultProxy::hit);
    lane.tally
}

impl Lane {
    async fn start() -> Self {
        let server = Server::start().await;
        let redis = FaultProxy::start(server.address());
        let mut program = Program::on_a_database().without_redis().on_redis("127.0.0.1", redis.port);
        program = program.set("RATE_LIMIT_READ", "1000000/60").set("RATE_LIMIT_WRITE", "1000000/60");
        program = program.set("LOG_LEVEL", "off,chatdku::error=debug").set("LOG_FORMAT", "text");
        let mut database = None;
        if let Some(address) = database_address(&program) {
            let proxy = FaultProxy::start(address);
            program = program.set("HOST_DB", "127.0.0.1").set("PORT_DB", &proxy.port.to_string());
            database = Some(proxy);
        }
        program.start().await;
        let http = http();
        let opened = http.get(program.url("/api/get_session")).header("UID", "alice1").send().await;
        let opened: Value = opened.expect("an answer").json().await.expect("JSON");
        let conversation = opened["session_id"].as_str().expect("an id").to_owned();
        let (acknowledged, tally) = (Vec::new(), Tally::default());
        let mut lane = Self { program, http, redis, database, server, conversation, acknowledged, tally };
        lane.say().await;
        assert_eq!(lane.acknowledged.len(), 1);
        lane
    }

    /// One fault: for a moment, or until requests come up against their deadline.
    async fn suffer(&mut self, fault: Fault, of_database: bool) {
        let proxy = if of_database { self.database.as_ref() } else { Some(&self.redis) };
        proxy.expect("a proxy").set(fault);
        let server = if of_database { "database" } else { "Redis" };
        *self.tally.faults.entry(format!("{server} {fault:?}")).or_default() += 1;
        let requests = rand::rng().random_range(1..=3);
        if of_database {
            // Requests under way when the fault ends see its end; one of a few is left to its deadline.
            let moment = Duration::from_millis(rand::rng().random_range(100..800));
            let patient = rand::rng().random_range(0..8) == 0;
            let (proxy, http) = (self.database.as_ref().expect("a proxy"), &self.http);
            let asked = (0..requests).map(|_| ask(http, &self.program));
            let healed = async {
                if !patient {
                    tokio::time::sleep(moment).await;
                    proxy.set(Fault::None);
                }
            };
            let (answers, ()) = futures::join!(futures::future::join_all(asked), healed);
            proxy.set(Fault::None);
            for (answer, took) in answers {
                self.judge(&answer, took, DEADLINE);
            }
        } else {
            for _ in 0..requests {
                // Slower, never refused: but for the moments in which the machine stalls, and the database with it.
                let (answer, took) = ask(&self.http, &self.program).await;
                let well = answer.status() == 200;
                self.judge(&answer, took, WITHOUT_REDIS);
                if !well {
                    self.tally.late += 1;
                    let said = answer.text().await.unwrap_or_default();
                    let log = self.program.said();
                    let why = log.lines().rev().find(|line| line.contains("does not answer"));
                    self.tally.strays.push(format!("Redis {fault:?} after {took:.1?}: {said} {why:?}"));
                }
            }
            self.say().await;
            self.redis.set(Fault::None);
        }
        self.recover(fault).await;
    }

    fn judge(&mut self, answer: &reqwest::Response, took: Duration, limit: Duration) {
        self.tally.time(took, limit, "an answer");
        self.tally.slowest = self.tally.slowest.max(took);
        if answer.status() == 200 {
            self.tally.answered += 1;
            return;
        }
        assert!([503, 504].contains(&answer.status().as_u16()), "{answer:?}");
        assert!(answer.headers().contains_key("retry-after"), "{answer:?}");
        self.tally.refused += 1;
    }

    /// Everything works again, in time.
    async fn recover(&mut self, fault: Fault) {
        let began = Instant::now();
        let before = self.acknowledged.len();
        loop {
            self.say().await;
            // Without Redis things are acknowledged, too: that it is asked again is what has to be seen.
            if self.acknowledged.len() > before && self.is_ready().await {
                break;
            }
            assert!(began.elapsed() < RECOVERY + STALL, "{fault:?}: no recovery: {}", self.program.said());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.tally.time(began.elapsed(), RECOVERY, "a recovery");
        self.tally.slowest_recovery = self.tally.slowest_recovery.max(began.elapsed());
    }

    /// Whether nothing that it needs is away.
    async fn is_ready(&self) -> bool {
        let asked = self.http.get(self.program.url("/readyz")).send().await;
        let answer: Value = asked.expect("an answer").json().await.expect("JSON");
        answer["status"] == "ready"
    }

    /// Says something, and remembers it if it is acknowledged.
    async fn say(&mut self) {
        let said = uuid::Uuid::new_v4().to_string();
        let body = json!({
            "userInput": said, "botAnswer": "That.", "feedbackReason": "helpful", "chatHistoryId": self.conversation,
        });
        let path = self.program.url("/api/feedback");
        let answer = self.http.post(path).header("UID", "alice1").json(&body).send().await;
        let answer = answer.expect("the program itself is always there");
        if answer.status() == 201 {
            self.acknowledged.push(said);
        } else {
            assert!(answer.headers().contains_key("retry-after"), "{answer:?}");
        }
    }

    async fn check(&self) {
        self.server.flush().await;
        let store = self.program.store().await;
        let there = Feedback::find().all(store.read()).await.expect("feedback");
        let there: BTreeSet<String> = there.into_iter().map(|row| row.user_input).collect();
        for said in &self.acknowledged {
            assert!(there.contains(said), "{said} was acknowledged");
        }
        store.close_for_good().await.expect("a close");
    }
}

async fn ask(http: &reqwest::Client, program: &Program) -> (reqwest::Response, Duration) {
    let began = Instant::now();
    let answer = http.get(program.url("/api/c")).header("UID", "alice1").send().await;
    (answer.expect("the program itself is always there"), began.elapsed())
}

fn database_address(program: &Program) -> Option<SocketAddr> {
    let (host, port) = (program.setting("HOST_DB")?, program.setting("PORT_DB")?);
    format!("{host}:{port}").to_socket_addrs().ok()?.next()
}
