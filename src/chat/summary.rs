//! The memory of a long conversation: what was said before the messages that every answer gets in full.
//!
//! It is brought up to date behind an answer, when some messages have fallen out of sight since the last time. Two
//! answers that end at once do it twice; the first that is written stays.

use sea_orm::{DbErr, entity::prelude::*};

use super::{
    conversation::{self, Column, ConversationId, Entity},
    message::{self, MessageId},
};
use crate::{answering::memory, app::App};

/// Most messages that one summary takes in: what a database that was taken over has of long conversations.
const MOST: usize = 40;

/// Brings the summary of a conversation up to date, if it is time.
pub(super) async fn refresh(app: App, of: ConversationId) {
    if let Err(error) = try_refresh(&app, of).await {
        // The next answer tries again.
        tracing::warn!(error = %error, "the summary of a conversation could not be brought up to date");
    }
}

async fn try_refresh(app: &App, of: ConversationId) -> Result<(), DbErr> {
    let Some(before) = conversation::by_id(app.store.read(), of).await? else { return Ok(()) };
    let upto = before.summary_upto.map(MessageId);
    let mut since = message::newest(app.store.read(), of, upto, (memory::WINDOW + MOST) as u64).await?;
    let unseen = since.len().saturating_sub(memory::WINDOW);
    if unseen < memory::AT_ONCE {
        return Ok(());
    }
    since.truncate(unseen);
    let covered: Vec<MessageId> = since.iter().map(|message| message.id).collect();
    let turns = message::turns(since);
    let Some(summary) = app.answering.summarise(before.summary.as_deref(), &turns).await else {
        return Ok(());
    };
    app.store.write(async |tx| save(&tx, of, upto, &covered, &summary).await).await
}

/// Saves the summary that goes on from `before` and covers these messages too, unless another has been written or one
/// of them was removed meanwhile: what is removed must not live on in it.
async fn save(
    db: &impl ConnectionTrait,
    of: ConversationId,
    before: Option<MessageId>,
    covered: &[MessageId],
    summary: &str,
) -> Result<(), DbErr> {
    conversation::lock(db, vec![of]).await?;
    let Some(last) = covered.last() else { return Ok(()) };
    if message::count_of(db, covered).await? < covered.len() as u64 {
        return Ok(());
    }
    let unchanged = match before {
        Some(before) => Column::SummaryUpto.eq(before.0),
        None => Column::SummaryUpto.is_null(),
    };
    let saved = Entity::update_many()
        .col_expr(Column::Summary, Expr::value(summary))
        .col_expr(Column::SummaryUpto, Expr::value(last.0));
    saved.filter(Column::Id.eq(of)).filter(unchanged).exec(db).await.map(drop)
}

/// Forgets the summaries of conversations that lose messages which these may cover. The caller has locked the rows.
pub(super) async fn forget(db: &impl ConnectionTrait, of: &[ConversationId]) -> Result<(), DbErr> {
    let forgotten = Entity::update_many()
        .col_expr(Column::Summary, Expr::value(None::<String>))
        .col_expr(Column::SummaryUpto, Expr::value(None::<i64>));
    forgotten.filter(Column::Id.is_in(of.iter().copied())).exec(db).await.map(drop)
}
