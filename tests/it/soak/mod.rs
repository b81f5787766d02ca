//! Load for a long time while the servers that the program needs come and go: memory and descriptors stay where they
//! are, nobody is refused without cause, and nothing acknowledged is lost.
//!
//! `tests/run soak [MINUTES]` runs it for long. The short one among the other tests keeps this code alive.

mod bench;
mod course;
mod deeds;
mod ledger;
mod people;
mod report;
mod samples;
mod tally;
mod trend;
mod trouble;
mod verdict;

use std::time::{Duration, Instant};

use chatdku::mail::MailId;

use bench::{Bench, TOKEN};
use course::Course;
use people::Crowd;
use samples::{Sample, Watch};
use tally::Done;
use trouble::Spell;

use crate::support::figure;

const MINUTES: usize = 10;
/// Of what it can bear.
const LOAD: f64 = 0.7;
/// A step of the calibration, and the part of it that is not looked at.
const STAGE: Duration = Duration::from_secs(8);
const SETTLING: Duration = Duration::from_secs(2);
const FIRST_RATE: f64 = 8.0;
const HIGHEST_RATE: f64 = 2_000.0;
const STEEPER: f64 = 1.4;
/// The load is too high when most requests take so many times what they took at the lowest, and this at least.
const SLOWER: u64 = 8;
const SLOW_MS: u64 = 150;
/// What is left to do when the load has ended is done within this time.
const DRAINED: Duration = Duration::from_mins(2);

/// Everything that was seen.
pub struct Seen {
    pub course: Course,
    pub rate: f64,
    pub capacity: Option<f64>,
    pub done: Done,
    pub samples: Vec<Sample>,
    pub spells: Vec<Spell>,
    pub hit: usize,
    /// Descriptors in a quiet moment after the warm-up, and after the end.
    pub descriptors: (usize, usize),
    pub mails: Vec<MailId>,
    /// Jobs that were left when all should have been done.
    pub left: u64,
    pub drained_after: Duration,
    /// When memory began to be looked at, by the clock of the samples.
    pub warm_at: f64,
}

#[test]
fn a_soak_in_small_finds_nothing() {
    soak(Course::in_small());
}

#[test]
#[ignore = "takes as long as it is told to: `tests/run soak [MINUTES]`"]
fn the_program_bears_load_and_faults_for_long() {
    soak(Course::of_minutes(figure("CHATDKU_SOAK_MINUTES").unwrap_or(MINUTES)));
}

fn soak(course: Course) {
    // More than one thread: people, servers and proxies must not wait for each other.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(Box::pin(run(course)));
}

async fn run(course: Course) {
    let mut bench = Bench::start().await;
    let crowd = Crowd::new(&bench.program.url(""), course.people);
    let watch = Watch::of(&bench.program, TOKEN);
    let told = figure("CHATDKU_SOAK_RATE").and_then(|rate| u32::try_from(rate).ok()).map(f64::from);
    let course = Course { rate: course.rate.or(told), ..course };
    let capacity = match course.rate {
        Some(_) => None,
        None => Some(capacity(&crowd).await),
    };
    let rate = course.rate.or(capacity.map(|most| most * LOAD)).expect("a rate");
    let seen = Box::pin(drive(&bench, &crowd, &watch, course, (rate, capacity))).await;
    let mut reasons = verdict::of_what_was_seen(&seen);
    reasons.extend(verdict::of_what_is_there(&bench, &crowd, &seen).await);
    report::print(&seen);
    let ended = bench.program.stop().await;
    if ended != Some(0) {
        reasons.push(format!("it ended with {ended:?}: {}", bench.program.said()));
    }
    bench.store.close_for_good().await.expect("a close");
    assert!(reasons.is_empty(), "the soak failed:\n{}", reasons.join("\n"));
}

/// Raises the load until requests take long, fail, or cannot be sent as fast as they should be. Answers what was borne,
/// requests for each second.
async fn capacity(crowd: &std::sync::Arc<Crowd>) -> f64 {
    let (mut rate, mut borne, mut easy) = (FIRST_RATE, FIRST_RATE, None);
    crowd
        .busy_while(rate, async {
            while rate < HIGHEST_RATE {
                crowd.set(rate);
                tokio::time::sleep(SETTLING).await;
                crowd.tally.take();
                tokio::time::sleep(STAGE).await;
                let done = crowd.tally.take();
                let p95 = done.p95();
                let slow = SLOW_MS.max(SLOWER * *easy.get_or_insert(p95));
                let few = done.missed as f64 > rate * STAGE.as_secs_f64() * 0.1;
                report::stage(rate, &done);
                if p95 > slow || !done.failures.is_empty() || few {
                    break;
                }
                borne = rate;
                rate *= STEEPER;
            }
        })
        .await;
    borne
}

/// The load itself, with its quiet moments before and behind.
async fn drive(
    bench: &Bench,
    crowd: &std::sync::Arc<Crowd>,
    watch: &Watch,
    course: Course,
    (rate, capacity): (f64, Option<f64>),
) -> Seen {
    crowd.tally.take();
    crowd.busy_while(rate, tokio::time::sleep(course.warm_up)).await;
    let before = watch.quiet_descriptors().await;
    let (warm_at, end) = (watch.now(), Instant::now() + course.lasts.saturating_sub(course.warm_up));
    let looked = async {
        let mut samples = Vec::new();
        while Instant::now() < end {
            samples.push(watch.look().await);
            tokio::time::sleep(course.sample_every).await;
        }
        samples
    };
    let work =
        async { tokio::join!(looked, bench.proxies.trouble(&course, end), bench.write_mails(&course, end)) };
    let (samples, spells, mails) = Box::pin(crowd.busy_while(rate, work)).await;
    let (left, drained_after) = drained(bench).await;
    let after = quiet_again(watch, before).await;
    Seen {
        rate,
        capacity,
        done: crowd.tally.take(),
        samples,
        spells,
        hit: bench.proxies.hit(),
        descriptors: (before, after),
        mails,
        left,
        drained_after,
        warm_at,
        course,
    }
}

/// Waits until no job is left. Answers how many are, and how long that took.
async fn drained(bench: &Bench) -> (u64, Duration) {
    let began = Instant::now();
    loop {
        bench.hurry().await;
        let left = bench.unfinished().await;
        if left == 0 || began.elapsed() > DRAINED {
            return (left, began.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// The descriptors at the end: what is still about to be closed gets the time for it.
async fn quiet_again(watch: &Watch, before: usize) -> usize {
    let began = Instant::now();
    loop {
        let now = watch.quiet_descriptors().await;
        if now <= before + verdict::FEW || began.elapsed() > DRAINED {
            return now;
        }
    }
}
