//! The nightly task that removes what has been kept long enough: how long that is, the settings say.
//!
//! A batch is a transaction: whoever writes meanwhile waits for one of them, never for all. What one run does not get
//! done is left for the next.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sea_orm::DbErr;

use crate::{
    app::App,
    chat,
    config::RetentionSettings,
    mail,
    periodic::Call,
    platform::audit,
    queue::{Done, Handled, job},
    uploads,
};

/// The longest time of the task.
pub const LIMIT: Duration = Duration::from_mins(30);
/// No batch is begun after this time.
const PATIENCE: Duration = Duration::from_mins(25);

/// Something that is removed when it is old: what one of it is called, and several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Conversations,
    Feedback,
    Files,
    Audit,
    Mails,
    Jobs,
}

/// What a run has removed of a kind, in how many transactions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Rows; what belongs to them is not counted.
    pub rows: u64,
    /// Transactions.
    pub batches: u64,
}

/// Removes what has been kept long enough. Its result says what that was.
pub async fn run(app: App, _: Call) -> Handled {
    let (kept, began) = (app.config.retention, Instant::now());
    let mut said = Vec::new();
    for (kind, kept) in kinds(&kept) {
        let Some(kept) = kept else { continue };
        let removed = remove(&app, kind, app.clock.now() - kept, began).await?;
        if removed.rows > 0 {
            tracing::info!(
                kind = kind.word(2),
                rows = removed.rows,
                batches = removed.batches,
                "removed what was old"
            );
            said.push(format!("{} {}", removed.rows, kind.word(removed.rows)));
        }
    }
    let mut said = if said.is_empty() { "nothing was old enough".to_owned() } else { said.join(", ") };
    if began.elapsed() >= PATIENCE {
        said.push_str("; the rest is left for the next run");
    }
    Ok(Done::nothing().saying(said))
}

/// Removes the conversations in which nothing was said since `before`, as the task does.
pub async fn remove_conversations(app: &App, before: DateTime<Utc>) -> Result<Removed, DbErr> {
    remove(app, Kind::Conversations, before, Instant::now()).await
}

fn kinds(kept: &RetentionSettings) -> [(Kind, Option<chrono::TimeDelta>); 6] {
    [
        (Kind::Conversations, kept.conversations),
        (Kind::Feedback, kept.feedback),
        (Kind::Files, kept.files),
        (Kind::Audit, kept.audit),
        (Kind::Mails, kept.mails),
        (Kind::Jobs, kept.jobs),
    ]
}

async fn remove(app: &App, kind: Kind, before: DateTime<Utc>, began: Instant) -> Result<Removed, DbErr> {
    let mut removed = Removed::default();
    while began.elapsed() < PATIENCE && !app.tasks.is_stopping() {
        let rows = Box::pin(kind.remove_some(app, before)).await?;
        if rows == 0 {
            break;
        }
        removed.rows += rows;
        removed.batches += 1;
    }
    Ok(removed)
}

impl Kind {
    /// Removes a batch of what is older than `before`, in one transaction. Answers how many rows that were; none when
    /// nothing is left.
    async fn remove_some(self, app: &App, before: DateTime<Utc>) -> Result<u64, DbErr> {
        let (store, now) = (&app.store, app.clock.now());
        match self {
            Self::Conversations => {
                store.write(async |tx| chat::conversations::forget(&tx, before, now).await).await
            }
            Self::Feedback => store.write(async |tx| chat::ratings::forget(&tx, before).await).await,
            Self::Files => {
                let removed = store.write(async |tx| uploads::files::forget(&tx, before, now).await).await?;
                app.queue.wake();
                Ok(removed)
            }
            Self::Audit => store.write(async |tx| audit::forget(&tx, before).await).await,
            Self::Mails => store.write(async |tx| mail::outbox::forget(&tx, before).await).await,
            Self::Jobs => store.write(async |tx| job::forget(&tx, before).await).await,
        }
    }

    fn word(self, count: u64) -> &'static str {
        let (one, many) = match self {
            Self::Conversations => ("conversation", "conversations"),
            Self::Feedback => ("opinion", "opinions"),
            Self::Files => ("file", "files"),
            Self::Audit => ("audit entry", "audit entries"),
            Self::Mails => ("mail", "mails"),
            Self::Jobs => ("job", "jobs"),
        };
        if count == 1 { one } else { many }
    }
}
