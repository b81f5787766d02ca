//! Conversations, messages and feedback in the dashboard.

mod feedback;

use std::collections::HashMap;

use sea_orm::{
    Condition, DbBackend, DbErr, ExprTrait, QuerySelect,
    entity::prelude::*,
    sea_query::{Expr, Query, SelectStatement},
};

use super::{
    citation,
    conversation::{self, ConversationId},
    feedback as opinion,
    message::{self, MessageId},
    trace,
};
use crate::{
    accounts::{
        netid::{NetId, looks_hashed},
        user,
    },
    admin::{Cell, Fieldset, Filter, Locale, ModelAdmin, Page, Row, Tone, Verb, beginning, contains, row},
    config::IdentitySettings,
};

/// Messages whose text a search of messages looks at.
const SEARCHED: u64 = 20_000;
/// Messages whose text a search of conversations looks at, besides titles and owners.
const SEARCHED_BESIDES: u64 = 5_000;
/// Milliseconds from which an answer counts as slow.
const SLOW_MS: i32 = 5_000;
/// Characters of a text that name its row.
const TEXT_CHARS: usize = 60;

pub use feedback::feedback;

/// Conversations.
pub fn conversations(identity: IdentitySettings, backend: DbBackend) -> ModelAdmin<conversation::Entity> {
    use conversation::Column::*;
    ModelAdmin::new("chat", "usersession")
        .class("UserSession")
        .shortcut('c')
        .named_by(conversation_text)
        .list([Title, UserId, CreatedAt])
        .computed("activity", |page| async move {
            let at = |row: &Row| row.moment(LastActivity).or(row.moment(CreatedAt));
            Ok(page.rows.iter().map(|row| at(row).map_or(Cell::Empty, Cell::Moment)).collect())
        })
        .sorted_by(conversation::last_said())
        .computed("messages", message_counts)
        .numbers()
        .computed("feedback", feedback_marks)
        .search([Title])
        .search_exact([Id])
        .search_by(move |word| {
            let named = owners_named(word, &identity);
            Some(Condition::all().add(Expr::col((conversation::Entity, UserId)).in_subquery(named)))
        })
        .search_by(move |word| {
            let said = conversations_saying(word, backend);
            let said = Expr::col((conversation::Entity, Id)).in_subquery(said);
            // A word of two letters would be found nearly everywhere.
            (word.chars().count() > 2 || !word.is_ascii()).then(|| Condition::all().add(said))
        })
        .search_note("conversations-search-note")
        .filter(
            Filter::named("untitled")
                .choice("yes", |_| Condition::all().add(Expr::col((conversation::Entity, Title)).eq("")))
                .choice("no", |_| Condition::all().add(Expr::col((conversation::Entity, Title)).ne(""))),
        )
        .filter(
            Filter::named("feedback")
                .choice("yes", |_| Condition::all().add(rated()))
                .choice("no", |_| Condition::all().not().add(rated())),
        )
        .filters([CreatedAt, UserId])
        .by_date(CreatedAt)
        .greatest_first(conversation::last_said())
        .refers::<user::Entity>(UserId)
        .personal([UserId, Title, Summary])
        .multiline([Summary])
        .fieldset(Fieldset::new().shown([Title, UserId, Id, CreatedAt, LastActivity, Summary]))
        .never([Verb::Add, Verb::Change])
        .exported()
        .takes_along::<message::Entity>(message::Column::SessionId)
        .on_remove(|removing| async move {
            let ids: Vec<ConversationId> =
                removing.keys.iter().filter_map(row::uuid).map(ConversationId).collect();
            conversation::remove(&removing.tx, &ids).await.map(drop)
        })
        .permission("view_personal")
        .link("conversation-open", Some("chat.view_chatmessages"), |row| {
            Some(format!("chat/usersession/{}/conversation/", row.key_text()))
        })
}

