//! What fires when: missed occurrences, single times, one-offs, beginnings and ends, edits, names that nobody knows.

use chatdku::{
    periodic::{
        Known, Registry, plant,
        tables::{PeriodicTask, Planted, task},
    },
    queue::Done,
};
use chrono::TimeDelta;
use sea_orm::{EntityTrait, IntoActiveModel, ModelTrait, Set};

use super::{Instances, new_task};
use crate::support::noon;

async fn hourly(instances: &Instances) -> task::ActiveModel {
    let crontab = instances.crontab("0 * * * *", "UTC").await;
    task::ActiveModel { crontab_id: Set(Some(crontab)), ..new_task("hourly") }
}

#[rocket::async_test]
async fn of_what_was_missed_the_latest_fires_and_the_rest_is_noted() {
    let instances = Instances::start().await;
    let task = hourly(&instances).await;
    let id = instances.add(task).await;
    assert_eq!(instances.look(noon()).await, ["hourly"]);
    assert_eq!(instances.look(noon() + TimeDelta::minutes(59)).await, [""; 0]);
    let later = noon() + TimeDelta::hours(5) + TimeDelta::minutes(10);
    assert_eq!(instances.look(later).await, ["hourly"]);
    assert_eq!(instances.fired(id).await, [noon(), noon() + TimeDelta::hours(5)]);
    let statuses: Vec<String> =
        instances.results("hourly").await.into_iter().map(|result| result.status).collect();
    assert_eq!(statuses.iter().filter(|status| *status == "SKIPPED").count(), 4);
    assert_eq!(statuses.iter().filter(|status| *status == "PENDING").count(), 2);
    let row = instances.task(id).await;
    assert_eq!(row.total_run_count, 2);
    assert_eq!(row.next_run_at, Some(noon() + TimeDelta::hours(6)));
}

#[rocket::async_test]
async fn an_occurrence_that_a_wrong_clock_took_for_missed_fires_when_it_comes() {
    let instances = Instances::start().await;
    let task = hourly(&instances).await;
    let id = instances.add(task).await;
    instances.look(noon()).await;
    // A clock that is three hours ahead fires what is not due yet, and takes two for missed.
    instances.look(noon() + TimeDelta::hours(3)).await;
    for hour in 1..=4 {
        instances.look(noon() + TimeDelta::hours(hour)).await;
    }
    let fired: Vec<_> = (0..=4).map(|hour| noon() + TimeDelta::hours(hour)).collect();
    assert_eq!(instances.fired(id).await, fired);
    let results = instances.results("hourly").await;
    assert_eq!(results.len(), 5);
    assert!(results.iter().all(|result| result.status == "PENDING"));
}

#[rocket::async_test]
async fn a_single_time_fires_once_and_is_over() {
    let instances = Instances::start().await;
    let clocked = instances.clocked(noon() + TimeDelta::minutes(30)).await;
    let task = task::ActiveModel { clocked_id: Set(Some(clocked)), one_off: Set(true), ..new_task("once") };
    let id = instances.add(task).await;
    assert_eq!(instances.look(noon()).await, [""; 0]);
    assert_eq!(instances.task(id).await.next_run_at, Some(noon() + TimeDelta::minutes(30)));
    assert_eq!(instances.look(noon() + TimeDelta::hours(2)).await, ["once"], "it is made up for");
    let row = instances.task(id).await;
    assert!(!row.enabled && row.next_run_at.is_none());
    assert_eq!(instances.look(noon() + TimeDelta::hours(3)).await, [""; 0]);
    // Enabled once more it has no time left.
    let again = async |tx| task::set_enabled(&tx, noon() + TimeDelta::hours(3), &[id], true).await;
    instances.store().write(again).await.unwrap();
    assert_eq!(instances.look(noon() + TimeDelta::hours(4)).await, [""; 0]);
}

#[rocket::async_test]
async fn a_one_off_fires_at_its_next_time_alone() {
    let instances = Instances::start().await;
    let task = task::ActiveModel { one_off: Set(true), ..hourly(&instances).await };
    let id = instances.add(task).await;
    for hour in 0..4 {
        instances.look(noon() + TimeDelta::hours(hour)).await;
    }
    assert_eq!(instances.fired(id).await, [noon()]);
    assert!(!instances.task(id).await.enabled);
}

#[rocket::async_test]
async fn nothing_fires_before_its_start_nor_from_its_end_on() {
    let instances = Instances::start().await;
    let interval = instances.interval(20, "minutes").await;
    let task = task::ActiveModel {
        interval_id: Set(Some(interval)),
        start_time: Set(Some(noon() + TimeDelta::minutes(7))),
        expires: Set(Some(noon() + TimeDelta::minutes(47))),
        ..new_task("between")
    };
    let id = instances.add(task).await;
    instances.pass(noon(), noon() + TimeDelta::minutes(90), TimeDelta::minutes(1)).await;
    let fired = [7, 27].map(|minute| noon() + TimeDelta::minutes(minute));
    assert_eq!(instances.fired(id).await, fired, "an interval counts from its start");
    let row = instances.task(id).await;
    assert!(!row.enabled && row.next_run_at.is_none(), "what is over is disabled");
}

