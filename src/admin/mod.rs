//! Engine: a dashboard over the entities of a database.
//!
//! A model is declared once, over the columns of its entity: [`ModelAdmin`]. The declaration is erased to data, so
//! that lists, forms, deletions, histories and exports exist once, whatever the model. The application supplies who
//! is signed in and what they may do: [`Access`].
//!
//! Knows nothing of what the models mean. What one model needs and the engine cannot say belongs to that model.

mod access;
mod action;
mod cell;
mod change_list;
mod chart;
mod chosen;
mod columns;
mod counted;
mod csrf;
mod declared;
mod desk;
mod export;
mod field;
mod filter;
mod flash;
mod form;
mod frame;
mod history;
mod locale;
mod model;
mod model_admin;
mod overview;
mod posted;
mod refusal;
mod removal;
mod remove;
pub mod row;
mod save;
mod search;
mod site;
mod value;
mod views;

use rocket::{Build, Rocket, Route};

pub use access::{Access, Entrant, SignInRefused, SignedIn, Staff, Verb};
pub use action::{Action, Chosen};
pub use cell::{Cell, Tone, beginning, is_digest, shortened};
pub use chart::with_unit;
pub use csrf::{FIELD as TOKEN_FIELD, is_valid as is_valid_token};
pub use declared::Declared;
pub use desk::{BASES, Desk, base};
pub use filter::{Filter, contains};
pub use flash::{Level, Message};
pub use form::{Choice, Draft, Extra, Fault, Fieldset, Many, Part, Problems};
pub use frame::Frame;
pub use locale::{Locale, size};
pub use model::{Checked, Direction, Page, Removing, Saving};
pub use model_admin::ModelAdmin;
pub use overview::{Chart, Drawing, Figure, Overview, Period, Trend};
pub use posted::{CODE, PROOF, Posted, RECOVERY_CODE};
pub use refusal::Refusal;
pub use removal::{Removal, Standing};
pub use row::Row;
pub use site::{AdminSite, Looking, ModelPermissions, Site};
pub use views::{Proof, proof_fault};

/// Mounts the pages at both of their bases, and the way to them from `/admin`. The application prepares the routes first,
/// for example gives them a time.
pub fn mount(mut rocket: Rocket<Build>, prepared: impl Fn(Vec<Route>) -> Vec<Route>) -> Rocket<Build> {
    for (base, _) in BASES {
        rocket = rocket.mount(base, prepared(views::routes())).register(base, views::catchers());
    }
    rocket.mount("/admin", views::without_language())
}
