//! The use case: a question comes in, its answer is begun.
//!
//! The question, an empty answer and its generation are stored in one transaction, which also takes the conversation:
//! one answer at a time. From then on a task of its own makes the answer (`making.rs`), and its log is written beside it
//! (`log.rs`), which also renews its hold. A process that dies leaves an answer whose hold runs out; the sweep closes it
//! with the text of its log.
//!
//! A question that is sent again while it is being answered is not asked twice: who sends it reads along.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    conversation::{self, ConversationId},
    follow::Following,
    generation::{self, GenerationId},
    log::Writer,
    making::Work,
    message::{self, MessageId},
    recovery,
    run::Run,
    runs::{Logged, Permit},
};
use crate::{
    accounts::UserId,
    answering::{Depth, Question, memory, provisional_title},
    app::App,
    error::{Error, Result},
    knowledge::Scope,
    metrics::Made,
};

/// How long a question waits for the answer before it in the same conversation.
const TURN: Duration = Duration::from_secs(30);
const TURN_LOOK: Duration = Duration::from_millis(200);

/// A question to a conversation.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Where it is asked.
    pub conversation: ConversationId,
    /// The question, not blank.
    pub text: String,
    /// What may be searched.
    pub scope: Scope,
    /// How much may be looked up.
    pub depth: Depth,
}

impl Ask {
    /// The same for the same question about the same things.
    fn hash(&self) -> String {
        let mut own: Vec<i64> =
            self.scope.own.iter().flat_map(|(_, documents)| documents).map(|id| id.0).collect();
        own.sort_unstable();
        let about = (self.depth, self.scope.campus, self.scope.own.is_some(), own);
        hex::encode(Sha256::digest(format!("{about:?} {}", self.text.trim())))
    }
}

/// A question that is being answered.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Where it was asked.
    pub conversation: ConversationId,
    /// The question's row.
    pub question: MessageId,
    /// The answer's row.
    pub answer: MessageId,
    /// The answer, to be read along with.
    pub following: Following,
}

/// Stores the question and starts its answer. Waits its turn when another answer is under way in the conversation.
pub async fn ask(app: &App, by: UserId, ask: Ask) -> Result<Asked> {
    within(app, by, ask, TURN).await
}

/// The same, without waiting.
pub(super) async fn at_once(app: &App, by: UserId, ask: Ask) -> Result<Asked> {
    within(app, by, ask, Duration::ZERO).await
}

async fn within(app: &App, by: UserId, ask: Ask, patience: Duration) -> Result<Asked> {
    let waiting = Instant::now();
    let hash = ask.hash();
    let mut permit = None;
    loop {
        let there = conversation::owned(app.store.read(), by, ask.conversation).await?;
        if let Some(under_way) = there.under_way(app.clock.now()) {
            if let Some(same) = sent_again(app, GenerationId(under_way), &hash).await? {
                return Ok(same);
            }
            if waiting.elapsed() >= patience {
                return Err(Error::Conflict("An answer is under way in this conversation."));
            }
            if permit.is_none() {
                // Who waits counts as well.
                permit = Some(app.runs.permit(by)?);
            }
            tokio::time::sleep(TURN_LOOK).await;
            continue;
        }
        let leave = match permit.take() {
            Some(leave) => leave,
            None => app.runs.permit(by)?,
        };
        let id = GenerationId(Uuid::new_v4());
        if let Some(begun) = begin(app, by, &ask, &there, id, &hash).await? {
            return Ok(start(app, ask, there.summary, id, begun, leave));
        }
        // Somebody was quicker, perhaps with the same question.
        permit = Some(leave);
    }
}

/// The answer under way, when it is one to the same question.
async fn sent_again(app: &App, id: GenerationId, hash: &str) -> Result<Option<Asked>> {
    let db = app.store.read();
    let Some(same) = generation::by_id(db, id).await?.filter(|it| it.question_hash == hash) else {
        return Ok(None);
    };
    let (conversation, answer) = (same.conversation_id, same.message_id);
    let question = message::question_of(db, conversation, answer).await?.unwrap_or(answer);
    Ok(Some(Asked { conversation, question, answer, following: Following::of(app, id) }))
}

/// Opens a conversation, or gives back an empty one.
pub async fn open(app: &App, by: UserId) -> Result<ConversationId> {
    let now = app.clock.now();
    let (id, new) = app.store.write(async |tx| conversation::create(&tx, by, now).await).await?;
    app.metrics.made(Made::Conversation, u64::from(new));
    Ok(id)
}

struct Begun {
    question: MessageId,
    answer: MessageId,
    history: Vec<message::Model>,
}

/// One transaction: take the conversation with a first title, store the question, its empty answer and the generation of
/// that. `None` when another answer is under way.
async fn begin(
    app: &App,
    by: UserId,
    ask: &Ask,
    before: &conversation::Model,
    id: GenerationId,
    hash: &str,
) -> Result<Option<Begun>> {
    let (conversation, now) = (ask.conversation, app.clock.now());
    let title = provisional_title(&ask.text);
    app.store
        .write(async |tx| {
            if !conversation::take(&tx, by, conversation, id.0, title.clone(), now).await? {
                // Gone, or taken.
                conversation::owned(&tx, by, conversation).await?;
                return Ok(None);
            }
            // Taken over from a process that died: what it left behind is as whole as it will be.
            recovery::close(&tx, conversation, now).await?;
            let covered = before.summary_upto.map(MessageId);
            let history =
                message::newest(&tx, conversation, covered, (memory::WINDOW + memory::AT_ONCE) as u64)
                    .await?;
            let (question, answer) = message::begin(&tx, conversation, ask.text.trim(), now).await?;
            generation::begin(&tx, id, (conversation, answer), hash.to_owned(), now).await?;
            Ok(Some(Begun { question, answer, history }))
        })
        .await
}

/// Starts the task that makes the answer, and the one that writes the logs where none does.
fn start(
    app: &App,
    ask: Ask,
    summary: Option<String>,
    id: GenerationId,
    begun: Begun,
    mut permit: Permit,
) -> Asked {
    // The question and its answer.
    app.metrics.made(Made::Message, 2);
    let run = Arc::new(Run::new(id, ask.conversation, begun.answer));
    if permit.announce(&run) == Logged::NotYet {
        let writer = Writer { runs: app.runs.clone(), store: app.store.clone(), clock: app.clock.clone() };
        app.tasks.spawn(writer.write());
    }
    let question = Question {
        text: ask.text,
        history: message::turns(begun.history),
        summary,
        scope: ask.scope,
        today: app.today(),
        depth: ask.depth,
    };
    let work = Work { app: app.clone(), run: run.clone(), permit };
    app.tasks.spawn(work.answer(question));
    Asked {
        conversation: ask.conversation,
        question: begun.question,
        answer: begun.answer,
        following: Following::here(run),
    }
}
