//! Messages as the page shows them.

use std::collections::HashMap;

use askama::Template;
use sea_orm::DbErr;

use super::markdown::{self, Html};
use crate::{
    accounts::UserId,
    answering::without_references,
    app::App,
    chat::{self, ConversationId, MessageId, Role, ShownCitation, Status, messages::Model, ratings},
    error::Result,
    platform::locale::Language,
};

/// A message.
#[derive(Template)]
#[template(path = "site/_message.html")]
pub(super) struct MessageView {
    pub(super) id: i64,
    pub(super) conversation: String,
    pub(super) mine: bool,
    pub(super) html: Html,
    /// The text as it was written, to be copied.
    pub(super) raw: String,
    pub(super) streaming: bool,
    /// What is wrong with an answer that is not whole.
    pub(super) trouble: Option<String>,
    pub(super) citations: Vec<CitationView>,
    /// The reason for which the reader has rated it.
    pub(super) rated: Option<String>,
    pub(super) language: Language,
}

/// A citation.
pub(super) struct CitationView {
    pub(super) n: i32,
    pub(super) title: String,
    /// `page 3`, in the reader's language.
    pub(super) page: Option<String>,
    pub(super) quote: String,
    /// Where the passage can be read.
    pub(super) href: Option<String>,
    /// Whether that is another site.
    pub(super) outside: bool,
}

impl MessageView {
    pub(super) fn t(&self, key: &str) -> String {
        self.language.text(key)
    }

    /// A choice of the rating form: its value and its words.
    pub(super) fn complaints(&self) -> [(&'static str, String); 3] {
        ["not_correct", "not_clear", "not_relevant"]
            .map(|reason| (reason, self.t(&format!("site-rate-{reason}"))))
    }
}

/// The messages of a conversation of `reader`'s.
pub(super) async fn of_conversation(
    app: &App,
    reader: UserId,
    id: ConversationId,
    language: Language,
) -> Result<Vec<MessageView>, DbErr> {
    let rows = chat::messages::list(app.store.read(), id).await?;
    views(app, reader, rows, language).await
}

/// Some messages of `reader`'s, in their order.
pub(super) async fn views(
    app: &App,
    reader: UserId,
    mut rows: Vec<Model>,
    language: Language,
) -> Result<Vec<MessageView>, DbErr> {
    chat::fill_in(app, &mut rows).await?;
    let answers: Vec<MessageId> = rows.iter().filter(|row| row.role == Role::Bot).map(|row| row.id).collect();
    let mut citations = chat::citations_of(app.store.read(), reader, &answers).await?;
    let rated: HashMap<MessageId, String> =
        ratings::rated(app.store.read(), reader, &answers).await?.into_iter().collect();
    let view = |row: Model| {
        let cited = citations.remove(&row.id).unwrap_or_default();
        let rated = rated.get(&row.id).cloned();
        view(row, cited, rated, language)
    };
    Ok(rows.into_iter().map(view).collect())
}

/// What shows `views`.
pub(super) fn html(views: &[MessageView]) -> Result<String> {
    let parts: Result<String, askama::Error> = views.iter().map(Template::render).collect();
    Ok(parts.map_err(anyhow::Error::from)?)
}

fn view(row: Model, cited: Vec<ShownCitation>, rated: Option<String>, language: Language) -> MessageView {
    let mine = row.role == Role::User;
    let streaming = row.status() == Status::Streaming;
    let numbers: Vec<i32> = cited.iter().map(|shown| shown.citation.n).collect();
    MessageView {
        id: row.id.0,
        conversation: row.session_id.to_string(),
        mine,
        html: if mine { markdown::plain(&row.message) } else { answer_html(&row.message, row.id, &numbers) },
        streaming,
        trouble: trouble(row.status()).map(|key| language.text(key)),
        citations: cited.into_iter().map(|shown| citation(shown, language)).collect(),
        raw: row.message,
        rated,
        language,
    }
}

/// An answer's text without its reference block, which the page shows in its own way.
pub(super) fn answer_html(text: &str, id: MessageId, cited: &[i32]) -> Html {
    markdown::render(without_references(text), &format!("m{}", id.0), cited)
}

fn trouble(status: Status) -> Option<&'static str> {
    match status {
        Status::Complete | Status::Streaming => None,
        Status::Stopped => Some("site-answer-stopped"),
        Status::Failed => Some("site-answer-failed"),
        Status::Interrupted => Some("site-answer-interrupted"),
    }
}

fn citation(shown: ShownCitation, language: Language) -> CitationView {
    let row = shown.citation;
    let own = shown.file_id.map(|id| {
        let page = row.page.map(|page| format!("#page={page}")).unwrap_or_default();
        format!("/user_files/{id}/content?inline{page}")
    });
    CitationView {
        n: row.n,
        title: row.title,
        page: row.page.map(|page| language.text_with("site-page", [("page", page)])),
        quote: row.quote,
        outside: own.is_none() && row.url.is_some(),
        href: own.or(row.url),
    }
}
