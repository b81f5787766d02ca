//! Many kills of instances under load. Clients keep ledgers of what was acknowledged to them; at the end those are held
//! against what is there, and the figures are printed (`--nocapture` shows them).
//!
//! `CHATDKU_TEST_KILLS` asks for another number of kills than 60.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use chatdku::{
    chat::tables::{Conversation, Feedback},
    platform::store::Store,
    queue::{State, claim::LEASE, job},
    uploads,
};
use rand::RngExt;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::{
    instances::{form, multipart},
    support::{
        Program, figure, pdf,
        process::{asked_for, http},
    },
};

const KILLS: usize = 60;
const PEOPLE: usize = 6;
/// Uploads of one person: reading them is the work that kills interrupt.
const UPLOADS: usize = 25;
/// Leases are looked at every five seconds, and what they held back has to be done after that.
const TAKEN_BACK: Duration = Duration::from_secs(6);
const WORK: Duration = Duration::from_mins(1);
/// What clocks are read before and written after.
const CLOCKS: chrono::TimeDelta = chrono::TimeDelta::milliseconds(200);

/// A number of the range.
fn random(range: std::ops::Range<usize>) -> usize {
    rand::rng().random_range(range)
}

/// What was acknowledged to one person.
#[derive(Debug, Default)]
struct Ledger {
    files: BTreeMap<String, Vec<u8>>,
    deleted: BTreeSet<String>,
    conversations: BTreeSet<String>,
    ratings: u64,
    /// Requests that were not acknowledged: what came of them is not known.
    unknown: usize,
}

impl Ledger {
    fn acknowledged(&self) -> usize {
        self.files.len()
            + 2 * self.deleted.len()
            + self.conversations.len()
            + usize::try_from(self.ratings).unwrap()
    }
}

/// The instances, as clients find them.
struct Instances {
    urls: Mutex<Vec<String>>,
    stop: AtomicBool,
    answered: AtomicUsize,
}

impl Instances {
    async fn url(&self, path: &str) -> String {
        let urls = self.urls.lock().await;
        format!("{}{path}", urls[random(0..urls.len())])
    }
}

#[rocket::async_test]
async fn a_single_instance_loses_nothing_by_kills() {
    let program = Program::on_a_database().without_redis();
    if program.is_on_postgres() {
        // Here three share the load, with the one Redis that the tests have, or without.
        return kill_over_and_over(
            "PostgreSQL without Redis",
            vec![program.sibling(), program.sibling(), program],
        )
        .await;
    }
    kill_over_and_over("SQLite, one instance", vec![program]).await;
}

#[rocket::async_test]
async fn three_instances_with_redis_lose_nothing_by_kills() {
    let server = crate::support::redis::Server::start().await;
    let program = Program::on_a_database().without_redis().on_redis("127.0.0.1", server.port);
    let name = if program.is_on_postgres() { "PostgreSQL with Redis" } else { "SQLite with Redis" };
    kill_over_and_over(name, vec![program.sibling(), program.sibling(), program]).await;
}

async fn kill_over_and_over(name: &str, programs: Vec<Program>) {
    let raised = |program: Program| {
        let program = program.set("LOG_LEVEL", "warn").set("RATE_LIMIT_READ", "1000000/60");
        program.set("RATE_LIMIT_UPLOAD", "1000000/60").set("RATE_LIMIT_WRITE", "1000000/60")
    };
    let mut programs: Vec<Program> = programs.into_iter().map(raised).collect();
    for program in &mut programs {
        program.start().await;
    }
    let instances = Arc::new(Instances {
        urls: Mutex::new(programs.iter().map(|program| program.url("")).collect()),
        stop: AtomicBool::default(),
        answered: AtomicUsize::default(),
    });
    #[expect(clippy::disallowed_methods, reason = "clients are a world of their own")]
    let people: Vec<_> =
        (0..PEOPLE).map(|number| tokio::spawn(live(format!("person{number}"), instances.clone()))).collect();
    let (began, kills) = (Instant::now(), kills());
    for _ in 0..kills {
        let pause = random(50..400);
        tokio::time::sleep(Duration::from_millis(pause as u64)).await;
        let victim = random(0..programs.len());
        programs[victim].kill();
        // Where it stood nobody answers, until it is back.
        programs[victim].start_again().await;
    }
    let (last_kill, killing) = (Instant::now(), began.elapsed());
    instances.stop.store(true, Ordering::Relaxed);
    let mut ledgers = Vec::new();
    for person in people {
        ledgers.push(person.await.expect("a person"));
    }
    let store = programs[0].store().await;
    let quiet_after = wait_until_quiet(&store, last_kill, &programs).await;
    check_ledgers(&ledgers, &instances, &store).await;
    let figures = check_jobs(&store).await;
    let (sound, said) = programs[0].run(&["check"]);
    assert!(sound, "{said}");
    let acknowledged: usize = ledgers.iter().map(Ledger::acknowledged).sum();
    let unknown: usize = ledgers.iter().map(|ledger| ledger.unknown).sum();
    let answered = instances.answered.load(Ordering::Relaxed);
    assert!(acknowledged > kills, "too little was going on: {acknowledged}");
    #[expect(clippy::print_stdout, reason = "figures are what this is run for")]
    {
        println!(
            "{name}: {kills} kills in {killing:.1?}; {answered} requests answered, {acknowledged} acknowledged writes, \
             {unknown} with unknown outcome; {figures}; missing 0, twice 0, out of order 0; all done \
             {quiet_after:.1?} after the last kill"
        );
    }
    store.close_for_good().await.expect("a close");
}

