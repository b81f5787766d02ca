//! A language model that follows a script: what it sends, when, and how it ends.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A step of an answer.
#[derive(Clone, Debug)]
pub enum Step {
    /// A chunk with text.
    Say(&'static str),
    /// A chunk with reasoning in its own field.
    Reason(&'static str),
    /// A fragment of a call of a tool: its number, the tool's name where it begins, and a part of its arguments.
    Call(usize, Option<&'static str>, &'static str),
    /// Any event data.
    Raw(String),
    /// A pause.
    Wait(Duration),
    /// `finish_reason` and `[DONE]`.
    Done,
    /// The connection ends, whatever was promised.
    Cut,
}

/// How one request is answered.
#[derive(Clone, Debug)]
pub enum Script {
    /// 200 and a stream of these steps.
    Stream(Vec<Step>),
    /// A status without a body.
    Status(u16),
    /// A status with a body.
    Refusal(u16, &'static str),
    /// Nothing at all.
    Silence,
}

/// What a model remembers of what it was asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Memory {
    Whole,
    None,
}

/// The server. Requests beyond the last script get the last script again.
pub struct Model {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Value>>>,
    left: Arc<Mutex<Vec<Instant>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Model {
    pub async fn start(scripts: Vec<Script>) -> Self {
        Self::serving(scripts, Memory::Whole).await
    }

    /// One that is asked for hours: it keeps nothing of what it was asked.
    pub async fn forgetful(scripts: Vec<Script>) -> Self {
        Self::serving(scripts, Memory::None).await
    }

    #[expect(clippy::disallowed_methods, reason = "a server of the test, ended with it")]
    async fn serving(scripts: Vec<Script>, memory: Memory) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests: Arc<Mutex<Vec<Value>>> = Arc::default();
        let left: Arc<Mutex<Vec<Instant>>> = Arc::default();
        let (seen, gone) = (requests.clone(), left.clone());
        let task = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (scripts, seen, gone) = (scripts.clone(), seen.clone(), gone.clone());
                tokio::spawn(async move { serve(stream, &scripts, &seen, &gone, memory).await });
            }
        });
        Self { address, requests, left, task }
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The value of `LLM_BASE_URL`.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// When connections were closed on which there was more to say.
    pub fn left(&self) -> Vec<Instant> {
        self.left.lock().expect("moments").clone()
    }

    /// The bodies of the requests so far.
    pub fn requests(&self) -> Vec<Value> {
        self.requests.lock().expect("requests").clone()
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    scripts: &[Script],
    seen: &Mutex<Vec<Value>>,
    left: &Mutex<Vec<Instant>>,
    memory: Memory,
) -> Option<()> {
    let body = request_body(&mut stream).await?;
    let number = match memory {
        Memory::Whole => {
            let mut seen = seen.lock().expect("requests");
            seen.push(body);
            seen.len() - 1
        }
        Memory::None => 0,
    };
    match scripts.get(number).or(scripts.last())? {
        Script::Silence => tokio::time::sleep(Duration::from_hours(1)).await,
        Script::Status(status) => {
            let head = format!("HTTP/1.1 {status} Status\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).await.ok()?;
        }
        Script::Refusal(status, body) => {
            let length = body.len();
            let head =
                format!("HTTP/1.1 {status} Status\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            stream.write_all(format!("{head}{body}").as_bytes()).await.ok()?;
        }
        Script::Stream(steps) => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
            stream.write_all(head.as_bytes()).await.ok()?;
            for step in steps {
                let played = play(&mut stream, step).await;
                if played.is_none() && !matches!(step, Step::Cut) && memory == Memory::Whole {
                    left.lock().expect("moments").push(Instant::now());
                }
                played?;
            }
            stream.write_all(b"0\r\n\r\n").await.ok()?;
        }
    }
    Some(())
}

/// `None` ends the connection.
async fn play(stream: &mut TcpStream, step: &Step) -> Option<()> {
    let delta = |delta: Value| json!({ "choices": [{ "index": 0, "delta": delta }] }).to_string();
    let data = match step {
        Step::Say(text) => delta(json!({ "content": text })),
        Step::Reason(text) => delta(json!({ "content": null, "reasoning_content": text })),
        Step::Call(index, name, arguments) => {
            let id = name.map(|_| format!("call-{index}"));
            let function = json!({ "name": name, "arguments": arguments });
            let call = json!({ "index": index, "id": id, "type": "function", "function": function });
            delta(json!({ "content": null, "tool_calls": [call] }))
        }
        Step::Raw(data) => data.clone(),
        Step::Wait(time) => {
            let mut nothing = [0];
            // Nobody says anything any more on this connection: what can be read from it is its end.
            return tokio::select! {
                () = tokio::time::sleep(*time) => Some(()),
                _ = stream.read(&mut nothing) => None,
            };
        }
        Step::Done => {
            let end = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
            return event(stream, &format!("data: {end}\r\n\r\n: a comment\r\n\r\ndata: [DONE]\r\n\r\n"))
                .await;
        }
        Step::Cut => return None,
    };
    event(stream, &format!("data: {data}\n\n")).await
}

async fn event(stream: &mut TcpStream, text: &str) -> Option<()> {
    let chunk = format!("{:x}\r\n{text}\r\n", text.len());
    stream.write_all(chunk.as_bytes()).await.ok()?;
    stream.flush().await.ok()
}

async fn request_body(stream: &mut TcpStream) -> Option<Value> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
        let Some(head) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok())?;
        if bytes.len() >= head + 4 + length {
            return serde_json::from_slice(&bytes[head + 4..head + 4 + length]).ok();
        }
    }
}
