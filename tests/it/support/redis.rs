//! Redis, when `CHATDKU_TEST_REDIS` names one (`redis://host:port`): names of keys of each test's own, and a server of
//! a test's own, to be stopped and started.

use std::{
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use chatdku::config::RedisSettings;

use super::process::free_port;

/// The Redis of the tests, with a prefix that nobody else has.
pub fn shared() -> Option<RedisSettings> {
    let (host, port) = address()?;
    let prefix = format!("test-{}:", uuid::Uuid::new_v4().simple());
    Some(RedisSettings { host, port, password: None, prefix })
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
}

impl Server {
    /// Starts one.
    pub async fn start() -> Self {
        let mut server = Self { port: free_port(), child: None };
        server.restart().await;
        server
    }

    /// How to reach it.
    pub fn settings(&self) -> RedisSettings {
        let host = "127.0.0.1".to_owned();
        RedisSettings { host, port: self.port, password: None, prefix: "chatdku:".to_owned() }
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
        self.stop();
        let port = self.port.to_string();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
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
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
