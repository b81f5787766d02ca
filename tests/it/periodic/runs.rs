//! What comes of runs: outcomes, one at a time, expiry, calling off, retention; and what each task of the program does.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use chatdku::{
    app::App,
    chat, jobs, mail,
    periodic::{
        Asked, Call, Known, Registry, Scheduler, ask, kinds,
        tables::{PeriodicTask, TaskResult, result, task},
    },
    queue::{Done, Failure, JobId, Kinds, Worker, job, occurrence},
    schedule,
};
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use super::new_task;
use crate::support::{TestApp, noon};

/// A worker for this list alone.
fn worker(app: &TestApp, registry: &Registry) -> Worker<App> {
    let app = app.app();
    let (store, clock, queue, tasks) =
        (app.store.clone(), app.clock.clone(), app.queue.clone(), app.tasks.clone());
    Worker::new(app.clone(), Kinds::new(kinds(registry)), store, clock, queue, tasks)
}

async fn ask_for(app: &TestApp, registry: &Registry, name: &str, asked: Asked) -> JobId {
    let (now, runs) = (app.clock.now(), [(registry.named(name).unwrap(), asked)]);
    let asked = app.app().store.write(async |tx| ask(&tx, now, &runs).await).await.unwrap();
    asked[0]
}

/// All results, in the order in which they were asked for.
async fn results(app: &TestApp) -> Vec<result::Model> {
    TaskResult::find().order_by_asc(result::Column::Id).all(app.app().store.read()).await.unwrap()
}

fn list() -> Registry {
    Registry::new([
        Known::new("well", |_, call: Call| async move {
            let days = call.kwargs.get("days").cloned().unwrap_or_default();
            Ok(Done::nothing().saying(format!("{:?} {days}", call.args)))
        }),
        Known::new("badly", |_, _| async { Err(Failure::for_now("unlucky", anyhow::anyhow!("as always"))) })
            .attempts(2),
        Known::new("wrong", |_, call: Call| async move {
            Ok(Done::with(move |tx| async move { call.found_wrong(&tx, "odd", "two and two is five").await }))
        }),
    ])
}