fn kills() -> usize {
    figure("CHATDKU_TEST_KILLS").unwrap_or(KILLS)
}

/// A person at work, until told to stop.
async fn live(name: String, instances: Arc<Instances>) -> Ledger {
    let http = http();
    let mut ledger = Ledger::default();
    let mut uploads = 0;
    while !instances.stop.load(Ordering::Relaxed) {
        let what = random(0..10);
        let done = match what {
            0..=3 if uploads < UPLOADS => {
                uploads += 1;
                upload(&http, &name, uploads, &instances, &mut ledger).await
            }
            4..=6 => converse(&http, &name, &instances, &mut ledger).await,
            7 | 8 => rate(&http, &name, &instances, &mut ledger).await,
            9 => delete(&http, &name, &instances, &mut ledger).await,
            _ => look(&http, &name, &instances).await,
        };
        match done {
            Some(()) => drop(instances.answered.fetch_add(1, Ordering::Relaxed)),
            None => ledger.unknown += 1,
        }
        tokio::time::sleep(Duration::from_millis(random(5..60) as u64)).await;
    }
    ledger
}

async fn upload(
    http: &reqwest::Client,
    name: &str,
    number: usize,
    instances: &Instances,
    ledger: &mut Ledger,
) -> Option<()> {
    let bytes = pdf::pages(&[&[&format!("{name}'s handbook number {number}")]]);
    let part = multipart(&format!("{number}.pdf"), &bytes);
    let sent = http.post(instances.url("/user_files").await).header("UID", name).headers(form()).body(part);
    let answer = sent.send().await.ok()?;
    if answer.status() != 201 {
        return refused(&answer);
    }
    let file: Value = answer.json().await.ok()?;
    ledger.files.insert(file["id"].as_str()?.to_owned(), bytes);
    Some(())
}

async fn converse(
    http: &reqwest::Client,
    name: &str,
    instances: &Instances,
    ledger: &mut Ledger,
) -> Option<()> {
    let opened = http.post(instances.url("/api/c/create_session").await).header("UID", name).json(&json!({}));
    let answer = opened.send().await.ok()?;
    if !answer.status().is_success() {
        return refused(&answer);
    }
    let opened: Value = answer.json().await.ok()?;
    let id = opened["session_id"].as_str().or(opened["id"].as_str()).expect("an id").to_owned();
    // An empty conversation may be forgotten: it counts once it has a title.
    let path = instances.url(&format!("/api/c/{id}")).await;
    let titled = http.patch(path).header("UID", name).json(&json!({ "title": format!("About {id}") }));
    let answer = titled.send().await.ok()?;
    if !answer.status().is_success() {
        return refused(&answer);
    }
    ledger.conversations.insert(id);
    Some(())
}

async fn rate(http: &reqwest::Client, name: &str, instances: &Instances, ledger: &mut Ledger) -> Option<()> {
    let Some(conversation) = ledger.conversations.first() else { return Some(()) };
    let body = json!({
        "userInput": "What?", "botAnswer": "That.", "feedbackReason": "helpful", "chatHistoryId": conversation,
    });
    let sent = http.post(instances.url("/api/feedback").await).header("UID", name).json(&body);
    let answer = sent.send().await.ok()?;
    if answer.status() != 201 {
        return refused(&answer);
    }
    ledger.ratings += 1;
    Some(())
}

async fn delete(
    http: &reqwest::Client,
    name: &str,
    instances: &Instances,
    ledger: &mut Ledger,
) -> Option<()> {
    let Some(id) = ledger.files.keys().next().cloned() else { return Some(()) };
    // From here on it may be gone, whatever the answer is.
    ledger.files.remove(&id);
    let path = instances.url(&format!("/user_files/{id}")).await;
    let answer = http.delete(path).header("UID", name).send().await.ok()?;
    if answer.status() != 204 {
        return refused(&answer);
    }
    ledger.deleted.insert(id);
    Some(())
}

async fn look(http: &reqwest::Client, name: &str, instances: &Instances) -> Option<()> {
    let answer = http.get(instances.url("/user_files").await).header("UID", name).send().await.ok()?;
    if answer.status().is_success() { Some(()) } else { refused(&answer) }
}

