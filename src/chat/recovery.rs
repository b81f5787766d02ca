//! Closing answers that nobody makes any more: with the text of their log, marked as interrupted.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};

use super::{
    conversation::{self, ConversationId},
    event::{self, Kind},
    generation::{self, GenerationId},
    message::{self, Status},
};
use crate::app::App;

/// Closes what a dead process left in a conversation. The caller has taken the conversation from it. Answers how many
/// answers that were.
pub(super) async fn close(
    db: &impl ConnectionTrait,
    of: ConversationId,
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let interrupted = message::interrupt(db, of).await?;
    if interrupted > 0 {
        close_generation(db, of, now).await?;
    }
    Ok(interrupted)
}

/// Closes answers whose process died: their text stays, their conversation is free again.
pub async fn close_interrupted(app: &App) -> Result<(), DbErr> {
    let now = app.clock.now();
    for abandoned in conversation::abandoned(app.store.read(), now).await? {
        let closed = app.store.write(async |tx| {
            if !conversation::release_abandoned(&tx, abandoned.id, now).await? {
                return Ok(0);
            }
            close(&tx, abandoned.id, now).await
        });
        if closed.await? > 0 {
            tracing::warn!("an answer was interrupted by the end of its process");
        }
    }
    // Those whose conversation went on without them: an instance of an earlier version knows nothing of logs.
    for orphan in generation::orphans(app.store.read(), now).await? {
        let conversation = orphan.conversation_id;
        let closed = app.store.write(async |tx| {
            conversation::lock(&tx, vec![conversation]).await?;
            let held = conversation::by_id(&tx, conversation).await?.and_then(|row| row.under_way(now));
            if held.is_none() {
                message::interrupt(&tx, conversation).await?;
            }
            if held != Some(orphan.id.0) {
                close_row(&tx, orphan.clone(), now).await?;
            }
            Ok::<_, DbErr>(())
        });
        closed.await?;
    }
    Ok(())
}

/// Removes logs that have been kept long enough.
pub async fn forget_logs(app: &App) -> Result<(), DbErr> {
    let now = app.clock.now();
    loop {
        let old = generation::with_old_logs(app.store.read(), now).await?;
        if old.is_empty() {
            return Ok(());
        }
        app.store.write(async |tx| generation::forget_logs(&tx, &old).await).await?;
    }
}

async fn close_generation(
    db: &impl ConnectionTrait,
    of: ConversationId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    match generation::streaming_in(db, of).await? {
        Some(left) => close_row(db, left, now).await,
        None => Ok(()),
    }
}

/// The text of the log becomes the message's; who reads the log is told of the end.
async fn close_row(
    db: &impl ConnectionTrait,
    left: generation::Model,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let log = event::after(db, left.id, 0, None).await?;
    let chunks = log.iter().filter(|event| matches!(event.kind, Kind::Chunk | Kind::ChunkBatch));
    let text: String = chunks.map(|event| event.content.as_str()).collect();
    if !text.is_empty() {
        message::keep_text(db, left.message_id, text.trim()).await?;
    }
    let closing = closing(left.id, &log);
    let last = closing.last().or(log.last()).map_or(0, |event| event.seq);
    event::append(db, closing).await?;
    generation::end(db, left.id, Status::Interrupted, last, now).await
}

/// What the log lacks.
fn closing(of: GenerationId, log: &[event::Model]) -> Vec<event::Model> {
    match log.last() {
        Some(last) if last.kind == Kind::End => Vec::new(),
        Some(last) => event::closing(of, last.seq, Status::Interrupted),
        None => {
            let start = event::Model::start(of);
            let closing = event::closing(of, start.seq, Status::Interrupted);
            [vec![start], closing].concat()
        }
    }
}
