//! The weekly report: made once a week, sent to whoever wants it.

use chrono::Datelike;

use super::{feedback, view::Report};
use crate::{
    app::App,
    loadtest,
    mail::{Letter, MailId, outbox, readers},
    platform::locale::Language,
};

/// The kind of its letters.
pub const KIND: &str = "weekly_report";

/// Makes the report of this week and puts it into the outbox, a mail for each reader who has not got it yet. Answers the
/// mails that are new.
///
/// The model is asked before anything is written; without it, or when its answer is not fit to be shown, the report has
/// counts and examples alone.
pub async fn weekly_report(app: &App) -> anyhow::Result<Vec<MailId>> {
    let now = app.clock.now();
    let digest = feedback::digest(app, now).await?;
    let folder = &app.config.load_test.folder;
    let load = loadtest::newest(folder).await.unwrap_or_else(|error| {
        tracing::warn!(folder = %folder.display(), %error, "the results of load tests cannot be read");
        None
    });
    let report = Report::new(&app.config, Language::English, now, load, digest);
    let week = now.with_timezone(&app.config.time_zone).iso_week();
    let letter = Letter::new(KIND, report.subject(), report.text()?)?.html(report.page()?).once(format!(
        "{}-W{:02}",
        week.year(),
        week.week()
    ));
    let mails = app.store.write(async |tx| {
        let readers = readers::of_reports(&tx, &app.config.mail).await?;
        outbox::enqueue(&tx, &letter.clone().to(readers), now).await
    });
    let mails = mails.await?;
    app.queue.wake();
    Ok(mails)
}
