//! Conversations: questions, answers as they come into being, feedback.

pub mod admin;
pub mod api;
mod api_bodies;
mod ask;
mod citation;
mod cleanup;
mod complaint;
mod conversation;
mod event;
mod feedback;
pub mod figures;
mod follow;
mod generation;
mod log;
mod making;
mod message;
mod neutral;
mod older;
pub mod opinions;
mod recovery;
mod routes;
mod run;
mod runs;
mod spool;
mod stop;
mod stream;
mod summary;
pub mod takeout;
mod trace;
mod two_step;
mod two_step_api;
mod two_step_wire;
mod wire;

pub use ask::{Ask, Asked, ask, open};
pub use citation::{Shown as ShownCitation, of_messages as citations_of};
pub use cleanup::{clean, delete_of};
pub use conversation::{ConversationId, Listing};
pub use feedback::Rating;
pub use follow::{Following, fill_in, of_answer};
pub use generation::{GenerationId, LOG_KEPT};
pub use message::{MessageId, Role, Status};
pub use recovery::{close_interrupted, forget_logs};
pub use routes::routes;
pub use run::Update;
pub use runs::Runs;
pub use spool::save_spooled;
pub use stop::stop_answer;
pub use wire::{Blank, checked_question, checked_rating, checked_title, scope};

/// Conversations, for the pages.
pub mod conversations {
    pub use super::conversation::{
        Model, by_id, delete, forget, last_said, list, neighbours, owned, remove, rename,
    };
}

/// Messages, for the pages.
pub mod messages {
    pub use super::message::{ActiveModel, Model, list, owned, remove};
}

/// Feedback, for the pages.
pub mod ratings {
    pub use super::{
        complaint::{Complaint, newest as newest_complaints},
        feedback::{Model, State, about, forget, in_state, keep, mark, rated, remove},
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
        event::{Column as GenerationEventColumn, Entity as GenerationEvent},
        feedback::{Column as FeedbackColumn, Entity as Feedback},
        generation::{Column as GenerationColumn, Entity as Generation},
        message::{Column as MessageColumn, Entity as Message},
        trace::Entity as Trace,
    };
}
