//! What is seen of the process from outside, over and over.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, Instant},
};

use crate::support::{Program, process::http};

/// A quiet process has its usual descriptors after this time.
const SETTLES: Duration = Duration::from_secs(30);

/// A look at the process.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Seconds since the beginning.
    pub at: f64,
    pub rss_mib: f64,
    /// The same, without what it shares with others.
    pub pss_mib: f64,
    pub descriptors: usize,
    pub threads: usize,
    /// The time that the answer to a request took which touches nothing: what everything waits for.
    pub delay: Duration,
    /// What it says itself; nothing while its database is away.
    pub told: Option<Told>,
}

/// What the process says of itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    pub tasks: usize,
    /// Jobs that wait or are worked on.
    pub jobs: usize,
    pub answers: usize,
    /// Connections to the database.
    pub connections: usize,
}

/// Looks at one process.
pub struct Watch {
    process: PathBuf,
    http: reqwest::Client,
    alive: String,
    metrics: String,
    token: String,
    began: Instant,
}

impl Watch {
    pub fn of(program: &Program, token: &str) -> Self {
        Self {
            process: format!("/proc/{}", program.pid()).into(),
            http: http(),
            alive: program.url("/healthz"),
            metrics: program.url("/metrics"),
            token: token.to_owned(),
            began: Instant::now(),
        }
    }

    /// Seconds since the watch began.
    pub fn now(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    pub async fn look(&self) -> Sample {
        let asked = Instant::now();
        let alive = self.http.get(&self.alive).send().await.expect("the program is alive");
        let delay = asked.elapsed();
        assert_eq!(alive.status(), 200);
        let memory = self.numbers("smaps_rollup");
        let mib = |name: &str| memory.get(name).copied().unwrap_or_default() as f64 / 1024.0;
        Sample {
            at: self.now(),
            rss_mib: mib("Rss"),
            pss_mib: mib("Pss"),
            descriptors: self.descriptors(),
            threads: usize::try_from(self.numbers("status")["Threads"]).expect("a count"),
            delay,
            told: self.told().await,
        }
    }

    /// The descriptors of the process when nothing is going on, without those of connections to the database, of which
    /// there may be as many as the pools hold.
    pub async fn quiet_descriptors(&self) -> usize {
        let (began, mut last, mut since) = (Instant::now(), 0, Instant::now());
        loop {
            let connections = self.told().await.map(|told| told.connections);
            let now = self.descriptors().saturating_sub(connections.unwrap_or_default());
            if now != last || connections.is_none() {
                (last, since) = (now, Instant::now());
            }
            // Connections that clients keep open are closed after seconds.
            if since.elapsed() > SETTLES / 5 || began.elapsed() > SETTLES {
                return last;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    fn descriptors(&self) -> usize {
        std::fs::read_dir(self.process.join("fd")).map_or(0, Iterator::count)
    }

    /// The lines `name: number` of a file of the process.
    fn numbers(&self, file: &str) -> BTreeMap<String, u64> {
        let text = std::fs::read_to_string(self.process.join(file)).expect("the process is alive");
        let number = |line: &str| {
            let (name, rest) = line.split_once(':')?;
            Some((name.to_owned(), rest.split_whitespace().next()?.parse().ok()?))
        };
        text.lines().filter_map(number).collect()
    }

    async fn told(&self) -> Option<Told> {
        let asked = self.http.get(&self.metrics).bearer_auth(&self.token).send().await.ok()?;
        let page = asked.error_for_status().ok()?.text().await.ok()?;
        let sum = |name: &str, among: &[&str]| -> usize {
            let lines = page.lines().filter(|line| line.starts_with(name));
            let lines =
                lines.filter(|line| among.is_empty() || among.iter().any(|label| line.contains(label)));
            lines.filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok()).sum()
        };
        let live = ["\"queued\"", "\"retry_wait\"", "\"running\""];
        Some(Told {
            tasks: sum("chatdku_tasks ", &[]),
            jobs: sum("chatdku_jobs{", &live),
            answers: sum("chatdku_under_way{", &["\"answers\""]),
            connections: sum("chatdku_database_connections{", &[]),
        })
    }
}
