//! One answer by a model: rounds of asking it and of using the tools that it calls for, until it answers.

use std::time::Duration;

use async_stream::stream;
use futures::{Stream, StreamExt};
use tokio::time::Instant;

use super::{
    Author, End, Outcome, Piece, Question, Step,
    citations::{reference_block, repeated},
    guard::Guard,
    memory,
    model::{Answer, Call, Client, Message, ModelError, Reply, Request, Role, Turn},
    pipeline::findings,
    prompt::{self, Prompt, Room},
    tools::{Found, Tools, Used},
};
use crate::{knowledge::Retrieved, platform::locale::Language};

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
            let Ok((prompt, answer)) = self.begin().await else { return };
            let Prompt { mut messages, evidence, mut left } = prompt;
            let mut answer = Some(answer);
            let mut guard = Guard::new(evidence);
            let mut said = String::new();
            let mut outcome = Outcome::Complete;
            for round in 0.. {
                let may_call = self.may_call(round, began);
                let asked = match answer.take() {
                    Some(answer) => Ok(answer),
                    None => self.model.ask(self.request(&messages, may_call)).await,
                };
                let mut calls = Vec::new();
                match asked {
                    Ok(mut replies) => {
                        while let Some(reply) = replies.next().await {
                            match reply {
                                Ok(Reply::Text(text)) => {
                                    let text = guard.push(&text);
                                    if !text.is_empty() {
                                        said.push_str(&text);
                                        yield Piece::Text(text);
                                    }
                                }
                                Ok(Reply::Calls(called)) => calls = called,
                                Err(error) => {
                                    tracing::warn!(error = %error, said = said.len(), "the model's answer broke off");
                                    outcome = Outcome::Failed;
                                    break;
                                }
                            }
                        }
                    }
                    Err(_) => outcome = Outcome::Failed,
                }
                if calls.is_empty() || !may_call || outcome == Outcome::Failed {
                    break;
                }
                // What was said before the calls is a paragraph of its own.
                if !said.trim().is_empty() {
                    let text = guard.push("\n\n");
                    said.push_str(&text);
                    yield Piece::Text(text);
                }
                yield Piece::Step(Step::Tools);
                for tool in calls.iter().filter_map(|call| Tools::reading(call)) {
                    yield Piece::Thinking(tool.thinking(self.language));
                }
                let used = self.tools.make(&calls, guard.evidence()).await;
                let known = guard.evidence().len();
                messages.push(Message::calls(&calls));
                for (call, used) in calls.iter().zip(used) {
                    yield Piece::Used(used.named(call), used.subject());
                    messages.push(Message::result(call, observe(used, &mut guard, &mut left)));
                }
                yield Piece::Found(findings(&guard.evidence()[known..]));
                yield Piece::Step(Step::Model);
            }
            let rest = guard.finish();
            if said.trim().is_empty() && (outcome == Outcome::Failed || rest.trim().is_empty()) {
                return;
            }
            said.push_str(&rest);
            let mut citations = guard.citations();
            if citations.is_empty() {
                citations = repeated(&said, guard.evidence());
            }
            let tail = rest + &reference_block(&citations);
            if !tail.is_empty() {
                yield Piece::Text(tail);
            }
            yield Piece::End(End { outcome, citations, author: Author::Model });
        }
    }

    /// Asks for the first time. A model whose context is smaller than we were told gets half the evidence.
    async fn begin(&self) -> Result<(Prompt, Answer), ModelError> {
        let may_call = self.may_call(0, Instant::now());
        let all = self.retrieved.passages.len();
        let prompt = self.prompt(all);
        match self.model.ask(self.request(&prompt.messages, may_call)).await {
            Ok(answer) => Ok((prompt, answer)),
            Err(ModelError::TooLong) => {
                tracing::warn!("the model's context is smaller than LLM_CONTEXT_TOKENS says");
                let prompt = Prompt { left: 0, ..self.prompt(all / 2) };
                let answer = self.model.ask(self.request(&prompt.messages, false)).await?;
                Ok((prompt, answer))
            }
            Err(error) => Err(error),
        }
    }

    fn prompt(&self, passages: usize) -> Prompt {
        let room = Room {
            context_tokens: self.model.context_tokens(),
            answer_words: self.bounds.answer_words,
            tool_tokens: self.tools.tokens(),
        };
        let history = memory::spoken(&self.question.history);
        let found = &self.retrieved.passages[..passages];
        prompt::assemble(&self.question.text, &history, found, self.question.today, room)
    }

    fn request<'r>(&'r self, messages: &'r [Message], may_call: bool) -> Request<'r> {
        Request { messages, tools: self.tools.offered(), may_call, of: Role::Answers }
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
        self.tool.as_ref().map(super::tools::Tool::subject).unwrap_or_default()
    }
}

/// What came of a call, for the model. New passages become evidence, as far as there is room for them.
fn observe(used: Used, guard: &mut Guard, left: &mut usize) -> String {
    match used.found {
        Found::Nothing(why) => why,
        Found::Text { text, addresses } => {
            let cost = prompt::tokens(&text);
            if cost > *left {
                return "There is no room for what was found. Answer with what you have.".to_owned();
            }
            *left -= cost;
            addresses.into_iter().for_each(|address| guard.allow(address));
            text
        }
        Found::Passages(passages) => {
            let mut text = String::new();
            for passage in passages {
                let known = guard.evidence().iter().position(|known| known.chunk_id == passage.chunk_id);
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
