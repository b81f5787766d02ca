//! How hard a load test is.

use std::time::Duration;

/// What an operator may say about a load test. All has a default.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The address of the service to ask. Default: HOST of `.env`, or this machine at the port of Rocket.toml.
    #[arg(long)]
    pub host: Option<String>,
    /// Ask a host that is neither this machine nor one of our own names.
    #[arg(long)]
    pub any_host: bool,
    /// How many people ask at the same time.
    #[arg(long, short, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub users: u32,
    /// How many of them begin in a second.
    #[arg(long, short = 'r', visible_alias = "hatch-rate", default_value_t = 4.0, value_parser = rate)]
    pub spawn_rate: f64,
    /// How long to test, the time in which people begin included: seconds, or such as `90s`, `10m`, `1h`.
    #[arg(long, short = 't', default_value = "2m", value_parser = time)]
    pub run_time: Duration,
    /// How many accounts they share. Default: enough that none of them meets `RATE_LIMIT_CHAT`.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub accounts: Option<u16>,
    /// An answer of fewer characters counts as failed.
    #[arg(long, default_value_t = 100)]
    pub min_length: usize,
    /// Seconds that somebody pauses after an answer, at least.
    #[arg(long, default_value_t = 5.0, value_parser = seconds)]
    pub min_wait: f64,
    /// Seconds that somebody pauses after an answer, at most.
    #[arg(long, default_value_t = 10.0, value_parser = seconds)]
    pub max_wait: f64,
    /// Write no files.
    #[arg(long)]
    pub no_files: bool,
}

impl Options {
    /// The check that chat answers, several times a day: few people, no files.
    pub fn daily() -> Self {
        Self {
            host: None,
            any_host: false,
            users: 5,
            spawn_rate: 4.0,
            run_time: Duration::from_mins(2),
            accounts: None,
            min_length: 100,
            min_wait: 5.0,
            max_wait: 10.0,
            no_files: true,
        }
    }

    /// The load test whose figures are in the weekly report.
    pub fn weekly() -> Self {
        Self {
            users: 50,
            spawn_rate: 10.0,
            run_time: Duration::from_mins(10),
            no_files: false,
            ..Self::daily()
        }
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "is no number".to_owned())?;
    if (0.01..=1_000.0).contains(&rate) { Ok(rate) } else { Err("is not between 0.01 and 1000".to_owned()) }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "is no number".to_owned())?;
    if (0.0..=3_600.0).contains(&seconds) { Ok(seconds) } else { Err("is not between 0 and 3600".to_owned()) }
}

/// Locust's way to write a time: a number of seconds, or of the unit behind it.
fn time(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds: u64 = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err("has a unit other than s, m and h".to_owned()),
    };
    let number: u64 = digits.parse().map_err(|_| "is no number of seconds, minutes or hours".to_owned())?;
    match number.checked_mul(seconds) {
        Some(total @ 1..=86_400) => Ok(Duration::from_secs(total)),
        _ => Err("is not between a second and a day".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_for_locust() {
        let read = ["45", "90s", "10m", "1h"].map(|text| time(text).unwrap().as_secs());
        assert_eq!(read, [45, 90, 600, 3_600]);
        for wrong in ["", "0", "1.5m", "10x", "2d", "25h", "18446744073709551615h"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
