//! Watching the model: it is asked every few minutes whether it is there, and its silence is told, not too often.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, DbErr};

use crate::{
    app::App,
    mail::{self, Letter, outbox, readers},
    periodic::{Call, keeps_failing},
    platform::locale::Language,
    queue::{Done, Handled, occurrence},
};

/// The kind of the letter.
const KIND: &str = "model_away";
/// The name under which alarms are counted.
const ALARM: &str = "alarm:model";
/// The name of the task.
pub const TASK: &str = "chat.tasks.ping_model";
/// So many silences in a row are told of, as the original does: a restart of the model is nothing.
const FAILURES: u64 = 5;
/// The least time between two alarms, over all instances.
const QUIET: Duration = Duration::hours(5);

/// Asks the configured model whether it is there.
pub async fn ping(app: App, call: Call) -> Handled {
    let Some(answer) = app.answering.ping().await else {
        return Ok(Done::nothing().saying("no model is configured"));
    };
    let Err(error) = answer else { return Ok(Done::nothing().saying("it is there")) };
    let (now, cause) = (app.clock.now(), error.to_string());
    let letter = letter(&cause)?;
    Ok(Done::with(move |tx| async move {
        call.found_wrong(&tx, "model_away", &cause).await?;
        if keeps_failing(&tx, TASK, FAILURES).await? && is_to_be_told(&tx, now).await? {
            tracing::error!(cause, "the model is not there; answers are made without it");
            let readers = readers::of_reports(&tx, &app.config.mail).await?;
            outbox::enqueue(&tx, &letter.to(readers), now).await?;
        }
        Ok(())
    }))
}

/// Whether nobody was told of it lately. Who is answered so tells it: runs of one task never overlap.
async fn is_to_be_told(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let last = occurrence::latest(db, ALARM, now + Duration::microseconds(1)).await?;
    if last.is_some_and(|last| now - last < QUIET) {
        return Ok(false);
    }
    occurrence::claim(db, ALARM, now, now).await
}

/// What whoever looks after the program is told.
fn letter(cause: &str) -> anyhow::Result<Letter> {
    mail::note(KIND, Language::English.text("alarm-model-subject"), |language| {
        vec![
            language.text("alarm-model-text"),
            language.text_with("alarm-model-cause", [("value", cause.to_owned())]),
            language.text("alarm-model-again"),
        ]
    })
}
