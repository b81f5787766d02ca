//! An answer as it comes, for the page's script: server-sent events with HTML ready to be shown.
//!
//! Each event holds all of the text so far, rendered and sanitised, so a connection that breaks is simply opened
//! again.

use std::{sync::Arc, time::Duration};

use rocket::{
    State, get,
    response::stream::{Event, EventStream},
};

use super::messages;
use crate::{
    accounts::{Caller, UserId},
    app::App,
    chat::{self, ConversationId, MessageId, Run, Status},
    error::Result,
    platform::locale::Language,
};

/// Events come at most this often.
const PACE: Duration = Duration::from_millis(120);
/// How often the row of an answer is looked at that another process is making.
const LOOK: Duration = Duration::from_secs(1);

/// Follows an answer of the caller's: `thinking` lines, `answer` with the HTML so far, `end` with the whole message.
#[get("/c/<id>/messages/<mid>/live")]
pub(super) async fn live(
    id: &str,
    mid: i64,
    caller: Caller,
    language: Language,
    app: &State<App>,
) -> Result<EventStream![]> {
    let (id, mid, reader) = (ConversationId::parse(id)?, MessageId(mid), caller.account.id);
    chat::messages::owned(app.store.read(), reader, id, mid).await?;
    let app = app.inner().clone();
    let run = app.runs.of_answer(mid);
    Ok(EventStream! {
        if let Some(run) = run {
            for await event in follow(run) {
                yield event;
            }
        }
        // The row is what counts: also for an answer of another process, and for one that has ended already.
        loop {
            match ended(&app, reader, id, mid, language).await {
                Ok(Some(html)) => {
                    yield Event::data(html).event("end");
                    break;
                }
                Ok(None) if app.is_draining() => break,
                Ok(None) => tokio::time::sleep(LOOK).await,
                // Gone, or out of reach: the page will see when it is loaded again.
                Err(_) => break,
            }
        }
    })
}

fn follow(run: Arc<Run>) -> impl futures::Stream<Item = Event> + Send {
    let mut reader = run.follow();
    async_stream::stream! {
        loop {
            let update = reader.read();
            for line in update.thinking {
                yield Event::data(line).event("thinking");
            }
            if !update.text.is_empty() {
                let html = messages::answer_html(&run.text(), run.answer, &[]);
                yield Event::data(html.to_string()).event("answer");
            }
            if update.ended.is_some() {
                break;
            }
            tokio::time::sleep(PACE).await;
            reader.changed().await;
        }
    }
}

/// The message as it stays, once it has ended.
async fn ended(
    app: &App,
    reader: UserId,
    id: ConversationId,
    mid: MessageId,
    language: Language,
) -> Result<Option<String>> {
    let row = chat::messages::owned(app.store.read(), reader, id, mid).await?;
    if row.status() == Status::Streaming {
        return Ok(None);
    }
    let views = messages::views(app, reader, vec![row], language).await?;
    Ok(Some(messages::html(&views)?))
}
