//! The page itself: everything it shows, loaded at once.

use askama::Template;
use rocket::{
    Request,
    http::{Header, Status},
    response::{self, Responder},
};

use super::{
    files::{self, FilesView, SourcesView},
    frame::Frame,
    messages::{self, MessageView},
    page::Page,
};
use crate::{
    accounts::identity::Identity,
    app::App,
    chat::{ConversationId, Listing, conversations},
    error::Result,
    platform::{assets, headers::WITH_MICROPHONE, locale::Language},
};

/// The name that stands for campus documents among the sources.
pub(super) const CAMPUS: &str = "ChatDKU";
/// Conversations in the list. Older ones are found by searching.
const LISTED: u64 = 100;

/// The page.
#[derive(Template)]
#[template(path = "site/chat.html")]
pub(super) struct ChatPage {
    pub(super) frame: Frame,
    pub(super) conversations: ConversationsView,
    /// The open conversation.
    pub(super) current: Option<ConversationLink>,
    pub(super) messages: Vec<MessageView>,
    pub(super) files: FilesView,
    pub(super) sources: SourcesView,
    /// What went wrong, said above the question.
    pub(super) problem: Option<String>,
    /// A question that could not be asked, given back.
    pub(super) draft: String,
    /// Whether any campus document is loaded.
    pub(super) has_documents: bool,
    /// The script of the microphone, where questions may be dictated.
    pub(super) dictation: Option<String>,
}

/// The list of conversations.
#[derive(Template)]
#[template(path = "site/_conversations.html")]
pub(super) struct ConversationsView {
    pub(super) list: Vec<ConversationLink>,
    pub(super) search: String,
    pub(super) language: Language,
}

impl ConversationsView {
    pub(super) fn t(&self, key: &str) -> String {
        self.language.text(key)
    }
}

/// A conversation in the list.
pub(super) struct ConversationLink {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) current: bool,
}

/// Who looks at the page, where, and in which language.
pub(super) struct Looking<'a> {
    pub(super) app: &'a App,
    pub(super) identity: &'a Identity,
    pub(super) language: Language,
    pub(super) path: String,
}

/// What the page opens with.
#[derive(Default)]
pub(super) struct Opening {
    pub(super) conversation: Option<ConversationId>,
    pub(super) search: String,
    pub(super) sources: Vec<String>,
    pub(super) problem: Option<String>,
    pub(super) upload_message: Option<String>,
    pub(super) draft: String,
    pub(super) status: Option<Status>,
}

/// The page as an answer. Where questions may be dictated, it tells the browser that it may use the microphone, which no
/// other page may.
pub(super) struct MainPage(Page<ChatPage>);

impl<'r> Responder<'r, 'static> for MainPage {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let listens = self.0.template.dictation.is_some();
        let mut answer = self.0.respond_to(request)?;
        if listens {
            answer.set_header(Header::new("Permissions-Policy", WITH_MICROPHONE));
        }
        Ok(answer)
    }
}

/// Loads the page.
pub(super) async fn page(looking: Looking<'_>, opening: Opening) -> Result<MainPage> {
    let Looking { app, identity, language, path } = looking;
    let (db, reader) = (app.store.read(), identity.account.id);
    let current = match opening.conversation {
        Some(id) => Some(conversations::owned(db, reader, id).await?),
        None => None,
    };
    let messages = match &current {
        Some(conversation) => messages::of_conversation(app, reader, conversation.id, language).await?,
        None => Vec::new(),
    };
    let (mut files, sources) = files::of_owner(app, reader, language, &opening.sources).await?;
    files.message = opening.upload_message;
    let current = current.map(|conversation| ConversationLink {
        id: conversation.id.to_string(),
        title: if conversation.title.is_empty() {
            language.text("site-untitled")
        } else {
            conversation.title
        },
        current: true,
    });
    let open = current.as_ref().map(|conversation| conversation.id.clone());
    let template = ChatPage {
        conversations: list(app, identity, language, opening.search, open.as_deref()).await?,
        frame: Frame::new(app, language, path, Some(identity)),
        current,
        messages,
        files,
        sources,
        problem: opening.problem,
        draft: opening.draft,
        has_documents: app.library.has_campus_documents().await?,
        dictation: app.dictation.as_ref().map(|_| assets::address("site/dictation.js")),
    };
    Ok(MainPage(Page { status: opening.status.unwrap_or(Status::Ok), template }))
}

/// The list of conversations, those with `search` in them.
pub(super) async fn list(
    app: &App,
    identity: &Identity,
    language: Language,
    search: String,
    open: Option<&str>,
) -> Result<ConversationsView> {
    let listing = Listing { containing: Some(search.clone()), limit: Some(LISTED), before: None };
    let rows = conversations::list(app.store.read(), identity.account.id, &listing).await?;
    let link = |row: conversations::Model| {
        let id = row.id.to_string();
        ConversationLink { current: open == Some(id.as_str()), id, title: row.title }
    };
    Ok(ConversationsView { list: rows.into_iter().map(link).collect(), search, language })
}
