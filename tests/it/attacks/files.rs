//! Hostile uploads: what they are called, how they are sent, what is in them.
//!
//! One has succeeded when the program fails by it, when something is left of what was refused, when a file lies where
//! none belongs, when reading goes on for longer than it may, when somebody else's file is touched, or when a file is
//! handed out as anything but one to be saved.

use std::time::{Duration, Instant};

use chatdku::uploads;
use rocket::http::{Header, Method};
use sea_orm::{EntityTrait, PaginatorTrait};

use super::{
    holdings, pdfs, settle,
    uploading::{Form, dispositions, forms, named, others},
    wire::{PROXY, Reply, send},
};
use crate::{
    dashboard::staff::owner,
    support::{Actor, Answer, Program, TestApp, pdf},
};

/// Longer than any reader may live, as it is limited in the program, on a busy machine.
const LONGEST: Duration = Duration::from_secs(130);

/// Somebody whose uploads are hostile, and somebody whose file is there already.
struct Scene {
    app: TestApp,
    precious: Vec<u8>,
    precious_id: String,
    attempts: usize,
    succeeded: Vec<String>,
}

impl Scene {
    async fn new() -> Self {
        let settings = TestApp::with("UPLOAD_MAX_FILES", "100000").set("UPLOAD_MAX_TOTAL_MB", "100000");
        let settings = settings.set("RATE_LIMIT_UPLOAD", "1000000/30").set("RATE_LIMIT_READ", "1000000/60");
        let app = settings
            .set("RATE_LIMIT_WRITE", "1000000/60")
            .set("RATE_LIMIT_DASHBOARD", "1000000/60")
            .start()
            .await;
        let precious = pdf::pages(&[&["What Alice has written."]]);
        let sent = app.user("alice1").upload("document.pdf", &precious).await.is(201).json();
        app.work().await;
        let precious_id = sent["id"].as_str().unwrap().to_owned();
        Self { app, precious, precious_id, attempts: 0, succeeded: Vec::new() }
    }

    fn mallory(&self) -> Actor {
        self.app.user("mallory1")
    }

    fn note(&mut self, what: impl Into<String>) {
        self.succeeded.push(what.into());
    }

    async fn rows(&self) -> u64 {
        uploads::Entity::find().count(self.app.app().store.read()).await.unwrap()
    }

    /// The files that are kept; where none belongs there must be none.
    fn stored(&mut self, after: &str) -> u64 {
        let media = self.app.folder().join("data/media");
        let files = holdings::files(&media);
        for file in &files {
            let rest: Vec<String> = file
                .strip_prefix(&media)
                .unwrap()
                .iter()
                .map(|part| part.to_string_lossy().into_owned())
                .collect();
            let ours = |name: &str| uuid::Uuid::parse_str(name).is_ok();
            let right = matches!(rest.as_slice(), [folder, name]
                if ours(folder) && name.strip_suffix(".pdf").is_some_and(ours));
            if !right {
                self.note(format!("{after}: there is a file {}", file.display()));
            }
        }
        files.len() as u64
    }

    /// Sends one, and looks at what has become of it. Answers its id where it was taken.
    async fn sent(&mut self, what: &str, form: Form) -> Option<String> {
        self.attempts += 1;
        let before = self.rows().await;
        let mallory = self.mallory();
        let mut request = mallory.request(Method::Post, "/user_files");
        request.add_header(Header::new("Content-Type", form.kind.clone()));
        let response = request.body(form.body).dispatch().await;
        let status = response.status().code;
        let said = response.into_string().await.unwrap_or_default();
        let (rows, files) = (self.rows().await, self.stored(what));
        if rows != files {
            self.note(format!("{what}: {rows} rows and {files} files"));
        }
        match status {
            201 if rows == before + 1 => {
                let said: serde_json::Value = serde_json::from_str(&said).unwrap();
                Some(said["id"].as_str().unwrap().to_owned())
            }
            400..500 if rows == before => None,
            _ => {
                self.note(format!("{what}: {status}, {before} rows and then {rows}: {said}"));
                None
            }
        }
    }

