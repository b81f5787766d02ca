//! A service that writes down speech, as the real ones answer: what a test wants to have been said, or as broken as it wants.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// How the service behaves.
#[derive(Clone, Debug)]
pub enum Mood {
    /// It has heard this.
    Hears(String),
    /// A status without a body.
    Refuses(u16),
    /// It never answers.
    Silent,
    /// It answers this, and says that it is JSON.
    Says(String),
    /// It answers far more than anybody could say.
    Endless,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub authorization: Option<String>,
    /// The whole body, as it came.
    pub body: Vec<u8>,
}

impl Asked {
    /// The value of a part that is text.
    pub fn field(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.body).into_owned();
        let (_, after) = text.split_once(&format!("name=\"{name}\"\r\n\r\n"))?;
        after.split("\r\n--").next().map(str::to_owned)
    }

    /// The heads of the recording: its name and its media type.
    pub fn file_head(&self) -> String {
        let text = String::from_utf8_lossy(&self.body).into_owned();
        let after = text.split_once("name=\"file\"; ").expect("a recording").1;
        after.split("\r\n\r\n").next().unwrap_or_default().to_owned()
    }

    /// Whether these bytes arrived as the recording.
    pub fn has(&self, bytes: &[u8]) -> bool {
        let framed = [b"\r\n\r\n", bytes, b"\r\n--"].concat();
        self.body.windows(framed.len()).any(|window| window == framed)
    }
}

/// The service.
pub struct Stenographer {
    address: SocketAddr,
    mood: Arc<Mutex<Mood>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// While it is `true`, answers are held back.
    held: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Stenographer {
    /// One that hears these words.
    #[expect(clippy::disallowed_methods, reason = "a server of the test, ended with it")]
    pub async fn hears(words: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mood = Arc::new(Mutex::new(Mood::Hears(words.to_owned())));
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (held, holding) = watch::channel(false);
        let (moods, requests) = (mood.clone(), asked.clone());
        let task = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (mood, asked, holding) = (moods.clone(), requests.clone(), holding.clone());
                tokio::spawn(async move { serve(stream, &mood, &asked, holding).await });
            }
        });
        Self { address, mood, asked, held, task }
    }

    /// The value of `WHISPER_MODEL_URI`.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Behaves like this from now on.
    pub fn is(&self, mood: Mood) {
        *self.mood.lock().expect("the mood") = mood;
    }

    /// Holds its answers back, or lets them go.
    pub fn hold(&self, held: bool) {
        self.held.send_replace(held);
    }

    /// The requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("requests").clone()
    }

    /// Waits until there have been so many requests.
    pub async fn asked_times(&self, count: usize) {
        let began = Instant::now();
        while self.asked.lock().expect("requests").len() < count {
            assert!(began.elapsed() < Duration::from_mins(1), "fewer than {count} requests");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Stenographer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    mood: &Mutex<Mood>,
    asked: &Mutex<Vec<Asked>>,
    mut holding: watch::Receiver<bool>,
) -> Option<()> {
    let request = request(&mut stream).await?;
    asked.lock().expect("requests").push(request);
    holding.wait_for(|held| !held).await.ok()?;
    let mood = mood.lock().expect("the mood").clone();
    let (status, answer) = match mood {
        Mood::Silent => {
            tokio::time::sleep(Duration::from_hours(1)).await;
            return None;
        }
        Mood::Refuses(status) => (status, String::new()),
        Mood::Hears(text) => (200, json!({ "text": text, "language": "en" }).to_string()),
        Mood::Says(answer) => (200, answer),
        Mood::Endless => (200, json!({ "text": "word ".repeat(400_000) }).to_string()),
    };
    let length = answer.len();
    let head = format!(
        "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(format!("{head}{answer}").as_bytes()).await.ok()
}

async fn request(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let field = |name: &str| {
            let line = |line: &str| {
                let (field, value) = line.split_once(':')?;
                field.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            };
            head.lines().find_map(line)
        };
        let length: usize = field("content-length")?.parse().ok()?;
        if bytes.len() >= end + 4 + length {
            let path = head.split_whitespace().nth(1)?.to_owned();
            let body = bytes[end + 4..end + 4 + length].to_vec();
            return Some(Asked { path, authorization: field("authorization"), body });
        }
    }
}
