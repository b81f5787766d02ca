//! The second factor of a local account: codes of an authenticator app, and recovery codes for who has lost it.
//!
//! Whoever has one turned on is signed in by their password and a code. Between the two a signed cookie says whose
//! password was right ([`pending`]); a code, a recovery code and that cookie are good once each, over all instances.

mod check;
pub mod factor;
mod pending;
mod qr;
pub mod recovery_code;
mod set_up;
mod sign_in;
mod totp;

pub use check::Typed;
pub(super) use check::{Use, is_right};
pub(super) use pending::ask as ask_for_code;
pub use pending::is_awaited;
pub use qr::Drawing;
pub use set_up::{
    Begun, Confirmed, begin, confirm, forget_unconfirmed, new_codes, remove_of_many, reset, turn_off, waiting,
};
pub use sign_in::with_code;
pub use totp::Key;

use super::UserId;
use crate::platform::secret_field::Place;

/// Where the secret of an account is kept.
fn place(account: UserId) -> Place {
    Place { table: "second_factor", column: "secret", id: account.0.to_string() }
}
