//! The figures of a soak, for people.

#![expect(clippy::print_stdout, reason = "figures are what this is run for")]

use std::collections::BTreeMap;

use super::{
    Seen,
    tally::{Done, Outcome},
    verdict,
};

/// The parts of the time in which memory is told.
const PARTS: usize = 10;

/// A step of the calibration.
pub fn stage(rate: f64, done: &Done) {
    println!(
        "calibration: {rate:>7.1} requests/s asked, {} done, p95 {} ms, {} failed, {} not sent",
        done.all(),
        done.p95(),
        done.failures.len(),
        done.missed
    );
}

pub fn print(seen: &Seen) {
    let (lasts, capacity) = (seen.course.lasts, seen.capacity.map(|most| format!(" of {most:.0} borne")));
    println!(
        "\nsoak of {lasts:?}, {:.1} requests/s{}: {} requests, {} not sent",
        seen.rate,
        capacity.unwrap_or_default(),
        seen.done.all(),
        seen.done.missed
    );
    deeds(&seen.done);
    faults(seen);
    process(seen);
}

fn deeds(done: &Done) {
    println!("{:<10} {:>8} {:>8} {:>8} {:>8} {:>8}", "", "well", "failed", "p50 ms", "p95 ms", "p99 ms");
    for (deed, times) in &done.times {
        let failed = done.failures.iter().filter(|failure| failure.deed == *deed).count();
        let [p50, p95, p99] = [50, 95, 99].map(|of| times.percentile(of));
        println!("{:<10} {:>8} {failed:>8} {p50:>8} {p95:>8} {p99:>8}", format!("{deed:?}"), times.all);
    }
}

fn faults(seen: &Seen) {
    let mut counted: BTreeMap<String, (usize, BTreeMap<String, usize>)> = BTreeMap::new();
    for spell in &seen.spells {
        counted.entry(spell.to_string()).or_default().0 += 1;
    }
    for failure in &seen.done.failures {
        let of = verdict::cause(failure, &seen.spells).map_or("no fault".to_owned(), ToString::to_string);
        let how = match &failure.outcome {
            Outcome::Status { code, .. } => code.to_string(),
            _ => "broken".to_owned(),
        };
        *counted.entry(of).or_default().1.entry(how).or_default() += 1;
    }
    println!("faults: {} hit {} connections", seen.spells.len(), seen.hit);
    for (of, (times, failures)) in counted {
        let failures: Vec<String> = failures.iter().map(|(how, count)| format!("{how} × {count}")).collect();
        let failures = if failures.is_empty() { "none".to_owned() } else { failures.join(", ") };
        println!("  {of:<20} {times:>4} times; refused or broken: {failures}");
    }
}

fn process(seen: &Seen) {
    let looks = &seen.samples;
    let (Some(first), Some(last)) = (looks.first(), looks.last()) else { return };
    let most = |of: fn(&super::Sample) -> f64| looks.iter().map(of).fold(0.0, f64::max);
    println!(
        "memory from {:.0} s on: RSS {:.1} MiB, at the end {:.1}, at most {:.1}; PSS {:.1}, {:.1}, {:.1}",
        seen.warm_at,
        first.rss_mib,
        last.rss_mib,
        most(|look| look.rss_mib),
        first.pss_mib,
        last.pss_mib,
        most(|look| look.pss_mib)
    );
    let parts = looks.chunks(looks.len().div_ceil(PARTS)).map(|part| {
        let all = part.iter().map(|look| look.rss_mib).sum::<f64>();
        format!("{:.1}", all / part.len() as f64)
    });
    println!("RSS in each tenth of the time: {} MiB", parts.collect::<Vec<_>>().join(", "));
    if let Some(trend) = verdict::memory(seen) {
        println!(
            "slope of memory: {:.1} ± {:.1} MiB/h of {} looks; it may be {:.1}",
            trend.per_hour,
            trend.give_or_take,
            looks.len(),
            seen.course.steepest()
        );
    }
    let told = || looks.iter().filter_map(|look| look.told);
    println!(
        "descriptors in a quiet moment {} before, {} after; under load at most {}; threads at most {}; tasks at most {}",
        seen.descriptors.0,
        seen.descriptors.1,
        most(|look| look.descriptors as f64),
        most(|look| look.threads as f64),
        told().map(|told| told.tasks).max().unwrap_or_default()
    );
    let mut delays: Vec<_> = looks.iter().map(|look| look.delay).collect();
    delays.sort();
    println!(
        "a request that touches nothing took {:.1?} in the middle, {:.1?} at most; jobs waiting at most {}, answers under way {}",
        delays[delays.len() / 2],
        delays[delays.len() - 1],
        told().map(|told| told.jobs).max().unwrap_or_default(),
        told().map(|told| told.answers).max().unwrap_or_default()
    );
    println!("{} mails; all jobs done {:.1?} after the load", seen.mails.len(), seen.drained_after);
}
