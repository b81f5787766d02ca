//! `/user/export`: a copy of all that is known of oneself. Heavy, so rarely; and never at another site's bidding.

use rocket::{
    Request, Route, State, get,
    request::{FromRequest, Outcome},
    routes,
};

use super::download::Download;
use crate::{
    accounts::{Caller, caller::TakingOut, identity, user},
    app::App,
    error::Result,
    platform::{audit, headers},
};

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    routes![export, download]
}

/// All that is known of the caller, as a ZIP archive.
#[get("/user/export")]
async fn export(caller: Caller<TakingOut>, asked: Asked, app: &State<App>) -> Result<Download> {
    if asked.head {
        return Ok(Download::head(app));
    }
    let account: user::Model = caller.account.clone();
    let download = Download::begin(app, account.clone())?;
    let event = audit::Event {
        account_id: Some(account.id.0),
        actor_name: Some(account.username.clone()),
        object: Some(account.as_object()),
        ..asked.event
    };
    let now = app.clock.now();
    app.store.write(async |tx| audit::append(&tx, now, event).await).await?;
    Ok(download)
}

/// The same, linked from the pages: what goes wrong is a page.
#[get("/my-data")]
async fn download(caller: Caller<TakingOut>, asked: Asked, app: &State<App>) -> Result<Download> {
    export(caller, asked, app).await
}

/// What has to be known of the request itself.
struct Asked {
    /// Whether only the head of the answer is wanted.
    head: bool,
    event: audit::Event,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Asked {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let Some(app) = request.rocket().state::<App>() else {
            return Outcome::Forward(rocket::http::Status::ServiceUnavailable);
        };
        let event = identity::event(request, app, "person.exported");
        Outcome::Success(Self { head: headers::asked_for_head(request), event })
    }
}
