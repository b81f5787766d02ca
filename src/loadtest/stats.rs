//! The figures of a load test, in the form of Locust's own table, so that what reads the one reads the other.

use std::{io, path::Path};

use anyhow::Context;
use goose::metrics::{GooseMetrics, GooseRequestMetricAggregate, GooseRequestMetricTimingData};
use serde::{Deserialize, Serialize};

use super::visitor::{SHORT, Tally};

/// The shares of requests whose times are told, in hundredths.
const PERCENTILES: [(&str, f32); 11] = [
    ("50%", 0.5),
    ("66%", 0.66),
    ("75%", 0.75),
    ("80%", 0.8),
    ("90%", 0.9),
    ("95%", 0.95),
    ("98%", 0.98),
    ("99%", 0.99),
    ("99.9%", 0.999),
    ("99.99%", 0.9999),
    ("100%", 1.0),
];
const COLUMNS: [&str; 11] = [
    "Type",
    "Name",
    "Request Count",
    "Failure Count",
    "Median Response Time",
    "Average Response Time",
    "Min Response Time",
    "Max Response Time",
    "Average Content Size",
    "Requests/s",
    "Failures/s",
];
/// The name of the last line: of all requests together.
pub(super) const AGGREGATED: &str = "Aggregated";
/// Nobody has more kinds of requests; whoever does has not written this file for us.
const MAX_ROWS: usize = 100;

/// What became of a load test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Requests that were sent.
    pub requests: u64,
    /// Those that failed, short answers not counted.
    pub failed: u64,
    /// Answers that were too short.
    pub short: u64,
}

/// What became of one kind of request. Times are in milliseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// The method; empty for all together.
    pub kind: String,
    /// The path, or `Aggregated`.
    pub name: String,
    /// How many there were.
    pub requests: u64,
    /// How many of them failed.
    pub failures: u64,
    /// Time of the one in the middle.
    pub median_ms: f64,
    /// Time on average.
    pub average_ms: f64,
    /// Time of the fastest.
    pub min_ms: f64,
    /// Time of the slowest.
    pub max_ms: f64,
    /// Bytes of an answer, on average.
    pub content_bytes: f64,
    /// Requests in a second.
    pub per_second: f64,
    /// Failures in a second.
    pub failures_per_second: f64,
    /// Times that so many in a hundred requests did not exceed, in the order of Locust's columns.
    pub percentiles_ms: [u64; 11],
}

/// An error, with how often it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) error: String,
    pub(super) times: u64,
}

/// The figures of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Figures {
    pub(super) rows: Vec<Row>,
    pub(super) failures: Vec<Failure>,
    pub(super) seconds: u64,
}

impl Row {
    /// Whether this is the line of all requests together.
    pub fn is_total(&self) -> bool {
        self.kind.is_empty() && self.name == AGGREGATED
    }

    /// Time that 95 in a hundred did not exceed.
    pub fn p95_ms(&self) -> u64 {
        self.percentiles_ms[5]
    }
}

impl Figures {
    /// What the load test has measured.
    pub(super) fn of(metrics: &GooseMetrics, tally: &Tally) -> Self {
        let seconds = metrics.duration as u64;
        let mut requests: Vec<&GooseRequestMetricAggregate> = metrics.requests.values().collect();
        requests.sort_by(|a, b| (a.method_label(), &a.path).cmp(&(b.method_label(), &b.path)));
        let counted = |of: &GooseRequestMetricAggregate| Counted {
            kind: of.method_label().to_owned(),
            name: of.path.clone(),
            failures: of.fail_count as u64,
            bytes: tally.bytes_of(&of.path),
        };
        let mut rows: Vec<Row> = requests.iter().map(|of| row(counted(of), &of.raw_data, seconds)).collect();
        let sum = |number: fn(&Counted) -> u64| requests.iter().map(|of| number(&counted(of))).sum();
        let all = Counted {
            kind: String::new(),
            name: AGGREGATED.to_owned(),
            failures: sum(|of| of.failures),
            bytes: sum(|of| of.bytes),
        };
        rows.push(row(all, &together(&requests), seconds));
        let failures = metrics.errors.values().map(|error| Failure {
            kind: error.method_label().to_owned(),
            name: error.name.clone(),
            error: error.error.clone(),
            times: error.occurrences as u64,
        });
        Self { rows, failures: failures.collect(), seconds }
    }

