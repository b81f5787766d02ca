//! A departure: a caller who signs out. The web session is over when the handler begins.

use rocket::{
    Request,
    request::{FromRequest, Outcome},
};

use super::{Caller, caller::Changing, web_session};
use crate::{
    app::App,
    error::{Error, leave},
};

/// A caller whose web session has ended.
pub struct Departure(());

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Departure {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        // Who it is, and whether this page may do it.
        match Caller::<Changing>::from_request(request).await {
            Outcome::Success(_) => {}
            Outcome::Error(failure) => return Outcome::Error(failure),
            Outcome::Forward(status) => return Outcome::Forward(status),
        }
        let ended = match request.rocket().state::<App>() {
            Some(app) => web_session::end(request, app).await,
            None => Err(Error::Unavailable("starting")),
        };
        match ended {
            Ok(()) => Outcome::Success(Self(())),
            Err(error) => Outcome::Error((leave(request, error), ())),
        }
    }
}
