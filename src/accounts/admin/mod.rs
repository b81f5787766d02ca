//! Accounts in the dashboard: users, groups, and the pages about passwords and sign-ins.

mod account_page;
mod audit_log;
mod choices;
mod groups;
mod password_pages;
mod second_factor_page;
mod second_factor_reset;
mod sessions_page;
mod users;

use rocket::Route;

pub use audit_log::audit_log;
pub use groups::groups;
pub use users::users;

use super::{
    guard::{self, Actor},
    user::{self, UserId},
};
use crate::{
    admin::{Desk, Refusal, Staff},
    app::App,
};

/// The pages of this slice, to be mounted at each base of the dashboard.
pub fn routes() -> Vec<Route> {
    [
        password_pages::routes(),
        second_factor_page::routes(),
        second_factor_reset::routes(),
        account_page::routes(),
        sessions_page::routes(),
    ]
    .concat()
}

/// A staff member as the guards see them.
fn actor<'a>(staff: &'a Staff, app: &'a App) -> Actor<'a> {
    Actor {
        id: UserId(staff.id),
        superuser: staff.superuser,
        held: &staff.permissions,
        developers: &app.developers,
    }
}

/// The account of an address, if it may be touched: that of a superuser only by another.
pub async fn touchable(desk: &Desk, app: &App, pk: i64) -> Result<user::Model, Refusal> {
    let account = user::by_id(app.store.read(), UserId(pk)).await?.ok_or(Refusal::NotFound)?;
    guard::may_touch(&actor(&desk.staff, app), &account).map_err(|_| Refusal::Forbidden(None))?;
    Ok(account)
}
