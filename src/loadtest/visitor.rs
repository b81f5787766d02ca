//! What one person of a load test does: opens a conversation, looks at their files, asks, pauses, asks again.
//!
//! A request is measured to the last byte of its answer: an answer is streamed, so its head says nothing yet.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use goose::{
    GooseError,
    goose::{GooseUser, Scenario, Transaction, TransactionError, TransactionFunction, TransactionResult},
};
use rand::seq::{IndexedRandom, IteratorRandom};
use reqwest::{Client, Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};

use super::plan::{Plan, Question};

/// What the error of a too short answer begins with: the original's word for it.
pub(super) const SHORT: &str = "ResponseLengthError";

const OPEN: &str = "/api/get_session";
const FILES: &str = "/user/user_files";
const CHAT: &str = "/api/chat";

/// What has been counted so far, by path.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<BTreeMap<&'static str, Count>>);

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    requests: u64,
    failures: u64,
    bytes: u64,
    took: Duration,
    longest: Duration,
}

impl Tally {
    fn change(&self, path: &'static str, change: impl FnOnce(&mut Count)) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(counts.entry(path).or_default());
    }

    fn request(&self, path: &'static str, took: Duration, well: bool) {
        self.change(path, |count| {
            count.requests += 1;
            count.failures += u64::from(!well);
            count.took += took;
            count.longest = count.longest.max(took);
        });
    }

    /// How many bytes the answers had.
    pub(super) fn bytes_of(&self, path: &str) -> u64 {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(path).map_or(0, |count| count.bytes)
    }

    /// The counts as a table for a terminal. Times in milliseconds.
    pub(super) fn table(&self) -> String {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut table =
            format!("{:<24} {:>9} {:>9} {:>9} {:>9}\n", "Name", "Requests", "Failures", "Average", "Maximum");
        for (path, count) in &*counts {
            let average = count.took.as_secs_f64() * 1_000.0 / count.requests.max(1) as f64;
            let longest = count.longest.as_millis();
            let Count { requests, failures, .. } = count;
            table.push_str(&format!("{path:<24} {requests:>9} {failures:>9} {average:>9.0} {longest:>9}\n"));
        }
        table
    }
}

/// What everybody shares.
struct Shared {
    plan: Plan,
    http: Client,
    tally: Arc<Tally>,
}

/// What one person keeps.
#[derive(Clone)]
struct Conversation(String);

/// A request that got through.
struct Answer {
    text: String,
    took: Duration,
    status: u16,
}

/// What everybody does, over and over.
pub(super) fn scenario(plan: Plan, http: Client, tally: Arc<Tally>) -> Result<Scenario, GooseError> {
    let (min_wait, max_wait) = (plan.min_wait, plan.max_wait);
    let shared = Arc::new(Shared { plan, http, tally });
    let visit: TransactionFunction = Arc::new(move |user| {
        let shared = shared.clone();
        Box::pin(async move { visit(user, &shared).await })
    });
    let scenario = Scenario::new("chat").set_wait_time(min_wait, max_wait)?;
    Ok(scenario.register_transaction(Transaction::new(visit).set_name("ask")))
}

async fn visit(user: &mut GooseUser, shared: &Shared) -> TransactionResult {
    if user.get_session_data::<Conversation>().is_none() {
        let opened = opened(user, shared).await?;
        user.set_session_data(Conversation(opened));
    }
    let conversation = user.get_session_data_unchecked::<Conversation>().0.clone();
    let files = files(user, shared).await?;
    let Some(question) = shared.plan.questions.choose(&mut rand::rng()) else { return Ok(()) };
    ask(user, shared, &conversation, question, &some_of(&files)).await
}

async fn opened(user: &mut GooseUser, shared: &Shared) -> Result<String, Box<TransactionError>> {
    let request = shared.request(user, Method::GET, OPEN);
    let answer = shared.measured(user, Method::GET, OPEN, request).await?;
    let id = serde_json::from_str::<Value>(&answer.text)
        .ok()
        .and_then(|body| body["session_id"].as_str().map(str::to_owned));
    match id {
        Some(id) => {
            shared.good(user, Method::GET, OPEN, &answer).await?;
            Ok(id)
        }
        None => Err(shared.bad(user, Method::GET, OPEN, &answer, "the answer names no conversation").await),
    }
}