    /// A file that was taken is shown under a harmless name and handed out to be saved.
    async fn is_harmless(&mut self, what: &str, id: &str, bytes: &[u8]) {
        let mallory = self.mallory();
        let shown = mallory.get(&format!("/user_files/{id}")).await.is(200).json();
        let name = shown["filename"].as_str().unwrap();
        let odd = |c: char| c.is_control() || !(c.is_alphanumeric() || "._".contains(c));
        if name.contains(odd)
            || name.len() > 200
            || name.strip_suffix(".pdf").is_none()
            || name.starts_with('.')
        {
            self.note(format!("{what}: it is called {name:?}"));
        }
        let answer = mallory.get(&format!("/user_files/{id}/content")).await;
        if let Some(fault) = handed_out(&answer, bytes) {
            self.note(format!("{what}: {fault}"));
        }
    }

    /// Removes what was taken, whatever has become of it.
    async fn remove(&self, id: &str) {
        self.mallory().delete(&format!("/user_files/{id}")).await.is(204);
        self.app.work().await;
    }

    /// Nothing of somebody else was touched, and everything goes on.
    async fn ends_well(mut self) -> (usize, Vec<String>) {
        let (app, id) = (&self.app, &self.precious_id);
        for path in [format!("/user_files/{id}"), format!("/user_files/{id}/content")] {
            self.mallory().get(&path).await.is(404);
        }
        self.mallory().delete(&format!("/user_files/{id}")).await.is(404);
        self.mallory().form(&format!("/files/{id}/delete"), &[]).await.is(404);
        let kept = app.user("alice1").get(&format!("/user_files/{id}/content")).await.is(200);
        assert_eq!(kept.body, self.precious);
        let honest = pdf::pages(&[&["The library closes at ten in the evening."]]);
        let sent = app.user("bob22").upload("hours.pdf", &honest).await.is(201).json();
        app.work().await;
        let read =
            app.user("bob22").get(&format!("/user_files/{}", sent["id"].as_str().unwrap())).await.json();
        assert_eq!(read["status"], "ready");
        app.stranger().get("/readyz").await.is(200);
        let (rows, files) = (self.rows().await, self.stored("at the end"));
        assert_eq!(rows, files, "rows and files");
        self.app.work().await;
        (self.attempts, self.succeeded)
    }
}

/// What is wrong with how a file is handed out.
fn handed_out(answer: &Answer, bytes: &[u8]) -> Option<String> {
    let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
    let disposition = header("Content-Disposition");
    let wrong = answer.status.code != 200
        || header("Content-Type") != "application/pdf"
        || header("X-Content-Type-Options") != "nosniff"
        || !disposition.starts_with("attachment; filename")
        || disposition.contains(|c: char| c.is_control() || !c.is_ascii())
        || disposition.matches('"').count() > 2
        || disposition.contains('/')
        || answer.header("X-Evil").is_some()
        || header("Content-Security-Policy") != "sandbox";
    if wrong {
        return Some(format!("it is handed out with {:?}", answer.headers));
    }
    (answer.body != bytes).then(|| "other bytes come back".to_owned())
}

