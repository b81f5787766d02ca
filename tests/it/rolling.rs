//! Two instances behind nginx, restarted one after the other under load.

use std::{
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use chatdku::chat::tables::Message;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::{
    Program,
    model::{Model, Script, Step},
    process::{free_port, http},
};

const READERS: usize = 4;
const ASKERS: usize = 3;
const WORDS: usize = 20;

/// An nginx of this test, set up as the README asks. It ends with its owner.
struct Nginx {
    port: u16,
    child: Child,
    folder: tempfile::TempDir,
}

impl Nginx {
    async fn before(one: u16, two: u16) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = free_port();
        let place = folder.path().display();
        let text = format!(
            "daemon off; worker_processes 1; pid {place}/pid; error_log {place}/error.log;
             events {{}}
             http {{
               access_log off;
               client_body_temp_path {place}/body; proxy_temp_path {place}/proxy;
               fastcgi_temp_path {place}/f; uwsgi_temp_path {place}/u; scgi_temp_path {place}/s;
               upstream chatdku {{ server 127.0.0.1:{one} max_fails=1 fail_timeout=1s;
                                   server 127.0.0.1:{two} max_fails=1 fail_timeout=1s; }}
               server {{
                 listen 127.0.0.1:{port};
                 location / {{
                   proxy_pass http://chatdku;
                   proxy_set_header Host localhost;
                   proxy_http_version 1.1; proxy_buffering off;
                   proxy_next_upstream error timeout http_503;
                 }}
               }}
             }}"
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, text).expect("a file");
        let mut command = Command::new("nginx");
        command.arg("-c").arg(&file).arg("-p").arg(folder.path()).stdin(Stdio::null());
        let missing = "nginx, which this test needs: `tests/run` installs it";
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect(missing);
        let began = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(began.elapsed() < Duration::from_secs(10), "nginx does not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { port, child, folder }
    }

    /// What it has complained of.
    fn errors(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default()
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end with a master that is told to, and live on without one that is killed.
        let _told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ended = self.child.wait();
    }
}

#[rocket::async_test]
async fn a_restart_of_one_after_the_other_fails_no_read_and_loses_no_answer() {
    let steps = std::iter::repeat_n([Step::Say("day "), Step::Wait(Duration::from_millis(50))], WORDS);
    let mut steps: Vec<Step> = steps.flatten().collect();
    steps.push(Step::Done);
    let model = Model::start(vec![Script::Stream(steps)]).await;
    let mut one = Program::on_a_database().released().set("LLM_BASE_URL", &model.url());
    for class in ["READ", "CHAT", "WRITE"] {
        one = one.set(&format!("RATE_LIMIT_{class}"), "1000000/60");
    }
    let mut two = one.sibling();
    one.start().await;
    two.start().await;
    let nginx = Arc::new(Nginx::before(one.port(), two.port()).await);
    let stop = Arc::<AtomicBool>::default();
    #[expect(clippy::disallowed_methods, reason = "clients are a world of their own")]
    let readers: Vec<_> =
        (0..READERS).map(|number| tokio::spawn(read(number, nginx.clone(), stop.clone()))).collect();
    #[expect(clippy::disallowed_methods, reason = "clients are a world of their own")]
    let askers: Vec<_> =
        (0..ASKERS).map(|number| tokio::spawn(ask(number, nginx.clone(), stop.clone()))).collect();
    for program in [&mut one, &mut two] {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(program.stop().await, Some(0), "{}", program.said());
        program.start_again().await;
        // As long as the proxy leaves an instance alone that it could not reach.
        tokio::time::sleep(Duration::from_millis(1500)).await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut reads = 0;
    for reader in readers {
        reads += reader.await.expect("a reader that was never refused");
    }
    let mut answers = 0;
    for asker in askers {
        answers += asker.await.expect("an asker");
    }
    assert!(reads > 50 && answers > 5, "{reads} reads, {answers} answers: too little was going on");
    let store = one.store().await;
    let messages = Message::find().all(store.read()).await.expect("messages");
    let whole = messages.iter().filter(|message| message.message.matches("day").count() == WORDS).count();
    assert!(whole >= answers, "{answers} whole answers were read and {whole} are kept");
    #[expect(clippy::print_stdout, reason = "figures are what this is run for")]
    {
        println!(
            "rolling restart: {reads} reads, none failed; {answers} answers read whole, all of them kept"
        );
    }
    store.close_for_good().await.expect("a close");
}

async fn read(number: usize, nginx: Arc<Nginx>, stop: Arc<AtomicBool>) -> usize {
    let (http, mut reads) = (http(), 0);
    while !stop.load(Ordering::Relaxed) {
        let asked = http.get(nginx.url("/api/c")).header("UID", format!("reader{number}"));
        let answer = asked.send().await.expect("an answer");
        let status = answer.status();
        assert_eq!(
            status,
            200,
            "after {reads} reads: {}\n{}",
            answer.text().await.unwrap_or_default(),
            nginx.errors()
        );
        reads += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    reads
}

/// Asks over and over. Answers how many answers came whole; one that has begun must.
async fn ask(number: usize, nginx: Arc<Nginx>, stop: Arc<AtomicBool>) -> usize {
    let (http, mut answers, name) = (http(), 0, format!("asker{number}"));
    while !stop.load(Ordering::Relaxed) {
        let opened = http.get(nginx.url("/api/get_session")).header("UID", &name).send().await;
        let opened: Value = opened.expect("an answer").json().await.expect("JSON");
        let question = json!({
            "messages": [{ "role": "user", "content": "How many days?" }],
            "chatHistoryId": opened["session_id"], "thinking": false,
        });
        let asked = http.post(nginx.url("/api/chat")).header("UID", &name).json(&question).send().await;
        // A question that met an instance on its way out may be refused; it was not taken, then.
        let Ok(answer) = asked else { continue };
        if answer.status() != 200 {
            assert!([502, 503, 504].contains(&answer.status().as_u16()), "{answer:?}");
            continue;
        }
        let text = answer.text().await.expect("an answer that has begun comes whole");
        assert_eq!(text.matches("day").count(), WORDS, "{text}");
        answers += 1;
    }
    answers
}
