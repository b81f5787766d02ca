//! When something recurs: the times of a crontab in a zone, of an interval, or one time alone.
//!
//! The times of a crontab are worked out by the clock on the wall. One that daylight saving leaves out is the next instant
//! there is; one that it repeats is the earlier of the two. So each comes exactly once, in both directions of time.

use chrono::{DateTime, Duration, NaiveDateTime, Offset, SubsecRound, TimeZone, Utc};
use chrono_tz::Tz;

use super::crontab::Crontab;

/// Clocks are set back by no more than this.
const LONGEST_REPETITION: Duration = Duration::hours(3);
/// How finely the end of a gap is looked for.
const STEP: Duration = Duration::minutes(1);

/// When something recurs.
#[derive(Clone, Debug)]
pub enum Timing {
    /// At the times of a crontab, by the clock on the wall.
    Crontab(Box<Crontab>, Tz),
    /// At these distances, counted from a moment.
    Every {
        /// From here.
        from: DateTime<Utc>,
        /// This far apart; more than nothing.
        step: Duration,
    },
    /// Once.
    At(DateTime<Utc>),
}

impl Timing {
    /// The latest time at or before `now`.
    pub fn last(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Crontab(crontab, zone) => last_of(crontab, *zone, now),
            Self::Every { from, step } => {
                let steps = steps_between(*from, now, *step)?;
                (steps >= 0).then(|| advanced(*from, *step, steps)).flatten()
            }
            Self::At(at) => (*at <= now).then_some(*at),
        }
    }

    /// The earliest time after `now`.
    pub fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Crontab(crontab, zone) => next_of(crontab, *zone, now),
            Self::Every { from, step } if now < *from => Some(*from).filter(|_| *step > Duration::zero()),
            Self::Every { from, step } => advanced(*from, *step, steps_between(*from, now, *step)? + 1),
            Self::At(at) => (*at > now).then_some(*at),
        }
    }
}

/// How many whole steps there are from one moment to another.
fn steps_between(from: DateTime<Utc>, to: DateTime<Utc>, step: Duration) -> Option<i64> {
    let (between, step) = ((to - from).num_microseconds()?, step.num_microseconds()?);
    (step > 0).then(|| between.div_euclid(step))
}

fn advanced(from: DateTime<Utc>, step: Duration, steps: i64) -> Option<DateTime<Utc>> {
    let micros = step.num_microseconds()?.checked_mul(steps)?;
    from.checked_add_signed(Duration::microseconds(micros))
}

/// The clock on the wall, in whole seconds and as if it were that of UTC: what a crontab is asked with.
fn wall(at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    at.with_timezone(&zone).naive_local().and_utc().trunc_subsecs(0)
}

/// The instant at which the clock on the wall shows this, or would.
fn instant(wall: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    let mut wall = wall;
    let end = wall + LONGEST_REPETITION;
    while wall <= end {
        if let Some(found) = zone.from_local_datetime(&wall).earliest() {
            return Some(found.to_utc());
        }
        wall += STEP;
    }
    None
}

fn next_of(crontab: &Crontab, zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if !crontab.comes() {
        return None;
    }
    let mut shown = wall(now, zone);
    loop {
        shown = crontab.cron().find_next_occurrence(&shown, false).ok()?;
        let at = instant(shown.naive_utc(), zone)?;
        if at > now {
            return Some(at);
        }
    }
}

