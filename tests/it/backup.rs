//! Backups, made while people are at work, and what is there after they are brought back.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{
    instances::{form, multipart},
    support::{Program, Scratch, empty_postgres, pdf, process::http},
};

/// Files of a person before the backup begins.
const FILES: usize = 6;
/// Files that are deleted while it is made.
const GOING: usize = 4;
const PERSON: &str = "alice1";

/// Uploads a file and answers its id.
async fn upload(program: &Program, name: &str, bytes: &[u8]) -> Option<String> {
    let sent = http().post(program.url("/user_files")).header("UID", PERSON).headers(form());
    let sent = sent.body(multipart(name, bytes));
    let answer = sent.send().await.ok()?;
    let answer: Value = answer.json().await.ok()?;
    answer["id"].as_str().map(str::to_owned).or_else(|| answer["id"].as_i64().map(|id| id.to_string()))
}

fn page(number: usize) -> Vec<u8> {
    pdf::pages(&[&["Rules of the pool", &format!("Lane {number} is for those who swim slowly.")]])
}

/// The hashes of the person's files, by id.
async fn files(program: &Program) -> BTreeMap<String, String> {
    let listed =
        http().get(program.url("/user_files")).header("UID", PERSON).send().await.expect("an answer");
    let listed: Vec<Value> = listed.json().await.expect("a list");
    let mut hashes = BTreeMap::new();
    for file in listed {
        let id = file["id"].as_str().map_or_else(|| file["id"].to_string(), str::to_owned);
        let path = program.url(&format!("/user_files/{id}/content"));
        let answer = http().get(path).header("UID", PERSON).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "file {id}");
        hashes.insert(id, hex::encode(Sha256::digest(answer.bytes().await.expect("bytes"))));
    }
    hashes
}

async fn conversation(program: &Program) -> String {
    let opened = http().get(program.url("/api/get_session")).header("UID", PERSON).send().await;
    let opened: Value = opened.expect("an answer").json().await.expect("JSON");
    opened["session_id"].as_str().expect("an id").to_owned()
}

async fn ask(program: &Program, conversation: &str, text: &str) {
    let question =
        json!({ "messages": [{ "role": "user", "content": text }], "chatHistoryId": conversation });
    let asked = http().post(program.url("/api/chat")).header("UID", PERSON).json(&question).send().await;
    assert_eq!(asked.expect("an answer").status(), 200);
}

/// A program on another database, without tables, that nobody has used.
fn elsewhere(of: &Program) -> (Program, Option<Scratch>) {
    let database = of.is_on_postgres().then(empty_postgres).flatten();
    let program = match &database {
        Some(database) => Program::at(&database.settings),
        None => Program::new(),
    };
    (program.released(), database)
}

