//! Redis, when there is one: a faster, shared place for things that can be had without it.
//!
//! Nothing here is a truth. Every operation has a short deadline and may fail; who asks then goes on without. A
//! connection that failed or was silent is given up, since one that swallows questions would swallow the next as well,
//! and a breaker keeps requests from waiting for a server that is gone.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ErrorKind, FromRedisValue, IntoConnectionInfo,
    Pipeline, RedisConnectionInfo, RedisError, RedisResult, TlsCertificates, aio::MultiplexedConnection,
};
use tokio::sync::Mutex;

use super::breaker::Breaker;
use crate::config::RedisSettings;

/// The longest time one operation may take, connecting included.
pub const DEADLINE: Duration = Duration::from_millis(250);

/// A connection to Redis. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Redis(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client,
    prefix: String,
    breaker: Breaker,
    /// The connection that everybody shares, and its number: who gives one up must not give up the next.
    line: Mutex<Option<(u64, MultiplexedConnection)>>,
    numbers: AtomicU64,
}

/// Redis did not answer in time, or not what was asked for. Said in the log once, by the breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Redis is not there")]
pub struct Gone;

impl Redis {
    /// Prepares; connects at first use.
    pub fn new(settings: &RedisSettings) -> RedisResult<Self> {
        let mut login = RedisConnectionInfo::default();
        if let Some(password) = &settings.password {
            login = login.set_password(password.reveal());
        }
        Ok(Self(Arc::new(Inner {
            client: client(settings, login)?,
            prefix: settings.prefix.clone(),
            breaker: Breaker::default(),
            line: Mutex::default(),
            numbers: AtomicU64::default(),
        })))
    }

    /// The full name of a key of ours.
    pub fn key(&self, name: impl std::fmt::Display) -> String {
        format!("{}{name}", self.0.prefix)
    }

    /// Whether it is left alone at present, because it failed.
    pub fn is_away(&self) -> bool {
        self.0.breaker.is_open()
    }

    /// Runs a command.
    pub async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Gone> {
        self.bounded(async |mut line: MultiplexedConnection| command.query_async(&mut line).await).await
    }

    /// Runs several commands in one trip.
    pub async fn run_all<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, Gone> {
        self.bounded(async |mut line: MultiplexedConnection| commands.query_async(&mut line).await).await
    }

    /// Runs a script, which happens whole or not at all.
    pub async fn script<T: FromRedisValue>(
        &self,
        text: &str,
        keys: &[String],
        arguments: &[String],
    ) -> Result<T, Gone> {
        self.run(redis::cmd("EVAL").arg(text).arg(keys.len()).arg(keys).arg(arguments)).await
    }

    /// A connection of one's own, for commands that wait. Whoever has it bounds their waiting.
    pub async fn own_line(&self) -> Result<MultiplexedConnection, Gone> {
        if self.is_away() {
            return Err(Gone);
        }
        self.connect().await.map_err(|_| Gone)
    }

    async fn bounded<T>(
        &self,
        work: impl AsyncFnOnce(MultiplexedConnection) -> RedisResult<T>,
    ) -> Result<T, Gone> {
        if !self.0.breaker.admits() {
            return Err(Gone);
        }
        let mut used = None;
        let outcome = tokio::time::timeout(DEADLINE, async {
            let (number, line) = self.line().await?;
            used = Some(number);
            work(line).await
        });
        let outcome = outcome.await.unwrap_or_else(|_| Err(silent()));
        match outcome {
            Ok(value) => {
                self.0.breaker.succeeded();
                Ok(value)
            }
            Err(error) => {
                self.give_up(used, &error).await;
                Err(Gone)
            }
        }
    }

    /// The shared connection; a new one when there is none.
    async fn line(&self) -> RedisResult<(u64, MultiplexedConnection)> {
        let mut line = self.0.line.lock().await;
        if let Some((number, line)) = line.as_ref() {
            return Ok((*number, line.clone()));
        }
        let fresh = self.connect().await?;
        let number = self.0.numbers.fetch_add(1, Ordering::Relaxed);
        *line = Some((number, fresh.clone()));
        Ok((number, fresh))
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        // Deadlines are set where the work is: the shared line by `DEADLINE`, one's own by its owner.
        let config = AsyncConnectionConfig::new().set_connection_timeout(Some(DEADLINE));
        let config = config.set_response_timeout(None);
        self.0.client.get_multiplexed_async_connection_with_config(&config).await
    }

    async fn give_up(&self, number: Option<u64>, error: &RedisError) {
        let answered = matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::UnexpectedReturnType);
        if let Some(number) = number.filter(|_| !answered) {
            let mut line = self.0.line.lock().await;
            if line.as_ref().is_some_and(|(current, _)| *current == number) {
                *line = None;
            }
        }
        if self.0.breaker.failed() {
            tracing::warn!(error = %error, "Redis is not there; the program goes on without it");
        }
    }
}

fn client(settings: &RedisSettings, login: RedisConnectionInfo) -> RedisResult<Client> {
    let (host, port) = (settings.host.clone(), settings.port);
    let Some(tls) = &settings.tls else {
        let address = ConnectionAddr::Tcp(host, port).into_connection_info()?;
        return Client::open(address.set_redis_settings(login));
    };
    let address = ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None };
    let root_cert = tls.ca_file.as_ref().map(std::fs::read).transpose()?;
    let certificates = TlsCertificates { client_tls: None, root_cert };
    Client::build_with_tls(address.into_connection_info()?.set_redis_settings(login), certificates)
}

fn silent() -> RedisError {
    RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut))
}
