//! Stopping an answer, whichever instance makes it. What there is of it stays.

use super::{
    conversation::ConversationId,
    generation::{self, Model},
    message::{self, MessageId},
};
use crate::{accounts::UserId, app::App, error::Result};

/// Stops the making of an answer. Nothing happens to one that has ended, or is being stopped.
pub(super) async fn stop(app: &App, generation: &Model) -> Result<()> {
    if let Some(run) = app.runs.of(generation.id) {
        run.cut_off();
    } else if !generation.has_ended() {
        let (id, now) = (generation.id, app.clock.now());
        app.store.write(async |tx| generation::ask_to_stop(&tx, id, now).await).await?;
    }
    Ok(())
}

/// Stops an answer in one of the owner's conversations.
pub async fn stop_answer(app: &App, by: UserId, of: ConversationId, answer: MessageId) -> Result<()> {
    let db = app.store.read();
    message::owned(db, by, of, answer).await?;
    match generation::of_answer(db, answer).await? {
        Some(generation) => stop(app, &generation).await,
        None => Ok(()),
    }
}
