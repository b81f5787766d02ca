//! How long a job that has failed waits for its next try.

use chrono::Duration;

/// The pauses between tries: each twice as long as the one before, up to the longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The first pause.
    pub first: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { first: Duration::seconds(10), longest: Duration::minutes(10) }
    }
}

impl Pace {
    /// The pause behind the try of this number. It varies by a fifth so that retries do not come in step.
    pub(super) fn delay(self, attempt: i32) -> Duration {
        let doubled = 2_i32.saturating_pow(u32::try_from(attempt.saturating_sub(1)).unwrap_or(0));
        let delay = self.first.checked_mul(doubled).unwrap_or(self.longest).min(self.longest);
        delay * rand::random_range(80..=120) / 100
    }
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::Pace;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pace = Pace { first: Duration::minutes(1), longest: Duration::hours(6) };
        for (attempt, minutes) in [(1, 1), (2, 2), (3, 4), (9, 256), (10, 360), (40, 360), (i32::MAX, 360)] {
            let pause = pace.delay(attempt);
            let (least, most) = (Duration::minutes(minutes) * 8 / 10, Duration::minutes(minutes) * 12 / 10);
            assert!(pause >= least && pause <= most, "{attempt}: {pause}");
        }
    }
}
