//! The groups of settings, each read by one function.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    num::{NonZeroU16, NonZeroU32},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use chrono::TimeDelta;
use ipnet::IpNet;

use super::{profile::Profile, reader::Reader};
// These two have a file of their own.
pub(super) use super::store::{database, events_database};
use crate::platform::secret::Secret;

/// How long results of scheduled tasks are kept unless told.
const RESULT_DAYS: NonZeroU16 = NonZeroU16::new(30).expect("it is not zero");

/// Where Redis is.
#[derive(Clone, Debug)]
pub struct RedisSettings {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// What it asks for, if anything.
    pub password: Option<Secret>,
    /// What the names of our keys begin with.
    pub prefix: String,
    /// How it is spoken to in secret; `None` is in the clear.
    pub tls: Option<RedisTls>,
}

/// Whom to believe that it is Redis.
#[derive(Clone, Debug, Default)]
pub struct RedisTls {
    /// Authorities in PEM, in place of those of the machine.
    pub ca_file: Option<PathBuf>,
}

/// Who is believed about who is calling.
#[derive(Clone, Debug)]
pub struct IdentitySettings {
    /// Peers whose identity and forwarding headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// What a trusted peer has to send in `X-Proxy-Auth`, if anything.
    pub proxy_secret: Option<Secret>,
    /// The header that carries the NetID.
    pub header: String,
    /// Keys the hash of NetIDs, if set.
    pub pepper: Option<Secret>,
    /// NetIDs, or their hashes, whose accounts are staff and superusers.
    pub developers: Vec<String>,
    /// The NetID of a header-less loopback request. `None` outside the debug profile, and where the proxy has a secret.
    pub development: Option<String>,
    /// Host names this service answers to, without ports.
    pub allowed_hosts: Vec<String>,
    /// Origins besides our own that may call with credentials.
    pub cors_origins: Vec<String>,
    /// Whether cookies are sent over TLS only.
    pub secure_cookies: bool,
}

/// An OpenAI-compatible service.
#[derive(Clone, Debug)]
pub struct ModelSettings {
    /// Base addresses, tried in order.
    pub endpoints: Vec<String>,
    /// Bearer token.
    pub api_key: Option<Secret>,
    /// Model name.
    pub name: String,
    /// Name of the model for small things beside answers. Without it those are not asked for.
    pub task_name: Option<String>,
    /// Fields added to each request body.
    pub extra_body: serde_json::Map<String, serde_json::Value>,
    /// Size of the model's context, in tokens.
    pub context_tokens: usize,
    /// Time to connect.
    pub connect: Duration,
    /// Time until the first token.
    pub first_token: Duration,
    /// Time between tokens.
    pub idle: Duration,
    /// Time for the whole answer.
    pub total: Duration,
    /// Answers that it writes at the same time, for this process.
    pub concurrency: usize,
}

/// Bounds of answers, runs and workers.
#[derive(Clone, Debug)]
pub struct LimitSettings {
    /// Longest answer asked of the model, in words.
    pub answer_words: usize,
    /// Rounds of tools before the model has to answer.
    pub rounds: usize,
    /// The same for questions in agent mode.
    pub agent_rounds: usize,
    /// After this time no tool is used any more.
    pub agent_deadline: Duration,
    /// Time for one use of a tool.
    pub tool_timeout: Duration,
    /// Share of the question's weighted terms a passage must hold to count as an answer, 0 to 1.
    pub extractive_threshold: f64,
    /// Or how similar in meaning it must be to the question, -1 to 1.
    pub extractive_similarity: f32,
    /// Whether `/api/chat` begins with thinking lines.
    pub thinking: bool,
    /// Answers made at the same time, over all accounts.
    pub runs: usize,
    /// Jobs worked on at the same time.
    pub workers: usize,
    /// How long shutdown waits for work under way.
    pub shutdown_grace: Duration,
    /// How long results of scheduled tasks are kept.
    pub results_kept: TimeDelta,
}

/// A number of requests in a window of time.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Requests allowed per window.
    pub limit: NonZeroU32,
    /// Length of the window in seconds.
    pub window_seconds: NonZeroU32,
}

/// Requests per time, by class of route.
#[derive(Clone, Copy, Debug)]
pub struct RateSettings {
    /// Routes that read.
    pub read: Rate,
    /// Asking.
    pub chat: Rate,
    /// Routes that change something small.
    pub write: Rate,
    /// Uploading.
    pub upload: Rate,
    /// Copies of all that is known of oneself.
    pub export: Rate,
    /// Pages of the dashboard, signed in or not.
    pub dashboard: Rate,
    /// Everything else.
    pub other: Rate,
}

