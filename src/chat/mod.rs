//! Conversations: questions, answers as they come into being, feedback.

mod ask;
mod citation;
mod cleanup;
mod conversation;
mod feedback;
mod message;
mod neutral;
mod routes;
mod run;
mod stream;
mod wire;

pub use ask::{Ask, ask};
pub use citation::{Shown as ShownCitation, of_messages as citations_of};
pub use cleanup::{CLEAN, clean, close_interrupted, job as cleaning};
pub use conversation::{ConversationId, Listing};
pub use feedback::Rating;
pub use message::{MessageId, Role, Status};
pub use routes::routes;
pub use run::{Run, Runs, Update};
pub use wire::{Blank, checked_question, checked_rating, checked_title, scope};

/// Conversations, for the pages.
pub mod conversations {
    pub use super::conversation::{Model, create, delete, list, owned, rename};
}

/// Messages, for the pages.
pub mod messages {
    pub use super::message::{Model, list, owned};
}

/// Feedback, for the pages.
pub mod ratings {
    pub use super::feedback::{add, rated};
}

/// The tables of this slice, for the check that they match the schema.
pub mod tables {
    pub use super::{
        citation::Entity as Citation,
        conversation::{Column as ConversationColumn, Entity as Conversation},
        feedback::Entity as Feedback,
        message::Entity as Message,
    };
}
