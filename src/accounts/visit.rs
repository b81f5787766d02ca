//! A visit: a caller whose request opens the site, and so begins a web session.

use std::ops::Deref;

use rocket::{
    Request,
    request::{FromRequest, Outcome},
};

use super::{Caller, caller::Reading, identity, origin, web_session};
use crate::{
    app::App,
    error::{Error, leave},
    platform::headers,
};

/// A caller with a web session.
pub struct Visit(Caller<Reading>);

impl Deref for Visit {
    type Target = Caller<Reading>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Visit {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let caller = match Caller::<Reading>::from_request(request).await {
            Outcome::Success(caller) => caller,
            Outcome::Error(failure) => return Outcome::Error(failure),
            Outcome::Forward(status) => return Outcome::Forward(status),
        };
        let kept = match request.rocket().state::<App>() {
            // Whoever asks for the head alone begins nothing.
            Some(_) if caller.session.is_some() || headers::asked_for_head(request) => Ok(()),
            // Nor does another site's page, for a person who has not come here.
            Some(app) if !is_meant(request, app) => Ok(()),
            Some(app) => {
                let account = &caller.account;
                let begun = web_session::begin(request, app, account, web_session::SSO, &caller.display_name);
                begun.await.map(drop)
            }
            None => Err(Error::Unavailable("starting")),
        };
        match kept {
            Ok(()) => Outcome::Success(Self(caller)),
            Err(error) => Outcome::Error((leave(request, error), ())),
        }
    }
}

fn is_meant(request: &Request<'_>, app: &App) -> bool {
    let settings = &app.config.identity;
    origin::is_meant(request, identity::peer(request, settings), settings)
}