/// Bounds of uploads.
#[derive(Clone, Copy, Debug)]
pub struct UploadSettings {
    /// Files an account may keep.
    pub files_per_account: u64,
    /// Bytes an account may keep.
    pub bytes_per_account: u64,
    /// Bytes that must stay free on the disk.
    pub min_free_bytes: u64,
}

const MEBIBYTE: u64 = 1024 * 1024;

pub(super) fn redis(reader: &mut Reader<'_>) -> Option<RedisSettings> {
    let host = reader.text("REDIS_HOST")?;
    let tls = reader.flag("REDIS_TLS", false);
    let ca_file = reader.text("REDIS_CA_FILE").map(PathBuf::from);
    if ca_file.as_ref().is_some_and(|file| !file.is_file()) {
        reader.problem("REDIS_CA_FILE", "is no file");
    } else if ca_file.is_some() && !tls {
        reader.problem("REDIS_TLS", "needs to be true because REDIS_CA_FILE is set");
    }
    Some(RedisSettings {
        host,
        tls: tls.then_some(RedisTls { ca_file }),
        port: reader.parsed("REDIS_PORT", 6379),
        password: reader.text("REDIS_PASSWORD").map(Secret::from),
        prefix: reader.text("REDIS_PREFIX").unwrap_or_else(|| "chatdku:".to_owned()),
    })
}

pub(super) fn identity(reader: &mut Reader<'_>, profile: Profile, address: IpAddr) -> IdentitySettings {
    let named = reader.list("TRUSTED_PROXIES");
    let mut trusted_proxies = Vec::new();
    for entry in named.iter().flatten() {
        match network(entry) {
            Ok(net) => trusted_proxies.push(net),
            Err(_) => {
                reader.problem("TRUSTED_PROXIES", format!("`{entry}` is neither an address nor a network"));
            }
        }
    }
    let only_loopback = trusted_proxies.iter().all(|net| net.addr().is_loopback());
    let debug = profile == Profile::Debug;
    if debug && named.is_none() {
        trusted_proxies =
            vec![IpNet::from(IpAddr::V4(Ipv4Addr::LOCALHOST)), IpNet::from(IpAddr::V6(Ipv6Addr::LOCALHOST))];
    }
    let proxy_secret = reader.text("PROXY_SHARED_SECRET").map(Secret::from);
    // Who asks for a secret believes nobody without it.
    let development = (debug && address.is_loopback() && only_loopback && proxy_secret.is_none())
        .then(|| reader.text("DEV_NETID").unwrap_or_else(|| "developer".to_owned()));
    IdentitySettings {
        trusted_proxies,
        proxy_secret,
        header: reader.text("IDENTITY_HEADER").unwrap_or_else(|| "UID".to_owned()),
        pepper: reader.text("NETID_PEPPER").map(Secret::from),
        developers: reader.list("DEVELOPERS").unwrap_or_default(),
        development,
        allowed_hosts: reader.list("ALLOWED_HOSTS").unwrap_or_else(|| default_hosts(profile)),
        cors_origins: reader.list("CORS_ALLOWED_ORIGINS").unwrap_or_default(),
        secure_cookies: !debug,
    }
}

/// Where people are led who sign out: no other place than one that the operator names.
pub(super) fn sign_out_url(reader: &mut Reader<'_>) -> Option<String> {
    let place = reader.text("SIGN_OUT_URL")?;
    let path = place.starts_with('/') && !place.starts_with("//") && !place.contains(['\\', ' ']);
    let address = reqwest::Url::parse(&place).is_ok_and(|url| url.scheme() == "https");
    if !path && !address {
        reader.problem("SIGN_OUT_URL", format!("`{place}` is neither a path nor an https address"));
        return None;
    }
    Some(place)
}

fn network(entry: &str) -> Result<IpNet, ipnet::AddrParseError> {
    IpNet::from_str(entry).or_else(|error| IpAddr::from_str(entry).map(IpNet::from).map_err(|_| error))
}

/// The hosts of the service this one replaces; on a developer's machine, that machine.
fn default_hosts(profile: Profile) -> Vec<String> {
    let local = ["localhost", "127.0.0.1", "[::1]"];
    let campus = ["chatdku.dukekunshan.edu.cn", "10.200.14.82"];
    let hosts: Vec<&str> = match profile {
        Profile::Debug => local.to_vec(),
        Profile::Release => campus.into_iter().chain(local).collect(),
    };
    hosts.into_iter().map(str::to_owned).collect()
}

