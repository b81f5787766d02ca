//! An answer as it comes, for the page's script: server-sent events with HTML ready to be shown.
//!
//! Each event holds all of the text so far, rendered and sanitised, so a connection that breaks is simply opened
//! again.

use std::time::Duration;

use futures::StreamExt;
use rocket::{
    State, get,
    response::stream::{Event, EventStream},
};

use super::messages;
use crate::{
    accounts::{Caller, UserId},
    app::App,
    chat::{self, ConversationId, Following, MessageId, Status},
    error::Result,
    platform::locale::Language,
};

/// Events come at most this often.
const PACE: Duration = Duration::from_millis(120);
/// How often the row of an answer is looked at whose end has to be there soon.
const LOOK: Duration = Duration::from_secs(1);
/// Proxies cut streams that are silent for a minute.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Follows an answer of the caller's, whichever instance makes it: `thinking` lines, `answer` with the HTML so far, `end`
/// with the whole message.
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
    let following = chat::of_answer(&app, mid).await?;
    let events = EventStream! {
        if let Some(following) = following {
            for await event in follow(app.clone(), following, mid) {
                yield event;
            }
        }
        // The row is what counts, and what there is of an answer that has ended already.
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
    };
    Ok(events.heartbeat(HEARTBEAT))
}

fn follow(app: App, following: Following, mid: MessageId) -> impl futures::Stream<Item = Event> + Send {
    async_stream::stream! {
        let mut updates = following.updates(&app);
        let mut so_far = String::new();
        while let Some(update) = updates.next().await {
            for line in update.thinking {
                yield Event::data(line).event("thinking");
            }
            if !update.text.is_empty() {
                so_far.push_str(&update.text);
                yield Event::data(messages::answer_html(&so_far, mid, &[]).to_string()).event("answer");
            }
            if update.ended.is_some() {
                break;
            }
            tokio::time::sleep(PACE).await;
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