    /// What became of it, in short.
    pub(super) fn outcome(&self) -> Outcome {
        let short = self.failures.iter().filter(|failure| failure.error.contains(SHORT));
        let short = short.map(|failure| failure.times).sum();
        let (requests, failures) =
            self.rows.iter().find(|row| row.is_total()).map_or((0, 0), |row| (row.requests, row.failures));
        Outcome { requests, failed: failures.saturating_sub(short), short }
    }

    /// Writes the table as Locust does.
    pub(super) fn write_stats(&self, out: impl io::Write) -> csv::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(COLUMNS.into_iter().chain(PERCENTILES.map(|(name, _)| name)))?;
        for row in &self.rows {
            let mut record = vec![row.kind.clone(), row.name.clone()];
            record.extend([row.requests, row.failures].map(|count| count.to_string()));
            record.push(format!("{:.0}", row.median_ms));
            let broken = [
                row.average_ms,
                row.min_ms,
                row.max_ms,
                row.content_bytes,
                row.per_second,
                row.failures_per_second,
            ];
            record.extend(broken.map(|number| format!("{number:?}")));
            record.extend(row.percentiles_ms.map(|ms| ms.to_string()));
            csv.write_record(record)?;
        }
        csv.flush().map_err(csv::Error::from)
    }

    /// Writes the errors as Locust does.
    pub(super) fn write_failures(&self, out: impl io::Write) -> csv::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(["Method", "Name", "Error", "Occurrences"])?;
        for failure in &self.failures {
            let Failure { kind, name, error, times } = failure;
            csv.write_record([kind, name, error, &times.to_string()])?;
        }
        csv.flush().map_err(csv::Error::from)
    }
}

/// A line before its times.
struct Counted {
    kind: String,
    name: String,
    failures: u64,
    bytes: u64,
}

fn row(counted: Counted, times: &GooseRequestMetricTimingData, seconds: u64) -> Row {
    let requests = times.counter as u64;
    let each = |sum: u64| if requests == 0 { 0.0 } else { sum as f64 / requests as f64 };
    let ms = |us: u64| us as f64 / 1_000.0;
    let per_second = |count: u64| count as f64 / seconds.max(1) as f64;
    Row {
        kind: counted.kind,
        name: counted.name,
        requests,
        failures: counted.failures,
        median_ms: ms(times.percentile_us(0.5)),
        average_ms: each(times.total_time_us) / 1_000.0,
        min_ms: ms(times.minimum_time_us),
        max_ms: ms(times.maximum_time_us),
        content_bytes: each(counted.bytes),
        per_second: per_second(requests),
        failures_per_second: per_second(counted.failures),
        percentiles_ms: PERCENTILES.map(|(_, share)| (times.percentile_us(share) + 500) / 1_000),
    }
}

/// The times of all requests.
fn together(requests: &[&GooseRequestMetricAggregate]) -> GooseRequestMetricTimingData {
    let mut all = GooseRequestMetricTimingData::default();
    let times = requests.iter().map(|of| &of.raw_data).filter(|times| times.counter > 0);
    for times in times {
        let fastest = if all.counter == 0 { u64::MAX } else { all.minimum_time_us };
        all.minimum_time_us = fastest.min(times.minimum_time_us);
        all.maximum_time_us = all.maximum_time_us.max(times.maximum_time_us);
        all.total_time_us += times.total_time_us;
        all.counter += times.counter;
    }
    let buckets = requests.iter().flat_map(|of| of.raw_data.times_us.iter());
    all.times_us = buckets.map(|(from, count)| (*from, *count)).collect();
    all
}

