//! What schedules ask for: the weekly load test, and the check that chat answers, which tells maintainers when it does
//! not.

use super::{
    Options, run_as_child,
    stats::Outcome,
    trouble::{Checked, THRESHOLD, judge},
};
use crate::{
    app::App,
    mail::{self, Letter, outbox, readers},
    platform::locale::Language,
};

/// The kind of the letter.
const KIND: &str = "chat_check";

/// Runs the load test whose figures are in the weekly report, as a child.
pub async fn weekly(app: &App) -> anyhow::Result<Outcome> {
    let outcome = run_as_child(&app.config, &Options::weekly(), app.clock.now()).await?;
    tracing::info!(
        requests = outcome.requests,
        failed = outcome.failed,
        short = outcome.short,
        "the load test has ended"
    );
    Ok(outcome)
}

/// Checks, with a small load test, whether chat answers. Maintainers get a mail when it has failed too often within an
/// hour. A check that cannot be run has failed as a whole.
pub async fn check(app: &App, options: &Options) -> anyhow::Result<Option<Outcome>> {
    let outcome = match run_as_child(&app.config, options, app.clock.now()).await {
        Ok(outcome) => Some(outcome),
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "the check of the chat could not be run");
            None
        }
    };
    let checked = outcome.map_or(Checked { failed: THRESHOLD.into(), short: 0 }, Checked::from);
    let (now, letter) = (app.clock.now(), letter(outcome)?);
    let told = app.store.write(async |tx| {
        if !judge(&tx, checked, now).await? {
            return Ok::<_, sea_orm::DbErr>(false);
        }
        let readers = readers::of_reports(&tx, &app.config.mail).await?;
        outbox::enqueue(&tx, &letter.clone().to(readers), now).await?;
        Ok(true)
    });
    if told.await? {
        tracing::warn!("the chat does not answer as it should");
        app.queue.wake();
    }
    Ok(outcome)
}

/// The letter that says so.
fn letter(outcome: Option<Outcome>) -> anyhow::Result<Letter> {
    mail::note(KIND, Language::English.text("check-subject"), |language| {
        let last = match outcome {
            Some(Outcome { requests, failed, short }) => {
                language.text_with("check-last", [("number", requests), ("one", failed), ("many", short)])
            }
            None => language.text("check-broken"),
        };
        let often = language.text_with("check-often", [("count", THRESHOLD)]);
        vec![often, last, language.text("check-again")]
    })
}

impl From<Outcome> for Checked {
    fn from(outcome: Outcome) -> Self {
        Self { failed: outcome.failed, short: outcome.short }
    }
}
