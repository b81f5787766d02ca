//! `kill -9` at ten points of the main path. A client keeps a ledger of what was acknowledged to it; after every
//! restart the ledger is held against what is there.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use chatdku::{
    chat::tables::Feedback,
    queue::{State, claim::LEASE, job},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{
    Program,
    model::{Model, Script, Step},
    pdf,
    process::{asked_for, http},
};

const WORDS: usize = 60;
const PAUSE: Duration = Duration::from_millis(100);
const BOUNDARY: &str = "d74496d66958873e";
/// An expired lease is found within this time of its end, and the work itself takes some, too.
const RECOVERY: Duration = Duration::from_secs(20);

/// A person whose client remembers what it was told.
struct Person {
    http: reqwest::Client,
    program: Program,
    ledger: Ledger,
}

/// What was acknowledged.
#[derive(Default)]
struct Ledger {
    /// Files by id, with their bytes.
    files: BTreeMap<String, Vec<u8>>,
    deleted: Vec<String>,
    conversations: Vec<String>,
    /// Questions whose answer had begun, with their conversations.
    questions: Vec<(String, String)>,
    ratings: u64,
}

impl Person {
    async fn crash(&mut self) {
        self.program.kill();
        self.program.expire_leases().await;
        self.program.start().await;
        self.check().await;
    }

    /// A crash after which the leases of the dead process have to run out.
    async fn crash_with_leases(&mut self) {
        self.program.kill();
        self.program.start().await;
        self.check().await;
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        self.http.get(self.program.url(path)).header("UID", "alice1").send().await.expect("an answer")
    }

    async fn json(&self, path: &str) -> Value {
        self.get(path).await.json().await.expect("JSON")
    }

    async fn post(&self, path: &str, body: &Value) -> reqwest::Result<reqwest::Response> {
        self.http.post(self.program.url(path)).header("UID", "alice1").json(body).send().await
    }

    async fn conversation(&mut self) -> String {
        let opened = self.json("/api/get_session").await;
        let id = opened["session_id"].as_str().expect("an id").to_owned();
        self.ledger.conversations.push(id.clone());
        id
    }

    async fn upload(&mut self, name: &str, bytes: Vec<u8>) -> String {
        let request = self.http.post(self.program.url("/user_files")).header("UID", "alice1");
        let request = request.header("Content-Type", format!("multipart/form-data; boundary={BOUNDARY}"));
        let answer = request.body(multipart(name, &bytes)).send().await.expect("an answer");
        assert_eq!(answer.status(), 201);
        let file: Value = answer.json().await.expect("JSON");
        let id = file["id"].as_str().expect("an id").to_owned();
        self.ledger.files.insert(id.clone(), bytes);
        id
    }

    /// Sends `share` of an upload and leaves it at that.
    async fn half_an_upload(&self, name: &str, bytes: &[u8], share: f64) -> TcpStream {
        let body = multipart(name, bytes);
        let head = format!(
            "POST /user_files HTTP/1.1\r\nHost: localhost\r\nUID: alice1\r\nContent-Length: {}\r\n\
             Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n",
            body.len()
        );
        let address = self.program.url("").replace("http://", "");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
        let sent = (body.len() as f64 * share) as usize;
        let began = Instant::now();
        loop {
            let mut stream = TcpStream::connect(&address).await.expect("a connection");
            stream.write_all(head.as_bytes()).await.expect("the head");
            if stream.write_all(&body[..sent]).await.is_ok() {
                return stream;
            }
            // On a busy machine it may be refused before it has come whole, and then is sent once more.
            let mut said = Vec::new();
            let _broken_off = stream.read_to_end(&mut said).await;
            let said = String::from_utf8_lossy(&said);
            assert!(said.is_empty() || said.contains(" 503 "), "{said}");
            assert!(began.elapsed() < RECOVERY, "it is refused over and over: {said}");
        }
    }

    async fn state(&self, id: &str) -> String {
        self.json(&format!("/user_files/{id}")).await["status"].as_str().expect("a state").to_owned()
    }

