//! Mail: letters wait in an outbox and are sent by jobs.
//!
//! A letter is written in the transaction that created the need for it. It arrives at least once, or ends as a dead
//! letter with its reason; whoever gets it twice can tell by its Message-ID, which is fixed when it is written.

pub mod admin;
mod compose;
mod fault;
mod frame;
mod letter;
mod note;
pub mod outbox;
mod post;
pub mod readers;
mod send;
mod smtp;
mod watch;

pub use fault::{Entity as Fault, Model as FaultRow, forget as forget_faults, report_faults};
pub use frame::Frame;
pub use letter::{BadSubject, Letter};
pub use note::{letter as note, test};
pub use outbox::{Entity, MailId};
pub use post::{Post, Undelivered};
pub use send::{PACE, gave_up, send};
pub use watch::Watch;

pub use crate::platform::address::{Address, BadAddress};