async fn files(user: &mut GooseUser, shared: &Shared) -> Result<Vec<String>, Box<TransactionError>> {
    #[derive(Deserialize)]
    struct Listed {
        document: Vec<String>,
    }
    let request = shared.request(user, Method::GET, FILES);
    let answer = shared.measured(user, Method::GET, FILES, request).await?;
    match serde_json::from_str::<Listed>(&answer.text) {
        Ok(listed) => {
            shared.good(user, Method::GET, FILES, &answer).await?;
            Ok(listed.document)
        }
        Err(_) => Err(shared.bad(user, Method::GET, FILES, &answer, "the answer is no list of files").await),
    }
}

async fn ask(
    user: &mut GooseUser,
    shared: &Shared,
    conversation: &str,
    question: &Question,
    sources: &[&String],
) -> TransactionResult {
    let body = json!({
        "chatHistoryId": conversation,
        "mode": "default",
        "messages": [question],
        "sources": sources,
        "session_id": conversation,
        "test": true,
    });
    let request = shared.request(user, Method::POST, CHAT).json(&body);
    let answer = shared.measured(user, Method::POST, CHAT, request).await?;
    if answer.text.trim().chars().count() < shared.plan.min_length {
        let error = format!("{SHORT}: shorter than {} characters", shared.plan.min_length);
        return Err(shared.bad(user, Method::POST, CHAT, &answer, &error).await);
    }
    shared.good(user, Method::POST, CHAT, &answer).await
}

/// Some of a person's files, as the original chooses them: one of one, else fewer than there are. None of none.
fn some_of(files: &[String]) -> Vec<&String> {
    let count = match files.len() {
        0 => return Vec::new(),
        1 => 1,
        many => rand::random_range(1..many),
    };
    files.iter().sample(&mut rand::rng(), count)
}

impl Shared {
    fn request(&self, user: &GooseUser, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .http
            .request(method, format!("{}{path}", self.plan.host))
            .header(&self.plan.identity_header, self.plan.netid(user.weighted_users_index))
            .header("X-DisplayName", &self.plan.display_name);
        match &self.plan.proxy {
            Some((name, secret)) => request.header(name, secret.reveal()),
            None => request,
        }
    }

    /// Sends a request and reads its answer to the end. Notes it when it fails; what comes back is still to be judged.
    async fn measured(
        &self,
        user: &mut GooseUser,
        method: Method,
        path: &'static str,
        request: RequestBuilder,
    ) -> Result<Answer, Box<TransactionError>> {
        let began = Instant::now();
        let failed = |error: &reqwest::Error| match error {
            error if error.is_timeout() => "no answer in time",
            error if error.is_connect() => "no connection",
            error if error.is_body() || error.is_decode() => "the answer broke off",
            _ => "the request failed",
        };
        let (error, status) = match request.send().await {
            Err(error) => (failed(&error).to_owned(), None),
            Ok(response) => {
                let status = response.status();
                match response.text().await {
                    Err(error) => (failed(&error).to_owned(), Some(status.as_u16())),
                    Ok(text) => {
                        self.tally.change(path, |count| count.bytes += text.len() as u64);
                        if status.is_success() {
                            return Ok(Answer { text, took: began.elapsed(), status: status.as_u16() });
                        }
                        (status.to_string(), Some(status.as_u16()))
                    }
                }
            }
        };
        self.note(user, &method, path, began.elapsed(), status, Some(&error)).await?;
        Err(Box::new(refused(error)))
    }

    async fn good(
        &self,
        user: &mut GooseUser,
        method: Method,
        path: &'static str,
        answer: &Answer,
    ) -> TransactionResult {
        self.note(user, &method, path, answer.took, Some(answer.status), None).await
    }

    async fn bad(
        &self,
        user: &mut GooseUser,
        method: Method,
        path: &'static str,
        answer: &Answer,
        error: &str,
    ) -> Box<TransactionError> {
        let noted = self.note(user, &method, path, answer.took, Some(answer.status), Some(error));
        noted.await.err().unwrap_or_else(|| Box::new(refused(error.to_owned())))
    }

    async fn note(
        &self,
        user: &mut GooseUser,
        method: &Method,
        path: &'static str,
        took: Duration,
        status: Option<u16>,
        error: Option<&str>,
    ) -> TransactionResult {
        let well = error.is_none();
        self.tally.request(path, took, well);
        user.record_custom_request_duration(method.as_str(), path, took, well, status, error).await
    }
}

/// The request has been counted; this ends the visit.
fn refused(error: String) -> TransactionError {
    TransactionError::Custom(error)
}