    async fn wait_for_state(&self, id: &str, wanted: &str, patience: Duration) {
        let began = Instant::now();
        while self.state(id).await != wanted {
            assert!(began.elapsed() < patience, "{id} is {}, not {wanted}", self.state(id).await);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Asks, and reads along for `time`. Answers the conversation.
    async fn ask(&mut self, time: Duration) -> String {
        let conversation = self.conversation().await;
        let question = format!("What comes after {} days?", self.ledger.questions.len());
        let body = json!({
            "messages": [{ "role": "user", "content": question }],
            "chatHistoryId": conversation,
            "thinking": false,
        });
        let began = Instant::now();
        let mut answer = self.post("/api/chat", &body).await.expect("an answer");
        assert_eq!(answer.status(), 200);
        self.ledger.questions.push((conversation.clone(), question));
        while began.elapsed() < time {
            let left = time.saturating_sub(began.elapsed());
            if !matches!(tokio::time::timeout(left, answer.chunk()).await, Ok(Ok(Some(_)))) {
                break;
            }
        }
        conversation
    }

    async fn rate(&mut self, conversation: &str) {
        let body = json!({
            "userInput": "What?", "botAnswer": "That.", "feedbackReason": "helpful", "chatHistoryId": conversation,
        });
        assert_eq!(self.post("/api/feedback", &body).await.expect("an answer").status(), 201);
        self.ledger.ratings += 1;
    }

    async fn delete(&mut self, id: &str) {
        let request =
            self.http.delete(self.program.url(&format!("/user_files/{id}"))).header("UID", "alice1");
        assert_eq!(request.send().await.expect("an answer").status(), 204);
        self.ledger.files.remove(id);
        self.ledger.deleted.push(id.to_owned());
    }

    /// Everything acknowledged is there, and nothing that was deleted.
    async fn check(&self) {
        for (id, bytes) in &self.ledger.files {
            let content = self.get(&format!("/user_files/{id}/content")).await;
            assert_eq!(content.status(), 200, "file {id}");
            assert_eq!(content.bytes().await.expect("bytes"), bytes, "file {id}");
        }
        for id in &self.ledger.deleted {
            assert_eq!(self.get(&format!("/user_files/{id}")).await.status(), 404, "file {id}");
        }
        for id in &self.ledger.conversations {
            assert_eq!(self.get(&format!("/api/c/{id}")).await.status(), 200, "conversation {id}");
        }
        for (conversation, question) in &self.ledger.questions {
            let messages = self.json(&format!("/api/c/{conversation}/messages")).await;
            let messages = messages.as_array().expect("a list");
            assert_eq!(messages.len(), 2, "a question and its answer: {messages:?}");
            assert_eq!(messages[0]["message"], *question);
            assert_eq!(messages[1]["role"], "bot");
        }
        let store = self.program.store().await;
        let rated = Feedback::find().count(store.read()).await.expect("a count");
        assert_eq!(rated, self.ledger.ratings);
        store.close_for_good().await.expect("a close");
    }

    /// Waits until the reading of the one long file has been begun by a second worker.
    async fn wait_for_a_takeover(&self) {
        let store = self.program.store().await;
        let began = Instant::now();
        let again =
            asked_for().filter(job::COLUMN.state.eq(State::Running)).filter(job::COLUMN.attempt.gt(1));
        while again.clone().count(store.read()).await.expect("a count") == 0 {
            assert!(began.elapsed() < lease() + RECOVERY, "the job is stuck: {}", self.program.said());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        store.close_for_good().await.expect("a close");
    }

    /// Whether no job is unfinished and no answer is being written.
    async fn is_quiet(&self) -> bool {
        let store = self.program.store().await;
        let unfinished = asked_for().filter(job::COLUMN.state.is_in(job::LIVE));
        let unfinished = unfinished.count(store.read()).await.expect("a count");
        store.close_for_good().await.expect("a close");
        for (conversation, _) in &self.ledger.questions {
            if self.json(&format!("/api/c/{conversation}/messages")).await[1]["status"] == "streaming" {
                return false;
            }
        }
        unfinished == 0
    }

    /// Nothing is under way any more, and all of it ended well.
    async fn check_the_end(&self) {
        let store = self.program.store().await;
        let jobs = asked_for().all(store.read()).await.expect("jobs");
        for job in jobs {
            assert_eq!(job.state, State::Done, "{job:?}");
        }
        store.close_for_good().await.expect("a close");
        let media = self.program.folder().join("data/media");
        let stored = walkdir::WalkDir::new(media).into_iter().map(Result::unwrap);
        let stored = stored.filter(|entry| entry.path().extension().is_some_and(|e| e == "pdf")).count();
        assert!(stored >= self.ledger.files.len());
        for (conversation, _) in &self.ledger.questions {
            let messages = self.json(&format!("/api/c/{conversation}/messages")).await;
            let answer = &messages[1];
            assert!(["interrupted", "complete"].contains(&answer["status"].as_str().unwrap()), "{answer}");
            let text = answer["message"].as_str().unwrap();
            assert!(whole_answer().starts_with(text), "{text}");
        }
    }
}

fn multipart(name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file_\"; filename=\"{name}\"\r\n\
         Content-Type: application/pdf\r\n\r\n"
    );
    [head.as_bytes(), bytes, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat()
}

/// A model that needs six seconds for an answer.
async fn slow_model() -> Model {
    let mut steps = vec![Step::Say("day "); WORDS]
        .into_iter()
        .flat_map(|say| [say, Step::Wait(PAUSE)])
        .collect::<Vec<_>>();
    steps.push(Step::Done);
    Model::start(vec![Script::Stream(steps)]).await
}

fn whole_answer() -> String {
    "day ".repeat(WORDS)
}

/// A PDF that takes seconds to read.
fn long_pdf() -> Vec<u8> {
    let lines: Vec<String> =
        (0..40).map(|line| format!("Line {line} of a long handbook about terms and days")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    pdf::pages(&vec![lines.as_slice(); 1500])
}

/// Counts the readers of documents that are alive in `folder`, over and over, and keeps the highest count.
struct Readers {
    most: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Readers {
    fn watch(folder: PathBuf) -> Self {
        let (most, stop) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let (counted, stopped) = (most.clone(), stop.clone());
        #[expect(clippy::disallowed_methods, reason = "a thread of its own")]
        let watch = move || {
            while !stopped.load(Ordering::Relaxed) {
                counted.fetch_max(alive(&folder), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(10));
            }
        };
        Self { most, stop, thread: Some(std::thread::spawn(watch)) }
    }

    fn most(mut self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().expect("once").join().expect("the watch");
        self.most.load(Ordering::Relaxed)
    }
}

fn alive(folder: &std::path::Path) -> usize {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let reader = |process: &std::fs::DirEntry| {
        let path = process.path();
        let command = std::fs::read_to_string(path.join("cmdline")).unwrap_or_default();
        let is_reader = command.contains(&format!("\0{}\0", chatdku::knowledge::extract::COMMAND));
        is_reader && std::fs::read_link(path.join("cwd")).is_ok_and(|cwd| cwd == folder)
    };
    processes.filter(reader).count()
}

#[rocket::async_test]
async fn what_was_acknowledged_survives_a_kill_at_any_point() {
    let model = slow_model().await;
    let program = Program::on_a_database().set("LLM_BASE_URL", &model.url()).set("LOG_LEVEL", "warn");
    // Looking is what this client does all the time.
    let program = program.set("RATE_LIMIT_READ", "100000/60");
    let readers = Readers::watch(program.folder().canonicalize().unwrap());
    let mut alice = Person { http: http(), program, ledger: Ledger::default() };
    alice.program.start().await;
    let short = || pdf::pages(&[&["Notes"], &["The visa office is in room 1042."]]);

    // 1, 2: an upload half sent, and one sent but not answered.
    for share in [0.5, 1.0] {
        let cut = alice.half_an_upload("cut.pdf", &long_pdf(), share).await;
        tokio::time::sleep(Duration::from_millis(30)).await;
        alice.crash().await;
        drop(cut);
    }
    // 3: just acknowledged.
    let first = alice.upload("first.pdf", short()).await;
    alice.crash().await;
    // 4: when reading begins.
    let long = alice.upload("long.pdf", long_pdf()).await;
    alice.wait_for_state(&long, "processing", RECOVERY).await;
    alice.crash_with_leases().await;
    // 5: in the midst of reading, by the worker that took the job over.
    alice.wait_for_a_takeover().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    alice.crash_with_leases().await;
    // 6: a question sent, before its answer. The reading waits meanwhile: it may be begun five times.
    alice.ask(Duration::ZERO).await;
    alice.crash_with_leases().await;
    // 7, 8: at the first words, and after some were saved.
    for time in [500, 2_600] {
        alice.ask(Duration::from_millis(time)).await;
        alice.crash_with_leases().await;
    }
    // 9: an opinion just acknowledged.
    let conversation = alice.ledger.conversations[0].clone();
    alice.rate(&conversation).await;
    alice.crash().await;
    // 10: a file just deleted.
    alice.wait_for_state(&long, "ready", lease() + RECOVERY).await;
    alice.delete(&first).await;
    alice.crash().await;

    let began = Instant::now();
    while !alice.is_quiet().await {
        assert!(began.elapsed() < RECOVERY, "something is stuck: {}", alice.program.said());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    alice.check().await;
    alice.check_the_end().await;
    assert_eq!(alice.json(&format!("/user_files/{long}")).await["pages"], 1500);
    assert_eq!(readers.most(), 1, "one reader at a time for one person");
}

fn lease() -> Duration {
    LEASE.to_std().expect("a duration")
}
