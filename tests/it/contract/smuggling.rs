//! Where a request ends, for those who want two parties to disagree about that.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::Program;

const PATIENCE: Duration = Duration::from_secs(20);

/// The statuses of all that a connection answers to these bytes, until it ends or is silent.
async fn statuses(program: &Program, bytes: &str) -> Vec<u16> {
    let port = reqwest::Url::parse(&program.url("/")).unwrap().port().unwrap();
    let mut connection = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    connection.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let all = connection.read_to_end(&mut answer);
    // A refusal may end the connection while there is something left to be read.
    let _ended = tokio::time::timeout(PATIENCE, all).await.expect("the end of the connection");
    let text = String::from_utf8_lossy(&answer).into_owned();
    let lines = text.split("HTTP/1.1 ").skip(1);
    lines.map(|line| line[..3].parse().unwrap()).collect()
}

/// What would be a second request, where a first one ends early.
const HIDDEN: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

fn post(headers: &str, rest: &str) -> String {
    format!("POST /api/feedback HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n{rest}")
}

#[rocket::async_test]
async fn a_body_ends_where_its_framing_says() {
    let mut program = Program::on_a_database();
    program.start().await;
    let length = HIDDEN.len();
    // What is inside of a body is no request; what comes behind it is one, unless the connection has ended.
    let whole = post(&format!("Content-Length: {length}\r\n"), &format!("{HIDDEN}{HIDDEN}"));
    let chunk = format!("{length:x}\r\n{HIDDEN}\r\n0\r\n\r\n{HIDDEN}");
    let chunked = post("Transfer-Encoding: chunked\r\n", &chunk);
    for request in [whole, chunked] {
        let answered = statuses(&program, &request).await;
        assert!(matches!(answered.as_slice(), [_] | [_, 200]), "{answered:?}");
    }
    // Chunks win over a length: with it, the last of these would be part of a body, and the connection would wait for more.
    let both = post(
        &format!("Content-Length: {}\r\nTransfer-Encoding: chunked\r\n", 6 + length),
        &format!("0\r\n\r\n{HIDDEN}"),
    );
    let answered = statuses(&program, &both).await;
    assert!(matches!(answered.as_slice(), [_] | [_, 200]), "{answered:?}");
}

#[rocket::async_test]
async fn framing_that_can_be_read_in_two_ways_is_refused() {
    let mut program = Program::on_a_database();
    program.start().await;
    for headers in [
        "Content-Length: 0\r\nContent-Length: 50\r\n",
        "Content-Length: 0, 50\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length : 0\r\n",
        "Transfer-Encoding: identity, x\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding : chunked\r\n",
    ] {
        assert_eq!(statuses(&program, &post(headers, HIDDEN)).await, [400], "{headers:?}");
    }
}
