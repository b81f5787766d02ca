//! An archive as an answer.

use std::{io::Cursor, pin::Pin};

use futures::{Stream, StreamExt};
use rocket::{
    Request, Response,
    http::Header,
    response::{self, Responder},
};

use crate::{accounts::user, app::App, error::Result};

/// The archive of an account, being sent.
pub(super) struct Download {
    name: String,
    /// `None` for whoever asks for the head alone.
    pieces: Option<Pieces>,
}

type Pieces = Pin<Box<dyn Stream<Item = std::io::Result<Vec<u8>>> + Send>>;

impl Download {
    /// Begins to make it.
    pub(super) fn begin(app: &App, of: user::Model) -> Result<Self> {
        let pieces = super::export(app, of)?;
        Ok(Self { pieces: Some(Box::pin(pieces)), ..Self::head(app) })
    }

    /// What is said of it before.
    pub(super) fn head(app: &App) -> Self {
        Self { name: format!("chatdku-{}.zip", app.today()), pieces: None }
    }
}

impl<'r> Responder<'r, 'static> for Download {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut answer = Response::build();
        answer.header(Header::new("Content-Type", "application/zip"));
        answer.header(Header::new("Content-Disposition", format!("attachment; filename=\"{}\"", self.name)));
        if let Some(pieces) = self.pieces {
            let pieces = pieces.map(|piece| piece.map(Cursor::new));
            // An error ends the answer without its end mark: the browser knows that the file is not whole.
            answer.streamed_body(tokio_util::io::StreamReader::new(pieces));
        }
        answer.ok()
    }
}