fn last_of(crontab: &Crontab, zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if !crontab.comes() {
        return None;
    }
    let offset = |at: DateTime<Utc>| {
        let seconds = zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc();
        Duration::seconds(seconds.into())
    };
    // While the clock shows an hour for the second time, all of that hour has been shown.
    let set_back = (offset(now - LONGEST_REPETITION) - offset(now)).max(Duration::zero());
    let mut shown = wall(now, zone) + set_back;
    let mut inclusive = true;
    loop {
        shown = crontab.cron().find_previous_occurrence(&shown, inclusive).ok()?;
        inclusive = false;
        let at = instant(shown.naive_utc(), zone)?;
        if at <= now {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::{America::New_York, Asia::Shanghai, Australia::Lord_Howe};
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn crontab(text: &str, zone: Tz) -> Timing {
        let fields: Vec<&str> = text.split(' ').collect();
        let fields: [&str; 5] = fields.try_into().expect("five fields");
        Timing::Crontab(Box::new(Crontab::parse(fields).expect("a crontab")), zone)
    }

    fn after(timing: &Timing, from: &str, count: usize) -> Vec<String> {
        let mut times = Vec::new();
        let mut now = at(from);
        while let Some(next) = timing.next(now).filter(|_| times.len() < count) {
            times.push(next.format("%m-%d %H:%M").to_string());
            now = next;
        }
        times
    }

    #[test]
    fn nine_in_the_morning_stays_nine_in_the_morning() {
        let nine = crontab("0 9 * * *", New_York);
        assert_eq!(after(&nine, "2026-03-06T20:00:00Z", 3), ["03-07 14:00", "03-08 13:00", "03-09 13:00"]);
        assert_eq!(after(&nine, "2026-10-30T20:00:00Z", 3), ["10-31 13:00", "11-01 14:00", "11-02 14:00"]);
        let weekly = crontab("20 20 * * sun", Shanghai);
        assert_eq!(after(&weekly, "2026-03-09T04:00:00Z", 2), ["03-15 12:20", "03-22 12:20"]);
    }

    #[test]
    fn a_time_that_is_left_out_is_the_next_there_is_and_one_that_is_repeated_comes_once() {
        for text in ["30 2 * * *", "0,30 2 * * *", "15,45 2,3 8 3 *"] {
            let spring = after(&crontab(text, New_York), "2026-03-08T06:00:00Z", 1);
            assert_eq!(spring, ["03-08 07:00"], "{text}");
        }
        let both = crontab("0,30 2,3 * * *", New_York);
        assert_eq!(after(&both, "2026-03-08T06:00:00Z", 2), ["03-08 07:00", "03-08 07:30"]);
        let autumn = crontab("30 1 * * *", New_York);
        assert_eq!(after(&autumn, "2026-11-01T05:00:00Z", 2), ["11-01 05:30", "11-02 06:30"]);
        assert_eq!(autumn.last(at("2026-11-01T06:45:00Z")), Some(at("2026-11-01T05:30:00Z")));
        let quarters = crontab("*/15 * * * *", New_York);
        assert_eq!(quarters.last(at("2026-11-01T06:10:00Z")), Some(at("2026-11-01T05:45:00Z")));
        assert_eq!(quarters.next(at("2026-11-01T06:10:00Z")), Some(at("2026-11-01T07:00:00Z")));
    }

    #[test]
    fn day_and_weekday_must_both_fit_and_some_dates_never_come() {
        let friday = crontab("0 0 13 * fri", chrono_tz::UTC);
        assert_eq!(after(&friday, "2026-01-01T00:00:00Z", 3), ["02-13 00:00", "03-13 00:00", "11-13 00:00"]);
        let never = crontab("0 0 31 2 *", chrono_tz::UTC);
        assert_eq!(
            (never.next(at("2026-01-01T00:00:00Z")), never.last(at("2026-01-01T00:00:00Z"))),
            (None, None)
        );
        let leap = crontab("0 0 29 2 *", chrono_tz::UTC);
        assert_eq!(leap.next(at("2026-01-01T00:00:00Z")), Some(at("2028-02-29T00:00:00Z")));
        assert_eq!(leap.last(at("2026-01-01T00:00:00Z")), Some(at("2024-02-29T00:00:00Z")));
    }

    #[test]
    fn intervals_are_counted_from_their_beginning() {
        let every = Timing::Every { from: at("2026-03-09T04:00:00Z"), step: Duration::minutes(90) };
        assert_eq!(every.last(at("2026-03-09T03:59:59Z")), None);
        assert_eq!(every.next(at("2026-03-09T03:00:00Z")), Some(at("2026-03-09T04:00:00Z")));
        assert_eq!(every.last(at("2026-03-09T04:00:00Z")), Some(at("2026-03-09T04:00:00Z")));
        assert_eq!(every.next(at("2026-03-09T04:00:00Z")), Some(at("2026-03-09T05:30:00Z")));
        let nothing = Timing::Every { from: at("2026-03-09T04:00:00Z"), step: Duration::zero() };
        assert_eq!(
            (nothing.last(at("2027-01-01T00:00:00Z")), nothing.next(at("2025-01-01T00:00:00Z"))),
            (None, None)
        );
        let once = Timing::At(at("2026-03-09T04:00:00Z"));
        assert_eq!(once.last(at("2026-03-09T03:59:59Z")), None);
        assert_eq!(once.next(at("2026-03-09T04:00:00Z")), None);
    }

    proptest! {
        #[test]
        fn forwards_and_backwards_there_are_the_same_times(
            minutes in 0_i64..525_600,
            fields in prop::sample::select(vec![
                "*/20 * * * *", "30 2 * * *", "0,45 1-3 * * *", "15 0 * 3,11 sun", "59 23 31 * *", "5 */7 1-15 * *",
            ]),
            zone in prop::sample::select(vec![New_York, Lord_Howe, Shanghai, chrono_tz::Europe::London]),
        ) {
            let timing = crontab(fields, zone);
            let now = at("2026-01-01T00:00:30Z") + Duration::minutes(minutes);
            let next = timing.next(now).expect("it recurs");
            prop_assert!(next > now);
            prop_assert_eq!(timing.last(next), Some(next));
            let last = timing.last(next - Duration::microseconds(1)).expect("it recurred");
            prop_assert!(last <= now, "{} is between {} and {}", last, now, next);
            prop_assert_eq!(timing.next(last), Some(next));
        }
    }
}
