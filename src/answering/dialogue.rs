//! One answer by a model: rounds of asking it and of using the tools that it calls for, until it answers.

use std::time::Duration;

use async_stream::stream;
use futures::{Stream, StreamExt};
use tokio::time::Instant;

use super::{
    Author, End, Note, Outcome, Piece, Question, Step,
    citations::{reference_block, repeated},
    guard::Guard,
    memory,
    model::{Answer, Call, Client, Message, ModelError, Reply, Request, Role, Turn},
    pipeline::findings,
    prompt::{self, Before, Prompt, Room},
    tools::{Found, Parsed, Told, Tool, Tools, Used},
};
use crate::{
    knowledge::{COMPOSED, Passage, Retrieved},
    platform::locale::Language,
};

/// What an answer may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Rounds of tools; then the model has to answer.
    pub(super) rounds: usize,
    /// After this time no tool is used any more.
    pub(super) deadline: Duration,
    /// Longest answer, in words.
    pub(super) answer_words: usize,
}

/// An answer in the making.
pub(super) struct Dialogue<'a> {
    pub(super) model: &'a Client,
    pub(super) question: &'a Question,
    pub(super) retrieved: &'a Retrieved,
    pub(super) tools: Tools<'a>,
    /// What the model is told at once beside the passages.
    pub(super) told: Told,
    pub(super) bounds: Bounds,
    pub(super) language: Language,
}

impl<'a> Dialogue<'a> {
    /// The answer. Gives no text and no end when the model fails before its first word.
    pub(super) fn pieces(mut self) -> impl Stream<Item = Piece> + Send + 'a {
        stream! {
            let mut place = self.model.line_up();
            let _leave = loop {
                match place.next().await {
                    Turn::Behind(before) => {
                        yield Piece::Thinking(self.language.text_with("thinking-line", [("count", before + 1)]));
                    }
                    Turn::Yours(leave) => break leave,
                }
            };
            let began = Instant::now();
            let Ok((prompt, answer)) = self.begin(began).await else { return };
            let mut answer = Some(answer);
            let mut talk = Talk::begun(prompt, std::mem::take(&mut self.told.addresses));
            for round in 0.. {
                let may_call = self.may_call(round, began);
                let asked = match answer.take() {
                    Some(answer) => Ok(answer),
                    None => self.model.ask(self.request(&talk.messages, may_call, began)).await,
                };
                let mut calls = Vec::new();
                let Ok(mut replies) = asked else {
                    talk.outcome = Outcome::Failed;
                    break;
                };
                while let Some(reply) = replies.next().await {
                    match reply {
                        Ok(Reply::Text(text)) => {
                            for piece in talk.says(&text) {
                                yield piece;
                            }
                        }
                        Ok(Reply::Spent(usage)) => yield Piece::Spent(usage),
                        Ok(Reply::Calls(called)) => calls = called,
                        Err(error) => {
                            talk.broke_off(&error);
                            break;
                        }
                    }
                }
                if calls.is_empty() || !may_call || talk.outcome == Outcome::Failed {
                    break;
                }
                let parsed: Vec<Parsed> = calls.iter().map(Tool::parse).collect();
                for piece in talk.calls(&parsed, self.language) {
                    yield piece;
                }
                let used = self.tools.make(parsed, talk.guard.evidence()).await;
                if self.tools.took_keywords_alone() {
                    yield Piece::Noted(Note::KeywordsAlone);
                }
                for piece in talk.hears(&calls, used) {
                    yield piece;
                }
            }
            for piece in talk.end() {
                yield piece;
            }
        }
    }

    /// Asks for the first time. A model whose context is smaller than we were told gets half the evidence.
    async fn begin(&self, began: Instant) -> Result<(Prompt, Answer), ModelError> {
        let may_call = self.may_call(0, began);
        let all = self.retrieved.passages.len();
        let prompt = self.prompt(all);
        match self.model.ask(self.request(&prompt.messages, may_call, began)).await {
            Ok(answer) => Ok((prompt, answer)),
            Err(ModelError::TooLong) => {
                tracing::warn!("the model's context is smaller than LLM_CONTEXT_TOKENS says");
                let prompt = Prompt { left: 0, ..self.prompt(all / 2) };
                let answer = self.model.ask(self.request(&prompt.messages, false, began)).await?;
                Ok((prompt, answer))
            }
            Err(error) => Err(error),
        }
    }

    fn prompt(&self, passages: usize) -> Prompt {
        let (facts, told) = (self.tools.facts(), self.told.text.as_str());
        let room = Room {
            context_tokens: self.model.context_tokens(),
            answer_words: self.bounds.answer_words,
            tool_tokens: self.tools.tokens() + prompt::tokens(told),
        };
        let turns = memory::spoken(&self.question.history);
        let before = Before { facts: &facts, summary: self.question.summary.as_deref(), turns: &turns };
        let found = &self.retrieved.passages[..passages];
        let mut prompt = prompt::assemble(&self.question.text, before, found, self.question.today, room);
        if let Some(asked) = prompt.messages.last_mut().and_then(|message| message.content.as_mut())
            && !told.is_empty()
        {
            asked.insert_str(0, &format!("{told}\n"));
        }
        prompt
    }

    fn request<'r>(&'r self, messages: &'r [Message], may_call: bool, began: Instant) -> Request<'r> {
        Request { messages, tools: self.tools.offered(), may_call, of: Role::Answers, began }
    }

    fn may_call(&self, round: usize, began: Instant) -> bool {
        round < self.bounds.rounds && began.elapsed() < self.bounds.deadline
    }
}

