//! The two-step API as clients see it: ids, and events.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    conversation::ConversationId,
    event::{Kind, Model, Stage},
    generation::GenerationId,
};
use crate::error::{Invalid, Result};

/// An answer that is being made, and where.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Generating {
    #[schemars(with = "uuid::Uuid")]
    chat_id: String,
    #[schemars(with = "uuid::Uuid")]
    session_id: String,
}

impl Generating {
    pub(super) fn of(id: GenerationId, conversation: ConversationId) -> Self {
        Self { chat_id: id.to_string(), session_id: conversation.to_string() }
    }
}

/// An event, as the data of a server-sent event has it.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    id: String,
    data: Data,
}

#[derive(Debug, Serialize)]
struct Data {
    #[serde(rename = "type")]
    kind: Kind,
    stage: Stage,
    content: String,
    /// The text once more, for those who read batches as lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    chunks: Option<[String; 1]>,
}

impl Told {
    pub(super) fn of(event: Model) -> Self {
        let chunks = (event.kind == Kind::ChunkBatch).then(|| [event.content.clone()]);
        let data = Data { kind: event.kind, stage: event.stage, content: event.content, chunks };
        Self { id: event.seq.to_string(), data }
    }
}

/// The number of the last event that a reader has, as its connection or its address says; 0 when there is none.
pub(super) fn last_event(header: Option<&str>, query: Option<&str>) -> Result<i64> {
    let Some(said) = [header, query].into_iter().flatten().map(str::trim).find(|said| !said.is_empty())
    else {
        return Ok(0);
    };
    match said.parse() {
        Ok(seq) if seq >= 0 => Ok(seq),
        _ => Err(Invalid::field("lastEventId", "A valid number of an event is required.").into()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn events_have_the_shape_that_the_first_design_gave_them() {
        let event = |kind, stage| Model {
            generation_id: GenerationId(Uuid::nil()),
            seq: 7,
            kind,
            stage,
            content: "It".to_owned(),
        };
        let told = |kind, stage| serde_json::to_value(Told::of(event(kind, stage))).expect("JSON");
        assert_eq!(
            told(Kind::Reasoning, Stage::Planner),
            json!({ "id": "7", "data": { "type": "reasoning", "stage": "Planner", "content": "It" } })
        );
        assert_eq!(
            told(Kind::ChunkBatch, Stage::Generation),
            json!({ "id": "7", "data": {
                "type": "chunk_batch", "stage": "generation", "content": "It", "chunks": ["It"],
            } })
        );
    }

    #[test]
    fn the_place_of_a_reader_is_a_number_or_a_mistake() {
        assert_eq!(last_event(None, None).expect("a place"), 0);
        assert_eq!(last_event(Some("3"), Some("9")).expect("a place"), 3, "a connection knows better");
        assert_eq!(last_event(Some(""), Some(" 9 ")).expect("a place"), 9);
        for wrong in ["-1", "x", "1.5", "99999999999999999999"] {
            assert!(last_event(Some(wrong), None).is_err(), "{wrong}");
        }
    }
}
