//! What people do, one request or a few at a time, and what they remember of it.

use rand::{RngExt, seq::IndexedRandom};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use super::{
    ledger::Talk,
    people::{Crowd, Person},
    tally::{Deed, Outcome},
};
use crate::{
    dashboard::staff::token,
    instances::{form, multipart},
    support::{pdf, staff::PASSWORD},
};

/// Somebody who looks at the dashboard without a password, and one who has one.
pub const DEVELOPER: &str = "maintainer";
pub const OWNER: &str = "owner";
/// Of one person, so that lists stay as long as they are.
const TALKS: usize = 10;
const EXCHANGES: usize = 6;
const FILES: usize = 3;
const SENTENCE: usize = 200;

const PAGES: [&str; 9] = [
    "",
    "chat/usersession/",
    "chat/usersession/?q=library",
    "chat/feedback/",
    "core/usermodel/",
    "core/uploadedfile/",
    "core/document/",
    "search/?q=days",
    "account/",
];

const QUESTIONS: [&str; 4] = [
    "When does the library open?",
    "How many days has a term?",
    "Which courses need Biology 110?",
    "Where is the visa office?",
];

/// `Err` says what came in place of what was hoped for.
type Tried<T = ()> = Result<T, Outcome>;

pub async fn do_one(person: &mut Person, crowd: &Crowd, deed: Deed) -> Outcome {
    let tried = match deed {
        Deed::Ask => person.ask().await,
        Deed::List => person.look("/api/c").await,
        Deed::Messages => person.messages().await,
        Deed::Search => person.look("/api/c?q=library").await,
        Deed::Upload => person.upload().await,
        Deed::Remove => person.remove().await,
        Deed::Files => person.look("/user_files").await,
        Deed::Rate => person.rate().await,
        Deed::Events => person.look("/api/events?start_date=2026-03-10&end_date=2026-03-12").await,
        Deed::Page => page(person, crowd).await,
        Deed::SignIn => person.sign_in().await,
        Deed::Password => password(person).await,
    };
    tried.err().unwrap_or(Outcome::Done)
}

/// Sends a request. Its answer has to have this status.
async fn sent(request: RequestBuilder, status: u16) -> Tried<Response> {
    let answer = request.send().await.map_err(|error| Outcome::Broken(format!("{error:?}")))?;
    if answer.status() == status {
        return Ok(answer);
    }
    let (code, retry_after) = (answer.status().as_u16(), answer.headers().contains_key("retry-after"));
    let body = answer.text().await.unwrap_or_default().chars().take(SENTENCE).collect();
    Err(Outcome::Status { code, retry_after, body })
}

async fn text(answer: Response) -> Tried<String> {
    answer.text().await.map_err(|error| Outcome::Broken(format!("an answer broke off: {error:?}")))
}

async fn json(answer: Response) -> Tried<Value> {
    let text = text(answer).await?;
    serde_json::from_str(&text).map_err(|error| Outcome::Broken(format!("{error}: {text}")))
}

/// A cookie that an answer sets, as it is sent back.
fn cookie(answer: &Response, name: &str) -> Option<String> {
    let set = answer.headers().get_all("set-cookie").into_iter().filter_map(|value| value.to_str().ok());
    let mut set = set.filter_map(|value| value.split(';').next());
    set.find(|pair| pair.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))).map(str::to_owned)
}

impl Person {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn asks(&self, path: &str) -> RequestBuilder {
        self.http.get(self.url(path)).header("UID", &self.name)
    }

    fn posts(&self, path: &str, body: &Value) -> RequestBuilder {
        self.http.post(self.url(path)).header("UID", &self.name).json(body)
    }

    fn deletes(&self, path: &str) -> RequestBuilder {
        self.http.delete(self.url(path)).header("UID", &self.name)
    }

    /// What is looked at when all is over: an answer comes.
    pub async fn get(&self, path: &str) -> Response {
        self.asks(path).send().await.expect("an answer")
    }

    async fn look(&self, path: &str) -> Tried {
        text(sent(self.asks(path), 200).await?).await.map(drop)
    }

    /// Asks in the newest conversation, or in a new one.
    async fn ask(&mut self) -> Tried {
        self.count += 1;
        let fresh = self.ledger.talks.back().is_none_or(|talk| talk.said.len() >= EXCHANGES);
        let id = if fresh {
            let opened = sent(self.posts("/api/c/create_session", &json!({})), 201).await?;
            let opened = json(opened).await?;
            opened["session_id"].as_str().or(opened["id"].as_str()).expect("an id").to_owned()
        } else {
            self.ledger.talks.back().expect("one").id.clone()
        };
        let question = QUESTIONS.choose(&mut rand::rng()).expect("a question");
        let question = format!("{question} ({})", self.count);
        let body = json!({
            "messages": [{ "role": "user", "content": question }], "chatHistoryId": id, "thinking": false,
        });
        let answer = sent(self.posts("/api/chat", &body), 200).await?;
        let mut talk = if fresh { Talk::default() } else { self.ledger.talks.pop_back().expect("one") };
        talk.id = id;
        // It was taken, whatever comes of the answer.
        let heard = text(answer).await;
        talk.said.push((question, heard.clone().unwrap_or_default()));
        self.ledger.talks.push_back(talk);
        heard?;
        if self.ledger.talks.len() > TALKS { self.forget().await } else { Ok(()) }
    }

