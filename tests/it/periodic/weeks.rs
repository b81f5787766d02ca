//! Two weeks in which the clocks change, with edits in between: each occurrence fires once, at its time, somewhere.

use chatdku::periodic::tables::{crontab, task};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::{America::New_York, Tz};
use sea_orm::{ActiveModelTrait, Set};

use super::{Instances, new_task};

const STEP: TimeDelta = TimeDelta::minutes(10);

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// This time of each day, as the clock on the wall shows it, between two moments.
fn daily(zone: Tz, time: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let time = NaiveTime::parse_from_str(time, "%H:%M").unwrap();
    let first: NaiveDate = from.with_timezone(&zone).date_naive();
    let days = first.iter_days().take(30);
    let times = days.map(|day| {
        let wall = day.and_time(time);
        let shown = zone.from_local_datetime(&wall).earliest();
        // What the clock leaves out is the first instant after it.
        shown
            .unwrap_or_else(|| zone.from_local_datetime(&day.and_hms_opt(3, 0, 0).unwrap()).unwrap())
            .to_utc()
    });
    times.filter(|at| *at > from && *at <= to).collect()
}

fn every(step: TimeDelta, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let first = from.timestamp() / step.num_seconds() * step.num_seconds();
    let first = DateTime::from_timestamp(first, 0).unwrap();
    let times = std::iter::successors(Some(first), |at| Some(*at + step));
    times.skip_while(|at| *at <= from).take_while(|at| *at <= to).collect()
}

async fn two_weeks(from: DateTime<Utc>) {
    let (middle, to) = (from + TimeDelta::days(9), from + TimeDelta::days(14));
    let instances = Instances::start().await;
    let since = Some(from);
    let task = |name: &str| task::ActiveModel { scheduled_from: Set(since), ..new_task(name) };
    let nine = instances.crontab("0 9 * * *", "America/New_York").await;
    let night = instances.crontab("30 1,2 * * *", "America/New_York").await;
    let campus = instances.crontab("20 20 * * *", "Asia/Shanghai").await;
    let hours = instances.interval(2, "hours").await;
    let nine_task = instances.add(task::ActiveModel { crontab_id: Set(Some(nine)), ..task("nine") }).await;
    let night_task = instances.add(task::ActiveModel { crontab_id: Set(Some(night)), ..task("night") }).await;
    let campus_task =
        instances.add(task::ActiveModel { crontab_id: Set(Some(campus)), ..task("campus") }).await;
    let hours_task =
        instances.add(task::ActiveModel { interval_id: Set(Some(hours)), ..task("hours") }).await;
    instances.pass(from, middle, STEP).await;
    // The morning moves to ten, and every two hours become every three.
    let ten = crontab::ActiveModel {
        id: Set(nine),
        hour: Set("10".to_owned()),
        changed_at: Set(Some(middle)),
        ..Default::default()
    };
    instances.store().write(async |tx| ten.update(&tx).await).await.unwrap();
    let three = instances.interval(3, "hours").await;
    let other = task::ActiveModel {
        id: Set(hours_task),
        interval_id: Set(Some(three)),
        date_changed: Set(middle),
        scheduled_from: Set(Some(middle)),
        ..Default::default()
    };
    instances.change(other).await;
    instances.pass(middle, to, STEP).await;

    let mut mornings = daily(New_York, "09:00", from, middle);
    mornings.extend(daily(New_York, "10:00", middle, to));
    assert_eq!(instances.fired(nine_task).await, mornings);
    let mut nights = daily(New_York, "01:30", from, to);
    nights.extend(daily(New_York, "02:30", from, to));
    nights.sort_unstable();
    nights.dedup();
    assert_eq!(instances.fired(night_task).await, nights);
    assert_eq!(instances.fired(campus_task).await, daily(chrono_tz::Asia::Shanghai, "20:20", from, to));
    let mut stretches = every(TimeDelta::hours(2), from, middle);
    stretches.extend(every(TimeDelta::hours(3), middle, to));
    assert_eq!(instances.fired(hours_task).await, stretches);
    for (name, count) in [("nine", mornings.len()), ("night", nights.len()), ("hours", stretches.len())] {
        let results = instances.results(name).await;
        assert_eq!(results.len(), count, "{name} has a result for each, and none was missed");
        assert!(results.iter().all(|result| result.status == "PENDING"), "{name}");
    }
    let counted = instances.task(night_task).await.total_run_count;
    assert_eq!(usize::try_from(counted).unwrap(), nights.len());
}

#[rocket::async_test]
async fn in_spring_each_occurrence_fires_once_at_its_time() {
    two_weeks(at("2026-03-01T12:05:00Z")).await;
}

#[rocket::async_test]
async fn in_autumn_each_occurrence_fires_once_at_its_time() {
    two_weeks(at("2026-10-25T12:05:00Z")).await;
}
