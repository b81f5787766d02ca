//! Being somebody else: requests that try to be taken for a person, an administrator or a developer, as bytes on a
//! connection. The victim's words in an answer, a changed row of theirs, a session in their name: any of these is a success.

use std::collections::{BTreeMap, BTreeSet};

use chatdku::{
    accounts::{user, web_session},
    chat,
    platform::store::Store,
    uploads,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    settle, spoofs,
    wire::{PROXY, Reply, STRANGER, get, request, send},
};
use crate::support::{Program, TestApp, pdf, staff::PASSWORD};

/// What only the victim's pages say.
pub const TITLE: &str = "Zq plans of Alice";
pub const QUESTION: &str = "zq7 where does Alice keep her plans";
pub const NAME: &str = "Zq Alice Liddell";
/// What the proxy proves itself with, where it has to.
pub const SECRET: &str = "Kw8sN2vR5xQ1tB7yM4pJ";
/// What reads the metrics.
const TOKEN: &str = "tY6uI3oP9lK2jH5gF8dS";

/// The hash that stands for a NetID.
pub fn hash(netid: &str) -> String {
    hex::encode(Sha256::digest(netid))
}

/// One try: what it is called, where it comes from, and the bytes.
pub struct Attempt {
    pub name: String,
    pub from: &'static str,
    pub bytes: Vec<u8>,
}

impl Attempt {
    pub fn new(name: impl Into<String>, from: &'static str, bytes: Vec<u8>) -> Self {
        Self { name: name.into(), from, bytes }
    }
}

/// The program with its victims: a person with a conversation and a file, an administrator, a developer; and what an
/// attacker may have got hold of.
pub struct Scene {
    pub program: Program,
    store: Store,
    pub conversation: String,
    pub file: String,
    pub victim_id: i64,
    /// A session of the victim that has ended, one of an account that is closed, one of an account that is gone.
    pub ended: String,
    pub closed: String,
    pub gone: String,
    /// A session of the attacker's own.
    pub own: String,
    /// What a session of the victim is stored as.
    pub stored_as: String,
}

impl Scene {
    async fn set(program: Program, proof: &[&str]) -> Self {
        let mut program = program
            .released()
            .set("DEVELOPERS", &format!("dev22, {}", hash("dev33")))
            .set("METRICS_TOKEN", TOKEN)
            .set("DJANGO_SUPERUSER_PASSWORD", PASSWORD);
        for class in ["READ", "CHAT", "WRITE", "UPLOAD", "DASHBOARD", "OTHER"] {
            program = program.set(&format!("RATE_LIMIT_{class}"), "1000000/60");
        }
        let made = program.run(&["createsuperuser", "--noinput", "--username", "head_admin"]);
        assert!(made.0, "{}", made.1);
        program.start().await;
        let people = People { program: &program, proof };
        let conversation =
            people.json("alice1", "POST", "/api/c/create_session", "{}").await["session_id"].clone();
        let conversation = conversation.as_str().unwrap().to_owned();
        let asked = json!({ "messages": [{ "content": QUESTION }], "chatHistoryId": conversation });
        people.call("alice1", "POST", "/api/chat", &[], &asked.to_string()).await;
        let messages = format!("/api/c/{conversation}/messages");
        while people.json("alice1", "GET", &messages, "").await[1]["status"] != "complete" {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let path = format!("/api/c/{conversation}/rename");
        people.call("alice1", "PATCH", &path, &[], &json!({ "title": TITLE }).to_string()).await;
        let file = people.upload("alice1").await;
        let ended = people.session("alice1").await;
        let (closed, gone, own) =
            (people.session("closed1").await, people.session("gone1").await, people.session("bob22").await);
        people.session("dev22").await;
        let live = people.session("alice1").await;
        let store = program.store().await;
        let account =
            async |netid: &str| user::named(store.read(), &hash(netid)).await.unwrap().expect("an account");
        let (victim, to_close, to_remove) =
            (account("alice1").await, account("closed1").await, account("gone1").await);
        let inactive =
            user::ActiveModel { id: Set(to_close.id), is_active: Set(false), ..Default::default() };
        let (ended_as, stored_as) = (stored(&ended), stored(&live));
        store
            .write(async |tx| {
                inactive.clone().update(&tx).await?;
                web_session::Entity::delete_by_id(&ended_as).exec(&tx).await?;
                let sessions = web_session::Entity::delete_many();
                sessions.filter(web_session::COLUMN.account_id.eq(to_remove.id.0)).exec(&tx).await?;
                user::Entity::delete_by_id(to_remove.id).exec(&tx).await
            })
            .await
            .unwrap();
        let victim_id = victim.id.0;
        Self { program, store, conversation, file, victim_id, ended, closed, gone, own, stored_as }
    }
}

/// The hash under which a token lies in the table: of its sixteen bytes.
fn stored(token: &str) -> String {
    use base64::Engine;
    hex::encode(Sha256::digest(base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token).unwrap()))
}

