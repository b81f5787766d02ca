//! The command that runs a load test.

use anyhow::bail;

use super::say;
use crate::{
    config::Config,
    loadtest::{Options, Plan, Showing, in_this_process},
    platform::clock::Clock,
};

/// Runs a load test to its end. Fails when a request has failed or an answer was too short.
pub(super) async fn load_test(config: &Config, options: &Options) -> anyhow::Result<()> {
    let plan = Plan::new(config, options, Clock::system().now())?;
    say(&plan.to_string());
    let ended = in_this_process(plan, Showing::Live).await?;
    if !ended.table.is_empty() {
        say(&format!("\n{}", ended.table));
    }
    for path in &ended.files {
        say(&format!("Written: {}", path.display()));
    }
    let outcome = ended.outcome;
    if outcome.requests == 0 {
        bail!("nothing was asked");
    }
    if outcome.failed + outcome.short > 0 {
        bail!(
            "{} of {} requests failed, and {} answers were shorter than {} characters",
            outcome.failed,
            outcome.requests,
            outcome.short,
            options.min_length
        );
    }
    say(&format!("{} requests, none of them failed.", outcome.requests));
    Ok(())
}
