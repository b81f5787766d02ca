//! The language model: any service that speaks `OpenAI`'s chat completions.

mod client;
mod endpoint;
mod reasoning;

pub use client::{Answer, Client, ModelError};