/// A refusal is fine when it says that it is one.
fn refused(answer: &reqwest::Response) -> Option<()> {
    assert_eq!(answer.status(), 503, "{answer:?}");
    assert!(answer.headers().contains_key("retry-after"), "{answer:?}");
    None
}

async fn wait_until_quiet(store: &Store, last_kill: Instant, programs: &[Program]) -> Duration {
    let expired = LEASE.to_std().expect("a duration") + TAKEN_BACK;
    let unfinished = asked_for().filter(job::COLUMN.state.is_in(job::LIVE));
    // Whoever ran when the last kill came runs under a lease of after it, or is taken back.
    let at_risk = asked_for().filter(job::COLUMN.state.eq(State::Running));
    let held: Vec<_> =
        at_risk.all(store.read()).await.expect("jobs").into_iter().map(|job| (job.id, job.fence)).collect();
    let mut checked = false;
    loop {
        let left = unfinished.clone().all(store.read()).await.expect("jobs");
        if left.is_empty() {
            return last_kill.elapsed();
        }
        if !checked && last_kill.elapsed() > expired {
            let stuck =
                left.iter().filter(|job| job.state == State::Running && held.contains(&(job.id, job.fence)));
            assert_eq!(stuck.count(), 0, "stuck beyond their lease: {left:?}");
            checked = true;
        }
        assert!(
            last_kill.elapsed() < expired + WORK,
            "{} jobs are stuck: {}",
            left.len(),
            programs[0].said()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn check_ledgers(ledgers: &[Ledger], instances: &Instances, store: &Store) {
    let http = http();
    for (number, ledger) in ledgers.iter().enumerate() {
        let name = format!("person{number}");
        for (id, bytes) in &ledger.files {
            let path = instances.url(&format!("/user_files/{id}/content")).await;
            let content = http.get(path).header("UID", &name).send().await.expect("an answer");
            assert_eq!(content.status(), 200, "file {id} of {name}");
            assert_eq!(content.bytes().await.expect("bytes"), bytes, "file {id} of {name}");
            let path = instances.url(&format!("/user_files/{id}")).await;
            let file: Value = http.get(path).header("UID", &name).send().await.unwrap().json().await.unwrap();
            assert_eq!(file["status"], "ready", "{file}");
        }
        for id in &ledger.deleted {
            let path = instances.url(&format!("/user_files/{id}")).await;
            let gone = http.get(path).header("UID", &name).send().await.expect("an answer");
            assert_eq!(gone.status(), 404, "file {id} of {name}");
        }
        for id in &ledger.conversations {
            let path = instances.url(&format!("/api/c/{id}")).await;
            let there = http.get(path).header("UID", &name).send().await.expect("an answer");
            assert_eq!(there.status(), 200, "conversation {id} of {name}");
        }
    }
    let acknowledged: u64 = ledgers.iter().map(|ledger| ledger.ratings).sum();
    let unknown: usize = ledgers.iter().map(|ledger| ledger.unknown).sum();
    let rated = Feedback::find().count(store.read()).await.expect("a count");
    assert!(
        rated >= acknowledged && rated <= acknowledged + unknown as u64,
        "{rated} ratings, {acknowledged} known"
    );
    let conversations = Conversation::find().count(store.read()).await.expect("a count");
    assert!(conversations >= ledgers.iter().map(|ledger| ledger.conversations.len() as u64).sum::<u64>());
}

/// Each job was done, once, behind the one before it of its key. Answers the figures.
async fn check_jobs(store: &Store) -> String {
    let jobs = asked_for().order_by_asc(job::Column::Key).order_by_asc(job::Column::Seq);
    let jobs = jobs.all(store.read()).await.expect("jobs");
    let mut again = 0;
    for job in &jobs {
        assert_eq!(job.state, State::Done, "{job:?}");
        again += usize::from(job.attempt > 1);
    }
    for pair in jobs.windows(2).filter(|pair| pair[0].key == pair[1].key) {
        // Fences rise with every claim of a key, and a key is claimed when the job before has let go of it.
        assert!(pair[0].fence < pair[1].fence, "out of order: {pair:?}");
        let ended = pair[0].finished_at.expect("an end") - CLOCKS;
        assert!(Some(ended) <= pair[1].started_at, "at once: {pair:?}");
    }
    let files = uploads::Entity::find().all(store.read()).await.expect("files");
    for file in &files {
        let payload = json!({ "file_id": file.id }).to_string();
        let of_file = jobs.iter().filter(|job| job.payload == payload);
        assert_eq!(of_file.filter(|job| job.kind == uploads::INGEST).count(), 1, "jobs of {file:?}");
    }
    format!("{} jobs done, {again} of them taken over", jobs.len())
}
