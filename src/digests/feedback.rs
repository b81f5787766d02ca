//! The digest of a period's feedback: how often what was said, and some of it, word for word.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};

use super::{
    harmless::line,
    nameless::NetIds,
    themes::{self, Phrased},
};
use crate::{
    app::App,
    chat::opinions::{self, Complaint, Said},
};

/// What the digest is about: the last days before a report.
pub(super) const PERIOD: Duration = Duration::days(30);
/// The newest complaints that are looked at.
const LOOKED_AT: u64 = 200;
/// How many are quoted of a kind.
const EXAMPLES: usize = 3;
const QUESTION_CHARS: usize = 160;
const WORDS_CHARS: usize = 240;
const ANSWER_CHARS: usize = 200;

/// How often something was said: in the period, and in the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) said: Said,
    pub(super) now: i64,
    pub(super) before: i64,
}

/// A complaint as it is quoted: every text fit for a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Quote {
    pub(super) id: i32,
    pub(super) said: Said,
    pub(super) question: String,
    pub(super) words: Option<String>,
    /// For the model alone.
    pub(super) answer: String,
}

/// A digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Digest {
    pub(super) from: DateTime<Utc>,
    pub(super) to: DateTime<Utc>,
    pub(super) counts: Vec<Count>,
    /// Some complaints of each kind.
    pub(super) examples: Vec<(Said, Vec<Quote>)>,
    /// What a model makes of the complaints.
    pub(super) phrased: Phrased,
}

impl Digest {
    /// How many opinions there were, and how many in the period before.
    pub(super) fn total(&self) -> (i64, i64) {
        self.counts.iter().fold((0, 0), |(now, before), count| (now + count.now, before + count.before))
    }
}

/// Makes the digest of the days before `to`.
pub(super) async fn digest(app: &App, to: DateTime<Utc>) -> anyhow::Result<Digest> {
    let (db, from) = (app.store.read(), to - PERIOD);
    let now = opinions::counts(db, from, to).await?;
    let before = opinions::counts(db, from - PERIOD, from).await?;
    let of =
        |counts: &[(Said, i64)], kind| counts.iter().find(|(said, _)| *said == kind).map_or(0, |(_, n)| *n);
    let counts = Said::ALL.map(|said| Count { said, now: of(&now, said), before: of(&before, said) });
    let quotes = quotes(app, from, to).await?;
    let phrased = themes::phrased(app, &quotes).await?;
    Ok(Digest { from, to, counts: counts.to_vec(), examples: examples(&quotes), phrased })
}

async fn quotes(app: &App, from: DateTime<Utc>, to: DateTime<Utc>) -> anyhow::Result<Vec<Quote>> {
    let db = app.store.read();
    let complaints = opinions::complaints(db, from, to, LOOKED_AT).await?;
    let mut quotes: Vec<Quote> = complaints.into_iter().map(quote).collect();
    let texts = quotes.iter().flat_map(|quote| {
        [quote.question.as_str(), quote.answer.as_str(), quote.words.as_deref().unwrap_or_default()]
    });
    let netids = NetIds::in_texts(db, app.config.identity.pepper.as_ref(), texts).await?;
    for quote in &mut quotes {
        quote.question = netids.taken_out_of(&quote.question);
        quote.answer = netids.taken_out_of(&quote.answer);
        quote.words = quote.words.take().map(|words| netids.taken_out_of(&words));
    }
    Ok(quotes)
}

fn quote(complaint: Complaint) -> Quote {
    Quote {
        id: complaint.id,
        said: complaint.said,
        question: line(&complaint.question, QUESTION_CHARS),
        words: complaint.words.map(|words| line(&words, WORDS_CHARS)).filter(|words| !words.is_empty()),
        answer: line(&complaint.answer, ANSWER_CHARS),
    }
}

/// The newest of each kind, none of them twice.
fn examples(quotes: &[Quote]) -> Vec<(Said, Vec<Quote>)> {
    let of = |kind: Said| {
        let mut seen = BTreeSet::new();
        let fresh = quotes.iter().filter(|quote| quote.said == kind);
        let fresh = fresh.filter(|quote| seen.insert((quote.question.to_lowercase(), quote.words.clone())));
        fresh.take(EXAMPLES).cloned().collect::<Vec<_>>()
    };
    Said::ALL.into_iter().map(|said| (said, of(said))).filter(|(_, quotes)| !quotes.is_empty()).collect()
}
