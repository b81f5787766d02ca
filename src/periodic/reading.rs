//! Schedules in words.

use chrono::{DateTime, Utc};

use super::{crontab, plan::Schedule};
use crate::{
    admin::Locale,
    queue::crontab::{Crontab, Field},
};

/// Hours that are written out one by one.
const LISTED: usize = 6;

/// A schedule in the words of a reader.
pub fn words(schedule: &Schedule, locale: &Locale) -> String {
    match schedule {
        Schedule::Crontab(row) => crontab_words(row, locale),
        Schedule::Interval(row) => {
            let count = u64::try_from(row.every).unwrap_or_default();
            interval_words(count, &row.period, locale)
        }
        Schedule::Clocked(row) => locale.moment(row.clocked_time),
        Schedule::Solar(row) => {
            let event = locale.language.find(&format!("choice-event-{}", row.event));
            let event = event.unwrap_or_else(|| row.event.replace('_', " "));
            format!("{event} ({}, {})", row.latitude, row.longitude)
        }
    }
}

/// An interval in words.
pub fn interval_words(every: u64, period: &str, locale: &Locale) -> String {
    let key = match period {
        "days" => "schedule-every-days",
        "hours" => "schedule-every-hours",
        "minutes" => "schedule-every-minutes",
        "seconds" => "schedule-every-seconds",
        _ => return format!("{every} {period}"),
    };
    locale.count(key, every)
}

/// The fields of a crontab as the original writes them.
pub fn crontab_text(fields: [&str; 5], zone: &str) -> String {
    format!("{} (m/h/dM/MY/d) {zone}", fields.join(" "))
}

fn crontab_words(row: &crontab::Model, locale: &Locale) -> String {
    let Ok(crontab) = row.parsed() else { return crontab_text(row.fields(), &row.timezone) };
    let mut words = vec![time_words(&crontab, locale)];
    let mut part = |field: Field, key: &str, name: Option<&str>| {
        if crontab.is_every(field) {
            return;
        }
        let each = crontab.numbers(field).iter().map(|number| match name {
            Some(name) => locale.t(&format!("{name}-{number}")),
            None => number.to_string(),
        });
        let each: Vec<String> = each.collect();
        words.push(locale.with(key, &[("value", &each.join(&locale.t("schedule-comma")))]));
    };
    part(Field::Weekday, "schedule-weekdays", Some("schedule-weekday"));
    part(Field::DayOfMonth, "schedule-days", None);
    part(Field::Month, "schedule-months", Some("schedule-month"));
    format!("{} ({})", words.join(&locale.t("schedule-comma")), row.timezone)
}

fn time_words(crontab: &Crontab, locale: &Locale) -> String {
    let minutes: Vec<u32> = crontab.numbers(Field::Minute).iter().copied().collect();
    let hours: Vec<u32> = crontab.numbers(Field::Hour).iter().copied().collect();
    let joined = |numbers: &[u32]| {
        let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
        numbers.join(&locale.t("schedule-comma"))
    };
    match (minutes.as_slice(), hours.as_slice()) {
        (minutes, _) if crontab.is_every(Field::Hour) => match step(minutes) {
            Some(step) => interval_words(step, "minutes", locale),
            None => locale.with("schedule-at-minutes", &[("value", &joined(minutes))]),
        },
        ([minute], hours) if hours.len() <= LISTED => {
            let times: Vec<String> = hours.iter().map(|hour| format!("{hour:02}:{minute:02}")).collect();
            locale.with("schedule-at", &[("value", &times.join(&locale.t("schedule-comma")))])
        }
        (minutes, hours) => {
            let (first, last) = (joined(minutes), joined(hours));
            locale.with("schedule-at-minutes-of", &[("first", &first), ("last", &last)])
        }
    }
}

/// How many minutes apart they are, when they are so all through the hour, from its beginning.
fn step(minutes: &[u32]) -> Option<u64> {
    let step = minutes.get(1).copied()?;
    let even = 60 % step == 0 && minutes.len() == (60 / step) as usize;
    (even && minutes.iter().all(|minute| minute % step == 0)).then_some(step.into())
}

/// A time to come, and how far off it is.
pub fn coming(at: DateTime<Utc>, locale: &Locale) -> String {
    let left = at - locale.now;
    let (key, count) = if left.num_days() > 1 {
        ("schedule-in-days", left.num_days())
    } else if left.num_hours() > 1 {
        ("schedule-in-hours", left.num_hours())
    } else {
        ("schedule-in-minutes", left.num_minutes().max(0) + 1)
    };
    let left = locale.count(key, u64::try_from(count).unwrap_or_default());
    format!("{} ({left})", locale.moment(at))
}
