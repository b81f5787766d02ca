//! The route of this slice, described.

use rocket::http::Method::Post;
use schemars::JsonSchema;
use serde_json::json;

use super::routes::Words;
use crate::platform::{
    openapi::{Binary, Entry::Callers, Operation},
    rate_limit::Class::Upload,
};

/// A recording.
#[expect(dead_code, reason = "only its form is of interest")]
#[derive(JsonSchema)]
struct RecordingBody {
    /// `WebM`, Ogg, MP4, MP3, WAV or FLAC of at most 10 MiB, by what it begins with.
    #[schemars(with = "Binary")]
    file: (),
    /// The language spoken, as in `en` or `zh-Hans`. Without it, the service finds out by itself.
    language: Option<String>,
}

/// Its description.
pub fn operations() -> Vec<Operation> {
    let later = "Seconds after which another try is worth it.";
    let code = |code: &str| json!({ "error": code, "request_id": "3f9a1c20b7de" });
    let transcribe = Operation::new(
        Post,
        "/api/transcribe",
        "dictation",
        Callers(Upload),
        "Write down what somebody says",
    );
    vec![
        transcribe
            .notes(
                "Nothing of a recording is kept. It counts among uploads, and an account sends one at a time. Where dictation is \
                 off, as it is unless the operator has named a service for it, this is 404.",
            )
            .takes_parts::<RecordingBody>()
            .answers::<Words>(200, "The words.", json!({ "text": "When does the library open?" }))
            .refuses(
                400,
                "There is no recording, or it cannot be understood.",
                json!({ "file": ["The submitted file is empty."], "detail": "The submitted file is empty." }),
            )
            .refuses(404, "Dictation is off.", json!({ "detail": "Dictation is not available here." }))
            .refuses(502, "The service beside this one gave no answer of use.", code("dictation_failed"))
            .with_header(502, "Retry-After", later)
            .refuses(504, "The service beside this one was too slow.", code("dictation_too_slow"))
            .with_header(504, "Retry-After", later),
    ]
}
