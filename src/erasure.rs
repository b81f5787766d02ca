//! Removing accounts with everything that is theirs, and erasing what is known of a person.
//!
//! One way for all who remove an account: files go with their bytes, conversations with their messages. The audit log
//! stays, as it copies what it names.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IdenStatic, QueryFilter, QuerySelect,
    sea_query::{Alias, Expr, Query},
};
use serde_json::json;

use crate::{
    accounts::{UserId, group, log_entry, permission, second_factor, user, web_session},
    chat::{self, ConversationId},
    mail,
    platform::audit::{self, Event},
    queue::job,
    uploads,
};

/// What becomes of the accounts' own rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// They go.
    Removed,
    /// They stay, so that the person can come again, as somebody nothing is known of.
    Kept,
}

/// Removes all that belongs to these accounts. Part of the caller's transaction.
pub async fn erase(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    ids: &[UserId],
    rows: Rows,
) -> Result<(), DbErr> {
    let of = || ids.iter().copied();
    web_session::end_all_of_many(db, ids).await?;
    mail::outbox::forget_recipients(db, &user::addresses_of(db, ids).await?).await?;
    let conversations: Vec<ConversationId> = chat::tables::Conversation::find()
        .select_only()
        .column(chat::tables::ConversationColumn::Id)
        .filter(Expr::col(chat::tables::ConversationColumn::UserId).is_in(of()))
        .into_tuple()
        .all(db)
        .await?;
    chat::conversations::remove(db, &conversations).await?;
    // What was done with files that are gone is nobody's business any more.
    job::forget_ended_of(db, &uploads::files::lanes_of(ids)).await?;
    let opinions = chat::tables::FeedbackColumn::UserId;
    match rows {
        // An opinion without its author still says something about an answer.
        Rows::Removed => forget_author(db, ids, opinions.as_str()).await?,
        Rows::Kept => {
            let own: Vec<i32> = chat::tables::Feedback::find()
                .select_only()
                .column(chat::tables::FeedbackColumn::Id)
                .filter(Expr::col(opinions).is_in(of()))
                .into_tuple()
                .all(db)
                .await?;
            chat::ratings::remove(db, &own).await?;
            user::forget_details(db, ids).await?;
        }
    }
    if rows == Rows::Removed {
        forget_author(db, ids, chat::tables::FeedbackColumn::AssigneeId.as_str()).await?;
        remove_rows(db, now, ids).await?;
    }
    let files: Vec<i32> = uploads::Entity::find()
        .select_only()
        .column(uploads::files::Column::Id)
        .filter(Expr::col(uploads::files::Column::UserId).is_in(of()))
        .into_tuple()
        .all(db)
        .await?;
    // Last, as it locks the head of the index.
    uploads::files::remove(db, now, &files).await?;
    if rows == Rows::Removed {
        user::Entity::delete_many().filter(user::COLUMN.id.is_in(of())).exec(db).await?;
    }
    Ok(())
}

async fn forget_author(db: &impl ConnectionTrait, ids: &[UserId], column: &'static str) -> Result<(), DbErr> {
    let mut forget = Query::update();
    forget.table(chat::tables::Feedback).value(Alias::new(column), None::<i64>);
    forget.and_where(Expr::col(Alias::new(column)).is_in(ids.iter().map(|id| id.0)));
    db.execute(&forget).await.map(drop)
}

/// What hangs on the rows of accounts and is nobody else's.
async fn remove_rows(db: &impl ConnectionTrait, now: DateTime<Utc>, ids: &[UserId]) -> Result<(), DbErr> {
    let of = || ids.iter().copied();
    // Accounts that stay keep theirs: it protects the password, which stays, too.
    second_factor::remove_of_many(db, ids).await?;
    group::membership::Entity::delete_many()
        .filter(Expr::col(group::membership::Column::UsermodelId).is_in(of()))
        .exec(db)
        .await?;
    permission::granted::Entity::delete_many()
        .filter(Expr::col(permission::granted::Column::UsermodelId).is_in(of()))
        .exec(db)
        .await?;
    keep_log(db, now, ids).await
}

/// Entries of the original's log cannot outlive their author: they move to the audit log, which can.
async fn keep_log(db: &impl ConnectionTrait, now: DateTime<Utc>, ids: &[UserId]) -> Result<(), DbErr> {
    let of = || Expr::col(log_entry::Column::UserId).is_in(ids.iter().copied());
    let entries = log_entry::Entity::find().filter(of()).all(db).await?;
    let moved = entries.into_iter().map(|entry| Event {
        account_id: Some(entry.user_id.0),
        detail: json!({
            "at": entry.action_time.to_rfc3339(),
            "kind": entry.action_flag,
            "key": entry.object_id,
            "text": entry.object_repr,
            "message": entry.change_message,
        }),
        ..Event::new("admin.before")
    });
    audit::append_all(db, now, moved.collect()).await?;
    log_entry::Entity::delete_many().filter(of()).exec(db).await.map(drop)
}
