//! A service that makes vectors and ranks passages, as the real ones speak: by rules that a test knows, and as broken as it
//! wants.
//!
//! A vector has a number for each idea of [`IDEAS`]: how many words of the text mean it. Other words hardly count.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Words that mean the same.
const IDEAS: [&[&str]; 6] = [
    &["car", "cars", "automobile", "vehicle", "parking", "停车"],
    &["doctor", "physician", "clinic", "ill", "sick", "fever"],
    &["money", "stipend", "funding", "scholarship", "奖学金"],
    &["dog", "puppy", "hound", "pets"],
    &["borrow", "loan", "library", "books"],
    &["treasure", "gold", "riches"],
];

/// How the service behaves.
#[derive(Clone, Debug)]
pub enum Mood {
    /// As it should.
    Fine,
    /// A status without a body.
    Refuses(u16),
    /// It never answers.
    Silent,
    /// One vector less than texts.
    Short,
    /// Vectors of several dimensions.
    Ragged,
    /// A vector of zeros.
    Zero,
    /// No JSON.
    Babbles,
}

/// A request: its path, what it shows as its authorisation, and its body.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub authorization: Option<String>,
    pub body: Value,
}

struct State {
    mood: Mood,
    model: String,
    dimension: usize,
    asked: Vec<Asked>,
}

/// The service.
pub struct Embedder {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    /// While it is `true`, answers are held back.
    held: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Embedder {
    #[expect(clippy::disallowed_methods, reason = "a server of the test, ended with it")]
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = State { mood: Mood::Fine, model: "ideas".to_owned(), dimension: 16, asked: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let (held, holding) = watch::channel(false);
        let shared = state.clone();
        let task = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (state, holding) = (shared.clone(), holding.clone());
                tokio::spawn(async move { serve(stream, &state, holding).await });
            }
        });
        Self { address, state, held, task }
    }

    /// The value of `TEI_URL` and of `RERANK_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Behaves like this from now on.
    pub fn is(&self, mood: Mood) {
        self.state.lock().expect("the state").mood = mood;
    }

    /// Makes vectors of this many numbers from now on.
    pub fn dimension(&self, dimension: usize) {
        self.state.lock().expect("the state").dimension = dimension;
    }

    /// Holds its answers back, or lets them go.
    pub fn hold(&self, held: bool) {
        self.held.send_replace(held);
    }

    /// The requests so far, those for the name of the model left out.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().expect("the state").asked.clone()
    }

    /// Waits until there have been more requests than `count`.
    pub async fn asked_more_than(&self, count: usize) {
        let began = Instant::now();
        while self.asked().len() <= count {
            assert!(began.elapsed() < Duration::from_mins(1), "no more than {count} requests");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Embedder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    state: &Mutex<State>,
    mut holding: watch::Receiver<bool>,
) -> Option<()> {
    let asked = request(&mut stream).await?;
    let (path, body) = (asked.path.clone(), asked.body.clone());
    let (mood, model, dimension) = {
        let mut state = state.lock().expect("the state");
        if path != "/info" {
            state.asked.push(asked);
        }
        (state.mood.clone(), state.model.clone(), state.dimension)
    };
    if path != "/info" {
        holding.wait_for(|held| !held).await.ok()?;
    }
    let (status, answer) = match mood {
        Mood::Silent => {
            tokio::time::sleep(Duration::from_hours(1)).await;
            return None;
        }
        Mood::Refuses(status) => (status, String::new()),
        Mood::Babbles => (200, "<html>It works!</html>".to_owned()),
        mood => answer(&path, &body, &mood, &model, dimension)
            .map_or((404, String::new()), |said| (200, said.to_string())),
    };
    let length = answer.len();
    let head = format!("HTTP/1.1 {status} Status\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(format!("{head}{answer}").as_bytes()).await.ok()
}

fn answer(path: &str, body: &Value, mood: &Mood, model: &str, dimension: usize) -> Option<Value> {
    match path {
        "/info" => Some(json!({ "model_id": model })),
        "/embed" => Some(json!(vectors(&body["inputs"], mood, dimension))),
        "/v1/embeddings" => {
            let vectors = vectors(&body["input"], mood, dimension);
            let datum = |(index, vector): (usize, Vec<f32>)| json!({ "index": index, "embedding": vector });
            // In another order than asked for, which the numbers put right.
            let data: Vec<Value> = vectors.into_iter().enumerate().map(datum).rev().collect();
            Some(json!({ "object": "list", "data": data, "model": body["model"] }))
        }
        "/rerank" => {
            let texts = body["texts"].as_array()?;
            let score =
                |text: &Value| if text.as_str()?.contains("FAVOURITE") { Some(0.9) } else { Some(0.1) };
            let ranked =
                texts.iter().enumerate().map(|(index, text)| json!({ "index": index, "score": score(text) }));
            let mut ranked: Vec<Value> = ranked.collect();
            if matches!(mood, Mood::Short) {
                ranked.pop();
            }
            Some(json!(ranked))
        }
        _ => None,
    }
}

fn vectors(texts: &Value, mood: &Mood, dimension: usize) -> Vec<Vec<f32>> {
    let texts = texts.as_array().expect("texts");
    let mut vectors: Vec<Vec<f32>> =
        texts.iter().map(|text| vector(text.as_str().expect("a text"), dimension)).collect();
    match mood {
        Mood::Short => drop(vectors.pop()),
        Mood::Ragged => vectors.push(vec![1.0; dimension + 1]),
        Mood::Zero => vectors[0].fill(0.0),
        _ => {}
    }
    if matches!(mood, Mood::Ragged) {
        vectors.remove(0);
    }
    vectors
}

/// The vector of a text, which is not of the length one.
fn vector(text: &str, dimension: usize) -> Vec<f32> {
    let text = text.to_lowercase();
    let mut vector = vec![0.0; dimension];
    for (idea, words) in IDEAS.iter().enumerate() {
        let of_it = |word: &&str| words.contains(word);
        let words_of_it = text.split(|c: char| !c.is_alphanumeric()).filter(of_it).count();
        let han = words.iter().filter(|word| !word.is_ascii() && text.contains(**word)).count();
        vector[idea] = u16::try_from(words_of_it + han).map_or(9.0, f32::from);
    }
    let rest = text.bytes().fold(7_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    vector[IDEAS.len() + rest % (dimension - IDEAS.len())] = 0.2;
    vector
}

async fn request(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
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
        let length = field("content-length").map_or(Some(0), |length| length.parse().ok())?;
        if bytes.len() >= end + 4 + length {
            let path = head.split_whitespace().nth(1)?.to_owned();
            let body = serde_json::from_slice(&bytes[end + 4..end + 4 + length]).unwrap_or(Value::Null);
            return Some(Asked { path, authorization: field("authorization"), body });
        }
    }
}