#[rocket::async_test]
async fn nothing_bad_comes_of_an_upload() {
    let mut scene = Scene::new().await;
    if !scene.app.app().store.is_embedded() {
        // What is attacked knows nothing of the database.
        return;
    }
    names(&mut scene).await;
    shapes(&mut scene).await;
    let chief = owner(&scene.app).await;
    for (what, bytes) in pdfs::polyglots() {
        let Some(id) = scene.sent(what, named("form-data; name=\"file\"; filename=\"zq.pdf\"", &bytes)).await
        else {
            continue;
        };
        scene.is_harmless(what, &id, &bytes).await;
        let answer = chief.get(&format!("/en/admin/core/uploadedfile/{id}/download/")).await;
        if let Some(fault) = handed_out(&answer, &bytes) {
            scene.note(format!("{what}, to staff: {fault}"));
        }
        let inline = scene.mallory().get(&format!("/user_files/{id}/content?inline")).await.is(200);
        assert_eq!(inline.header("Content-Type"), Some("application/pdf"));
        assert_eq!(inline.header("X-Content-Type-Options"), Some("nosniff"));
        assert!(
            inline
                .header("Content-Security-Policy")
                .unwrap()
                .starts_with("default-src 'none'; object-src 'self'")
        );
        scene.remove(&id).await;
    }
    contents(&mut scene).await;
    let (mut attempts, mut succeeded) = scene.ends_well().await;
    let (more, others) = on_the_wire().await;
    attempts += more;
    succeeded.extend(others);
    settle("files", attempts, 100, &succeeded);
}

/// Names that lead elsewhere.
async fn names(scene: &mut Scene) {
    let bytes = pdf::pages(&[&["x"]]);
    let mut taken = Vec::new();
    for disposition in dispositions() {
        let what: String = format!("called {disposition:?}").chars().take(120).collect();
        if let Some(id) = scene.sent(&what, named(&disposition, &bytes)).await {
            scene.is_harmless(&what, &id, &bytes).await;
            taken.push(id);
        }
    }
    assert!(taken.len() > 40, "only {} were taken: the rest of this says little", taken.len());
    let listed = scene.mallory().get("/user_files").await.is(200).json();
    let names: std::collections::HashSet<&str> =
        listed.as_array().unwrap().iter().filter_map(|file| file["filename"].as_str()).collect();
    assert_eq!(names.len(), taken.len(), "each has a name of its own");
    for id in taken {
        scene.mallory().delete(&format!("/user_files/{id}")).await.is(204);
    }
    scene.app.work().await;
}

/// Forms that are none, and what is no PDF.
async fn shapes(scene: &mut Scene) {
    for form in forms(&pdf::pages(&[&["x"]])) {
        let name = form.name;
        if let Some(id) = scene.sent(name, form).await {
            scene.remove(&id).await;
        }
    }
    for (what, bytes) in others() {
        let form = named("form-data; name=\"file\"; filename=\"zq.pdf\"", &bytes);
        if let Some(id) = scene.sent(what, form).await {
            scene.note(format!("{what} was taken for a PDF"));
            scene.remove(&id).await;
        }
    }
}

/// Files that are meant to break their reader.
async fn contents(scene: &mut Scene) {
    for (what, bytes) in pdfs::all() {
        let form = named("form-data; name=\"file\"; filename=\"zq.pdf\"", &bytes);
        let Some(id) = scene.sent(what, form).await else {
            scene.note(format!("{what} was not taken, so nothing was read"));
            continue;
        };
        let began = Instant::now();
        scene.app.work().await;
        if began.elapsed() > LONGEST {
            scene.note(format!("{what} was read for {:?}", began.elapsed()));
        }
        let file = scene.mallory().get(&format!("/user_files/{id}")).await.is(200).json();
        let status = file["status"].as_str().unwrap();
        // A reader that died is tried once more, later.
        if !["ready", "partial", "rejected", "failed", "processing"].contains(&status) {
            scene.note(format!("{what}: {file}"));
        }
        scene.remove(&id).await;
        if status == "processing" {
            scene.app.clock.advance(chrono::Duration::minutes(11));
            scene.app.work().await;
        }
    }
}

/// An upload of somebody's, as bytes.
fn sent(form: &Form, more: &str, body: &[u8], netid: &str) -> Vec<u8> {
    let head = format!(
        "POST /user_files HTTP/1.1\r\nHost: localhost\r\nUID: {netid}\r\nContent-Type: {}\r\n{more}\r\n\r\n",
        form.kind
    );
    [head.as_bytes(), body].concat()
}

