//! How a removal that a worker does is getting on.

use askama::Template;
use rocket::{Route, get, http::CookieJar, routes};
use sea_orm::prelude::Uuid;

use super::super::{change_list::rows, desk::Desk, frame::Frame, refusal::Refusal, removal::Standing};
use crate::platform::page::Page;

pub(super) fn routes() -> Vec<Route> {
    routes![removal]
}

/// The page.
#[derive(Template)]
#[template(path = "admin/removal.html")]
struct RemovalPage {
    frame: Frame,
    /// How far it is, in a sentence.
    said: String,
    done: u64,
    rows: u64,
    standing: Standing,
    list: String,
}

#[get("/removals/<id>")]
async fn removal(desk: Desk, id: &str, cookies: &CookieJar<'_>) -> Result<Page<RemovalPage>, Refusal> {
    let id = Uuid::parse_str(id).map_err(|_| Refusal::NotFound)?;
    let found = desk.site.access.removal(id).await?;
    // Nobody else's business: what is being removed may be more than they may see.
    let own = found.filter(|(removal, _)| removal.account == desk.staff.id);
    let (removal, standing) = own.ok_or(Refusal::NotFound)?;
    let (model, locale) = (removal.model(&desk.site)?, &desk.locale);
    let left = match standing {
        Standing::Done => 0,
        _ => {
            let condition = removal.condition(&desk.site, desk.locale)?;
            rows::count(desk.site.store.read(), model, &condition, None).await?
        }
    };
    let done = removal.rows.saturating_sub(left);
    let number = |rows: u64| locale.number(i64::try_from(rows).unwrap_or(i64::MAX));
    let key = match standing {
        Standing::Waiting => "admin-removal-waiting",
        Standing::Running => "admin-removal-running",
        Standing::Done => "admin-removal-done",
        Standing::GivenUp => "admin-removal-given-up",
    };
    let title = locale.with("admin-removal-title", &[("many", &model.many_of(locale))]);
    let list = desk.url(&model.list_path());
    let frame = Frame::new(&desk, cookies, title.clone())
        .crumb(locale.or_last_word(&format!("app-{}", model.app)), desk.url(&format!("{}/", model.app)))
        .crumb(model.many_of(locale), list.clone())
        .here(title);
    Ok(Page::ok(RemovalPage {
        said: locale.with(key, &[("number", &number(done)), ("max", &number(removal.rows))]),
        rows: removal.rows,
        frame,
        done,
        standing,
        list,
    }))
}

impl RemovalPage {
    /// Whether it is worth looking again.
    fn goes_on(&self) -> bool {
        matches!(self.standing, Standing::Waiting | Standing::Running)
    }
}
