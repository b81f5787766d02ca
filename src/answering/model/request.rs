//! What a model is asked.

use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use super::calls::{Call, Called};

/// A message of a chat completion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// `system`, `user`, `assistant` or `tool`.
    pub role: &'static str,
    /// Its text; `None` where the model only calls for tools.
    pub content: Option<String>,
    /// The tools that the model called for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<Called>,
    /// The call that this is the result of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
}

impl Message {
    /// A message of text.
    pub fn text(role: &'static str, text: String) -> Self {
        Self { role, content: Some(text), tool_calls: Vec::new(), tool_call_id: None }
    }

    /// The model's own: it called for these, after it had said `said`.
    pub fn calls(calls: &[Call], said: &str) -> Self {
        let tool_calls = calls.iter().map(Called::from).collect();
        let content = (!said.trim().is_empty()).then(|| said.to_owned());
        Self { role: "assistant", content, tool_calls, tool_call_id: None }
    }

    /// What came of a call.
    pub fn result(call: &Call, text: String) -> Self {
        let tool_call_id = Some(call.id.clone());
        Self { role: "tool", content: Some(text), tool_calls: Vec::new(), tool_call_id }
    }
}

/// A request.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What was said so far, rules first.
    pub messages: &'a [Message],
    /// The tools there are, as the API wants them described. They stay the same from round to round, so that the
    /// beginning of the prompt does.
    pub tools: &'a [Value],
    /// Whether any may be called for.
    pub may_call: bool,
    /// Who is asked.
    pub of: Role,
    /// When the work began that this is part of: the time for all of it counts from then.
    pub began: Instant,
}

/// What a model is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// To answer a person.
    Answers,
    /// For something small beside answers: a cheaper model may do.
    Tasks,
}

impl Request<'_> {
    /// The same for a server that knows no tools.
    pub(super) fn without_tools(self) -> Self {
        Self { tools: &[], may_call: false, ..self }
    }
}
