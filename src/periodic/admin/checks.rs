//! What forms of tasks and schedules must hold, beyond what each field says by itself.

use sea_orm::Value;
use serde_json::Value as Json;

use crate::{
    admin::{Checked, Draft, Fault, Problems, Row},
    periodic::{
        clocked, crontab,
        interval::{self, MICROSECONDS},
        registry::Registry,
        task::Column,
    },
    queue::crontab::{Crontab, Field},
};

type Outcome = Result<Draft, Problems>;

/// The kinds of schedule that a task can have, by their columns and their fields.
const SCHEDULES: [(Column, &str); 3] =
    [(Column::IntervalId, "interval"), (Column::CrontabId, "crontab"), (Column::ClockedId, "clocked")];

fn has(draft: &Draft, column: Column) -> bool {
    draft.value(column).is_some_and(|value| *value != value.as_null())
}

/// A task: a name that the program knows, one schedule, arguments that can be read, one expiry.
pub(super) fn task(registry: &Registry, checked: Checked) -> Outcome {
    let Checked { old, mut draft, .. } = checked;
    let mut problems = Problems::none();
    if draft.text(Column::Task).is_none_or(|name| registry.named(&name).is_none()) {
        problems.add(Fault::new("task", "task-needs-name"));
    }
    one_schedule(old.as_ref(), &mut draft, &mut problems);
    for (column, field, empty) in [(Column::Args, "args", "[]"), (Column::Kwargs, "kwargs", "{}")] {
        let text = draft.text(column).unwrap_or_default();
        if text.is_empty() {
            draft.set(column, empty);
            continue;
        }
        let fault = match serde_json::from_str::<Json>(&text) {
            Err(error) => Some(Fault::new(field, "task-bad-json").with("value", error.to_string())),
            Ok(Json::Array(_)) if field == "args" => None,
            Ok(Json::Object(_)) if field == "kwargs" => None,
            Ok(_) if field == "args" => Some(Fault::new(field, "task-no-list")),
            Ok(_) => Some(Fault::new(field, "task-no-object")),
        };
        problems.0.extend(fault);
    }
    if has(&draft, Column::Expires) && has(&draft, Column::ExpireSeconds) {
        for field in ["expires", "expire_seconds"] {
            problems.add(Fault::new(field, "task-two-expiries"));
        }
    }
    if problems.is_empty() { Ok(draft) } else { Err(problems) }
}

fn one_schedule(old: Option<&Row>, draft: &mut Draft, problems: &mut Problems) {
    let chosen: Vec<&str> =
        SCHEDULES.into_iter().filter(|(column, _)| has(draft, *column)).map(|(_, field)| field).collect();
    let by_the_sun = old.is_some_and(|old| old.number(Column::SolarId).is_some());
    match chosen.as_slice() {
        [] if by_the_sun => {}
        [] => problems.add(Fault::new("", "task-no-schedule")),
        // A schedule that fires takes the place of one that never does.
        [_] => draft.set(Column::SolarId, None::<i32>),
        several => problems.0.extend(several.iter().map(|field| Fault::new(*field, "task-two-schedules"))),
    }
    if chosen.contains(&"clocked") && draft.is(Column::OneOff) != Some(true) {
        problems.add(Fault::new("one_off", "task-clocked-once"));
    }
}

/// A crontab: fields that can be read, and a zone that is known.
pub(super) fn crontab(checked: Checked) -> Outcome {
    let draft = checked.draft;
    let mut problems = Problems::none();
    for field in Field::ALL {
        let mut texts = ["*"; 5];
        let text = draft.text(crontab::column(field)).unwrap_or_default();
        texts[field as usize] = &text;
        if let Err(bad) = Crontab::parse(texts) {
            let (name, key) = named(field);
            let (least, most) = field.range();
            let fault = Fault::new(name, key).with("value", bad.part);
            problems.add(fault.with("min", least.to_string()).with("max", most.to_string()));
        }
    }
    let zone = draft.text(crontab::Column::Timezone).unwrap_or_default();
    if zone.parse::<chrono_tz::Tz>().is_err() {
        problems.add(Fault::new("timezone", "crontab-bad-zone").with("value", zone));
    }
    if problems.is_empty() { Ok(draft) } else { Err(problems) }
}

fn named(field: Field) -> (&'static str, &'static str) {
    match field {
        Field::Minute => ("minute", "crontab-bad-minute"),
        Field::Hour => ("hour", "crontab-bad-hour"),
        Field::DayOfMonth => ("day_of_month", "crontab-bad-day"),
        Field::Month => ("month_of_year", "crontab-bad-month"),
        Field::Weekday => ("day_of_week", "crontab-bad-weekday"),
    }
}

/// An interval: of a unit that fires.
pub(super) fn interval(checked: Checked) -> Outcome {
    use interval::Column::Period;
    let kept = checked.old.is_some_and(|old| old.text(Period) == MICROSECONDS);
    if checked.draft.text(Period).is_some_and(|period| period == MICROSECONDS) && !kept {
        let mut problems = Problems::none();
        problems.add(Fault::new("period", "interval-too-short"));
        return Err(problems);
    }
    Ok(checked.draft)
}

/// A single time: one to come.
pub(super) fn clocked(checked: Checked) -> Outcome {
    use clocked::Column::ClockedTime;
    let Checked { old, draft, now, .. } = checked;
    let Some(Value::ChronoDateTimeUtc(Some(at))) = draft.value(ClockedTime) else { return Ok(draft) };
    let same = old.is_some_and(|old| old.moment(ClockedTime) == Some(*at));
    if !same && *at <= now {
        let mut problems = Problems::none();
        problems.add(Fault::new("clocked_time", "clocked-past"));
        return Err(problems);
    }
    Ok(draft)
}
