//! A rendered template as an answer.

use askama::Template;
use rocket::{
    Request, Response,
    http::{ContentType, Status},
    response::{self, Responder},
};

use crate::error::{Error, leave};

/// A page, or a part of one, with its status.
pub struct Page<T> {
    /// The status of the answer.
    pub status: Status,
    /// What is rendered.
    pub template: T,
}

impl<T> Page<T> {
    /// A page as it was asked for.
    pub fn ok(template: T) -> Self {
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
