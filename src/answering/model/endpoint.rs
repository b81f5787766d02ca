//! One request to one endpoint: the bytes of a streamed chat completion as deltas of text and of calls.

use async_stream::try_stream;
use eventsource_stream::Eventsource;
use futures::{Stream, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    calls::Fragment,
    client::ModelError,
    request::{Request, Role},
};
use crate::config::ModelSettings;

/// What of a refusal is read, in bytes.
const MAX_REFUSAL: usize = 4096;
/// How servers say that a prompt is longer than they can take.
const TOO_LONG: [&str; 5] =
    ["context length", "context_length", "maximum context", "context window", "too many tokens"];

/// Something that came from the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Delta {
    /// Text of the answer.
    Text(String),
    /// Reasoning: proof of life, nothing else.
    Reasoning,
    /// A fragment of a call.
    Call(Fragment),
    /// What the request costs. Some servers tell it again with each chunk: the last one counts.
    Spent(Usage),
}

/// Tokens that a request to a model cost, as its server counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Those that it read.
    pub prompt: u64,
    /// Those that it wrote, reasoning included.
    pub completion: u64,
}

impl Usage {
    fn read(told: &Value) -> Option<Self> {
        let tokens = |name: &str| told.get(name).and_then(Value::as_u64);
        Some(Self { prompt: tokens("prompt_tokens")?, completion: tokens("completion_tokens").unwrap_or(0) })
    }
}

// Servers differ in what they leave out and what they add: every field is optional, unknown ones are ignored.
#[derive(Debug, Default, Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Value>,
    error: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
struct Choice {
    delta: Option<Content>,
    /// Where a server does not stream.
    message: Option<Content>,
    finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Content {
    #[serde(rename = "content")]
    text: Option<String>,
    reasoning: Option<String>,
    /// Another name for the same; some servers send both.
    #[serde(rename = "reasoning_content")]
    thoughts: Option<String>,
    tool_calls: Option<Vec<CallChunk>>,
}

#[derive(Debug, Default, Deserialize)]
struct CallChunk {
    index: Option<usize>,
    id: Option<String>,
    function: Option<FunctionChunk>,
}

#[derive(Debug, Default, Deserialize)]
struct FunctionChunk {
    name: Option<String>,
    /// Text, or from some servers the object itself.
    arguments: Option<Value>,
}

impl From<CallChunk> for Fragment {
    fn from(chunk: CallChunk) -> Self {
        let function = chunk.function.unwrap_or_default();
        let arguments = match function.arguments {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
        };
        Self {
            index: chunk.index,
            id: chunk.id,
            name: function.name.filter(|name| !name.is_empty()),
            arguments,
        }
    }
}

/// Asks `base` and waits for the head of its answer.
pub(super) async fn ask(
    http: &reqwest::Client,
    base: &str,
    settings: &ModelSettings,
    asked: Request<'_>,
) -> Result<reqwest::Response, ModelError> {
    let model = match asked.of {
        Role::Answers => &settings.name,
        Role::Tasks => settings.task_name.as_ref().unwrap_or(&settings.name),
    };
    let mut body = json!({
        "model": model,
        "messages": asked.messages,
        "stream": true,
        "stream_options": { "include_usage": true },
    });
    if !asked.tools.is_empty() {
        body["tools"] = asked.tools.into();
        body["tool_choice"] = if asked.may_call { "auto" } else { "none" }.into();
    }
    if let Value::Object(fields) = &mut body {
        fields.extend(settings.extra_body.clone());
    }
    let mut request = http.post(format!("{base}/chat/completions")).json(&body);
    if let Some(key) = &settings.api_key {
        request = request.bearer_auth(key.reveal());
    }
    let response =
        request.send().await.map_err(|error| ModelError::Unreachable(error.without_url().to_string()))?;
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status().as_u16();
    if matches!(status, 400 | 413 | 422) && is_too_long(response).await {
        return Err(ModelError::TooLong);
    }
    Err(ModelError::Refused(status))
}

/// Whether a refusal says that the prompt does not fit.
async fn is_too_long(response: reqwest::Response) -> bool {
    let mut said = Vec::new();
    let mut parts = response.bytes_stream();
    while let Some(Ok(part)) = parts.next().await {
        said.extend_from_slice(&part);
        if said.len() >= MAX_REFUSAL {
            break;
        }
    }
    let said = String::from_utf8_lossy(&said).to_lowercase();
    TOO_LONG.iter().any(|words| said.contains(words))
}

/// Asks `base` for the list of its models, of which nothing is read but the status.
pub(super) async fn ping(
    http: &reqwest::Client,
    base: &str,
    settings: &ModelSettings,
) -> Result<(), ModelError> {
    let mut request = http.get(format!("{base}/models"));
    if let Some(key) = &settings.api_key {
        request = request.bearer_auth(key.reveal());
    }
    let response =
        request.send().await.map_err(|error| ModelError::Unreachable(error.without_url().to_string()))?;
    match response.status().as_u16() {
        status @ (401 | 403 | 500..) => Err(ModelError::Refused(status)),
        _ => Ok(()),
    }
}

/// The deltas of an answer. Ends after `[DONE]`, or when the connection closes behind a finish reason.
pub(super) fn deltas(response: reqwest::Response) -> impl Stream<Item = Result<Delta, ModelError>> + Send {
    let whole = response
        .headers()
        .get(reqwest::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|content| content.starts_with("application/json"));
    try_stream! {
        if whole {
            let body: Chunk = response.json().await.map_err(|error| ModelError::Broken(error.without_url().to_string()))?;
            for delta in read(body)?.0 {
                yield delta;
            }
            return;
        }
        let mut finished = false;
        let mut events = response.bytes_stream().eventsource();
        while let Some(event) = events.next().await {
            let event = match event {
                Ok(event) => event,
                // Some servers cut the connection instead of closing the stream.
                Err(_) if finished => break,
                Err(error) => Err(ModelError::Broken(error.to_string()))?,
            };
            if event.data.trim() == "[DONE]" {
                finished = true;
                break;
            }
            let chunk = serde_json::from_str(&event.data).map_err(|error| ModelError::Broken(error.to_string()))?;
            let (deltas, ended) = read(chunk)?;
            finished |= ended;
            for delta in deltas {
                yield delta;
            }
        }
        if !finished {
            Err(ModelError::Broken("the stream ended before the answer did".to_owned()))?;
        }
    }
}

fn read(chunk: Chunk) -> Result<(Vec<Delta>, bool), ModelError> {
    if chunk.error.is_some_and(|error| !error.is_null()) {
        return Err(ModelError::Broken("the model reported an error".to_owned()));
    }
    let mut deltas: Vec<Delta> =
        chunk.usage.as_ref().and_then(Usage::read).map(Delta::Spent).into_iter().collect();
    let Some(choice) = chunk.choices.into_iter().next() else { return Ok((deltas, false)) };
    let content = choice.delta.or(choice.message).unwrap_or_default();
    deltas.extend(content.tool_calls.into_iter().flatten().map(|chunk| Delta::Call(chunk.into())));
    if content.reasoning.or(content.thoughts).is_some_and(|text| !text.is_empty()) {
        deltas.push(Delta::Reasoning);
    }
    if let Some(text) = content.text.filter(|text| !text.is_empty()) {
        // No database of ours keeps a null character.
        deltas.push(Delta::Text(text.replace('\0', "")));
    }
    Ok((deltas, choice.finish_reason.is_some()))
}
