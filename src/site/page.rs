//! A rendered template as an answer.

use askama::{Template, filters::HtmlSafe};
use rocket::{
    Request, Response,
    http::{ContentType, Status},
    response::{self, Responder},
};

use super::{
    files::{FilesView, SourcesView},
    messages::MessageView,
    view::ConversationsView,
};
use crate::error::{Error, leave};

// Parts of pages are templates: they have escaped what they show.
impl HtmlSafe for ConversationsView {}
impl HtmlSafe for FilesView {}
impl HtmlSafe for MessageView {}
impl HtmlSafe for SourcesView {}

/// A page, or a part of one, with its status.
pub(super) struct Page<T> {
    pub(super) status: Status,
    pub(super) template: T,
}

impl<T> Page<T> {
    pub(super) fn ok(template: T) -> Self {
        Self { status: Status::Ok, template }
    }
}

impl<'r, T: Template> Responder<'r, 'static> for Page<T> {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let html = self.template.render().map_err(|error| leave(request, Error::Internal(error.into())))?;
        Response::build()
            .status(self.status)
            .header(ContentType::HTML)
            .sized_body(html.len(), std::io::Cursor::new(html))
            .ok()
    }
}
