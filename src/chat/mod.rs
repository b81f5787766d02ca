//! Conversations: questions, answers as they come into being, feedback.

pub mod admin;
pub mod api;
mod api_bodies;
mod ask;
mod citation;
mod cleanup;
mod complaint;
mod conversation;
mod feedback;
pub mod figures;
mod message;
mod neutral;
mod older;
pub mod opinions;
mod routes;
mod run;
mod spool;
mod stream;
mod trace;
mod wire;

pub use ask::{Ask, ask, open};
pub use citation::{Shown as ShownCitation, of_messages as citations_of};
pub use cleanup::{clean, close_interrupted, delete_of};
pub use conversation::{ConversationId, Listing};
pub use feedback::Rating;
pub use message::{MessageId, Role, Status};
pub use routes::routes;
pub use run::{Run, Runs, Update};
pub use spool::save_spooled;
pub use wire::{Blank, checked_question, checked_rating, checked_title, scope};

/// Conversations, for the pages.
pub mod conversations {
    pub use super::conversation::{Model, by_id, delete, last_said, list, neighbours, owned, remove, rename};
}

/// Messages, for the pages.
pub mod messages {
    pub use super::message::{ActiveModel, Model, list, owned, remove};
}

/// Feedback, for the pages.
pub mod ratings {
    pub use super::{
        complaint::{Complaint, newest as newest_complaints},
        feedback::{Model, State, about, in_state, keep, mark, rated, remove},
    };
}

/// Traces of answers, for the pages.
pub mod traces {
    pub use super::trace::{Model, Stage, of_messages};
    pub use crate::answering::Finding;
}

/// The tables of this slice, for the check that they match the schema.
pub mod tables {
    pub use super::{
        citation::Entity as Citation,
        conversation::{Column as ConversationColumn, Entity as Conversation},
        feedback::{Column as FeedbackColumn, Entity as Feedback},
        message::{Column as MessageColumn, Entity as Message},
        trace::Entity as Trace,
    };
}
