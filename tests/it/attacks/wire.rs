//! Requests as bytes on a connection: what a client library would tidy up, or refuse to send.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
};

/// How long an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long to wait for more on a connection that stays open.
const QUIET: Duration = Duration::from_millis(400);

/// This machine, as the proxy that is believed.
pub const PROXY: &str = "127.0.0.1";
/// This machine, under an address that is nobody's.
pub const STRANGER: &str = "127.0.0.2";

/// All that came back on a connection.
#[derive(Debug, Default)]
pub struct Reply {
    text: String,
}

impl Reply {
    /// The status of the first answer; 0 when there was none.
    pub fn status(&self) -> u16 {
        self.text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }

    /// Everything that came back, of all answers.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What came back without the heads of the answers, which may repeat what was asked for.
    pub fn bodies(&self) -> String {
        let parts = self.text.split("\r\n\r\n").filter(|part| !part.contains("HTTP/1."));
        parts.collect::<Vec<_>>().join("\n")
    }

    /// The tokens of sessions that were handed out.
    pub fn sessions(&self) -> Vec<&str> {
        let cookies = self.text.lines().filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("set-cookie").then(|| value.trim())
        });
        let tokens = cookies.filter_map(|cookie| cookie.split(';').next()?.strip_prefix("sessionid="));
        tokens.filter(|token| !token.is_empty()).collect()
    }
}

/// Sends bytes from one of this machine's addresses. What the server says after it has read them is the answer, up to
/// the end of the connection or, where that stays open, to the end of what is said on it.
pub async fn send(from: &str, port: u16, request: &[u8]) -> Reply {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
    let to = SocketAddr::new(PROXY.parse().unwrap(), port);
    let mut stream = tokio::time::timeout(PATIENCE, socket.connect(to)).await.expect("a connection").unwrap();
    // A server that has heard enough may close before all is sent.
    let _closed_already = stream.write_all(request).await;
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let patience = if bytes.is_empty() { PATIENCE } else { QUIET };
        match tokio::time::timeout(patience, stream.read(&mut buffer)).await {
            Ok(Ok(read)) if read > 0 => bytes.extend_from_slice(&buffer[..read]),
            _ => break,
        }
    }
    Reply { text: String::from_utf8_lossy(&bytes).into_owned() }
}

/// A request without a body, its connection closed after it.
pub fn get(target: &str, headers: &[&str]) -> Vec<u8> {
    request("GET", target, headers, "")
}

/// A request as it should be, but for its headers.
pub fn request(method: &str, target: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for header in headers {
        text += header;
        text += "\r\n";
    }
    if !body.is_empty() {
        text += &format!("Content-Length: {}\r\n", body.len());
    }
    text += "\r\n";
    text += body;
    text.into_bytes()
}
