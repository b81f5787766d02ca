//! The language model: any service that speaks `OpenAI`'s chat completions.

mod calls;
mod client;
mod endpoint;
mod gate;
mod reasoning;
mod request;

pub use calls::{Call, Called};
pub use client::{Answer, Client, ModelError, Reply};
pub use endpoint::Usage;
pub use gate::{Leave, Place, Turn};
pub use request::{Message, Request, Role};
