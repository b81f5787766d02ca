//! An answer as `POST /api/chat` sends it: thinking lines, then harmless Markdown, then the end.

use std::{pin::pin, time::Duration};

use async_stream::stream;
use futures::{Stream, StreamExt};

use super::run::Update;
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

/// Follows an answer to its end. Dropping the stream changes nothing for the answer.
pub(super) fn text(
    updates: impl Stream<Item = Update> + Send,
    thinking: Thinking,
    language: Language,
) -> impl Stream<Item = String> + Send {
    stream! {
        let mut updates = pin!(updates);
        let mut begun = false;
        loop {
            if begun {
                tokio::time::sleep(COALESCE).await;
            }
            let update = match tokio::time::timeout(KEEP_ALIVE, updates.next()).await {
                Ok(Some(update)) => update,
                Ok(None) => break,
                Err(_) => {
                    if thinking == Thinking::Shown && !begun {
                        yield thinking_line(&language.text("thinking-still"));
                    }
                    continue;
                }
            };
            if thinking == Thinking::Shown && !begun {
                for line in update.thinking {
                    yield thinking_line(&line);
                }
            }
            if !update.text.is_empty() {
                begun = true;
                yield update.text;
            }
            if update.ended.is_some() {
                break;
            }
        }
    }
}

/// A whole line in one piece: the client takes half a line for the beginning of the answer.
fn thinking_line(line: &str) -> String {
    format!("[THINKING]:{}\n", line.replace(['\n', '\r'], " "))
}
