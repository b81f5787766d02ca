//! Whether figures rise with time: a straight line by least squares, and how far it can be believed.

/// The slope of a line, with half the width of its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// By how much the figure rises in an hour.
    pub per_hour: f64,
    /// The true slope is within this of `per_hour`, nineteen times in twenty.
    pub give_or_take: f64,
}

impl Trend {
    /// The trend of `(seconds, figure)`. `None` of fewer than five.
    pub fn of(points: &[(f64, f64)]) -> Option<Self> {
        if points.len() < 5 {
            return None;
        }
        let count = points.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
        let (middle, level) = (mean(|point| point.0), mean(|point| point.1));
        let spread: f64 = points.iter().map(|(at, _)| (at - middle).powi(2)).sum();
        let together: f64 = points.iter().map(|(at, is)| (at - middle) * (is - level)).sum();
        let slope = together / spread;
        let left: Vec<f64> = points.iter().map(|(at, is)| is - level - slope * (at - middle)).collect();
        let variance = left.iter().map(|of| of * of).sum::<f64>() / (count - 2.0);
        // What memory is at one look says much about what it is at the next: so many looks are worth fewer.
        let next: f64 = left.windows(2).map(|pair| pair[0] * pair[1]).sum();
        let same: f64 = left.iter().map(|of| of * of).sum();
        let alike = if same > 0.0 { (next / same).clamp(0.0, 0.98) } else { 0.0 };
        let error = (variance / spread).sqrt() * ((1.0 + alike) / (1.0 - alike)).sqrt();
        Some(Self { per_hour: slope * 3_600.0, give_or_take: 1.96 * error * 3_600.0 })
    }

    /// Whether it rises, beyond what chance explains, by more than `limit` in an hour.
    pub fn rises_beyond(self, limit: f64) -> bool {
        self.per_hour > limit && self.per_hour - self.give_or_take > 0.0
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    use super::*;

    /// Six hours, a look each five seconds, memory that goes up and down by 20 MiB and rises by `leak` in an hour.
    fn six_hours(leak: f64) -> Vec<(f64, f64)> {
        let mut chance = StdRng::seed_from_u64(1);
        let mut drift = 0.0;
        let look = |at: u32| {
            let at = f64::from(at) * 5.0;
            drift = 0.9 * drift + chance.random_range(-4.0..4.0);
            (at, 200.0 + drift + chance.random_range(-8.0..8.0) + leak * at / 3_600.0)
        };
        (0..6 * 720).map(look).collect()
    }

    #[test]
    fn a_leak_of_two_mib_an_hour_is_seen_through_noise_and_noise_alone_is_none() {
        let leak = Trend::of(&six_hours(2.0)).unwrap();
        assert!((leak.per_hour - 2.0).abs() < leak.give_or_take + 0.5, "{leak:?}");
        assert!(leak.rises_beyond(1.0), "{leak:?}");
        let flat = Trend::of(&six_hours(0.0)).unwrap();
        assert!(!flat.rises_beyond(1.0) && flat.give_or_take < 1.0, "{flat:?}");
    }

    #[test]
    fn a_line_is_what_it_is_and_a_few_looks_are_none() {
        let points: Vec<(f64, f64)> = (0..10).map(|at| (f64::from(at), 5.0 + f64::from(at))).collect();
        let line = Trend::of(&points).unwrap();
        assert!((line.per_hour - 3_600.0).abs() < 1e-6 && line.give_or_take < 1e-6, "{line:?}");
        assert_eq!(Trend::of(&points[..4]), None);
    }
}
