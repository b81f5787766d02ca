//! Citations of answers, kept so that a reload shows them.

use std::collections::{HashMap, HashSet};

use sea_orm::{QueryOrder, Set, entity::prelude::*, sea_query::SelectStatement};

use super::message::MessageId;
use crate::{accounts::UserId, answering, knowledge::COMPOSED, uploads};

/// A citation.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "citation")]
pub struct Model {
    /// The answer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: MessageId,
    /// The number in its text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub n: i32,
    /// The document, which may be gone by now.
    pub document_id: Option<i64>,
    /// The chunk, which may be gone by now; none for a text put together from a table.
    pub chunk_id: Option<i64>,
    /// The uploaded file behind the document, which may be gone by now.
    pub file_id: Option<i32>,
    /// Title of the document.
    pub title: String,
    /// Address of the document.
    pub url: Option<String>,
    /// The page.
    pub page: Option<i32>,
    /// What is cited.
    pub quote: String,
    /// SHA-256 of the whole passage.
    pub quote_hash: String,
    /// Where the passage begins in its page.
    pub char_start: i32,
    /// Where the passage ends in its page.
    pub char_end: i32,
    /// How well the passage fitted the question.
    pub score: f64,
}

impl ActiveModelBehavior for ActiveModel {}

/// A citation as a page shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The row.
    pub citation: Model,
    /// The reader's own file behind it, if it is still there.
    pub file_id: Option<i32>,
}

/// Keeps the citations of an answer.
pub(super) async fn save(
    db: &impl ConnectionTrait,
    of: MessageId,
    citations: Vec<answering::Citation>,
) -> Result<(), DbErr> {
    if citations.is_empty() {
        return Ok(());
    }
    let row = |citation: answering::Citation| ActiveModel {
        message_id: Set(of),
        n: Set(citation.n),
        document_id: Set(Some(citation.document_id.0)),
        chunk_id: Set(Some(citation.chunk_id).filter(|chunk| *chunk != COMPOSED)),
        file_id: Set(citation.file_id),
        title: Set(citation.title),
        url: Set(citation.url),
        page: Set(citation.page),
        quote: Set(citation.quote),
        quote_hash: Set(citation.quote_hash),
        char_start: Set(citation.char_start),
        char_end: Set(citation.char_end),
        score: Set(citation.score),
    };
    Entity::insert_many(citations.into_iter().map(row)).exec_without_returning(db).await?;
    Ok(())
}

/// The citations of some answers, in the order of their numbers, for a reader who owns them.
pub async fn of_messages(
    db: &impl ConnectionTrait,
    reader: UserId,
    messages: &[MessageId],
) -> Result<HashMap<MessageId, Vec<Shown>>, DbErr> {
    let rows = Entity::find()
        .filter(COLUMN.message_id.is_in(messages.iter().copied()))
        .order_by_asc(Column::MessageId)
        .order_by_asc(Column::N)
        .all(db)
        .await?;
    let files: Vec<i32> = rows.iter().filter_map(|row| row.file_id).collect();
    let there = uploads::still_owned(db, reader, &files).await?;
    let there: HashSet<i32> = there.into_iter().collect();
    let mut shown: HashMap<MessageId, Vec<Shown>> = HashMap::new();
    for mut row in rows {
        row.url = row.url.filter(|url| is_web_address(url));
        let file_id = row.file_id.filter(|id| there.contains(id));
        shown.entry(row.message_id).or_default().push(Shown { citation: row, file_id });
    }
    Ok(shown)
}

/// What may become a link. Addresses are looked at where they come in; these rows may be older than that.
fn is_web_address(url: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| url.starts_with(scheme))
}

/// Deletes the citations of the answers that `messages` selects.
pub(super) async fn remove_of(db: &impl ConnectionTrait, messages: SelectStatement) -> Result<(), DbErr> {
    Entity::delete_many().filter(COLUMN.message_id.in_subquery(messages)).exec(db).await.map(drop)
}
