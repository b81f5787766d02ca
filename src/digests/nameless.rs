//! Takes the NetIDs of people who have an account here out of texts: some write their own into a question.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DbErr};

use super::harmless;
use crate::{
    accounts::{netid::NetId, user},
    platform::secret::Secret,
};

/// What stands for a NetID.
const NETID: &str = "[NetID]";

/// The NetIDs that some texts name.
#[derive(Debug, Default)]
pub(super) struct NetIds(BTreeSet<String>);

impl NetIds {
    /// Looks for them: every word is compared, hashed, with the names of all accounts.
    pub(super) async fn in_texts<'a>(
        db: &impl ConnectionTrait,
        pepper: Option<&Secret>,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, DbErr> {
        let words: BTreeSet<&str> = texts.into_iter().flat_map(candidates).collect();
        let mut meant: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for word in words {
            for written in [word.to_owned(), word.to_ascii_lowercase()] {
                let Some(netid) = NetId::parse(&written) else { continue };
                for name in [netid.pseudonym(pepper), netid.plain_hash()] {
                    meant.entry(name).or_default().insert(word);
                }
            }
        }
        let names: Vec<String> = meant.keys().cloned().collect();
        let there = user::names_among(db, &names).await?;
        let words = there.iter().filter_map(|name| meant.get(name)).flatten();
        Ok(Self(words.map(|word| (*word).to_owned()).collect()))
    }

    /// The text without them.
    pub(super) fn taken_out_of(&self, text: &str) -> String {
        if self.0.is_empty() {
            return text.to_owned();
        }
        harmless::words(text, |run| {
            let mut out = String::with_capacity(run.len());
            let mut rest = run;
            for word in candidates(run) {
                let (before, after) = rest.split_once(word)?;
                out.push_str(before);
                out.push_str(if self.0.contains(word) { NETID } else { word });
                rest = after;
            }
            Some(out + rest)
        })
    }
}

/// The words of a text that could be NetIDs, in order.
fn candidates(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')));
    words.map(|word| word.trim_matches(['.', '_', '-'])).filter(|word| !word.is_empty())
}