/// People who come through the proxy, as they should.
struct People<'a> {
    program: &'a Program,
    proof: &'a [&'a str],
}

impl People<'_> {
    async fn call(&self, netid: &str, method: &str, path: &str, more: &[&str], body: &str) -> Reply {
        let netid = format!("UID: {netid}");
        let mut headers = vec![netid.as_str(), "Content-Type: application/json"];
        headers.extend_from_slice(self.proof);
        headers.extend_from_slice(more);
        let reply = send(PROXY, self.program.port(), &request(method, path, &headers, body)).await;
        assert!((200..300).contains(&reply.status()), "{path}: {}", reply.text());
        reply
    }

    async fn json(&self, netid: &str, method: &str, path: &str, body: &str) -> Value {
        let reply = self.call(netid, method, path, &[], body).await;
        serde_json::from_str(reply.bodies().trim()).expect(path)
    }

    async fn session(&self, netid: &str) -> String {
        let name = format!("X-DisplayName: {}", if netid == "alice1" { NAME } else { netid });
        let reply = self.call(netid, "GET", "/user", &[&name], "").await;
        (*reply.sessions().first().expect("a session")).to_owned()
    }

    async fn upload(&self, netid: &str) -> String {
        let http = crate::support::process::http();
        let mut upload = http.post(self.program.url("/user_files")).header("UID", netid);
        for proof in self.proof {
            let (name, value) = proof.split_once(": ").unwrap();
            upload = upload.header(name, value);
        }
        let mut body =
            b"--zq\r\nContent-Disposition: form-data; name=\"file\"; filename=\"zqplans.pdf\"\r\n\r\n"
                .to_vec();
        body.extend(pdf::pages(&[&["The plans of Alice."]]));
        body.extend(b"\r\n--zq--\r\n");
        let upload = upload.header("Content-Type", "multipart/form-data; boundary=zq").body(body);
        let sent = upload.send().await.unwrap().error_for_status().unwrap().text().await.unwrap();
        let sent: Value = serde_json::from_str(&sent).unwrap();
        sent["id"].as_str().unwrap().to_owned()
    }
}

/// Rows as text, by what they are.
type Rows = BTreeMap<&'static str, Vec<String>>;

/// The rows of the victims, as they are now: what must not change.
async fn theirs(scene: &Scene) -> Rows {
    let db = scene.store.read();
    let victims = [hash("alice1"), hash("dev22"), "head_admin".to_owned(), "chatdku_admin".to_owned()];
    let accounts = user::Entity::find().all(db).await.unwrap();
    let accounts: Vec<user::Model> = accounts
        .into_iter()
        // Nobody but an administrator makes an account with a plain name.
        .filter(|account| victims.contains(&account.username) || account.username.len() != 64)
        .collect();
    let ids: Vec<i64> = accounts.iter().map(|account| account.id.0).collect();
    let sessions = web_session::Entity::find().filter(web_session::COLUMN.account_id.is_in(ids.clone()));
    let sessions = sessions.all(db).await.unwrap();
    let conversations = chat::tables::Conversation::find()
        .filter(chat::tables::ConversationColumn::UserId.is_in(ids.clone()))
        .all(db)
        .await
        .unwrap();
    let inside: Vec<_> = conversations.iter().map(|row| row.id).collect();
    let messages = chat::tables::Message::find()
        .filter(chat::tables::MessageColumn::SessionId.is_in(inside))
        .all(db)
        .await
        .unwrap();
    let opinions = chat::tables::Feedback::find();
    let opinions =
        opinions.filter(chat::tables::FeedbackColumn::UserId.is_in(ids.clone())).all(db).await.unwrap();
    let files =
        uploads::Entity::find().filter(uploads::files::Column::UserId.is_in(ids)).all(db).await.unwrap();
    [
        ("accounts", accounts.iter().map(|row| format!("{row:?}")).collect()),
        (
            "sessions",
            sessions.iter().map(|row| format!("{} of {:?}", row.token_hash, row.account_id)).collect(),
        ),
        ("conversations", conversations.iter().map(|row| format!("{} {}", row.id, row.title)).collect()),
        ("messages", messages.iter().map(|row| format!("{:?} {}", row.id, row.message)).collect()),
        ("opinions", opinions.iter().map(|row| format!("{row:?}")).collect()),
        // How far reading has come is the worker's business.
        ("files", files.iter().map(|row| format!("{} {}", row.id, row.filename)).collect()),
    ]
    .into_iter()
    .map(|(what, mut rows): (_, Vec<String>)| {
        rows.sort();
        (what, rows)
    })
    .collect()
}