#[rocket::async_test]
async fn an_edit_counts_from_the_next_look_and_makes_up_for_nothing() {
    let instances = Instances::start().await;
    let task = hourly(&instances).await;
    let id = instances.add(task).await;
    instances.look(noon()).await;
    // At a quarter past it is scheduled at ten past: that has been.
    let quarter = noon() + TimeDelta::minutes(15);
    let crontab = instances.crontab("10 * * * *", "UTC").await;
    let edited = task::ActiveModel {
        id: Set(id),
        crontab_id: Set(Some(crontab)),
        date_changed: Set(quarter),
        scheduled_from: Set(Some(quarter)),
        ..Default::default()
    };
    instances.change(edited).await;
    assert_eq!(instances.look(quarter + TimeDelta::seconds(1)).await, [""; 0]);
    assert_eq!(instances.task(id).await.next_run_at, Some(noon() + TimeDelta::minutes(70)));
    instances.look(noon() + TimeDelta::minutes(60)).await;
    instances.look(noon() + TimeDelta::minutes(70)).await;
    assert_eq!(instances.fired(id).await, [noon(), noon() + TimeDelta::minutes(70)]);
    // Disabled it misses what was due, and enabled it begins anew.
    let off = async |tx| task::set_enabled(&tx, noon() + TimeDelta::minutes(75), &[id], false).await;
    assert_eq!(instances.store().write(off).await.unwrap(), 1);
    assert_eq!(instances.task(id).await.last_run_at, None);
    instances.look(noon() + TimeDelta::minutes(135)).await;
    let on = async |tx| task::set_enabled(&tx, noon() + TimeDelta::minutes(140), &[id], true).await;
    assert_eq!(instances.store().write(on).await.unwrap(), 1);
    instances.look(noon() + TimeDelta::minutes(141)).await;
    assert_eq!(instances.fired(id).await.len(), 2);
    assert_eq!(instances.look(noon() + TimeDelta::minutes(190)).await, ["hourly"]);
    assert!(instances.results("hourly").await.iter().all(|result| result.status == "PENDING"));
}

#[rocket::async_test]
async fn what_cannot_fire_is_left_alone() {
    let instances = Instances::start().await;
    let never = instances.crontab("0 0 31 2 *", "UTC").await;
    let nowhere = instances.crontab("* * * * *", "Mars/Olympus").await;
    let broken = instances.crontab("61 * * * *", "UTC").await;
    let every_minute = instances.crontab("* * * * *", "UTC").await;
    let tiny = instances.interval(5, "microseconds").await;
    for (name, crontab) in [("never", never), ("nowhere", nowhere), ("broken", broken)] {
        instances.add(task::ActiveModel { crontab_id: Set(Some(crontab)), ..new_task(name) }).await;
    }
    instances.add(task::ActiveModel { interval_id: Set(Some(tiny)), ..new_task("tiny") }).await;
    instances.add(new_task("without")).await;
    let unknown = task::ActiveModel {
        task: Set("chat.tasks.of_another_time".to_owned()),
        crontab_id: Set(Some(every_minute)),
        ..new_task("unknown")
    };
    instances.add(unknown).await;
    for minute in 0..5 {
        assert_eq!(instances.look(noon() + TimeDelta::minutes(minute)).await, [""; 0]);
    }
}

#[rocket::async_test]
async fn a_task_of_the_program_is_planted_once_and_is_its_owners_from_then_on() {
    let instances = Instances::start().await;
    let list = || {
        let nothing = |_, _| async { Ok(Done::nothing()) };
        Registry::new([
            Known::new("one", nothing).at("0 4 * * *").expiring(60),
            Known::new("two", nothing).at("30 */2 * * sun"),
            Known::new("three", nothing).at("0 4 * * *"),
            Known::new("by hand alone", nothing),
        ])
    };
    // A row that was there for the third, under a name of its own.
    instances.add(task::ActiveModel { task: Set("three".to_owned()), ..new_task("old name") }).await;
    let registry = list();
    let plants = instances.stores.iter().map(|store| plant(store, &registry, noon()));
    futures::future::join_all(plants).await.into_iter().for_each(|planted| planted.unwrap());
    let read = instances.store().read();
    let rows = PeriodicTask::find().all(read).await.unwrap();
    let mut names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["old name", "one", "two"]);
    let one = rows.iter().find(|row| row.name == "one").unwrap();
    assert_eq!((one.enabled, one.expire_seconds), (true, Some(60)));
    // One is deleted and one edited; later starts leave them so.
    let two = rows.iter().find(|row| row.name == "two").unwrap().clone();
    let mut edited = two.into_active_model();
    edited.name = Set("mine".to_owned());
    edited.enabled = Set(false);
    instances.change(edited).await;
    let one = one.clone();
    instances.store().write(async |tx| one.delete(&tx).await).await.unwrap();
    plant(instances.store(), &list(), noon() + TimeDelta::days(1)).await.unwrap();
    let mut rows = PeriodicTask::find().all(read).await.unwrap();
    rows.sort_by_key(|row| row.name.clone());
    let names: Vec<(&str, bool)> = rows.iter().map(|row| (row.name.as_str(), row.enabled)).collect();
    assert_eq!(names, [("mine", false), ("old name", true)]);
    assert_eq!(Planted::find().all(read).await.unwrap().len(), 3);
}