fn conversation_text(row: &Row, locale: &Locale) -> String {
    let title = row.text(conversation::Column::Title);
    if !title.is_empty() {
        return title;
    }
    let key = row.key_text();
    format!("{} ({})", locale.t("conversation-untitled"), key.get(..8).unwrap_or(&key))
}

/// The accounts of this name, or of this NetID.
fn owners_named(word: &str, identity: &IdentitySettings) -> SelectStatement {
    let mut stored = vec![word.to_lowercase(), word.to_owned()];
    if let Some(netid) = NetId::parse(word).filter(|_| !looks_hashed(word)) {
        stored.extend([netid.pseudonym(identity.pepper.as_ref()), netid.plain_hash()]);
    }
    let mut named = Query::select();
    named.column(user::Column::Id).from(user::Entity).and_where(user::COLUMN.username.is_in(stored));
    named
}

/// The conversations in whose latest messages a word was said.
fn conversations_saying(word: &str, backend: DbBackend) -> SelectStatement {
    use message::Column::{Id, Message, SessionId};
    let mut newest = Query::select();
    newest
        .columns([Message, SessionId])
        .from(message::Entity)
        .order_by(Id, sea_orm::Order::Desc)
        .limit(SEARCHED_BESIDES);
    let mut said = Query::select();
    // Not DISTINCT: SQLite would read the whole index of conversations for that.
    said.column(SessionId).from_subquery(newest, "newest");
    said.and_where(contains(Expr::col(Message), word, backend));
    said
}

/// Whether an answer of the conversation was rated.
fn rated() -> Expr {
    let mut of = Query::select();
    of.expr(Expr::val(1)).from(opinion::Entity).inner_join(
        message::Entity,
        Expr::col((message::Entity, message::Column::Id))
            .equals((opinion::Entity, opinion::Column::MessageId)),
    );
    of.and_where(
        Expr::col((message::Entity, message::Column::SessionId))
            .equals((conversation::Entity, conversation::Column::Id)),
    );
    Expr::exists(of)
}

fn conversation_ids(page: &Page) -> Vec<ConversationId> {
    page.rows.iter().filter_map(|row| row.uuid(conversation::Column::Id)).map(ConversationId).collect()
}

/// How many messages each conversation of a page has: one query.
async fn message_counts(page: Page) -> Result<Vec<Cell>, DbErr> {
    use message::Column::SessionId;
    let counts: Vec<(ConversationId, i64)> = message::Entity::find()
        .select_only()
        .column(SessionId)
        .column_as(Expr::cust("COUNT(*)"), "messages")
        .filter(SessionId.is_in(conversation_ids(&page)))
        .group_by(SessionId)
        .into_tuple()
        .all(&page.db)
        .await?;
    let counts: HashMap<Uuid, i64> = counts.into_iter().map(|(id, count)| (id.0, count)).collect();
    let of = |row: &Row| row.uuid(conversation::Column::Id).and_then(|id| counts.get(&id).copied());
    Ok(page.rows.iter().map(|row| Cell::Number(of(row).unwrap_or_default())).collect())
}

/// How many conversations each account of a page has: one query.
pub async fn conversations_of_users(page: Page) -> Result<Vec<Cell>, DbErr> {
    page.counted::<conversation::Entity>(conversation::Column::UserId).await
}

/// What people say about each conversation of a page: one query.
async fn feedback_marks(page: Page) -> Result<Vec<Cell>, DbErr> {
    let found: Vec<(ConversationId, String)> = opinion::Entity::find()
        .select_only()
        .column(message::Column::SessionId)
        .column(opinion::Column::FeedbackReason)
        .join(
            sea_orm::JoinType::InnerJoin,
            opinion::Entity::belongs_to(message::Entity)
                .from(opinion::Column::MessageId)
                .to(message::Column::Id)
                .into(),
        )
        .filter(message::COLUMN.session_id.is_in(conversation_ids(&page)))
        .into_tuple()
        .all(&page.db)
        .await?;
    let mut marks: HashMap<Uuid, (bool, bool)> = HashMap::new();
    for (id, reason) in found {
        let mark = marks.entry(id.0).or_default();
        if reason == "helpful" { mark.0 = true } else { mark.1 = true }
    }
    let badge = |word: &str, tone| Cell::Badge(format!("choice-mark-{word}"), tone);
    let of = |row: &Row| match row.uuid(conversation::Column::Id).and_then(|id| marks.get(&id).copied()) {
        Some((true, true)) => badge("both", Tone::Warn),
        Some((true, false)) => badge("good", Tone::Good),
        Some((false, true)) => badge("bad", Tone::Bad),
        _ => Cell::Empty,
    };
    Ok(page.rows.iter().map(of).collect())
}

