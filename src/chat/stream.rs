//! An answer as `POST /api/chat` sends it: thinking lines, then neutral Markdown, then the end.

use std::{sync::Arc, time::Duration};

use async_stream::stream;
use futures::Stream;

use super::{neutral::Neutral, run::Run};
use crate::platform::locale::Language;

/// Text is sent at most this often: the client renders all of it anew for every piece.
const COALESCE: Duration = Duration::from_millis(40);
/// Proxies cut streams that are silent for a minute; thinking lines are the only sign of life the format has.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Whether a stream begins with thinking lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinking {
    Shown,
    Hidden,
}

/// Follows a run to its end. Dropping the stream changes nothing for the run.
pub(super) fn text(
    run: Arc<Run>,
    thinking: Thinking,
    language: Language,
) -> impl Stream<Item = String> + Send {
    let mut reader = run.follow();
    stream! {
        let mut neutral = Neutral::default();
        let mut begun = false;
        loop {
            let update = reader.read();
            if thinking == Thinking::Shown && !begun {
                for line in update.thinking {
                    yield thinking_line(&line);
                }
            }
            let mut out = neutral.push(&update.text);
            if update.ended.is_some() {
                out.push_str(&neutral.finish());
            }
            if !out.is_empty() {
                begun = true;
                yield out;
            }
            if update.ended.is_some() {
                break;
            }
            if begun {
                tokio::time::sleep(COALESCE).await;
                reader.changed().await;
            } else if tokio::time::timeout(KEEP_ALIVE, reader.changed()).await.is_err()
                && thinking == Thinking::Shown
            {
                yield thinking_line(&language.text("thinking-still"));
            }
        }
    }
}

/// A whole line in one piece: the client takes half a line for the beginning of the answer.
fn thinking_line(line: &str) -> String {
    format!("[THINKING]:{}\n", line.replace(['\n', '\r'], " "))
}
