//! Redis, when `CHATDKU_TEST_REDIS` names one (`redis://host:port`): names of keys of each test's own, and a server of
//! a test's own, to be stopped and started.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use chatdku::config::{RedisSettings, RedisTls};

use super::process::free_port;

const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fixtures/mail_server.crt");
const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fixtures/mail_server.key");

/// The Redis of the tests, with a prefix that nobody else has.
pub fn shared() -> Option<RedisSettings> {
    let (host, port) = address()?;
    let prefix = format!("test-{}:", uuid::Uuid::new_v4().simple());
    Some(RedisSettings { host, port, password: None, prefix, tls: None })
}

#[expect(clippy::disallowed_methods, reason = "tests have a switch of their own")]
fn address() -> Option<(String, u16)> {
    let url = std::env::var("CHATDKU_TEST_REDIS").ok()?;
    let url = reqwest::Url::parse(&url).expect("CHATDKU_TEST_REDIS is an address");
    Some((url.host_str().expect("a host").to_owned(), url.port().unwrap_or(6379)))
}

/// A Redis server of one test. It ends with its owner.
pub struct Server {
    pub port: u16,
    child: Option<Child>,
    folder: tempfile::TempDir,
}

/// Everything that a server is asked, as it says itself (`MONITOR`).
pub struct Monitor(TcpStream);

impl Server {
    /// Starts one.
    pub async fn start() -> Self {
        let mut server =
            Self { port: free_port(), child: None, folder: tempfile::tempdir().expect("a folder") };
        server.restart().await;
        server
    }

    /// How to reach it.
    pub fn settings(&self) -> RedisSettings {
        let host = "127.0.0.1".to_owned();
        RedisSettings { host, port: self.port, password: None, prefix: "chatdku:".to_owned(), tls: None }
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Ends it.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("a signal");
            child.wait().expect("its end");
        }
    }

    /// Starts it anew, empty.
    pub async fn restart(&mut self) {
        let port = self.port.to_string();
        self.run(&["--port", &port]).await;
    }

    /// Starts one that is spoken to over TLS alone, as `localhost`; answers it with how to reach it.
    pub async fn start_encrypted() -> (Self, RedisSettings) {
        let mut server =
            Self { port: free_port(), child: None, folder: tempfile::tempdir().expect("a folder") };
        let port = server.port.to_string();
        let files =
            ["--tls-cert-file", CERTIFICATE, "--tls-key-file", KEY, "--tls-ca-cert-file", CERTIFICATE];
        let arguments =
            [&["--port", "0", "--tls-port", &port, "--tls-auth-clients", "no"][..], &files].concat();
        server.run(&arguments).await;
        let tls = Some(RedisTls { ca_file: Some(CERTIFICATE.into()) });
        let settings = RedisSettings { host: "localhost".to_owned(), tls, ..server.settings() };
        (server, settings)
    }

    async fn run(&mut self, arguments: &[&str]) {
        self.stop();
        let mut command = Command::new("redis-server");
        command.args(arguments).args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        // What is saved on demand can be read.
        command.args(["--rdbcompression", "no", "--dir"]).arg(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.child =
            Some(command.spawn().expect("redis-server, which these tests need: `tests/run` installs it"));
        let began = Instant::now();
        while tokio::net::TcpStream::connect(self.address()).await.is_err() {
            assert!(began.elapsed() < Duration::from_secs(10), "Redis does not start");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Forgets everything.
    pub async fn flush(&self) {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port)).expect("an address");
        let mut line = client.get_multiplexed_async_connection().await.expect("a connection");
        redis::cmd("FLUSHALL").query_async::<()>(&mut line).await.expect("FLUSHALL");
    }

    /// Listens to everything that it is asked from now on.
    pub fn monitor(&self) -> Monitor {
        let mut line = TcpStream::connect(self.address()).expect("a connection");
        line.write_all(b"MONITOR\r\n").expect("a request");
        let mut answer = [0; 5];
        line.read_exact(&mut answer).expect("an answer");
        assert_eq!(&answer, b"+OK\r\n");
        Monitor(line)
    }

    /// Everything that it keeps now, as it writes it to a disk.
    pub async fn saved(&self) -> Vec<u8> {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port)).expect("an address");
        let mut line = client.get_multiplexed_async_connection().await.expect("a connection");
        redis::cmd("SAVE").query_async::<()>(&mut line).await.expect("SAVE");
        std::fs::read(self.folder.path().join("dump.rdb")).expect("what was saved")
    }
}

impl Monitor {
    /// What the server was asked until now. It has kept it until it is read.
    pub fn heard(mut self, server: &Server) -> Vec<u8> {
        const LAST: &[u8] = b"the last one";
        let mut other = TcpStream::connect(server.address()).expect("a connection");
        other.write_all(&[b"PING \"", LAST, b"\"\r\n"].concat()).expect("a request");
        let (mut heard, mut part) = (Vec::new(), vec![0; 1 << 16]);
        // Others may have asked something since.
        while !heard.windows(LAST.len()).any(|said| said == LAST) {
            let length = self.0.read(&mut part).expect("what was asked");
            assert_ne!(length, 0, "the server is gone");
            heard.extend_from_slice(&part[..length]);
        }
        heard
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
