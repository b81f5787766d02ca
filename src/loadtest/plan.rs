//! All that a load test needs to know, so that its process needs no settings.

use std::{collections::BTreeSet, fmt, net::IpAddr, path::PathBuf, time::Duration};

use anyhow::{Context, bail, ensure};
use chrono::{DateTime, Utc};
use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::Options;
use crate::{
    accounts::netid::NetId,
    config::{Config, Rate},
    platform::secret::Secret,
};

/// Most accounts of a load test.
const MAX_ACCOUNTS: usize = 200;
/// The NetID of the first account where `UID` names none.
const NETID: &str = "loadtest";
/// Longest base of the accounts' names: a NetID has 64 bytes at most, and a number comes behind it.
const MAX_BASE_BYTES: usize = 58;
/// The header in which the proxy proves itself.
const PROXY_HEADER: &str = "X-Proxy-Auth";
/// Longer than the longest answer of a model: what comes between is waiting for one's turn.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest answer without a model.
const WITHOUT_MODEL: Duration = Duration::from_mins(1);

/// A question, in the form in which it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What is asked.
    pub content: String,
}

/// Where results are written: a folder, and what their names begin with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    pub(super) folder: PathBuf,
    pub(super) name: String,
}

/// A load test that is about to begin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    pub(super) host: String,
    pub(super) users: u32,
    pub(super) spawn_rate: f64,
    pub(super) run_time: Duration,
    pub(super) min_wait: Duration,
    pub(super) max_wait: Duration,
    /// The NetIDs.
    pub(super) accounts: Vec<Secret>,
    pub(super) display_name: String,
    /// Headers of every request besides the NetID.
    pub(super) proxy: Option<(String, Secret)>,
    /// The header that carries the NetID.
    pub(super) identity_header: String,
    pub(super) min_length: usize,
    /// How long an answer may take.
    pub(super) patience: Duration,
    pub(super) questions: Vec<Question>,
    pub(super) results: Option<Results>,
    pub(super) locust: Option<PathBuf>,
}

impl Plan {
    /// What `options` mean with these settings. The results are named after `now`.
    pub fn new(config: &Config, options: &Options, now: DateTime<Utc>) -> anyhow::Result<Self> {
        ensure!(options.min_wait <= options.max_wait, "--min-wait is longer than --max-wait");
        let settings = &config.load_test;
        let min_wait = Duration::from_secs_f64(options.min_wait);
        let wanted = options
            .accounts
            .map_or_else(|| enough_accounts(options.users, min_wait, config.rates.chat), usize::from);
        let name = now.format("%Y-%m-%dT%H-%M-%S").to_string();
        Ok(Self {
            host: target(config, options)?,
            users: options.users,
            spawn_rate: options.spawn_rate,
            run_time: options.run_time,
            min_wait,
            max_wait: Duration::from_secs_f64(options.max_wait),
            accounts: netids(settings.netid.as_ref(), wanted),
            display_name: settings.display_name.clone().unwrap_or_else(|| "Load test".to_owned()),
            proxy: config.identity.proxy_secret.clone().map(|secret| (PROXY_HEADER.to_owned(), secret)),
            identity_header: config.identity.header.clone(),
            min_length: options.min_length,
            patience: config.model.as_ref().map_or(WITHOUT_MODEL, |model| model.total) + PATIENCE,
            questions: questions()?,
            results: (!options.no_files).then(|| Results { folder: settings.folder.clone(), name }),
            locust: settings.locust.clone(),
        })
    }

    /// The NetID of a person: accounts are dealt out in turn.
    pub(super) fn netid(&self, person: usize) -> &str {
        let at = person % self.accounts.len().max(1);
        self.accounts.get(at).map_or(NETID, Secret::reveal)
    }

    /// How long it may take in all, answers that are waited for at its end included.
    pub(super) fn deadline(&self) -> Duration {
        self.run_time + self.patience + PATIENCE
    }

    /// Where a file of the results goes.
    pub(super) fn file(&self, ending: &str) -> Option<PathBuf> {
        self.results.as_ref().map(|results| results.folder.join(format!("{}{ending}", results.name)))
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { users, host, run_time, accounts, .. } = self;
        let seconds = run_time.as_secs();
        write!(f, "{users} people with {} accounts ask {host} for {seconds} seconds.", accounts.len())
    }
}

/// The names under which the accounts of load tests are stored, for whatever tidies up behind them. Developers are people:
/// what they have asked is theirs, whichever account a load test used.
pub fn stored_names(config: &Config) -> Vec<String> {
    let pepper = config.identity.pepper.as_ref();
    let netids = netids(config.load_test.netid.as_ref(), MAX_ACCOUNTS);
    let developers = &config.identity.developers;
    let is_a_person =
        |netid: &&Secret| developers.iter().any(|name| name.eq_ignore_ascii_case(netid.reveal()));
    let tests = netids.iter().filter(|netid| !is_a_person(netid));
    let stored = tests.filter_map(|netid| NetId::parse(netid.reveal()));
    let names: BTreeSet<String> =
        stored.flat_map(|netid| [netid.pseudonym(pepper), netid.plain_hash()]).collect();
    names.into_iter().collect()
}

