//! The job queue in the dashboard: what waits, what failed, and starting dead jobs again.

use sea_orm::DbErr;

use crate::{
    admin::{Action, Chosen, Fieldset, ModelAdmin, Tone, Verb, row},
    jobs,
    queue::{
        JobId, Queue,
        job::{self, Column},
    },
};

/// Jobs.
pub fn jobs(queue: Queue) -> ModelAdmin<job::Entity> {
    use Column::*;
    // A job behind one that is called off may run now, too.
    let (bell, other_bell) = (queue.clone(), queue);
    ModelAdmin::new("core", "job")
        .shortcut('j')
        .named_by(|row, _| format!("{} {}", row.text(Kind), row.key_text().get(..8).unwrap_or_default()))
        .list([Kind, State, Attempt, EnqueuedAt, RunAt, FinishedAt, ErrorCode])
        .search([Kind, Key, ErrorCode])
        .search_exact([Id])
        .filters([State, Kind, EnqueuedAt])
        .by_date(EnqueuedAt)
        .newest_first(EnqueuedAt)
        .choices(
            State,
            [
                ("queued", Tone::Plain),
                ("running", Tone::Plain),
                ("retry_wait", Tone::Warn),
                ("done", Tone::Good),
                ("dead", Tone::Bad),
                ("cancelled", Tone::Warn),
            ],
        )
        .multiline([Payload])
        .fieldset(Fieldset::new().shown([Kind, State, Key, Payload, Attempt, MaxAttempts, ErrorCode]))
        .fieldset(
            Fieldset::titled("times")
                .shown([EnqueuedAt, RunAt, StartedAt, FinishedAt, LeaseOwner, LeaseUntil]),
        )
        .never([Verb::Add, Verb::Change, Verb::Delete])
        .action(Action::new("redrive", redrive).needs("redrive_job").afterwards(move || bell.wake()))
        .action(
            Action::new("cancel", cancel)
                .needs("redrive_job")
                .confirmed()
                .afterwards(move || other_bell.wake()),
        )
}

fn ids(chosen: &Chosen) -> Vec<JobId> {
    chosen.keys.iter().filter_map(row::uuid).map(JobId).collect()
}

async fn redrive(chosen: Chosen) -> Result<u64, DbErr> {
    let again = job::redrive(&chosen.tx, chosen.now, &ids(&chosen)).await?;
    Ok(again.jobs.len() as u64)
}

/// Calls jobs off; what they were about learns of it.
async fn cancel(chosen: Chosen) -> Result<u64, DbErr> {
    Ok(jobs::cancel_in(&chosen.tx, chosen.now, &ids(&chosen)).await?.len() as u64)
}