impl Used {
    /// The name of what was called for.
    fn named(&self, call: &Call) -> String {
        self.tool.as_ref().map_or_else(|| call.name.chars().take(64).collect(), |tool| tool.name().to_owned())
    }

    /// What it was called for.
    fn subject(&self) -> String {
        self.tool.as_ref().map(Tool::subject).unwrap_or_default()
    }
}

/// What has been said so far, to the model and by it.
struct Talk {
    messages: Vec<Message>,
    /// Tokens that are still free.
    left: usize,
    guard: Guard,
    /// What has been shown.
    said: String,
    /// What the model has said since it was last asked, in its own words.
    words: String,
    /// How much it had cited when somebody was last told of it.
    cited: usize,
    outcome: Outcome,
}

impl Talk {
    /// `addresses` may be named besides those of the evidence.
    fn begun(prompt: Prompt, addresses: Vec<String>) -> Self {
        let Prompt { messages, evidence, left } = prompt;
        let mut guard = Guard::new(evidence);
        for address in addresses {
            guard.allow(address);
        }
        let (said, words) = (String::new(), String::new());
        Self { messages, left, guard, said, words, cited: 0, outcome: Outcome::Complete }
    }

    /// The model says more: what of it can be shown, and before that what it cites.
    fn says(&mut self, text: &str) -> Vec<Piece> {
        self.words.push_str(text);
        let text = self.guard.push(text);
        self.said.push_str(&text);
        let before = std::mem::replace(&mut self.cited, self.guard.cited());
        let cited = (self.cited > before).then(|| Piece::Cited(self.guard.citations()));
        cited.into_iter().chain((!text.is_empty()).then_some(Piece::Text(text))).collect()
    }

    fn broke_off(&mut self, error: &ModelError) {
        tracing::warn!(%error, said = self.said.len(), "the model's answer broke off");
        self.outcome = Outcome::Failed;
    }

    /// The model calls for tools. What it said before is a paragraph of its own.
    fn calls(&mut self, calls: &[Parsed], language: Language) -> Vec<Piece> {
        let mut rest = self.guard.finish();
        if !self.said.trim().is_empty() || !rest.trim().is_empty() {
            rest.push_str(&self.guard.push("\n\n"));
        }
        self.said.push_str(&rest);
        let paragraph = (!rest.is_empty()).then_some(Piece::Text(rest));
        let steps = calls.iter().flatten().map(|tool| Piece::Thinking(tool.thinking(language)));
        paragraph.into_iter().chain([Piece::Step(Step::Tools)]).chain(steps).collect()
    }

    /// The model hears what came of its calls.
    fn hears(&mut self, calls: &[Call], used: Vec<Used>) -> Vec<Piece> {
        let known = self.guard.evidence().len();
        self.messages.push(Message::calls(calls, &std::mem::take(&mut self.words)));
        let mut pieces = Vec::new();
        for (call, used) in calls.iter().zip(used) {
            pieces.push(Piece::Used(used.named(call), used.subject()));
            let heard = observe(used, &mut self.guard, &mut self.left);
            self.messages.push(Message::result(call, heard));
        }
        pieces.push(Piece::Found(findings(&self.guard.evidence()[known..])));
        pieces.push(Piece::Step(Step::Model));
        pieces
    }

    /// The rest, with its references. Nothing at all when the model has said nothing.
    fn end(mut self) -> Vec<Piece> {
        let rest = self.guard.finish();
        let failed = self.outcome == Outcome::Failed;
        if self.said.trim().is_empty() && (failed || rest.trim().is_empty()) {
            return Vec::new();
        }
        self.said.push_str(&rest);
        let mut citations = self.guard.citations();
        if citations.is_empty() {
            citations = repeated(&self.said, self.guard.evidence());
        }
        let tail = rest + &reference_block(&citations);
        let text = (!tail.is_empty()).then_some(Piece::Text(tail));
        let repairs = self.guard.repairs();
        let end = Piece::End(End { outcome: self.outcome, citations, author: Author::Model, repairs });
        text.into_iter().chain([end]).collect()
    }
}

/// What came of a call, for the model. New passages become evidence, as far as there is room for them.
fn observe(used: Used, guard: &mut Guard, left: &mut usize) -> String {
    match used.found {
        Found::Nothing(why) => why,
        Found::Text(Told { text, addresses }) => {
            let cost = prompt::tokens(&text);
            if cost > *left {
                return "There is no room for what was found. Answer with what you have.".to_owned();
            }
            *left -= cost;
            for address in addresses {
                guard.allow(address);
            }
            text
        }
        Found::Passages(passages) => {
            let mut text = String::new();
            for passage in passages {
                let same = |known: &Passage| match passage.chunk_id {
                    COMPOSED => known.document_id == passage.document_id && known.text == passage.text,
                    chunk => known.chunk_id == chunk,
                };
                let known = guard.evidence().iter().position(same);
                if let Some(at) = known {
                    text.push_str(&format!("[{}] is given above.\n", at + 1));
                    continue;
                }
                let cost = prompt::cost(&passage);
                if cost > *left {
                    text.push_str("There is more, but no room for it.\n");
                    break;
                }
                *left -= cost;
                let number = guard.add(passage);
                text.push_str(&prompt::fenced(number, &guard.evidence()[number - 1]));
            }
            text
        }
    }
}