/// The questions that are asked, in the form of the original's list.
fn questions() -> anyhow::Result<Vec<Question>> {
    serde_json::from_str(include_str!("questions.json")).context("the questions of the load test")
}

fn netids(first: Option<&Secret>, count: usize) -> Vec<Secret> {
    let first = first.map_or(NETID, Secret::reveal);
    let base = &first[..first.floor_char_boundary(MAX_BASE_BYTES)];
    let further = (2..=count).map(|number| Secret::from(format!("{base}-{number}")));
    std::iter::once(Secret::from(first.to_owned())).chain(further).collect()
}

/// So many that nobody is refused: people of one account together stay a question below its limit, even when they pause
/// as little as they may and answers take no time.
fn enough_accounts(users: u32, min_wait: Duration, rate: Rate) -> usize {
    let questions = f64::from(rate.window_seconds.get()) / min_wait.as_secs_f64().max(1.0);
    let people = (f64::from(rate.limit.get() - 1) / questions.max(1.0)).floor().max(1.0);
    let accounts = (f64::from(users) / people).ceil();
    // From 1 to 10,000 by now.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by `users`")]
    let accounts = accounts as usize;
    accounts.clamp(1, MAX_ACCOUNTS)
}

/// The host to ask. A load test of somebody else's service would be an attack, so its own is what it may ask unless told.
fn target(config: &Config, options: &Options) -> anyhow::Result<String> {
    let own = own_address(config);
    let named = options.host.clone().or_else(|| config.load_test.host.clone()).unwrap_or_else(|| own.clone());
    let named = if named.contains("://") { named } else { format!("http://{named}") };
    let url = Url::parse(&named).with_context(|| format!("`{named}` is no address of a service"))?;
    let host = match url.host_str() {
        Some(host) if matches!(url.scheme(), "http" | "https") => host.to_owned(),
        _ => bail!("`{named}` is no http address"),
    };
    let host_of = |address: &str| Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned));
    let mut ours = config.identity.allowed_hosts.clone();
    ours.extend(host_of(&own));
    ours.extend(config.load_test.host.as_deref().and_then(host_of));
    let known = is_this_machine(&host) || ours.contains(&host);
    ensure!(
        known || options.any_host,
        "`{host}` is neither this machine nor a host of ALLOWED_HOSTS: pass --any-host when it is yours to test"
    );
    Ok(url.origin().ascii_serialization())
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn own_address(config: &Config) -> String {
    let listen = config.listen();
    let address =
        if listen.address.is_unspecified() { "127.0.0.1".to_owned() } else { listen.address.to_string() };
    let address = if address.contains(':') { format!("[{address}]") } else { address };
    format!("http://{address}:{}", listen.port)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn people_are_spread_over_as_many_accounts_as_the_limit_asks_for() {
        let rate = |limit, seconds| Rate {
            limit: NonZeroU32::new(limit).unwrap(),
            window_seconds: NonZeroU32::new(seconds).unwrap(),
        };
        let five = Duration::from_secs(5);
        // Twelve questions of each person in a minute: four people stay below sixty.
        assert_eq!(enough_accounts(4, five, rate(60, 60)), 1);
        assert_eq!(enough_accounts(5, five, rate(60, 60)), 2);
        assert_eq!(enough_accounts(50, five, rate(60, 60)), 13);
        assert_eq!(enough_accounts(50, five, rate(6_000, 60)), 1);
        assert_eq!(enough_accounts(3, Duration::ZERO, rate(1, 60)), 3);
    }

    #[test]
    fn every_question_is_one_and_none_is_there_twice() {
        let questions = questions().unwrap();
        let different: BTreeSet<&str> = questions.iter().map(|question| question.content.as_str()).collect();
        assert_eq!(different.len(), questions.len());
        assert!(questions.len() >= 20 && questions.iter().all(|question| question.content.len() > 10));
    }

    #[test]
    fn names_of_accounts_are_valid_and_differ() {
        for first in
            [None, Some(Secret::from("chatdku_admin".to_owned())), Some(Secret::from("x".repeat(64)))]
        {
            let netids = netids(first.as_ref(), MAX_ACCOUNTS);
            let different: BTreeSet<&str> = netids.iter().map(Secret::reveal).collect();
            assert_eq!(different.len(), MAX_ACCOUNTS);
            assert!(netids.iter().all(|netid| NetId::parse(netid.reveal()).is_some()));
        }
    }
}