/// What is said of a body, and what comes of it; each from somebody else.
fn bodies(form: &Form) -> Vec<(&'static str, Vec<u8>)> {
    let (whole, length) = (form.body.as_slice(), form.body.len());
    let with = |more: &str, body: &[u8], netid: &str| sent(form, more, body, netid);
    let chunk = |size: &str, data: &[u8]| [size.as_bytes(), b"\r\n", data, b"\r\n"].concat();
    let half = &whole[..length / 2];
    let chunked = "Transfer-Encoding: chunked";
    vec![
        ("a length that is too short", with(&format!("Content-Length: {}", length / 2), whole, "m1")),
        ("no length", with("X: y", whole, "m2")),
        ("a length of less than nothing", with("Content-Length: -1", whole, "m3")),
        ("a length without an end", with("Content-Length: 99999999999999999999999999", whole, "m4")),
        ("two lengths", with(&format!("Content-Length: {length}\r\nContent-Length: 3"), whole, "m5")),
        ("a length in letters", with("Content-Length: many", whole, "m6")),
        ("a chunk larger than it is", with(chunked, &chunk("ffffff", half), "m7")),
        ("a chunk of a size in letters", with(chunked, &chunk("zz", whole), "m8")),
        ("a chunk of less than nothing", with(chunked, &chunk("-5", whole), "m9")),
        ("a chunk without an end", with(chunked, &chunk("ffffffffffffffffff", whole), "m10")),
        ("chunks that break off", with(chunked, &chunk(&format!("{:x}", half.len()), half), "m11")),
        ("a length and chunks", with(&format!("Content-Length: {length}\r\n{chunked}"), whole, "m12")),
        (
            "an unknown coding",
            with(&format!("Content-Encoding: gzip\r\nContent-Length: {length}"), b"\x1f\x8b\x08", "m13"),
        ),
        (
            "a body that waits to be asked for",
            with(&format!("Expect: 100-continue\r\nContent-Length: {length}"), b"", "m14"),
        ),
        ("half a body, and silence", with(&format!("Content-Length: {length}"), half, "m15")),
        ("a head, and silence", with(&format!("Content-Length: {length}"), b"", "m16")),
    ]
}

/// Bodies that are not what their heads say, and bodies that do not come.
async fn on_the_wire() -> (usize, Vec<String>) {
    let mut program = Program::on_a_database().released().set("RATE_LIMIT_UPLOAD", "100000/30");
    program.start().await;
    let file = pdf::pages(&[&["x"]]);
    let form = named("form-data; name=\"file\"; filename=\"zq.pdf\"", &file);
    let port = program.port();
    let attempts = bodies(&form);
    let replies = attempts.iter().map(|(_, bytes)| send(PROXY, port, bytes));
    let replies: Vec<Reply> = futures::future::join_all(replies).await;
    let mut succeeded = Vec::new();
    for ((name, _), reply) in attempts.iter().zip(&replies) {
        let status = reply.status();
        if !matches!(status, 0 | 100 | 201 | 400..=499 | 501) {
            succeeded.push(format!("{name}: {}", reply.text()));
        }
    }
    let good = sent(
        &form,
        &format!("Content-Length: {}\r\nConnection: close", form.body.len()),
        &form.body,
        "alice1",
    );
    let honest = send(PROXY, port, &good).await;
    assert_eq!(honest.status(), 201, "{}", honest.text());
    let taken = replies.iter().filter(|reply| reply.status() == 201).count() as u64 + 1;
    let store = program.store().await;
    let rows = uploads::Entity::find().count(store.read()).await.unwrap();
    let media = program.folder().join("data/media");
    let began = Instant::now();
    // Whoever has gone away is noticed a little later.
    while holdings::files(&media).len() as u64 != rows {
        if began.elapsed() > Duration::from_secs(20) {
            succeeded.push(format!("{rows} rows, and {:?}", holdings::files(&media)));
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    if rows != taken {
        succeeded.push(format!("{taken} were taken, and there are {rows}"));
    }
    (attempts.len(), succeeded)
}