/// Messages.
pub fn messages() -> ModelAdmin<message::Entity> {
    use message::Column::*;
    ModelAdmin::new("chat", "chatmessages")
        .class("ChatMessages")
        .shortcut('m')
        .named_by(|row, locale| {
            let role = locale.t(&format!("choice-role-{}", row.text(Role)));
            format!("{role}: {}", beginning(&row.text(Message), TEXT_CHARS))
        })
        .list([CreatedAt, Role, Message, SessionId, Status])
        .search_newest(Message, SEARCHED)
        .search_exact([Id])
        .search_note("messages-search-note")
        .filters([Role, CreatedAt, Status])
        .filter(Filter::named("sources").choice("yes", |_| Condition::all().add(cited())).choice(
            "no",
            |_| {
                Condition::all()
                    .add(Expr::col((message::Entity, Role)).eq("bot"))
                    .add(Condition::all().not().add(cited()))
            },
        ))
        .filter(
            Filter::named("latency")
                .choice("slow", |_| {
                    Condition::all()
                        .add(traced(Expr::col((trace::Entity, trace::Column::TotalMs)).gte(SLOW_MS)))
                })
                .choice("quick", |_| {
                    Condition::all()
                        .add(traced(Expr::col((trace::Entity, trace::Column::TotalMs)).lt(SLOW_MS)))
                }),
        )
        .by_date(CreatedAt)
        // As good as by id, which nothing but whole tables is in the order of.
        .newest_first(CreatedAt)
        .refers::<conversation::Entity>(SessionId)
        .choices(Role, [("user", Tone::Plain), ("bot", Tone::Good)])
        .choices(
            Status,
            [
                ("complete", Tone::Good),
                ("streaming", Tone::Plain),
                ("stopped", Tone::Warn),
                ("failed", Tone::Bad),
                ("interrupted", Tone::Bad),
            ],
        )
        .personal([Message])
        .multiline([Message])
        .fieldset(Fieldset::new().shown([SessionId, Role, Message, CreatedAt, Status]))
        .never([Verb::Add, Verb::Change])
        .exported()
        .on_remove(|removing| async move {
            let ids: Vec<MessageId> = removing.keys.iter().filter_map(row::number).map(MessageId).collect();
            message::remove(&removing.tx, &ids).await.map(drop)
        })
        .link("message-open", Some("chat.view_chatmessages"), |row| {
            let conversation = row.uuid(SessionId)?;
            Some(format!("chat/usersession/{conversation}/conversation/#m-{}", row.key_text()))
        })
}

/// Whether a message cites anything.
fn cited() -> Expr {
    let mut of = Query::select();
    of.expr(Expr::val(1)).from(citation::Entity).and_where(
        Expr::col((citation::Entity, citation::Column::MessageId))
            .equals((message::Entity, message::Column::Id)),
    );
    Expr::exists(of)
}

/// Whether a message has a trace of which this is true.
fn traced(condition: Expr) -> Expr {
    let mut of = Query::select();
    of.expr(Expr::val(1)).from(trace::Entity).and_where(condition).and_where(
        Expr::col((trace::Entity, trace::Column::MessageId)).equals((message::Entity, message::Column::Id)),
    );
    Expr::exists(of)
}
