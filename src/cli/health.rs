//! `health`: asks the instance that runs here how it is. Touches nothing else: no settings, no database, no log.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::say;
use crate::config;

/// The time for all of it.
const PATIENCE: Duration = Duration::from_secs(3);
/// An answer is a word or two.
const MAX_ANSWER_BYTES: u64 = 64 * 1024;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(super) enum Question {
    /// `/healthz`: is it alive.
    Alive,
    /// `/readyz`: may it be sent work.
    Ready,
}

impl Question {
    fn path(self) -> &'static str {
        match self {
            Self::Alive => "/healthz",
            Self::Ready => "/readyz",
        }
    }
}

/// What both routes answer.
#[derive(Deserialize)]
struct Health {
    status: String,
}

/// Asks the instance at `address`, by default the one that was started with this folder's `Rocket.toml` and this
/// environment. Fails when it does not say yes within three seconds.
pub(super) async fn ask(question: Question, address: Option<SocketAddr>) -> anyhow::Result<()> {
    let address = match address {
        Some(address) => address,
        None => config::address()?,
    };
    let address = reachable(address);
    let asked = tokio::time::timeout(PATIENCE, answer(question, address)).await;
    let (status, health) = asked
        .unwrap_or_else(|_| Err(anyhow!("no answer within {} seconds", PATIENCE.as_secs())))
        .with_context(|| format!("{address} {}", question.path()))?;
    let said = format!("{address} {}: {status} {health}", question.path());
    if status != 200 {
        bail!("{said}");
    }
    say(&said);
    Ok(())
}

/// Who listens at every address is asked at that of this machine.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// The status of the answer, and the word in it.
async fn answer(question: Question, address: SocketAddr) -> anyhow::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address).await.context("nobody listens there")?;
    // Version 1.0: the answer comes as a whole, and ends with the connection.
    let request = format!("GET {} HTTP/1.0\r\nHost: {address}\r\n\r\n", question.path());
    stream.write_all(request.as_bytes()).await.context("asking")?;
    let mut said = Vec::new();
    stream.take(MAX_ANSWER_BYTES).read_to_end(&mut said).await.context("reading the answer")?;
    read(&String::from_utf8_lossy(&said)).context("the answer is none of ours")
}

fn read(said: &str) -> Option<(u16, String)> {
    let (head, body) = said.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let health: Health = serde_json::from_str(body).ok()?;
    Some((status, health.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_or_none_of_ours() {
        let ready = "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{\"status\":\"ready\"}";
        assert_eq!(read(ready), Some((200, "ready".to_owned())));
        let draining = "HTTP/1.1 503 Service Unavailable\r\n\r\n{\"status\":\"draining\"}";
        assert_eq!(read(draining), Some((503, "draining".to_owned())));
        for other in
            ["", "HTTP/1.0 200 OK\r\n\r\n<html>", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.0 200 OK\r\n\r\n{}"]
        {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn who_listens_everywhere_is_asked_here() {
        for (listens, asked) in [
            ("0.0.0.0:8020", "127.0.0.1:8020"),
            ("[::]:8020", "[::1]:8020"),
            ("10.0.0.7:8000", "10.0.0.7:8000"),
        ] {
            assert_eq!(reachable(listens.parse().expect("an address")).to_string(), asked);
        }
    }
}
