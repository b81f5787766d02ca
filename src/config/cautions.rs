//! What the release profile starts with, but not without a word.

use std::net::IpAddr;

use super::{Config, MailServer, keys};
use crate::platform::secret::Secret;

/// Secrets shorter than this can be guessed by whoever tries.
const SHORT_BYTES: usize = 16;
/// What stands in samples.
const SAMPLES: [&str; 6] = ["change-me", "changeme", "example", "sample", "password", "secret"];

/// Everything that leaves something open, each beginning with its setting.
pub fn cautions(config: &Config) -> Vec<String> {
    let mut said = identity(config);
    if config.field_key.is_none() {
        said.push(
            "FIELD_ENCRYPTION_KEY is not set: what is stored only when sealed is not stored".to_owned(),
        );
    }
    said.extend(in_the_clear(config));
    said.extend(secrets(config).into_iter().filter_map(|(name, secret)| weak(name, secret)));
    said
}

fn identity(config: &Config) -> Vec<String> {
    let identity = &config.identity;
    let mut said = Vec::new();
    if identity.pepper.is_none() {
        said.push(
            "NETID_PEPPER is not set: stored NetID hashes can be reversed by trying all NetIDs".to_owned(),
        );
    }
    if identity.trusted_proxies.is_empty() {
        said.push("TRUSTED_PROXIES is not set: nobody can sign in through the campus".to_owned());
    } else if identity.proxy_secret.is_none() {
        let whoever =
            "whatever reaches the program from the proxy's address is believed about who is calling";
        said.push(format!("PROXY_SHARED_SECRET is not set: {whoever}"));
    }
    said
}

/// Services on other machines that are spoken to without encryption, or ask for no password.
fn in_the_clear(config: &Config) -> Vec<String> {
    let mut said = Vec::new();
    let mut open = |name: &str, what: &str| said.push(format!("{name}: {what}"));
    let url = config.database.url.reveal();
    let served = url.starts_with("postgres").then(|| host_of(url)).flatten();
    let away = served.is_some_and(|host| !is_loopback(&host));
    if away && !config.database.is_verified() {
        open(
            "HOST_DB",
            "the database is on another machine, and whoever is between can read along or pass for it: \
             `SSLMODE_DB=verify-full` sees to that",
        );
    }
    if let Some(redis) = config.redis.as_ref().filter(|redis| !is_loopback(&redis.host)) {
        if redis.tls.is_none() {
            open("REDIS_HOST", "Redis is on another machine and is spoken to without encryption (REDIS_TLS)");
        }
        if redis.password.is_none() {
            open(
                "REDIS_PASSWORD",
                "not set: whoever reaches Redis can change what instances tell each other",
            );
        }
    }
    let endpoints = config.model.iter().flat_map(|model| &model.endpoints);
    for endpoint in endpoints.filter(|endpoint| is_open(endpoint)) {
        open("LLM_BASE_URL", &format!("{endpoint}: questions and passages travel to it without encryption"));
    }
    let meaning = [
        ("TEI_URL", config.embeddings.as_ref().map(|service| service.url.as_str())),
        ("RERANK_URL", config.rerank.as_ref().map(|service| service.url.as_str())),
    ];
    for (name, url) in meaning.into_iter().filter_map(|(name, url)| Some((name, url?))) {
        if is_open(url) {
            open(name, "questions and passages travel to it without encryption");
        }
    }
    if config.dictation.as_ref().is_some_and(|service| is_open(&service.url)) {
        open("WHISPER_MODEL_URI", "recordings of what people say travel to it without encryption");
    }
    if config.mail.server.as_ref().is_some_and(MailServer::is_in_the_clear) {
        open("EMAIL_USE_TLS", "false: whoever is between here and the mail server can read all mails");
    }
    said
}

/// The secrets that are set, by their names.
pub(super) fn secrets(config: &Config) -> Vec<(&'static str, &Secret)> {
    let known = [
        ("SECRET_KEY", config.secret_key.as_ref()),
        ("FIELD_ENCRYPTION_KEY", config.field_key.as_ref()),
        ("PROXY_SHARED_SECRET", config.identity.proxy_secret.as_ref()),
        ("NETID_PEPPER", config.identity.pepper.as_ref()),
        ("METRICS_TOKEN", config.metrics_token.as_ref()),
        ("REDIS_PASSWORD", config.redis.as_ref().and_then(|redis| redis.password.as_ref())),
        ("EMBEDDING_API_KEY", config.embeddings.as_ref().and_then(|service| service.api_key.as_ref())),
        ("RERANK_API_KEY", config.rerank.as_ref().and_then(|service| service.api_key.as_ref())),
        ("WHISPER_API_KEY", config.dictation.as_ref().and_then(|service| service.api_key.as_ref())),
        ("LLM_API_KEY", config.model.as_ref().and_then(|model| model.api_key.as_ref())),
    ];
    let signing = config.secret_key_fallbacks.iter().map(|key| (keys::SECRET_KEY_FALLBACKS, key));
    let sealing = config.field_key_fallbacks.iter().map(|key| (keys::FIELD_KEY_FALLBACKS, key));
    let known = known.into_iter().filter_map(|(name, secret)| Some((name, secret?)));
    known.chain(signing).chain(sealing).collect()
}

fn weak(name: &str, secret: &Secret) -> Option<String> {
    let text = secret.reveal().to_lowercase();
    // Others have made these, and answer for their length.
    let ours = !(name == "REDIS_PASSWORD" || name.ends_with("_API_KEY"));
    if SAMPLES.iter().any(|sample| text.contains(sample)) {
        return Some(format!("{name} looks like a sample"));
    }
    (ours && text.len() < SHORT_BYTES).then(|| format!("{name} is shorter than {SHORT_BYTES} characters"))
}

/// Whether an address is that of another machine, over plain HTTP.
fn is_open(address: &str) -> bool {
    let away = host_of(address).is_some_and(|host| !is_loopback(&host));
    away && address.to_ascii_lowercase().starts_with("http:")
}

fn host_of(address: &str) -> Option<String> {
    reqwest::Url::parse(address).ok()?.host_str().filter(|host| !host.is_empty()).map(str::to_owned)
}

/// Whether a host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