#[rocket::async_test]
async fn a_backup_made_under_load_comes_back_whole_and_elsewhere() {
    let limits = ["READ", "CHAT", "WRITE", "UPLOAD"].map(|class| format!("RATE_LIMIT_{class}"));
    let program =
        limits.iter().fold(Program::on_a_database().released(), |one, name| one.set(name, "1000000/60"));
    let mut program = program.without_redis();
    program.start().await;
    for number in 0..FILES {
        upload(&program, &format!("pool{number}.pdf"), &page(number)).await.expect("an upload");
    }
    let talk = conversation(&program).await;
    ask(&program, &talk, "Who swims in lane 3?").await;
    let before = files(&program).await;
    assert_eq!(before.len(), FILES);
    // Those that go meanwhile were there before: one that comes and goes during the backup may be missing in it.
    let mut going = Vec::new();
    for number in 0..GOING {
        let name = format!("going{number}.pdf");
        going.push(upload(&program, &name, &page(1_000 + number)).await.expect("an upload"));
    }

    let archive = program.folder().join("evening.zip");
    let file = archive.to_str().expect("a path").to_owned();
    let (program, stop) = (Arc::new(program), Arc::<AtomicBool>::default());
    let (busy, until) = (program.clone(), stop.clone());
    #[expect(clippy::disallowed_methods, reason = "a client is a world of its own")]
    let load = tokio::spawn(async move {
        let mut number = FILES;
        while !until.load(Ordering::Relaxed) {
            upload(&busy, &format!("more{number}.pdf"), &page(number)).await;
            if let Some(id) = going.pop() {
                let deleted =
                    http().delete(busy.url(&format!("/user_files/{id}"))).header("UID", PERSON).send().await;
                assert!(deleted.is_ok());
            }
            ask(&busy, &talk, "And in lane 4?").await;
            number += 1;
        }
        (number, talk)
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (well, said) = program.run_beside(&["backup", &file]).await;
    assert!(well, "{said}");
    stop.store(true, Ordering::Relaxed);
    let (_, talk) = load.await.expect("the load");
    let (well, said) = program.run(&["backup", &file]);
    assert!(!well && said.contains("is there already"), "{said}");

    let (mut other, _database) = elsewhere(&program);
    let (well, said) = other.run(&["restore", &file]);
    assert!(well, "{said}");
    let (well, said) = other.run(&["restore", &file]);
    assert!(!well && said.contains("already"), "{said}");
    other.start().await;
    let after = files(&other).await;
    for (id, hash) in &before {
        assert_eq!(after.get(id), Some(hash), "file {id}");
    }
    let messages =
        http().get(other.url(&format!("/api/c/{talk}/messages"))).header("UID", PERSON).send().await;
    let messages: Vec<Value> = messages.expect("an answer").json().await.expect("a list");
    assert!(messages.len() >= 2 && messages[0]["message"] == "Who swims in lane 3?", "{messages:?}");
    ask(&other, &talk, "Is anybody here?").await;
    assert_eq!(other.stop().await, Some(0), "{}", other.said());
}

/// A backup with its entries, changed by `change`.
fn changed(from: &std::path::Path, to: &std::path::Path, change: impl Fn(&str, Vec<u8>) -> Vec<u8>) {
    let mut archive = ZipArchive::new(std::fs::File::open(from).expect("the backup")).expect("an archive");
    let mut writer = ZipWriter::new(std::fs::File::create(to).expect("a file"));
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).expect("an entry");
        let name = entry.name().to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("bytes");
        writer.start_file(&name, SimpleFileOptions::default()).expect("an entry");
        writer.write_all(&change(&name, bytes)).expect("bytes");
    }
    writer.finish().expect("an archive");
}

#[rocket::async_test]
async fn what_is_damaged_or_newer_is_not_brought_back() {
    let program = Program::on_a_database().released();
    let archive = program.folder().join("whole.zip");
    let backup = ["backup", archive.to_str().expect("a path")];
    let (well, said) = program.run(&backup);
    assert!(!well && said.contains("MEDIA_ROOT"), "a backup without the files is none: {said}");
    std::fs::create_dir(program.folder().join("data/media")).expect("a folder");
    let (well, said) = program.run(&backup);
    assert!(well, "{said}");
    let restore = |name: &str, change: &dyn Fn(&str, Vec<u8>) -> Vec<u8>| {
        let file = program.folder().join(name);
        changed(&archive, &file, change);
        let (other, _database) = elsewhere(&program);
        let checked = other.run(&["restore", "--check", file.to_str().expect("a path")]);
        let restored = other.run(&["restore", file.to_str().expect("a path")]);
        assert!(!other.folder().join("data/chatdku.sqlite3").exists(), "{name}");
        assert_eq!(checked.0, restored.0, "{} {}", checked.1, restored.1);
        restored
    };
    let damaged = restore("damaged.zip", &|name, mut bytes| {
        if name.starts_with("database") {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }
        bytes
    });
    assert!(!damaged.0 && damaged.1.contains("is not what was put into the backup"), "{}", damaged.1);
    let newer = restore("newer.zip", &|name, bytes| {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let newer = text.replace("\"migrations\": [", "\"migrations\": [\"m20991231_000001_of_the_future\",");
        if name == "manifest.json" { newer.into_bytes() } else { bytes }
    });
    assert!(!newer.0 && newer.1.contains("a newer program"), "{}", newer.1);
    let no_archive = program.folder().join("text.zip");
    std::fs::write(&no_archive, "text").expect("a file");
    let (well, said) = program.run(&["restore", "--check", no_archive.to_str().expect("a path")]);
    assert!(!well && said.contains("is no backup"), "{said}");
    let (well, said) = program.run(&["restore", "--check", archive.to_str().expect("a path")]);
    assert!(well && said.contains("whole"), "{said}");
    if !program.is_on_postgres() {
        let (other, _) = elsewhere(&program);
        std::fs::create_dir(other.folder().join("data")).expect("a folder");
        std::fs::write(other.folder().join("data/chatdku.sqlite3-wal"), "left").expect("a file");
        let (well, said) = other.run(&["restore", archive.to_str().expect("a path")]);
        assert!(!well && said.contains("is left of another database"), "{said}");
    }
}
