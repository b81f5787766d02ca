//! A load test in a process of its own: this same program, which gets nothing but the plan.

use std::{
    io::{self, Read},
    os::unix::process::parent_id,
    process::{ExitCode, Stdio},
    time::Duration,
};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use tokio::{io::AsyncWriteExt, process::Command};

use super::{
    Options, Plan,
    attack::{Showing, in_this_process},
    locust,
    stats::Outcome,
};
use crate::config::Config;

/// The hidden command that runs the child's side.
pub const COMMAND: &str = "load-test-of-plan";

const ORPHAN_LOOK: Duration = Duration::from_millis(250);
/// How much of what a child says on its end is kept, bytes.
const LAST_WORDS: usize = 2_000;

/// Runs a load test as a child of this process. When the answer is dropped, the child is killed.
pub async fn run_as_child(config: &Config, options: &Options, now: DateTime<Utc>) -> anyhow::Result<Outcome> {
    let plan = Plan::new(config, options, now)?;
    if let Some(program) = &plan.locust {
        return locust::run(&plan, program, Showing::Nothing).await;
    }
    let mut child = Command::new(&config.program)
        .arg(COMMAND)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("starting {} {COMMAND}", config.program.display()))?;
    let mut input = child.stdin.take().context("the load test has no input")?;
    let told = serde_json::to_vec(&plan)?;
    let work = async {
        // One that ends before it has heard everything says by its status why.
        let hearing = input.write_all(&told).await;
        drop(input);
        let ended = child.wait_with_output().await.context("waiting for the load test")?;
        if ended.status.success() {
            hearing.context("telling the load test what to do")?;
        }
        Ok::<_, anyhow::Error>(ended)
    };
    let ended =
        tokio::time::timeout(plan.deadline(), work).await.context("the load test took too long")??;
    let said = String::from_utf8_lossy(&ended.stdout);
    // The library may say something before; the outcome comes last.
    let outcome = said.lines().rev().find_map(|line| serde_json::from_str(line).ok());
    match outcome {
        Some(outcome) if ended.status.success() => Ok(outcome),
        _ => bail!("the load test ended with {}: {}", ended.status, last_words(&ended.stderr)),
    }
}

/// The end of what a process has said.
pub(super) fn last_words(said: &[u8]) -> String {
    let words = String::from_utf8_lossy(said);
    words[words.floor_char_boundary(words.len().saturating_sub(LAST_WORDS))..].trim().to_owned()
}

/// The child's side: reads a plan from standard input, does it, and says on standard output what became of it.
pub fn main() -> ExitCode {
    let parent = parent_id();
    std::thread::spawn(move || end_when_orphaned(parent));
    match run() {
        Ok(outcome) => {
            say(&outcome);
            ExitCode::SUCCESS
        }
        Err(error) => {
            say_error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<String> {
    let mut text = String::new();
    io::stdin().lock().read_to_string(&mut text).context("reading the plan")?;
    let plan: Plan = serde_json::from_str(&text).context("reading the plan")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(in_this_process(plan, Showing::Nothing))?;
    Ok(serde_json::to_string(&ended.outcome)?)
}

/// A parent that was killed cannot kill its children; without this a load test would go on for nobody.
#[expect(clippy::disallowed_methods, reason = "a thread of its own, for which nobody waits")]
fn end_when_orphaned(parent: u32) {
    while parent_id() == parent {
        std::thread::sleep(ORPHAN_LOOK);
    }
    std::process::exit(72);
}

#[expect(clippy::print_stdout, reason = "standard output is how a child talks to its parent")]
fn say(outcome: &str) {
    println!("{outcome}");
}

#[expect(clippy::print_stderr, reason = "standard error is how a child talks to its parent")]
fn say_error(error: &anyhow::Error) {
    eprintln!("{error:#}");
}