/// What of an answer is only for others: the words of the victim, the dashboard, the metrics, the API's document.
fn taken(reply: &Reply) -> Option<&'static str> {
    let said = reply.bodies();
    let words = [TITLE, QUESTION, NAME, "zqplans", "\"netid\":\"alice1\"", "\"netid\":\"developer\""];
    let words = words.into_iter().chain(["who-name", "# HELP", "openapi: \"3"]);
    let mut words: Vec<&'static str> = words.collect();
    words.retain(|word| said.contains(word));
    words.first().copied()
}

async fn judged(scene: &Scene, attempts: Vec<Attempt>) -> (usize, Vec<String>) {
    let names: BTreeSet<&str> = attempts.iter().map(|attempt| attempt.name.as_str()).collect();
    assert_eq!(names.len(), attempts.len(), "each is another one");
    let mut before = theirs(scene).await;
    let mut succeeded = Vec::new();
    for attempt in &attempts {
        let reply = send(attempt.from, scene.program.port(), &attempt.bytes).await;
        assert!(reply.status() != 429, "{}: nothing is tried like this", attempt.name);
        if reply.status() >= 500 && reply.status() != 501 && reply.status() != 505 {
            succeeded.push(format!("{}: the program failed: {}", attempt.name, reply.text()));
        }
        if reply.text().contains(&hash("alice1"))
            && !String::from_utf8_lossy(&attempt.bytes).contains(&hash("alice1"))
        {
            succeeded.push(format!("{}: the answer names the victim", attempt.name));
        }
        if let Some(words) = taken(&reply) {
            succeeded.push(format!("{}: the answer has `{words}`:\n{}", attempt.name, reply.text()));
        }
        let after = theirs(scene).await;
        if after != before {
            succeeded.push(format!("{}: rows of a victim changed:\n{before:?}\n{after:?}", attempt.name));
            before = after;
        }
    }
    (attempts.len(), succeeded)
}

/// What the judge is to notice, from the proxy itself: without this, nothing above would mean anything.
async fn the_judge_notices(scene: &Scene, proof: &[&str]) {
    let port = scene.program.port();
    let messages = format!("/api/c/{}/messages", scene.conversation);
    for (netid, path) in [
        ("alice1", "/user"),
        ("alice1", "/api/c"),
        ("alice1", messages.as_str()),
        ("alice1", "/user_files"),
        ("dev22", "/en/admin/"),
        ("dev33", "/en/admin/"),
        ("dev22", "/metrics"),
        ("dev22", "/doc/schema"),
    ] {
        let netid = format!("UID: {netid}");
        let headers: Vec<&str> = proof.iter().copied().chain([netid.as_str()]).collect();
        let reply = send(PROXY, port, &get(path, &headers)).await;
        assert!(taken(&reply).is_some(), "{netid} {path}: {}", reply.text());
    }
    let before = theirs(scene).await;
    let headers: Vec<&str> = proof.iter().copied().chain(["UID: alice1"]).collect();
    send(PROXY, port, &request("POST", "/api/c/create_session", &headers, "")).await;
    assert_ne!(theirs(scene).await, before);
}

