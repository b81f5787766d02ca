//! `chatdku health`, which containers and scripts ask.

use std::time::{Duration, Instant};

use tokio::net::TcpListener;

use crate::support::Program;

#[rocket::async_test]
async fn an_instance_is_asked_where_it_listens() {
    let mut program = Program::on_a_database();
    program.start().await;
    let address = format!("127.0.0.1:{}", program.port());
    let (well, said) = program.run_beside(&["health", &address]).await;
    assert!(well, "{said}");
    assert_eq!(said, format!("{address} /healthz: 200 ok\n"), "one line");
    let (well, said) = program.run_beside(&["health", "--ready", &address]).await;
    assert!(well, "{said}");
    assert_eq!(said, format!("{address} /readyz: 200 ready\n"));
    // By the settings alone, as in a container; whoever listens everywhere is asked here.
    let program = program.set("ROCKET_ADDRESS", "0.0.0.0");
    let port = program.port().to_string();
    let mut program = program.set("ROCKET_PORT", &port);
    let (well, said) = program.run_beside(&["health", "--ready"]).await;
    assert!(well && said.starts_with(&address), "{said}");
    assert_eq!(program.stop().await, Some(0));
    let (well, said) = program.run_beside(&["health"]).await;
    assert!(!well && said.contains("nobody listens there"), "{said}");
}

#[rocket::async_test]
async fn it_says_no_while_the_instance_may_not_be_sent_work() {
    let mut program = Program::on_a_database().released();
    program.start().await;
    let address = format!("127.0.0.1:{}", program.port());
    program.terminate();
    // Shutdown is announced for three seconds.
    let began = Instant::now();
    let said = loop {
        let (well, said) = program.run_beside(&["health", "--ready", &address]).await;
        if !well {
            break said;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{said}");
    };
    assert!(said.contains("503 draining") || said.contains("nobody listens there"), "{said}");
    assert_eq!(program.ended().await, Some(0));
}

#[rocket::async_test]
async fn whoever_does_not_answer_is_not_waited_for() {
    // It takes connections, and never says a word.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let program = Program::new();
    let began = Instant::now();
    let (well, said) = program.run_beside(&["health", &address]).await;
    assert!(!well && said.contains("no answer within 3 seconds"), "{said}");
    assert!(began.elapsed() >= Duration::from_secs(3));
    let (well, said) = program.run_beside(&["health", "nonsense"]).await;
    assert!(!well && said.contains("nonsense"), "{said}");
}

/// Whatever else is wrong with the settings, and without a place for data: it only asks.
#[rocket::async_test]
async fn it_opens_nothing_and_makes_nothing() {
    let program =
        Program::new().set("ROCKET_PROFILE", "release").set("PORT_DB", "many").set("ROCKET_PORT", "9");
    let (well, said) = program.run_beside(&["health"]).await;
    assert!(!well && said.contains("127.0.0.1:9 /healthz: nobody listens there"), "{said}");
    let made: Vec<_> = std::fs::read_dir(program.folder()).unwrap().collect();
    assert!(made.is_empty(), "{made:?}");
    let program = program.set("ROCKET_PORT", "many");
    let (well, said) = program.run_beside(&["health"]).await;
    assert!(!well && said.contains("PORT"), "{said}");
}
