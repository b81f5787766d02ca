//! What was acknowledged to one person, held against what is there.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::people::Person;

/// Files and conversations that were deleted and are still asked for at the end.
const GONE: usize = 20;

/// A conversation, with what was said in it and heard.
#[derive(Clone, Debug, Default)]
pub struct Talk {
    pub id: String,
    pub said: Vec<(String, String)>,
}

/// What was acknowledged.
#[derive(Debug, Default)]
pub struct Ledger {
    pub talks: VecDeque<Talk>,
    pub files: BTreeMap<String, Vec<u8>>,
    pub gone: VecDeque<String>,
    pub ratings: u64,
    /// Opinions of which nobody knows whether they were taken.
    pub perhaps: u64,
}

impl Ledger {
    /// Something is gone for good.
    pub fn is_gone(&mut self, path: String) {
        if self.gone.len() == GONE {
            self.gone.pop_front();
        }
        self.gone.push_back(path);
    }

    /// How many things are looked for.
    pub fn len(&self) -> usize {
        self.talks.iter().map(|talk| talk.said.len()).sum::<usize>() + self.files.len() + self.gone.len()
    }
}

/// What is missing of it.
pub async fn missing(person: &Person) -> Vec<String> {
    let (ledger, name, mut missing) = (&person.ledger, &person.name, Vec::new());
    for talk in &ledger.talks {
        let path = format!("/api/c/{}/messages", talk.id);
        let there: Value = person.get(&path).await.json().await.unwrap_or_default();
        let mut rows = there.as_array().into_iter().flatten();
        for (question, heard) in &talk.said {
            // In the order in which it was said; what was not acknowledged may stand between.
            let asked = rows.find(|row| row["message"] == question.as_str());
            let answered = rows.next().and_then(|row| row["message"].as_str()).unwrap_or_default();
            if asked.is_none() || !letters(answered).starts_with(&letters(heard)) {
                missing.push(format!("{name}: {question} — {heard:?} is kept as {answered:?}"));
            }
        }
    }
    for (id, bytes) in &ledger.files {
        let file: Value = person.get(&format!("/user_files/{id}")).await.json().await.unwrap_or_default();
        let content =
            person.get(&format!("/user_files/{id}/content")).await.bytes().await.unwrap_or_default();
        if file["status"] != "ready" || content != bytes {
            missing.push(format!("{name}: file {id}, {} bytes of {}: {file}", content.len(), bytes.len()));
        }
    }
    for path in &ledger.gone {
        let answer = person.get(path).await.status();
        if answer != 404 {
            missing.push(format!("{name}: {path} was deleted, and is {answer}"));
        }
    }
    missing
}

/// Without what makes a text harmless.
fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).collect()
}
