//! Answers under way: the text so far, and who is following.
//!
//! An answer is made by a task that owns it; requests only read along. Whoever goes away loses nothing, and any
//! number may follow. The text of an answer is bounded, so no reader can fall behind by more than that.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

use super::{
    conversation::ConversationId,
    message::{MessageId, Status},
};
use crate::{
    accounts::UserId,
    error::{Error, SlowDown},
};

/// Answers an account may have under way.
const PER_ACCOUNT: usize = 2;
const RETRY_SECONDS: u64 = 5;

/// An answer under way.
#[derive(Debug)]
pub struct Run {
    /// The conversation.
    pub conversation: ConversationId,
    /// The question's row.
    pub question: MessageId,
    /// The answer's row.
    pub answer: MessageId,
    progress: Mutex<Progress>,
    /// Rises with every change of `progress`.
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Progress {
    thinking: Vec<String>,
    text: String,
    ended: Option<Status>,
}

/// What is new since a reader last looked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// Thinking lines.
    pub thinking: Vec<String>,
    /// Text.
    pub text: String,
    /// How the answer ended, if it has.
    pub ended: Option<Status>,
}

/// A reader's place in an answer.
#[derive(Debug)]
pub struct Reader {
    run: Arc<Run>,
    changes: watch::Receiver<u64>,
    thinking: usize,
    bytes: usize,
}

impl Run {
    /// The text so far.
    pub fn text(&self) -> String {
        self.locked().text.clone()
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<Status> {
        self.locked().ended
    }

    /// Follows the answer from its beginning.
    pub fn follow(self: &Arc<Self>) -> Reader {
        Reader { run: self.clone(), changes: self.changes.subscribe(), thinking: 0, bytes: 0 }
    }

    /// Waits for its end.
    pub async fn wait(&self) -> Status {
        let mut changes = self.changes.subscribe();
        loop {
            if let Some(ended) = self.ended() {
                return ended;
            }
            if changes.changed().await.is_err() {
                return Status::Interrupted;
            }
        }
    }

    pub(super) fn new(conversation: ConversationId, question: MessageId, answer: MessageId) -> Self {
        let progress = Mutex::default();
        Self { conversation, question, answer, progress, changes: watch::Sender::new(0) }
    }

    pub(super) fn think(&self, line: String) {
        self.change(|progress| progress.thinking.push(line));
    }

    pub(super) fn say(&self, text: &str) {
        self.change(|progress| progress.text.push_str(text));
    }

    pub(super) fn end(&self, status: Status) {
        self.change(|progress| progress.ended = Some(status));
    }

    fn change(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.locked());
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    /// What is new, possibly nothing.
    pub fn read(&mut self) -> Update {
        self.changes.mark_unchanged();
        let progress = self.run.locked();
        let update = Update {
            thinking: progress.thinking[self.thinking..].to_vec(),
            text: progress.text[self.bytes..].to_owned(),
            ended: progress.ended,
        };
        self.thinking = progress.thinking.len();
        self.bytes = progress.text.len();
        update
    }

    /// Waits until there may be something new.
    pub async fn changed(&mut self) {
        // An error means that the answer's task is gone; `read` then tells how it ended.
        let _ = self.changes.changed().await;
    }
}

/// All answers under way in this process.
#[derive(Clone, Debug)]
pub struct Runs {
    inner: Arc<Mutex<Inner>>,
    most: usize,
}

#[derive(Debug, Default)]
struct Inner {
    by_answer: HashMap<MessageId, Arc<Run>>,
    by_account: HashMap<UserId, usize>,
}

/// Leave for one answer, given back when dropped.
#[derive(Debug)]
pub(super) struct Permit {
    runs: Runs,
    account: UserId,
    answer: Option<MessageId>,
}

impl Runs {
    /// Room for `most` answers at a time.
    pub fn new(most: usize) -> Self {
        Self { inner: Arc::default(), most }
    }

    /// The answer of this row, if it is under way here.
    pub fn of_answer(&self, answer: MessageId) -> Option<Arc<Run>> {
        self.locked().by_answer.get(&answer).cloned()
    }

    /// How many there are.
    pub fn under_way(&self) -> usize {
        self.locked().by_account.values().sum()
    }

    /// Leave for one more answer of this account.
    pub(super) fn permit(&self, account: UserId) -> Result<Permit, Error> {
        let mut inner = self.locked();
        if inner.by_account.values().sum::<usize>() >= self.most {
            return Err(Error::Unavailable("too_many_answers"));
        }
        let own = inner.by_account.entry(account).or_default();
        if *own >= PER_ACCOUNT {
            return Err(Error::SlowDown(SlowDown { retry_after: RETRY_SECONDS, limit: 0, window: 0 }));
        }
        *own += 1;
        Ok(Permit { runs: self.clone(), account, answer: None })
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// Makes the answer known to readers, until the permit is dropped.
    pub(super) fn announce(&mut self, run: &Arc<Run>) {
        self.answer = Some(run.answer);
        self.runs.locked().by_answer.insert(run.answer, run.clone());
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut inner = self.runs.locked();
        if let Some(answer) = self.answer {
            inner.by_answer.remove(&answer);
        }
        if let Some(own) = inner.by_account.get_mut(&self.account) {
            *own -= 1;
            if *own == 0 {
                inner.by_account.remove(&self.account);
            }
        }
    }
}
