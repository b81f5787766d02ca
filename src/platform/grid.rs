//! A period of time cut into equal steps, for figures over time.

use chrono::{DateTime, Days, Duration, Timelike, Utc};
use chrono_tz::Tz;
use sea_orm::{
    DbBackend, ExprTrait,
    sea_query::{CaseStatement, Expr, Func},
};

/// The name under which a query gives the number of the step.
pub const STEP: &str = "step";

/// Steps of equal length, one after the other. A day has 24 hours here: where clocks are set forward or back, days
/// after that begin an hour off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    from: DateTime<Utc>,
    step: Duration,
    steps: u32,
}

impl Grid {
    /// The hour of `now` and those before it, `count` in all.
    pub fn hours(now: DateTime<Utc>, count: u32) -> Self {
        let into = Duration::seconds(i64::from(now.minute() * 60 + now.second()));
        let hour = now - into - Duration::nanoseconds(i64::from(now.nanosecond()));
        let step = Duration::hours(1);
        Self { from: hour - hours_of(count.saturating_sub(1)), step, steps: count }
    }

    /// The day of `now` in `zone` and those before it, `count` in all.
    pub fn days(now: DateTime<Utc>, zone: Tz, count: u32) -> Self {
        let today = now.with_timezone(&zone).date_naive();
        let first = today.checked_sub_days(Days::new(count.saturating_sub(1).into())).unwrap_or(today);
        let midnight = first.and_time(chrono::NaiveTime::MIN).and_local_timezone(zone).earliest();
        // Some zones skip a midnight; the day then begins with the first hour that it has.
        let from =
            midnight.map_or_else(|| first.and_time(chrono::NaiveTime::MIN).and_utc(), |at| at.to_utc());
        Self { from, step: Duration::hours(24), steps: count }
    }

    /// The same period as one step: what is counted once, such as people, cannot be added up from steps.
    #[must_use]
    pub fn whole(self) -> Self {
        Self { step: self.to() - self.from, steps: 1, ..self }
    }

    /// As many steps just before, to compare with.
    #[must_use]
    pub fn before(self) -> Self {
        Self { from: self.from - (self.to() - self.from), ..self }
    }

    /// When the first step begins.
    pub fn from(&self) -> DateTime<Utc> {
        self.from
    }

    /// When the last step ends.
    pub fn to(&self) -> DateTime<Utc> {
        self.from + self.step * i32::try_from(self.steps).unwrap_or(i32::MAX)
    }

    /// When each step begins.
    pub fn starts(&self) -> Vec<DateTime<Utc>> {
        let start = |number| self.from + self.step * i32::try_from(number).unwrap_or(i32::MAX);
        (0..self.steps).map(start).collect()
    }

    /// The number of the step in which `time` lies, for rows of the period.
    pub fn step_of(&self, backend: DbBackend, time: Expr) -> Expr {
        let (from, step) = (self.from.timestamp(), self.step.num_seconds());
        if backend == DbBackend::Sqlite {
            // Whole numbers, divided as such.
            return Func::cust("unixepoch").arg(time).sub(from).div(step);
        }
        let since = Func::cust("date_part").arg("epoch").arg(time).sub(from as f64);
        Func::cust("floor").arg(since.div(step as f64)).cast_as("bigint")
    }

    /// What a query found, by step; a step without anything gets what is nothing.
    pub fn filled<T: Clone + Default>(&self, found: impl IntoIterator<Item = (i64, T)>) -> Vec<T> {
        let mut all = vec![T::default(); usize::try_from(self.steps).unwrap_or(0)];
        for (number, value) in found {
            if let Some(place) = usize::try_from(number).ok().and_then(|number| all.get_mut(number)) {
                *place = value;
            }
        }
        all
    }
}

/// How many rows of a group are so.
pub fn how_many(so: Expr) -> Expr {
    let one = CaseStatement::new().case(so, 1).finally(0);
    whole(Expr::Case(Box::new(one)).sum())
}

/// A sum as a whole number: PostgreSQL makes another type of it.
pub fn whole(sum: Expr) -> Expr {
    sum.cast_as("bigint")
}

fn hours_of(count: u32) -> Duration {
    Duration::hours(count.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn days_begin_at_midnight_where_the_campus_is() {
        let days = Grid::days(at("2026-03-09T17:30:00Z"), chrono_tz::Asia::Shanghai, 3);
        assert_eq!(
            days.starts(),
            ["2026-03-07T16:00:00Z", "2026-03-08T16:00:00Z", "2026-03-09T16:00:00Z"].map(at)
        );
        assert_eq!(days.to(), at("2026-03-10T16:00:00Z"));
        assert_eq!(days.before().to(), days.from());
        assert_eq!((days.whole().starts(), days.whole().to()), (vec![days.from()], days.to()));
    }

    #[test]
    fn hours_end_with_the_one_that_is_under_way() {
        let hours = Grid::hours(at("2026-03-09T17:30:12.345678Z"), 24);
        assert_eq!((hours.from(), hours.to()), (at("2026-03-08T18:00:00Z"), at("2026-03-09T18:00:00Z")));
    }

    #[test]
    fn a_step_without_anything_is_nothing() {
        let hours = Grid::hours(at("2026-03-09T17:30:00Z"), 3);
        assert_eq!(hours.filled([(2, 7), (0, 1), (9, 9), (-1, 9)]), [1, 0, 7]);
    }
}
