//! Accounts in the dashboard: users, groups, and the pages about passwords and sign-ins.

mod account_page;
mod audit_log;
mod choices;
mod groups;
mod password_pages;
mod second_factor_page;
mod second_factor_reset;
mod users;

use rocket::Route;

pub use audit_log::audit_log;
pub use groups::groups;
pub use users::users;

use super::{guard::Actor, user::UserId};
use crate::{admin::Staff, app::App};

/// The pages of this slice, to be mounted at each base of the dashboard.
pub fn routes() -> Vec<Route> {
    [
        password_pages::routes(),
        second_factor_page::routes(),
        second_factor_reset::routes(),
        account_page::routes(),
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