#[rocket::async_test]
async fn nobody_is_taken_for_somebody_else() {
    let scene = Scene::set(Program::on_a_database().without_redis(), &[]).await;
    the_judge_notices(&scene, &[]).await;
    let (mut count, mut succeeded) = judged(&scene, spoofs::all(&scene)).await;
    let (more, others) = planted(&scene).await;
    count += more;
    succeeded.extend(others);
    drop(scene);

    let proof = format!("X-Proxy-Auth: {SECRET}");
    let secretive = Program::on_a_database().without_redis().set("PROXY_SHARED_SECRET", SECRET);
    let scene = Scene::set(secretive, &[&proof]).await;
    the_judge_notices(&scene, &[&proof]).await;
    let (more, others) = judged(&scene, spoofs::without_the_secret()).await;
    count += more;
    succeeded.extend(others);
    drop(scene);

    for (more, others) in [as_the_developer().await, from_odd_addresses().await] {
        count += more;
        succeeded.extend(others);
    }
    settle("identity", count, 120, &succeeded);
}

/// A token that an attacker puts into a victim's browser is not the victim's afterwards.
async fn planted(scene: &Scene) -> (usize, Vec<String>) {
    let port = scene.program.port();
    let own = scene.own.clone();
    let tokens =
        ["AAAAAAAAAAAAAAAAAAAAAA", &scene.ended, &scene.gone, &scene.closed, &scene.stored_as, "1", &own];
    let mut succeeded = Vec::new();
    for token in tokens {
        let cookie = format!("Cookie: sessionid={token}");
        for path in ["/", "/user", "/user/health"] {
            let visit = send(PROXY, port, &get(path, &["UID: alice1", "Accept: */*", &cookie])).await;
            assert_eq!(visit.status(), 200, "{}", visit.text());
            if visit.sessions().contains(&token) {
                succeeded.push(format!("planting {token} at {path}: it was handed out again"));
            }
            let thief = send(STRANGER, port, &get("/api/c", &[&cookie])).await;
            if thief.text().contains(TITLE) {
                succeeded.push(format!("planting {token} at {path}: {}", thief.text()));
            }
        }
    }
    (tokens.len() * 3, succeeded)
}

/// On a developer's own machine: what comes from elsewhere is not the developer.
async fn as_the_developer() -> (usize, Vec<String>) {
    let mut program = Program::on_a_database().set("RATE_LIMIT_READ", "100000/60");
    program.start().await;
    let port = program.port();
    let known = send(PROXY, port, &get("/user", &[])).await;
    assert!(taken(&known).is_some(), "{}", known.text());
    let attempts = spoofs::at_a_developers_machine();
    let mut succeeded = Vec::new();
    for attempt in &attempts {
        let reply = send(attempt.from, port, &attempt.bytes).await;
        if let Some(words) = taken(&reply) {
            succeeded.push(format!("developer, {}: the answer has `{words}`", attempt.name));
        }
        if !reply.sessions().is_empty() {
            succeeded.push(format!("developer, {}: a session was handed out", attempt.name));
        }
    }
    (attempts.len(), succeeded)
}

/// Addresses that look like a trusted one, or like this machine, in another notation.
async fn from_odd_addresses() -> (usize, Vec<String>) {
    let proxies = "10.0.0.7 192.168.4.0/24 fd00:1::/64";
    let app = TestApp::with("TRUSTED_PROXIES", proxies).start().await;
    for proxy in ["10.0.0.7", "::ffff:10.0.0.7", "192.168.4.200", "fd00:1::9"] {
        let known = app.stranger().from(proxy).header("UID", "alice1").get("/user").await.is(200);
        assert_eq!(known.json()["netid"], "alice1", "{proxy}");
    }
    let odd = [
        "203.0.113.9",
        "::ffff:203.0.113.9",
        "10.0.0.8",
        "::ffff:10.0.0.8",
        "::10.0.0.7",
        "64:ff9b::10.0.0.7",
        "2002:a00:7::1",
        "fe80::10.0.0.7",
        "127.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "::",
        "192.168.5.0",
        "192.168.3.255",
        "fd00:1:0:1::9",
        "10.0.7.0",
        "7.0.0.10",
    ];
    let mut succeeded = Vec::new();
    for address in odd {
        for path in ["/user", "/api/c"] {
            let answer = app.stranger().from(address).header("UID", "alice1").get(path).await;
            if answer.status.code != 401 || answer.cookie("sessionid").is_some() {
                succeeded.push(format!("from {address}, {path}: {}", answer.text()));
            }
        }
    }
    (odd.len() * 2, succeeded)
}
