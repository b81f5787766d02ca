//! What a soak is held to, each with the words in which it fails.

use std::{collections::BTreeSet, time::Duration};

use chatdku::{
    chat::tables::Feedback,
    mail::outbox,
    queue::{State, job},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::{
    Seen,
    bench::Bench,
    ledger,
    people::Crowd,
    tally::{Failure, Outcome},
    trend::Trend,
    trouble::{Server, Spell},
};
use crate::support::process::asked_for;

/// So many descriptors more than before are still as many.
pub const FEW: usize = 6;
/// What a fault has broken is tried again within this time of its end.
const RECOVERY: Duration = Duration::from_secs(6);
/// Failures that are told one by one.
const TOLD: usize = 10;

/// What the answers and the process itself say.
pub fn of_what_was_seen(seen: &Seen) -> Vec<String> {
    let mut reasons = Vec::new();
    let strays: Vec<&Failure> =
        seen.done.failures.iter().filter(|failure| !is_allowed(failure, &seen.spells)).collect();
    if strays.len() as u64 * seen.course.stray_one_in.max(1) > allowance(seen) {
        reasons.push(format!("{} requests failed without cause:", strays.len()));
        reasons.extend(strays.iter().take(TOLD).map(|failure| {
            let took = failure.ended - failure.began;
            let met = cause(failure, &seen.spells).map_or("no fault".to_owned(), ToString::to_string);
            format!("  {:?} after {took:.1?} beside {met}: {:?}", failure.deed, failure.outcome)
        }));
    }
    let limit = seen.course.steepest();
    if let Some(memory) = memory(seen)
        && memory.rises_beyond(limit)
    {
        let Trend { per_hour, give_or_take } = memory;
        reasons.push(format!(
            "memory rises by {per_hour:.1} ± {give_or_take:.1} MiB/h, which is more than {limit:.1}"
        ));
    }
    let (before, after) = seen.descriptors;
    if after > before + FEW {
        reasons.push(format!("{after} descriptors are open in a quiet moment, {before} were"));
    }
    if seen.left > 0 {
        reasons.push(format!("{} jobs are not done", seen.left));
    }
    if seen.hit < seen.spells.len() / 4 || seen.spells.is_empty() {
        reasons.push(format!("{} faults hit {} connections: too few", seen.spells.len(), seen.hit));
    }
    if seen.done.all() < 50 {
        reasons.push(format!("{} requests: too little was going on", seen.done.all()));
    }
    reasons
}

/// How many strays there may be, each counted as often as one is allowed among.
fn allowance(seen: &Seen) -> u64 {
    if seen.course.stray_one_in == 0 { 0 } else { seen.done.all() }
}

/// The slope of the memory that is the process's own, MiB for each hour.
pub fn memory(seen: &Seen) -> Option<Trend> {
    let points: Vec<(f64, f64)> = seen.samples.iter().map(|sample| (sample.at, sample.rss_mib)).collect();
    Trend::of(&points)
}

/// The fault that a request met. One of the database explains what others do not.
pub fn cause<'a>(failure: &Failure, spells: &'a [Spell]) -> Option<&'a Spell> {
    let met = spells.iter().filter(|spell| spell.met(failure.began, failure.ended, RECOVERY));
    met.min_by_key(|spell| spell.of)
}

/// A refusal that says when to come again, while the database is away. Without Redis, model or mail nobody is refused.
/// An answer under way that could not be saved holds its conversation for as long as its lease.
fn is_allowed(failure: &Failure, spells: &[Spell]) -> bool {
    match &failure.outcome {
        Outcome::Status { code: 503 | 504, retry_after: true, .. } => {
            cause(failure, spells).is_some_and(|spell| spell.of == Server::Database)
        }
        Outcome::Status { code: 409 | 423, .. } => true,
        _ => false,
    }
}

/// What the database and the mail server have.
pub async fn of_what_is_there(bench: &Bench, crowd: &Crowd, seen: &Seen) -> Vec<String> {
    let mut reasons = Vec::new();
    let (mut looked_for, mut ratings, mut perhaps) = (0, 0, 0);
    for person in crowd.people().await.iter() {
        reasons.extend(ledger::missing(person).await);
        looked_for += person.ledger.len();
        ratings += person.ledger.ratings;
        perhaps += person.ledger.perhaps;
    }
    if looked_for == 0 {
        reasons.push("nothing was acknowledged".to_owned());
    }
    let db = bench.store.read();
    let rated = Feedback::find().count(db).await.expect("the database");
    if rated < ratings || rated > ratings + perhaps {
        reasons.push(format!("{rated} opinions are there, {ratings} were acknowledged"));
    }
    let taken: BTreeSet<String> =
        bench.mail.taken().iter().filter_map(|mail| mail.header("Message-ID")).collect();
    let sent = outbox::Entity::find().filter(outbox::COLUMN.state.eq(outbox::State::Sent));
    let sent = sent.all(db).await.expect("the database");
    let arrived = |id| sent.iter().any(|mail| mail.id == id && taken.contains(&mail.message_id));
    let lost = seen.mails.iter().filter(|id| !arrived(**id)).count();
    if lost > 0 {
        reasons.push(format!("{lost} of {} mails have not arrived", seen.mails.len()));
    }
    let dead = asked_for().filter(job::COLUMN.state.eq(State::Dead)).all(db).await.expect("the database");
    reasons.extend(dead.iter().map(|job| format!("a job has died: {job:?}")));
    let (sound, said) = bench.program.run_beside(&["check"]).await;
    if !sound {
        reasons.push(format!("`check` says: {said}"));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::{soak::tally::Deed, support::faults::Fault};

    #[test]
    fn a_refusal_is_explained_by_the_database_alone_and_for_a_while() {
        let began = Instant::now();
        let ended = began + Duration::from_secs(2);
        let refused = |after: u64, code, retry_after| {
            let at = began + Duration::from_secs(after);
            let outcome = Outcome::Status { code, retry_after, body: String::new() };
            Failure { deed: Deed::List, outcome, began: at, ended: at }
        };
        let spell = |of| [Spell { of, fault: Fault::Reset, began, ended }];
        assert!(is_allowed(&refused(1, 503, true), &spell(Server::Database)));
        assert!(is_allowed(&refused(7, 503, true), &spell(Server::Database)));
        assert!(!is_allowed(&refused(30, 503, true), &spell(Server::Database)));
        assert!(!is_allowed(&refused(1, 503, false), &spell(Server::Database)));
        assert!(!is_allowed(&refused(1, 500, true), &spell(Server::Database)));
        assert!(!is_allowed(&refused(1, 404, false), &spell(Server::Database)));
        for of in [Server::Redis, Server::Model, Server::Mail] {
            assert!(!is_allowed(&refused(1, 503, true), &spell(of)));
        }
    }
}
