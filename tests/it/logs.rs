//! Logs: what a line tells, and the file it goes to.

use std::{
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::support::{Program, pdf, process::http};

const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(50);

/// The lines of the program's log file.
fn lines(program: &Program) -> Vec<Value> {
    let text = std::fs::read_to_string(program.folder().join("log/chatdku.log")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

/// The line that fits, once it is written: a thread of its own does that.
async fn found(program: &Program, fits: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        if let Some(line) = lines(program).into_iter().find(&fits) {
            return line;
        }
        assert!(began.elapsed() < PATIENCE, "{:?}", lines(program));
        tokio::time::sleep(PAUSE).await;
    }
}

#[rocket::async_test]
async fn a_line_tells_which_request_whose_route_how_long_and_nothing_else() {
    let mut program = Program::on_a_database().set("LOG_FORMAT", "json");
    program.start().await;
    let asked = http().get(program.url("/api/c/8f0c0c0e-7c0a-4f4e-9a36-3a3f0a2f5f10?q=secret"));
    let answer = asked.header("UID", "alice1").send().await.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let line = found(&program, |line| line["request.id"] == id.as_str()).await;
    assert_eq!(line["message"], "answered");
    assert_eq!(line["route"], "/api/c/<id>");
    assert_eq!((&line["method"], &line["status"]), (&"GET".into(), &404.into()));
    assert!(line["duration_ms"].is_u64() && line["timestamp"].as_str().unwrap().ends_with('Z'));
    let account = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(b"alice1"));
    assert_eq!(line["account"], account[..8]);
    assert_eq!(line["network"], "127.0.0.0/24");
    let text = line.to_string();
    assert!(!text.contains("secret") && !text.contains("8f0c0c0e") && !text.contains("alice1"), "{text}");
    assert!(program.said().contains(&id), "the terminal has it, too");
    let file = std::fs::metadata(program.folder().join("log/chatdku.log")).unwrap();
    assert_eq!(file.permissions().mode() & 0o077, 0, "nobody else reads it");
}

#[rocket::async_test]
async fn every_line_of_a_request_carries_its_id() {
    let mut program = Program::on_a_database().set("LOG_FORMAT", "json");
    program.start().await;
    let form = [
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n".as_bytes(),
        &pdf::pages(&[&["A page."]]),
        b"\r\n--x--\r\n",
    ]
    .concat();
    let upload = http().post(program.url("/user_files")).header("UID", "alice1").body(form);
    let uploaded = upload.header("Content-Type", "multipart/form-data; boundary=x").send().await.unwrap();
    assert_eq!(uploaded.status(), 201);
    let id = uploaded.headers()["x-request-id"].to_str().unwrap().to_owned();
    let line = found(&program, |line| line["message"] == "a file was uploaded").await;
    assert_eq!(line["span"]["request.id"], id.as_str(), "{line}");
}

#[rocket::async_test]
async fn a_full_file_is_changed_for_a_new_one() {
    let mut program = Program::on_a_database().set("LOG_FORMAT", "json").set("LOG_DIR", "logs");
    let folder = program.folder().join("logs");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("chatdku.log"), "x".repeat(5 * 1024 * 1024 + 1)).unwrap();
    program.start().await;
    for _ in 0..3 {
        http().get(program.url("/api/c")).header("UID", "alice1").send().await.unwrap();
    }
    let began = Instant::now();
    while !folder.join("chatdku.log.1").exists() {
        assert!(began.elapsed() < PATIENCE);
        tokio::time::sleep(PAUSE).await;
    }
    assert!(std::fs::metadata(folder.join("chatdku.log")).unwrap().len() < 1024 * 1024);
}