    /// Deletes the oldest conversation.
    async fn forget(&mut self) -> Tried {
        // From here on it may be gone, whatever the answer is.
        let oldest = self.ledger.talks.pop_front().expect("one");
        let path = format!("/api/c/{}", oldest.id);
        sent(self.deletes(&path), 204).await?;
        self.ledger.is_gone(path);
        Ok(())
    }

    async fn messages(&self) -> Tried {
        let Some(talk) = self.ledger.talks.back() else { return Err(Outcome::Nothing) };
        self.look(&format!("/api/c/{}/messages", talk.id)).await
    }

    async fn upload(&mut self) -> Tried {
        if self.ledger.files.len() >= FILES {
            return self.remove().await;
        }
        self.count += 1;
        let about = format!("{}'s handbook number {}", self.name, self.count);
        let bytes = pdf::pages(&[&[&about, "Terms and days"], &["The visa office is in room 1042."]]);
        let part = multipart(&format!("{}.pdf", self.count), &bytes);
        let request = self.http.post(self.url("/user_files")).header("UID", &self.name).headers(form());
        let file = json(sent(request.body(part), 201).await?).await?;
        self.ledger.files.insert(file["id"].as_str().expect("an id").to_owned(), bytes);
        Ok(())
    }

    async fn remove(&mut self) -> Tried {
        let Some((id, _)) = self.ledger.files.pop_first() else { return Err(Outcome::Nothing) };
        let path = format!("/user_files/{id}");
        sent(self.deletes(&path), 204).await?;
        self.ledger.is_gone(path);
        Ok(())
    }

    async fn rate(&mut self) -> Tried {
        let Some(talk) = self.ledger.talks.back() else { return Err(Outcome::Nothing) };
        let body = json!({
            "userInput": "What?", "botAnswer": "That.", "feedbackReason": "helpful", "chatHistoryId": talk.id,
        });
        let rated = sent(self.posts("/api/feedback", &body), 201).await;
        match rated {
            Ok(_) => self.ledger.ratings += 1,
            Err(_) => self.ledger.perhaps += 1,
        }
        rated.map(drop)
    }

    /// Begins a web session by the header, and uses it without.
    async fn sign_in(&self) -> Tried {
        let entered = sent(self.asks("/user"), 200).await?;
        let Some(session) = cookie(&entered, "sessionid") else {
            return Err(Outcome::Broken("no session was begun".to_owned()));
        };
        let request = self.http.get(self.url("/api/c")).header("Cookie", session);
        text(sent(request, 200).await?).await.map(drop)
    }
}

/// The dashboard, as a developer sees it.
async fn page(person: &Person, crowd: &Crowd) -> Tried {
    let at = rand::rng().random_range(0..PAGES.len());
    let mut request =
        person.http.get(person.url(&format!("/en/admin/{}", PAGES[at]))).header("UID", DEVELOPER);
    let session = crowd.staff.lock().await.clone();
    if let Some(session) = session {
        request = request.header("Cookie", session);
    }
    let answer = sent(request, 200).await?;
    if let Some(session) = cookie(&answer, "sessionid") {
        *crowd.staff.lock().await = Some(session);
    }
    text(answer).await.map(drop)
}

/// Somebody comes in with a password, looks around and goes.
async fn password(person: &Person) -> Tried {
    let page = "/en/admin/chat/feedback/";
    let form = sent(person.http.get(person.url("/en/admin/login/")), 200).await?;
    let key = cookie(&form, "csrftoken").expect("a key");
    let field = token(&text(form).await?);
    let fields = [
        ("csrfmiddlewaretoken", field.as_str()),
        ("username", OWNER),
        ("password", PASSWORD),
        ("next", page),
    ];
    let request = fields_of(person.http.post(person.url("/en/admin/login/")).header("Cookie", key), &fields);
    let entered = sent(request, 302).await?;
    let session = cookie(&entered, "sessionid").expect("a session");
    let inside = sent(person.http.get(person.url(page)).header("Cookie", &session), 200).await?;
    let field = token(&text(inside).await?);
    let request = person.http.post(person.url("/en/admin/logout/")).header("Cookie", session);
    sent(fields_of(request, &[("csrfmiddlewaretoken", &field)]), 200).await.map(drop)
}

/// A form as a browser sends it.
fn fields_of(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let encode = |text: &str| rocket::http::RawStr::new(text).percent_encode().to_string();
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    request.header("Content-Type", "application/x-www-form-urlencoded").body(pairs.join("&"))
}
