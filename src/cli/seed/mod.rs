//! `chatdku seed`: made-up conversations, as many as a measurement needs.
//!
//! Rows go in many at a time, a few hundred conversations to a transaction, with the times of the last ninety days and
//! ids in the order of time, as real ones have them.

pub(super) mod documents;
mod rows;
mod words;

use anyhow::{Context, bail};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryOrder};

use self::{rows::Batch, words::Dice};
use super::{progress_bar, say};
use crate::{
    accounts::UserId,
    chat::{MessageId, tables},
    config::Config,
    platform::{
        clock::Clock,
        store::{BATCH, Store, Transaction},
    },
};

/// How much to make.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) messages: u32,
    pub(super) conversations: u32,
    pub(super) users: u32,
}

/// Which databases are filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// Those without any message.
    NeedsNone,
    /// Any.
    AddsToMessages,
}

/// Messages of a transaction, about.
const TOGETHER: usize = 4_000;

pub(super) async fn seed(config: Config, size: Size, extent: Extent) -> anyhow::Result<()> {
    if size.users == 0 || size.conversations == 0 || size.messages < size.conversations {
        bail!("there has to be a person, a conversation, and a message for each conversation");
    }
    let store = Store::open(&config.database).await.context("the database cannot be opened")?;
    store.migrate().await?;
    let there = tables::Message::find().count(store.read()).await?;
    if there > 0 && extent == Extent::NeedsNone {
        bail!("the database has {there} messages already; pass --force to add to them");
    }
    let people = rows::people(&store, size.users).await?;
    let last = tables::Message::find().order_by_desc(tables::MessageColumn::Id).one(store.read()).await?;
    let first = last.map_or(0, |message| message.id.0) + 1;
    fill(&store, size, &people, first).await?;
    store.write(async |tx| settle(&tx, first + i64::from(size.messages) - 1).await).await?;
    store.close_for_good().await.context("closing the database")?;
    say(&format!(
        "{} messages in {} conversations of {} people.",
        size.messages, size.conversations, size.users
    ));
    Ok(())
}

/// Makes the conversations, those that began first being made first. Message ids begin at `first`.
async fn fill(store: &Store, size: Size, people: &[UserId], first: i64) -> anyhow::Result<()> {
    let bar = progress_bar();
    bar.set_length(size.messages.into());
    // Another seed for each filling: ids made of it must not come again.
    let mut dice = Dice::new(first.unsigned_abs());
    let mut calendar = rows::Calendar::until(Clock::system().now(), size.conversations);
    let (most, longer) = (size.messages / size.conversations, size.messages % size.conversations);
    let mut batch = Batch::default();
    let mut next = MessageId(first);
    for number in 0..size.conversations {
        let messages = most + u32::from(number < longer);
        let by = people[usize::try_from(dice.below(people.len() as u64))?];
        batch.add_conversation(&mut dice, by, calendar.next(), next, messages);
        next.0 += i64::from(messages);
        if batch.messages.len() >= TOGETHER || number + 1 == size.conversations {
            bar.inc(batch.messages.len() as u64);
            let full = std::mem::take(&mut batch);
            store.write_once(async |tx| save(&tx, full).await).await?;
        }
    }
    bar.finish_and_clear();
    Ok(())
}

async fn save(tx: &Transaction, batch: Batch) -> Result<(), DbErr> {
    insert::<tables::Conversation>(tx, batch.conversations).await?;
    insert::<tables::Message>(tx, batch.messages).await?;
    insert::<tables::Citation>(tx, batch.citations).await?;
    insert::<tables::Trace>(tx, batch.traces).await?;
    insert::<tables::Feedback>(tx, batch.feedback).await
}

async fn insert<E: EntityTrait>(tx: &Transaction, rows: Vec<E::ActiveModel>) -> Result<(), DbErr>
where
    E::ActiveModel: Send,
{
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        E::insert_many(rows.by_ref().take(BATCH)).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Tells a server's counter of message ids how far they have come, and its planner how much there is. SQLite counts by
/// itself.
async fn settle(tx: &Transaction, last: i64) -> Result<(), DbErr> {
    if tx.get_database_backend() != sea_orm::DbBackend::Postgres {
        return Ok(());
    }
    let counter = format!("SELECT setval(pg_get_serial_sequence('chat_chatmessages', 'id'), {last})");
    tx.execute_unprepared(&counter).await?;
    tx.execute_unprepared(
        "ANALYZE chat_chatmessages, chat_usersession, answer_trace, citation, chat_feedback",
    )
    .await
    .map(drop)
}