#[rocket::async_test]
async fn every_step_of_a_run_is_noted_in_its_result() {
    let app = TestApp::start().await;
    let registry = list();
    let arguments = Asked {
        args: vec![1.into(), "two".into()],
        kwargs: serde_json::from_str(r#"{"days": 7}"#).unwrap(),
        ..Asked::bare()
    };
    ask_for(&app, &registry, "well", arguments).await;
    assert_eq!(results(&app).await[0].status, "PENDING");
    worker(&app, &registry).run_until_empty().await.unwrap();
    let well = results(&app).await.remove(0);
    assert_eq!(well.status, "SUCCESS");
    assert_eq!(
        (well.task_args.as_deref(), well.task_kwargs.as_deref()),
        (Some(r#"[1,"two"]"#), Some(r#"{"days":7}"#))
    );
    assert!(well.result.unwrap().contains("two"), "what the function says is kept");
    assert!(well.date_started.is_some() && well.worker.is_some() && well.traceback.is_none());

    ask_for(&app, &registry, "badly", Asked::bare()).await;
    worker(&app, &registry).run_until_empty().await.unwrap();
    let badly = results(&app).await.remove(1);
    assert_eq!((badly.status.as_str(), badly.traceback.as_deref()), ("RETRY", Some("as always")));
    app.clock.advance(TimeDelta::minutes(20));
    worker(&app, &registry).run_until_empty().await.unwrap();
    let badly = results(&app).await.remove(1);
    assert_eq!(badly.status, "FAILURE");
    assert_eq!(badly.result.as_deref(), Some(r#"{"exc_message":["as always"],"exc_type":"unlucky"}"#));

    // Finding something wrong is a failure of the run, and no job that an operator has to look after.
    let job = ask_for(&app, &registry, "wrong", Asked::bare()).await;
    worker(&app, &registry).run_until_empty().await.unwrap();
    let wrong = results(&app).await.remove(2);
    assert_eq!((wrong.status.as_str(), wrong.traceback.as_deref()), ("FAILURE", Some("two and two is five")));
    let state = job::state(app.app().store.read(), job).await.unwrap();
    assert_eq!(state, Some(chatdku::queue::State::Done));
}

#[rocket::async_test]
async fn runs_of_one_task_never_overlap() {
    let app = TestApp::start().await;
    let (at_work, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, peak) = (at_work.clone(), most.clone());
    let slow = Known::new("slow", move |_, _| {
        let (now, peak) = (now.clone(), peak.clone());
        async move {
            peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(std::time::Duration::from_millis(40)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(Done::nothing())
        }
    });
    let registry = Registry::new([slow]);
    for _ in 0..4 {
        ask_for(&app, &registry, "slow", Asked::bare()).await;
    }
    let workers: Vec<_> = (0..3).map(|_| worker(&app, &registry)).collect();
    // Who finds the task busy goes away; they come back until all is done.
    while results(&app).await.iter().any(|result| result.status != "SUCCESS") {
        futures::future::join_all(workers.iter().map(Worker::run_until_empty)).await;
    }
    assert_eq!((most.load(Ordering::SeqCst), at_work.load(Ordering::SeqCst)), (1, 0));
}

#[rocket::async_test]
async fn a_run_that_comes_too_late_is_called_off() {
    let app = TestApp::start().await;
    let registry = list();
    let store = &app.app().store;
    let row = task::ActiveModel {
        task: Set("badly".to_owned()),
        expire_seconds: Set(Some(60)),
        interval_id: Set(Some(interval(&app).await)),
        ..new_task("late")
    };
    store.write(async |tx| row.insert(&tx).await).await.unwrap();
    let fired = Scheduler::new(registry.clone()).fire_due(store, app.clock.now()).await.unwrap();
    assert!(fired.contains(&"late".to_owned()), "{fired:?}");
    app.clock.advance(TimeDelta::seconds(61));
    worker(&app, &registry).run_until_empty().await.unwrap();
    let late = results(&app).await.remove(0);
    assert_eq!((late.status.as_str(), late.result.as_deref()), ("REVOKED", Some(r#""expired""#)));
    assert!(late.meta.unwrap().contains("due"));
}

async fn interval(app: &TestApp) -> i32 {
    let every = chatdku::periodic::tables::interval::ActiveModel {
        every: Set(1),
        period: Set("hours".to_owned()),
        ..Default::default()
    };
    app.app().store.write(async |tx| every.insert(&tx).await).await.unwrap().id
}

#[rocket::async_test]
async fn a_run_that_is_called_off_in_the_queue_says_so() {
    let app = TestApp::start().await;
    let job = ask_for(&app, &schedule::tasks(), "housekeeping", Asked::bare()).await;
    assert_eq!(jobs::cancel(app.app(), &[job]).await.unwrap(), [job]);
    let result = results(&app).await.remove(0);
    assert_eq!((result.status.as_str(), result.result.as_deref()), ("REVOKED", Some(r#""called off""#)));
}

#[rocket::async_test]
async fn every_task_of_the_program_is_planted_and_does_its_work() {
    let app = TestApp::start().await;
    let registry = schedule::tasks();
    let rows = PeriodicTask::find().all(app.app().store.read()).await.unwrap();
    let planted: Vec<&str> =
        registry.all().iter().filter(|known| known.seed.is_some()).map(|known| known.name).collect();
    let mut names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let mut expected = planted.clone();
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected);
    // These take minutes, of a service that is there; what they do is tested as such.
    let slow = ["chat.tasks.chat_load_test_daily", "chat.tasks.chat_load_test_weekly"];
    for known in registry.all().iter().filter(|known| !slow.contains(&known.name)) {
        app.ask_for(known.name).await;
    }
    app.work().await;
    assert_eq!(results(&app).await.len(), registry.all().len() - slow.len());
    for result in results(&app).await {
        assert_eq!(result.status, "SUCCESS", "{result:?}");
    }
}

#[rocket::async_test]
async fn the_next_times_of_every_task_of_the_program_are_these() {
    let app = TestApp::start().await;
    let read = app.app().store.read();
    let rows = PeriodicTask::find().order_by_asc(task::Column::Name).all(read).await.unwrap();
    let plans = chatdku::periodic::plans(read, rows).await.unwrap();
    let lines = plans.iter().map(|plan| {
        let next: Vec<String> =
            plan.next(noon(), 3).iter().map(|at| at.format("%a %m-%d %H:%M").to_string()).collect();
        format!("{}: {}", plan.task.name, next.join(", "))
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}

#[rocket::async_test]
async fn results_that_have_had_their_time_go() {
    let app = crate::support::TestApp::with("TASK_RESULT_DAYS", "10").start().await;
    app.ask_for("housekeeping").await;
    app.work().await;
    app.clock.advance(TimeDelta::days(9));
    app.ask_for("files.sweep").await;
    app.work().await;
    // One waits since long ago: it is not at its end.
    let row = result::ActiveModel {
        task_id: Set("waiting".to_owned()),
        status: Set("PENDING".to_owned()),
        content_type: Set(String::new()),
        content_encoding: Set(String::new()),
        date_done: Set(noon() - TimeDelta::days(90)),
        date_created: Set(noon() - TimeDelta::days(90)),
        ..Default::default()
    };
    app.app().store.write(async |tx| row.insert(&tx).await).await.unwrap();
    app.clock.advance(TimeDelta::days(2));
    app.ask_for("celery.backend_cleanup").await;
    app.work().await;
    let left = results(&app).await;
    let names: Vec<Option<&str>> = left.iter().map(|result| result.task_name.as_deref()).collect();
    assert_eq!(names, [Some("files.sweep"), None, Some("celery.backend_cleanup")]);
    assert_eq!(left[2].result.as_deref(), Some(r#""1 results dropped""#));
}

#[rocket::async_test]
async fn conversations_of_load_tests_go_and_those_of_people_stay() {
    let app = TestApp::start().await;
    let (tester, alice) = (app.user("loadtest"), app.user("alice1"));
    let (old, hers) = (tester.conversation().await, alice.conversation().await);
    tester.ask(&old, "Does it work?", &[]).await.is(200);
    alice.ask(&hers, "Where is the gym?", &[]).await.is(200);
    app.clock.advance(TimeDelta::hours(2));
    let new = tester.conversation().await;
    tester.ask(&new, "Does it still work?", &[]).await.is(200);
    app.ask_for("chat.tasks.clean_admin_session").await;
    app.work().await;
    let left = chat::tables::Conversation::find().all(app.app().store.read()).await.unwrap();
    let left: Vec<String> = left.into_iter().map(|row| row.id.0.to_string()).collect();
    assert!(!left.contains(&old) && left.contains(&hers) && left.contains(&new), "{left:?}");
}

#[rocket::async_test]
async fn the_weekly_report_is_sent_once_a_week_to_each_reader() {
    let app = TestApp::with("EMAIL_TO", r#"["maintainers@example.edu"]"#).start().await;
    let mails = async || mail::Entity::find().all(app.app().store.read()).await.unwrap();
    for (days, count) in [(0, 1), (0, 1), (7, 2)] {
        app.clock.advance(TimeDelta::days(days));
        app.ask_for("chat.tasks.email_weekly_load").await;
        app.work().await;
        assert_eq!(mails().await.len(), count);
    }
    assert!(mails().await.iter().all(|mail| mail.kind == "weekly_report"));
    assert!(results(&app).await.iter().all(|result| result.status == "SUCCESS"));
}

#[rocket::async_test]
async fn a_model_that_is_away_is_noted_each_time_and_told_once_in_five_hours_from_the_fifth_time_on() {
    // Nobody listens there.
    let app = TestApp::with("LLM_BASE_URL", "http://127.0.0.1:9/v1");
    let app = app.set("EMAIL_TO", r#"["maintainers@example.edu"]"#).start().await;
    let told = async || {
        let of = occurrence::Entity::find().filter(occurrence::Column::Name.eq("alarm:model"));
        of.all(app.app().store.read()).await.unwrap().len()
    };
    // Four silences may be a restart; the fifth is told of.
    for _ in 0..4 {
        app.ask_for("chat.tasks.ping_model").await;
        app.work().await;
        assert_eq!(told().await, 0);
    }
    for (hours, alarms) in [(0, 1), (2, 1), (2, 1), (2, 2), (4, 2), (1, 3)] {
        app.clock.advance(TimeDelta::hours(hours));
        app.ask_for("chat.tasks.ping_model").await;
        app.work().await;
        assert_eq!(told().await, alarms, "after {hours} more hours");
        let mails = mail::Entity::find().all(app.app().store.read()).await.unwrap();
        assert_eq!(mails.iter().filter(|mail| mail.kind == "model_away").count(), alarms);
    }
    let all = results(&app).await;
    assert_eq!(all.len(), 10);
    for result in all {
        assert_eq!(result.status, "FAILURE");
        assert!(result.traceback.unwrap().contains("the model cannot be reached"));
    }
}
