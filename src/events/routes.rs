//! `GET /api/events`.

use rocket::{Route, State, get, routes};

use super::wire::{self, Events};
use crate::{accounts::Caller, app::App, error::Result, platform::json::Json};

/// The routes of this slice.
pub fn routes() -> Vec<Route> {
    routes![list]
}

/// The events of a range of days, both ends included.
#[get("/api/events?<start_date>&<end_date>")]
async fn list(
    start_date: Option<&str>,
    end_date: Option<&str>,
    _caller: Caller,
    app: &State<App>,
) -> Result<Json<Events>> {
    let (first, last) = wire::range(start_date, end_date)?;
    Ok(Json(Events::of(app.events.between(first, last).await?)))
}
