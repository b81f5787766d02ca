//! The operator's own Locust in place of ours: `LOCUST_PATH`.
//!
//! Started by whoever wants its outcome, not by a child: a child that is killed could not end it.
//!
//! It runs `locustfile.py` of the working folder when there is one, as it did for the Django service, else one that does
//! what our load test does. It is told what it needs through its environment: `UID`, `DISPLAY_NAME` and `HOST`, the
//! original's names; `MIN_LENGTH`, the fewest characters of an answer; `LOADTEST_PLAN`, the path of all of it as JSON.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, ensure};
use tokio::process::Command;

use super::{
    attack::Showing,
    child::last_words,
    plan::Plan,
    stats::{self, Outcome},
};
use crate::config::SETTINGS;

/// What the names of Locust's files end with, behind the prefix that it is given.
pub(super) const STATS: &str = "_stats.csv";
pub(super) const FAILURES: &str = "_failures.csv";
pub(super) const REPORT: &str = ".html";
const EXCEPTIONS: &str = "_exceptions.csv";
/// Locust's code for a test in which something failed, which its files say too.
const SOME_FAILED: i32 = 1;

/// Runs Locust to its end.
pub(super) async fn run(plan: &Plan, program: &Path, showing: Showing) -> anyhow::Result<Outcome> {
    let scratch = tempfile::tempdir().context("making a folder for Locust")?;
    let prefix = plan.file("").unwrap_or_else(|| scratch.path().join("locust"));
    if let Some(results) = &plan.results {
        tokio::fs::create_dir_all(&results.folder).await.context("making the folder of results")?;
    }
    let mut command = command(plan, program, &prefix, scratch.path())?;
    if showing == Showing::Nothing {
        command.stdout(Stdio::null()).stderr(Stdio::piped());
    }
    let child = command.spawn().with_context(|| format!("starting {}", program.display()))?;
    let ended = tokio::time::timeout(plan.deadline(), child.wait_with_output()).await;
    let ended = ended.context("Locust took too long")?.context("waiting for Locust")?;
    let status = ended.status;
    let done = status.success() || status.code() == Some(SOME_FAILED);
    ensure!(done, "Locust ended with {status}: {}", last_words(&ended.stderr));
    outcome(&prefix).with_context(|| format!("Locust ended with {status}: {}", last_words(&ended.stderr)))
}

fn command(plan: &Plan, program: &Path, prefix: &Path, scratch: &Path) -> anyhow::Result<Command> {
    let own = PathBuf::from("locustfile.py");
    let script = if own.is_file() { own } else { scratch.join("locustfile.py") };
    if script.starts_with(scratch) {
        std::fs::write(&script, include_str!("locustfile.py")).context("writing the locustfile")?;
    }
    let told = scratch.join("plan.json");
    std::fs::write(&told, serde_json::to_vec(plan)?).context("writing what Locust is told")?;
    let mut command = Command::new(program);
    command.arg("--locustfile").arg(script).args(["--headless", "--loglevel", "INFO"]);
    command.args(["--host", &plan.host, "--users", &plan.users.to_string()]);
    command.args(["--spawn-rate", &plan.spawn_rate.to_string()]);
    command.args(["--run-time", &format!("{}s", plan.run_time.as_secs())]);
    command.args(["--stop-timeout", &plan.patience.as_secs().to_string()]);
    command.arg("--csv").arg(prefix).arg("--html").arg(with_ending(prefix, REPORT));
    // It has no business with what the program is configured with.
    for setting in SETTINGS {
        command.env_remove(setting);
    }
    command.env("UID", plan.netid(0)).env("DISPLAY_NAME", &plan.display_name).env("HOST", &plan.host);
    command.env("MIN_LENGTH", plan.min_length.to_string()).env("LOADTEST_PLAN", told);
    command.stdin(Stdio::null()).kill_on_drop(true);
    Ok(command)
}

/// What Locust's files say. A short answer is a failed request where the locustfile says so, else an exception.
fn outcome(prefix: &Path) -> anyhow::Result<Outcome> {
    let rows = stats::read_stats(&with_ending(prefix, STATS)).context("reading what Locust has written")?;
    let total = rows.iter().find(|row| row.is_total()).context("Locust has written no total")?;
    let as_failures = stats::count_short(&with_ending(prefix, FAILURES), "Error", "Occurrences")?;
    let as_exceptions = stats::count_short(&with_ending(prefix, EXCEPTIONS), "Traceback", "Count")?;
    Ok(Outcome {
        requests: total.requests,
        failed: total.failures.saturating_sub(as_failures),
        short: as_failures + as_exceptions,
    })
}

fn with_ending(prefix: &Path, ending: &str) -> PathBuf {
    let mut path = prefix.as_os_str().to_owned();
    path.push(ending);
    PathBuf::from(path)
}