/// Reads a table, ours or Locust's. What a column does not say counts as 0.
pub(super) fn read_stats(path: &Path) -> anyhow::Result<Vec<Row>> {
    let mut csv = csv::Reader::from_path(path)?;
    let names = csv.headers()?.clone();
    let at = |name: &str| names.iter().position(|have| have == name);
    let needed = |name: &str| at(name).with_context(|| format!("{} has no column {name}", path.display()));
    let (kind, name, requests, failures) =
        (needed(COLUMNS[0])?, needed(COLUMNS[1])?, needed(COLUMNS[2])?, needed(COLUMNS[3])?);
    let mut rows = Vec::new();
    for record in csv.records().take(MAX_ROWS) {
        let record = record?;
        let text = |at: usize| record.get(at).unwrap_or_default();
        let number = |name: &str| {
            let number = at(name).and_then(|at| text(at).parse::<f64>().ok());
            number.filter(|number| number.is_finite() && *number >= 0.0).unwrap_or_default()
        };
        rows.push(Row {
            kind: text(kind).to_owned(),
            name: text(name).to_owned(),
            requests: text(requests).parse().unwrap_or_default(),
            failures: text(failures).parse().unwrap_or_default(),
            median_ms: number(COLUMNS[4]),
            average_ms: number(COLUMNS[5]),
            min_ms: number(COLUMNS[6]),
            max_ms: number(COLUMNS[7]),
            content_bytes: number(COLUMNS[8]),
            per_second: number(COLUMNS[9]),
            failures_per_second: number(COLUMNS[10]),
            percentiles_ms: PERCENTILES.map(|(name, _)| whole(number(name))),
        });
    }
    Ok(rows)
}

/// How often an error of a short answer stands in a file of Locust's: in `column`, so many times as `count` says.
pub(super) fn count_short(path: &Path, column: &str, count: &str) -> anyhow::Result<u64> {
    if !path.exists() {
        return Ok(0);
    }
    let mut csv = csv::ReaderBuilder::new().flexible(true).from_path(path)?;
    let names = csv.headers()?.clone();
    let at = |name: &str| names.iter().position(|have| have == name);
    let (Some(column), Some(count)) = (at(column), at(count)) else { return Ok(0) };
    let mut short = 0;
    for record in csv.records() {
        let record = record?;
        if record.get(column).is_some_and(|text| text.contains(SHORT)) {
            short += record.get(count).and_then(|times| times.parse().ok()).unwrap_or(1);
        }
    }
    Ok(short)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "finite and not negative")]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_written_is_read_again() {
        let row = Row {
            kind: "POST".to_owned(),
            name: "/api/chat, \"quoted\"".to_owned(),
            requests: 12,
            failures: 3,
            median_ms: 41.0,
            average_ms: 42.125,
            min_ms: 0.25,
            max_ms: 1_234.5,
            content_bytes: 640.5,
            per_second: 0.2,
            failures_per_second: 0.05,
            percentiles_ms: [41, 45, 47, 50, 80, 95, 300, 900, 1_200, 1_234, 1_235],
        };
        let figures = Figures { rows: vec![row.clone()], ..Figures::default() };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x_stats.csv");
        figures.write_stats(std::fs::File::create(&path).unwrap()).unwrap();
        let first = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            first.lines().next().unwrap(),
            "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,\
             Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"
        );
        assert_eq!(read_stats(&path).unwrap(), [row]);
    }

    #[test]
    fn a_table_of_locust_without_requests_is_read_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("_stats.csv");
        let head = COLUMNS.into_iter().chain(PERCENTILES.map(|(name, _)| name)).collect::<Vec<_>>().join(",");
        let line = format!(",Aggregated,0,0,0,0.0,0,0,0,0.0,0.0{}", ",N/A".repeat(11));
        std::fs::write(&path, format!("{head}\n{line}\n")).unwrap();
        let rows = read_stats(&path).unwrap();
        assert!(rows[0].is_total() && rows[0].percentiles_ms == [0; 11]);
        std::fs::write(&path, "a,b\n1,2\n").unwrap();
        assert!(read_stats(&path).is_err());
    }
}