pub(super) fn model(reader: &mut Reader<'_>) -> Option<ModelSettings> {
    let endpoints = reader.list("LLM_BASE_URL")?;
    for endpoint in &endpoints {
        let web = reqwest::Url::parse(endpoint).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !web {
            reader.problem("LLM_BASE_URL", format!("`{endpoint}` is not an http address"));
        }
    }
    let extra_body = match reader.text("LLM_EXTRA_BODY").map(|text| serde_json::from_str(&text)) {
        Some(Err(error)) => {
            reader.problem("LLM_EXTRA_BODY", format!("is not a JSON object: {error}"));
            serde_json::Map::new()
        }
        Some(Ok(body)) => body,
        None => serde_json::Map::new(),
    };
    Some(ModelSettings {
        endpoints: endpoints.into_iter().map(|url| url.trim_end_matches('/').to_owned()).collect(),
        api_key: reader.text("LLM_API_KEY").map(Secret::from),
        name: reader.text("LLM_MODEL").unwrap_or_else(|| "default".to_owned()),
        task_name: reader.text("LLM_TASK_MODEL"),
        extra_body,
        context_tokens: reader.parsed("LLM_CONTEXT_TOKENS", 8192),
        connect: reader.seconds("LLM_CONNECT_TIMEOUT", 3.0),
        first_token: reader.seconds("LLM_FIRST_TOKEN_TIMEOUT", 30.0),
        idle: reader.seconds("LLM_IDLE_TIMEOUT", 20.0),
        total: reader.seconds("LLM_TOTAL_TIMEOUT", 180.0),
        concurrency: reader.parsed("LLM_CONCURRENCY", 64),
    })
}

pub(super) fn limits(reader: &mut Reader<'_>) -> LimitSettings {
    LimitSettings {
        answer_words: reader.parsed("ANSWER_MAX_WORDS", 500),
        rounds: reader.parsed("AGENT_ROUNDS_DEFAULT", 2),
        agent_rounds: reader.parsed("AGENT_ROUNDS_AGENT", 4),
        agent_deadline: reader.seconds("AGENT_DEADLINE", 60.0),
        tool_timeout: reader.seconds("TOOL_TIMEOUT", 2.0),
        extractive_threshold: reader.parsed("EXTRACTIVE_THRESHOLD", 0.3),
        extractive_similarity: reader.parsed("EXTRACTIVE_MIN_SIMILARITY", 0.4),
        thinking: reader.flag("STREAM_THINKING", true),
        runs: reader.parsed("MAX_RUNS", 12_000),
        workers: reader.parsed("WORKERS", 2),
        shutdown_grace: reader.seconds("SHUTDOWN_GRACE", 20.0),
        results_kept: TimeDelta::days(reader.parsed("TASK_RESULT_DAYS", RESULT_DAYS).get().into()),
    }
}

impl FromStr for Rate {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = "write it as requests/seconds, for example 60/60";
        let (limit, window) = text.split_once('/').ok_or(form)?;
        Ok(Self {
            limit: limit.parse().map_err(|_| form)?,
            window_seconds: window.parse().map_err(|_| form)?,
        })
    }
}

pub(super) fn rates(reader: &mut Reader<'_>) -> RateSettings {
    let per = |limit: u32, seconds: u32| Rate {
        limit: NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN),
        window_seconds: NonZeroU32::new(seconds).unwrap_or(NonZeroU32::MIN),
    };
    RateSettings {
        read: reader.parsed("RATE_LIMIT_READ", per(600, 60)),
        chat: reader.parsed("RATE_LIMIT_CHAT", per(60, 60)),
        write: reader.parsed("RATE_LIMIT_WRITE", per(60, 60)),
        upload: reader.parsed("RATE_LIMIT_UPLOAD", per(20, 30)),
        export: reader.parsed("RATE_LIMIT_EXPORT", per(5, 3600)),
        dashboard: reader.parsed("RATE_LIMIT_DASHBOARD", per(600, 60)),
        other: reader.parsed("RATE_LIMIT_OTHER", per(60, 60)),
    }
}

pub(super) fn uploads(reader: &mut Reader<'_>) -> UploadSettings {
    UploadSettings {
        files_per_account: reader.parsed("UPLOAD_MAX_FILES", 200),
        bytes_per_account: reader.parsed::<u64>("UPLOAD_MAX_TOTAL_MB", 1024).saturating_mul(MEBIBYTE),
        min_free_bytes: reader.parsed::<u64>("DISK_MIN_FREE_MB", 200).saturating_mul(MEBIBYTE),
    }
}

pub(super) fn log_json(reader: &mut Reader<'_>, profile: Profile) -> bool {
    match reader.text("LOG_FORMAT").as_deref() {
        Some("json") => true,
        Some("text") => false,
        None => profile == Profile::Release,
        Some(other) => {
            reader.problem("LOG_FORMAT", format!("`{other}` is neither json nor text"));
            false
        }
    }
}
