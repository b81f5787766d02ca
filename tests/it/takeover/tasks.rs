//! Scheduled tasks of a database that was taken over: those whose names are known run on, others are shown.

use chatdku::{
    periodic::{
        Known, Registry, Scheduler, plant,
        tables::{PeriodicTask, TaskResult, result, task},
    },
    queue::Done,
    schedule,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::django::{Django, number};

/// More schedules and tasks as the original's scheduler leaves them: one that ran on time, one that was due while nobody was
/// there, one of a kind that we do not know, one by the sun, one of microseconds.
const MORE: &str = "
    INSERT INTO django_celery_beat_crontabschedule (minute, hour, day_of_week, day_of_month, month_of_year, timezone)
    VALUES ('0', '*/1', '*', '*', '*', 'UTC'), ('30', '9', 'mon-fri', '*', '*', 'Asia/Shanghai');
    INSERT INTO django_celery_beat_intervalschedule (every, period) VALUES (12, 'hours'), (5, 'microseconds');
    INSERT INTO django_celery_beat_solarschedule (event, latitude, longitude) VALUES ('sunrise', 31.38, 120.98);
    INSERT INTO django_celery_beat_periodictask
        (name, task, args, kwargs, enabled, total_run_count, date_changed, description, crontab_id, interval_id, solar_id,
         one_off, headers, last_run_at)
    VALUES
        ('clean empty', 'chat.tasks.clean_empty_sessions', '[]', '{}', true, 5, '2026-03-09 02:00:01+00', '', 2, NULL,
         NULL, false, '{}', '2026-03-09 02:00:00.5+00'),
        ('clean admin', 'chat.tasks.clean_admin_session', '[]', '{}', false, 7, '2026-03-01 00:00:00+00', '', NULL, 1,
         NULL, false, '{}', NULL),
        ('reindex', 'somebody.tasks.reindex', '[1]', '{}', true, 9, '2026-03-01 00:00:00+00', 'of a plug-in', 3, NULL,
         NULL, false, '{\"periodic_task_name\": \"reindex\"}', NULL),
        ('at dawn', 'celery.backend_cleanup', '[]', '{}', true, 9, '2026-03-01 00:00:00+00', '', NULL, NULL, 1, false,
         '{}', NULL)";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[rocket::async_test]
async fn tasks_that_are_known_run_on_and_others_are_left() {
    let Some(django) = Django::filled().await else { return };
    django.execute(MORE).await;
    let django = django.taken_over();
    let store = django.store().await;
    plant(&store, &schedule::tasks(), at("2026-03-09T03:30:00Z")).await.unwrap();
    let rows = PeriodicTask::find().order_by_asc(task::Column::Id).all(store.read()).await.unwrap();
    let of = |name: &str| rows.iter().filter(|row| row.task == name).count();
    for name in
        ["chat.tasks.clean_empty_sessions", "chat.tasks.clean_admin_session", "celery.backend_cleanup"]
    {
        assert_eq!(of(name), 1, "{name} was there and is not planted beside itself");
    }
    assert_eq!(of("housekeeping"), 1, "what was not there is planted");
    let old = rows.iter().find(|row| row.name == "clean empty").unwrap();
    assert_eq!((old.total_run_count, old.scheduled_from), (5, None), "the row is as it was");
    // The report of Monday morning and the cleaning of three o'clock were due while nobody was there; two o'clock ran there.
    let known = schedule::tasks();
    let scheduler = Scheduler::new(known.clone());
    let fired = scheduler.fire_due(&store, at("2026-03-09T03:30:01Z")).await.unwrap();
    assert_eq!(fired, ["weekly digest", "clean empty"]);
    let of = TaskResult::find().filter(result::Column::PeriodicTaskName.eq("clean empty"));
    let of = of.all(store.read()).await.unwrap();
    assert_eq!(
        of.iter().map(|row| row.status.as_str()).collect::<Vec<_>>(),
        ["PENDING"],
        "nothing was missed"
    );
    // Half past nine at the campus comes and goes.
    let mut now = at("2026-03-09T03:31:00Z");
    while now < at("2026-03-12T00:00:00Z") {
        scheduler.fire_due(&store, now).await.unwrap();
        now += TimeDelta::minutes(30);
    }
    for name in ["reindex", "clean admin", "at dawn"] {
        let row = PeriodicTask::find()
            .filter(task::Column::Name.eq(name))
            .one(store.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.last_run_at, None, "{name}");
    }
    store.close_for_good().await.unwrap();
}

#[rocket::async_test]
async fn the_pages_show_what_was_carried_over() {
    let Some(django) = Django::filled().await else { return };
    django.execute(MORE).await;
    let (app, _media) = django.taken_over().app().await;
    app.work().await;
    let stranger = app.stranger();
    let session =
        crate::support::staff::sign_in(&app, &stranger, "chatdku_admin", crate::support::staff::PASSWORD);
    let chief = stranger.clone().cookie("sessionid", &session.await.expect("a session"));
    let list = chief.get("/en/admin/django_celery_beat/periodictask/").await.is(200).text();
    for part in ["weekly digest", "reindex", "unknown: never run", "Sunrise (31.380000, 120.980000)"] {
        assert!(list.contains(part), "{part} is not in {list}");
    }
    for (model, part) in [
        ("django_celery_beat/solarschedule", "31.380000"),
        ("django_celery_beat/intervalschedule", "microseconds (never run)"),
        ("django_celery_results/taskresult", "chat.tasks.email_weekly_load"),
    ] {
        let list = chief.get(&format!("/en/admin/{model}/")).await.is(200).text();
        assert!(list.contains(part), "{part} is not in {list}");
        chief.get(&format!("/en/admin/{model}/1/change/")).await.is(200);
    }
}

#[rocket::async_test]
async fn a_database_that_was_taken_over_before_there_were_schedules_gets_the_rest() {
    let Some(django) = Django::filled().await else { return };
    let django = django.taken_over();
    // As an earlier version left it.
    django
        .execute(
            "DROP TABLE planted_task;
             ALTER TABLE django_celery_beat_periodictask DROP COLUMN next_run_at, DROP COLUMN scheduled_from;
             ALTER TABLE django_celery_beat_crontabschedule DROP COLUMN changed_at;
             ALTER TABLE django_celery_beat_intervalschedule DROP COLUMN changed_at;
             ALTER TABLE django_celery_beat_clockedschedule DROP COLUMN changed_at;
             DELETE FROM seaql_migrations WHERE version LIKE 'm20261126_00004%'",
        )
        .await;
    let before = django.rows().await;
    let (well, said) = django.program().run(&["migrate"]);
    assert!(well, "{said}");
    assert_eq!(django.rows().await, before, "no row is lost");
    let store = django.store().await;
    let nothing = Registry::new([Known::new("one", |_, _| async { Ok(Done::nothing()) }).at("0 4 * * *")]);
    plant(&store, &nothing, at("2026-03-09T03:30:00Z")).await.unwrap();
    assert_eq!(number(store.read(), "SELECT COUNT(*) AS n FROM planted_task").await, 1);
    store.close_for_good().await.unwrap();
}
