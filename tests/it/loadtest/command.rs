//! `chatdku loadtest`, and the same as a child of the program.

use std::{path::PathBuf, time::Duration};

use chatdku::{accounts::user, loadtest};
use sea_orm::{ConnectionTrait, Statement};

use super::short;
use crate::support::{Program, TestApp, process::free_port};

const COLUMNS: &str = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,\
     Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,\
     50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%";

/// The files of results that end so.
fn results(program: &Program, ending: &str) -> Vec<PathBuf> {
    let Ok(folder) = std::fs::read_dir(program.folder().join("data/locust_log")) else { return Vec::new() };
    let files = folder.map(|entry| entry.unwrap().path());
    files.filter(|path| path.to_str().unwrap().ends_with(ending)).collect()
}

/// Runs it against the program itself.
async fn load_test(program: &Program, more: &[&str]) -> (bool, String) {
    let host = program.url("");
    let mut arguments =
        vec!["loadtest", "--host", &host, "--users", "3", "--spawn-rate", "3", "--run-time", "5"];
    arguments.extend(["--min-wait", "0.1", "--max-wait", "0.3"]);
    arguments.extend(more);
    program.run_beside(&arguments).await
}

async fn count(program: &Program, sql: &str) -> i64 {
    let store = program.store().await;
    let row = store.read().query_one_raw(Statement::from_string(store.backend(), sql)).await.unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

#[rocket::async_test]
async fn a_load_test_leaves_a_table_its_csv_and_a_report() {
    let mut program = Program::on_a_database();
    program.start().await;
    let (well, said) = load_test(&program, &["--accounts", "2"]).await;
    assert!(well, "{said}");
    assert!(said.contains("3 people with 2 accounts ask") && said.contains("none of them failed"), "{said}");
    for name in ["/api/get_session", "/user/user_files", "/api/chat", "Aggregated"] {
        assert!(said.lines().any(|line| line.contains(name)), "{name} in {said}");
    }
    let csv = std::fs::read_to_string(&results(&program, "_stats.csv")[0]).unwrap();
    let mut lines = csv.lines();
    assert_eq!(lines.next().unwrap(), COLUMNS);
    let line = |start: &str| {
        csv.lines().find(|line| line.starts_with(start)).unwrap().split(',').collect::<Vec<_>>()
    };
    let number = |start: &str, column: usize| line(start)[column].parse::<f64>().unwrap();
    let asked = number("POST,/api/chat,", 2);
    assert!(asked >= 6.0, "{csv}");
    assert!((number("GET,/api/get_session,", 2) - 3.0).abs() < 0.1, "{csv}");
    assert!(number(",Aggregated,", 2) >= 2.0 * asked + 3.0, "{csv}");
    assert!(number("POST,/api/chat,", 3).abs() < 0.1 && number("POST,/api/chat,", 8) >= 100.0, "{csv}");
    let (least, most) = (number("POST,/api/chat,", 6), number("POST,/api/chat,", 7));
    let average = number("POST,/api/chat,", 5);
    assert!(least > 0.0 && least <= average && average <= most, "{csv}");
    let report = std::fs::read_to_string(&results(&program, ".html")[0]).unwrap();
    assert!(
        report.contains("/api/chat") && !report.contains("<script") && !report.contains("src="),
        "{report}"
    );
    // It is what it says: questions of two accounts, of which no NetID is stored.
    let asked_there = count(&program, "SELECT COUNT(*) FROM chat_chatmessages WHERE role = 'user'").await;
    #[expect(clippy::cast_precision_loss, reason = "a few dozen")]
    let same = (asked_there as f64 - asked).abs() < 3.5;
    assert!(same, "{asked_there} questions of {asked}");
    let store = program.store().await;
    let names = loadtest::stored_names(&TestApp::start().await.app().config);
    assert_eq!(user::names_among(store.read(), &names).await.unwrap().len(), 2);
    store.close_for_good().await.unwrap();
}

#[rocket::async_test]
async fn answers_that_are_too_short_fail_it_and_are_told_apart() {
    let mut program = Program::on_a_database();
    program.start().await;
    let (well, said) = load_test(&program, &["--min-length", "100000"]).await;
    assert!(!well && said.contains("answers were shorter than 100000 characters"), "{said}");
    assert!(said.contains("0 of "), "{said}");
    let failures = std::fs::read_to_string(&results(&program, "_failures.csv")[0]).unwrap();
    assert!(
        failures.starts_with("Method,Name,Error,Occurrences\nPOST,/api/chat,ResponseLengthError"),
        "{failures}"
    );
    let (well, said) = load_test(&program, &["--no-files"]).await;
    assert!(well && results(&program, ".html").len() == 1, "{said}");
}

#[rocket::async_test]
async fn nobody_elses_host_is_asked_by_mistake() {
    let program = Program::on_a_database();
    for host in ["https://www.dukekunshan.edu.cn", "203.0.113.7:8000", "http://localhost.evil.example"] {
        let (well, said) = program.run(&["loadtest", "--host", host, "--run-time", "1"]);
        assert!(!well && said.contains("--any-host"), "{said}");
    }
    for (arguments, named) in [
        (vec!["--users", "0"], "--users"),
        (vec!["--run-time", "never"], "--run-time"),
        (vec!["--spawn-rate", "0"], "--spawn-rate"),
        (vec!["--host", "ftp://localhost"], "ftp://localhost"),
        (vec!["--min-wait", "9", "--max-wait", "1"], "--max-wait"),
    ] {
        let (well, said) = program.run(&[&["loadtest"][..], &arguments].concat());
        assert!(!well && said.contains(named), "{arguments:?}: {said}");
    }
    let nobody = format!("127.0.0.1:{}", free_port());
    let (well, said) =
        program.run(&["loadtest", "--host", &nobody, "--users", "2", "--run-time", "2", "--no-files"]);
    assert!(!well && said.contains("no connection"), "{said}");
}

#[rocket::async_test]
async fn a_child_does_the_same_without_settings_of_its_own_and_ends_with_whoever_wants_it() {
    let mut program = Program::on_a_database();
    program.start().await;
    let app = TestApp::start().await;
    let (config, now, options) = (&app.app().config, app.clock.now(), short(&program.url("")));
    let outcome = loadtest::run_as_child(config, &options, now).await.unwrap();
    assert!(outcome.requests > 10 && outcome.failed == 0 && outcome.short == 0, "{outcome:?}");
    assert!(!config.load_test.folder.exists());
    // Whoever does not wait any longer ends it.
    let endless = loadtest::Options { run_time: Duration::from_mins(5), ..options };
    let given_up =
        tokio::time::timeout(Duration::from_secs(3), loadtest::run_as_child(config, &endless, now));
    assert!(given_up.await.is_err());
    tokio::time::sleep(Duration::from_millis(500)).await;
    let questions = "SELECT COUNT(*) FROM chat_chatmessages WHERE role = 'user'";
    let before = count(&program, questions).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(count(&program, questions).await, before);
}

#[rocket::async_test]
async fn a_child_that_cannot_run_says_so() {
    let app = TestApp::with("LOG_LEVEL", "off").program("/bin/false").start().await;
    let failed =
        loadtest::run_as_child(&app.app().config, &short("http://localhost:1"), app.clock.now()).await;
    assert!(failed.unwrap_err().to_string().contains("exit status: 1"));
    let app = TestApp::with("LOG_LEVEL", "off").program("/does/not/exist").start().await;
    let failed =
        loadtest::run_as_child(&app.app().config, &short("http://localhost:1"), app.clock.now()).await;
    assert!(failed.unwrap_err().to_string().contains("/does/not/exist"));
}
