//! How long a soak takes, how hard it is, and what it is held to.

use std::{ops::Range, time::Duration};

/// A run from its beginning to its end.
#[derive(Clone, Debug)]
pub struct Course {
    /// How long the load lasts, what comes before memory is looked at included.
    pub lasts: Duration,
    /// From then on memory has to stay where it is.
    pub warm_up: Duration,
    /// Requests for each second; `None` where what it can bear is found out first.
    pub rate: Option<f64>,
    /// People who send them.
    pub people: usize,
    /// From the beginning of a fault to that of the next.
    pub fault_every: Duration,
    /// How long a fault lasts, milliseconds.
    pub fault_ms: Range<u64>,
    /// From a mail to the next.
    pub mail_every: Duration,
    /// From a look at the process to the next.
    pub sample_every: Duration,
    /// MiB that memory may grow by from the end of the warm-up to that of the run. The shorter a run is, the more of its
    /// slope is noise: what is held to is what all of it would come to.
    pub growth_mib: f64,
    /// One answer in so many may be a refusal that no fault explains: 0 for none.
    pub stray_one_in: u64,
}

impl Course {
    /// A run of so many minutes on a machine that does nothing else.
    pub fn of_minutes(minutes: usize) -> Self {
        let lasts = Duration::from_mins(u64::try_from(minutes.max(1)).expect("minutes"));
        Self {
            lasts,
            warm_up: (lasts / 4).min(Duration::from_mins(30)),
            rate: None,
            people: 150,
            fault_every: Duration::from_secs(15),
            fault_ms: 2_000..6_000,
            mail_every: Duration::from_secs(2),
            sample_every: Duration::from_secs(5),
            // Of six hours, five and a half are looked at: less than a MiB for each.
            growth_mib: 5.5,
            stray_one_in: 0,
        }
    }

    /// The same within seconds, with a build for development beside other tests: that it works at all.
    pub fn in_small() -> Self {
        Self {
            lasts: Duration::from_secs(12),
            warm_up: Duration::from_secs(3),
            rate: Some(10.0),
            people: 12,
            fault_every: Duration::from_millis(1_500),
            fault_ms: 300..900,
            mail_every: Duration::from_millis(500),
            sample_every: Duration::from_millis(500),
            growth_mib: 100.0,
            stray_one_in: 20,
        }
    }

    /// The slope that memory may have, MiB for each hour.
    pub fn steepest(&self) -> f64 {
        self.growth_mib / (self.lasts.saturating_sub(self.warm_up).as_secs_f64() / 3_600.0)
    }
}
