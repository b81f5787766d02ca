//! A NetID and a name go through every route and are then looked for everywhere, raw and encoded.

use std::path::Path;

use base64::Engine;
use serde_json::json;

use crate::support::{Program, pdf, process::http, redis::Server};

const NETID: &str = "zq7canary.k";
const NAME: &str = "Canary Quillfeather";

/// The forms in which a word may hide.
fn forms(word: &str) -> Vec<Vec<u8>> {
    let bytes = word.as_bytes();
    let mut forms = vec![
        bytes.to_vec(),
        bytes.to_ascii_uppercase(),
        hex::encode(bytes).into_bytes(),
        hex::encode_upper(bytes).into_bytes(),
        bytes.iter().rev().copied().collect(),
        bytes.iter().flat_map(|byte| [*byte, 0]).collect(),
    ];
    // Wherever it begins in a longer text: what surely shows of it in base64.
    for engine in [base64::engine::general_purpose::STANDARD, base64::engine::general_purpose::URL_SAFE] {
        for shift in 0..3 {
            let padded = [vec![0; shift], bytes.to_vec()].concat();
            let encoded = engine.encode(padded).into_bytes();
            let from = if shift == 0 { 0 } else { 4 };
            let to = (shift + bytes.len()) / 3 * 4;
            forms.push(encoded[from..to].to_vec());
        }
    }
    forms
}

/// The places under a folder, and in a text, where a word is found.
fn found_in(folder: &Path, forms: &[Vec<u8>]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap) {
        if entry.file_type().is_file() {
            let bytes = std::fs::read(entry.path()).unwrap_or_default();
            found.extend(hits(&entry.path().display().to_string(), &bytes, forms));
        }
        found.extend(hits("a name of a file", entry.path().as_os_str().as_encoded_bytes(), forms));
    }
    found
}

fn hits(place: &str, bytes: &[u8], forms: &[Vec<u8>]) -> Option<String> {
    let hit = forms.iter().find(|form| bytes.windows(form.len()).any(|window| window == form.as_slice()))?;
    Some(format!("{place}: {}", String::from_utf8_lossy(hit)))
}

/// Every route of the API, with good and bad requests, as this person.
async fn scenario(program: &Program) {
    let http = http();
    let send = async |method: &str, path: &str, body: Option<serde_json::Value>| {
        let mut request = http.request(method.parse().unwrap(), program.url(path));
        request = request.header("UID", NETID).header("X-DisplayName", NAME).header("Accept-Language", "zh");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (_, opened) = send("GET", "/api/get_session", None).await;
    let opened: serde_json::Value = serde_json::from_str(&opened).unwrap();
    let id = opened["session_id"].as_str().unwrap().to_owned();
    let operations = chatdku::docs::operations();
    for operation in &operations {
        let (method, path) = operation.route();
        let filled =
            path.replace("<_assistant>", "ant").replace("<mid>", "1").replace("<name>", "swagger-ui.css");
        let filled = filled.replace("<id>", if filled.starts_with("/user_files") { "1" } else { &id });
        if method == rocket::http::Method::Delete {
            continue;
        }
        let body = (method != rocket::http::Method::Get && method != rocket::http::Method::Head).then(|| {
            json!({
                "messages": [{ "content": "When does the library open?" }],
                "chatHistoryId": id, "thinking": false, "title": "Visa", "profile": "",
                "userInput": "a", "botAnswer": "b", "feedbackReason": "helpful",
            })
        });
        let (status, said) = send(method.as_str(), &filled, body).await;
        assert!(status < 500 || path == "/readyz", "{method} {path}: {status} {said}");
    }
    let form = [
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n".as_bytes(),
        &pdf::pages(&[&["A page."]]),
        b"\r\n--x--\r\n",
    ]
    .concat();
    for path in ["/user_files", "/user/upload", "/api/upload", "/upload", "/files"] {
        let upload = http.post(program.url(path)).header("UID", NETID).header("X-DisplayName", NAME);
        let upload = upload.header("Sec-Fetch-Site", "same-origin");
        let upload = upload.header("Content-Type", "multipart/form-data; boundary=x").body(form.clone());
        assert!(upload.send().await.unwrap().status().as_u16() < 500, "{path}");
    }
    for path in ["/", &format!("/c/{id}"), "/fragments/files", "/nothing", "/api/nothing", "/en/admin/"] {
        send("GET", path, None).await;
    }
    // What goes wrong is logged, too.
    for (name, value) in [("U_ID", NETID), ("UID", "zq7canary.k zq7canary.k"), ("X-EPPN", NETID)] {
        let odd = http.get(program.url("/api/c")).header(name, value).header("X-DisplayName", NAME);
        assert!(odd.send().await.unwrap().status().as_u16() < 500);
    }
    send("DELETE", "/user_files/1", None).await;
    send("DELETE", &format!("/api/c/{id}"), None).await;
}

#[rocket::async_test]
async fn a_netid_and_a_name_are_found_nowhere() {
    let redis = Server::start().await;
    let mut program = Program::on_a_database().without_redis().set("LOG_LEVEL", "debug");
    program = program.on_redis("127.0.0.1", redis.port);
    let monitor = redis.monitor();
    program.start().await;
    scenario(&program).await;
    let metrics = http().get(program.url("/metrics")).send().await.unwrap().text().await.unwrap();
    // The display name lives in the web session, and is sealed there.
    let forms = [forms(NETID), forms(NAME)].concat();
    assert!(metrics.contains("http_requests_total"), "the metrics are there");
    assert_eq!(hits("the metrics", metrics.as_bytes(), &forms), None);
    let log = std::fs::read_to_string(program.folder().join("log/chatdku.log")).unwrap();
    assert!(log.lines().filter(|line| line.contains("answered")).count() > 40, "the log is there");
    assert_eq!(hits("the log", log.as_bytes(), &forms), None);
    assert_eq!(hits("the terminal", program.said().as_bytes(), &forms), None);
    assert_eq!(found_in(program.folder(), &forms), [""; 0], "on the disk, its database included");
    // What it was asked holds what has run out since, too.
    let asked = monitor.heard(&redis);
    assert!(asked.split(|byte| *byte == b'\n').count() > 40, "Redis is used");
    assert_eq!(hits("what Redis was asked", &asked, &forms), None);
    assert_eq!(hits("what Redis keeps", &redis.saved().await, &forms), None);
    for dump in program.dump().await {
        assert_eq!(hits("the database", dump.as_bytes(), &forms), None);
    }
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let forms = forms(NETID);
    for shift in 0..3 {
        let text = format!("{}{NETID} and more", "x".repeat(shift));
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        assert!(hits("", encoded.as_bytes(), &forms).is_some(), "{shift}");
    }
    assert!(hits("", hex::encode(NETID).as_bytes(), &forms).is_some());
    assert!(hits("", b"nothing of the kind", &forms).is_none());
}
