//! Scheduled tasks, schedules and results in the dashboard.

use chatdku::{
    periodic::tables::{Crontab, Interval, PeriodicTask, TaskResult, crontab, interval, result, task},
    queue::job,
};
use chrono::TimeDelta;
use scraper::{Html, Selector};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};

use super::staff::{Member, owner, with};
use crate::support::{Answer, TestApp, noon};

const TASKS: &str = "/en/admin/django_celery_beat/periodictask/";
const CRONTABS: &str = "/en/admin/django_celery_beat/crontabschedule/";
const INTERVALS: &str = "/en/admin/django_celery_beat/intervalschedule/";
const CLOCKED: &str = "/en/admin/django_celery_beat/clockedschedule/";
const RESULTS: &str = "/en/admin/django_celery_results/taskresult/";

/// What a page says above its content, after the redirect of an answer.
async fn said(member: &Member, answer: &Answer) -> String {
    let to = answer.header("Location").expect("a redirect").to_owned();
    let kept = answer.cookie("messages").unwrap_or_default();
    let page = member.actor.clone().cookie("messages", &kept).get(&to).await.is(200).text();
    texts(&page, ".messages .message").join("|")
}

fn texts(page: &str, selector: &str) -> Vec<String> {
    let html = Html::parse_document(page);
    let found = Selector::parse(selector).unwrap();
    let text = |element: scraper::ElementRef<'_>| element.text().collect::<String>();
    html.select(&found)
        .map(|element| text(element).split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

async fn named(app: &TestApp, name: &str) -> task::Model {
    let of = PeriodicTask::find().filter(task::Column::Name.eq(name));
    of.one(app.app().store.read()).await.unwrap().expect("a task of this name")
}

async fn count_results(app: &TestApp) -> u64 {
    TaskResult::find().count(app.app().store.read()).await.unwrap()
}

#[rocket::async_test]
async fn who_may_only_view_tasks_sees_no_actions_and_runs_nothing() {
    let app = TestApp::start().await;
    let viewer = with(&app, "viewer", &["django_celery_beat.view_periodictask"]).await;
    let page = viewer.get(TASKS).await.is(200).text();
    assert!(page.contains("housekeeping"));
    assert!(texts(&page, "select[name=action] option").is_empty(), "no actions are shown");
    let id = named(&app, "housekeeping").await.id.to_string();
    for action in
        ["enable_tasks", "disable_tasks", "toggle_tasks", "run_tasks", "reset_tasks", "delete_selected"]
    {
        let fields = [("action", action), ("_selected_action", id.as_str()), ("post", "yes")];
        viewer.post(TASKS, &fields).await.is(403);
    }
    assert!(named(&app, "housekeeping").await.enabled);
    assert_eq!(
        (count_results(&app).await, job::Entity::find().count(app.app().store.read()).await.unwrap()),
        (0, 0)
    );
    viewer.post(&format!("{TASKS}{id}/change/"), &[("name", "x"), ("_save", "1")]).await.is(403);
}

#[rocket::async_test]
async fn each_kind_of_row_asks_for_its_own_permission() {
    let app = TestApp::start().await;
    app.ask_for("housekeeping").await;
    app.work().await;
    app.app().store.write(async |tx| interval(2, "hours").insert(&tx).await).await.unwrap();
    let never: &[&str] = &["taskresult", "groupresult", "solarschedule"];
    for (number, (application, model, row)) in [
        ("django_celery_beat", "periodictask", Some(1)),
        ("django_celery_beat", "crontabschedule", Some(1)),
        ("django_celery_beat", "intervalschedule", Some(1)),
        ("django_celery_beat", "clockedschedule", None),
        ("django_celery_beat", "solarschedule", None),
        ("django_celery_results", "taskresult", Some(1)),
        ("django_celery_results", "groupresult", None),
    ]
    .into_iter()
    .enumerate()
    {
        let base = format!("/en/admin/{application}/{model}/");
        let permission = |verb: &str| format!("{application}.{verb}_{model}");
        let nobody = with(&app, &format!("nobody{number}"), &[]).await;
        let viewer = with(&app, &format!("viewer{number}"), &[permission("view").as_str()]).await;
        let editor = permission("change");
        let editor = with(&app, &format!("editor{number}"), &[editor.as_str()]).await;
        let adder = with(&app, &format!("adder{number}"), &[permission("add").as_str()]).await;
        nobody.get(&base).await.is(403);
        viewer.get(&base).await.is(200);
        let frozen = never.contains(&model);
        editor.get(&base).await.is(if frozen { 403 } else { 200 });
        adder.get(&format!("{base}add/")).await.is(if frozen { 403 } else { 200 });
        viewer.get(&format!("{base}add/")).await.is(403);
        if let Some(id) = row {
            viewer.get(&format!("{base}{id}/change/")).await.is(200);
            viewer.post(&format!("{base}{id}/change/"), &[("_save", "1")]).await.is(403);
            viewer.get(&format!("{base}{id}/delete/")).await.is(403);
            nobody.get(&format!("{base}{id}/change/")).await.is(403);
        }
    }
    let chief = owner(&app).await;
    chief.get(&format!("{RESULTS}add/")).await.is(403);
    chief.post(&format!("{RESULTS}1/change/"), &[("status", "FAILURE"), ("_save", "1")]).await.is(403);
    chief.post(&format!("{RESULTS}1/delete/"), &[("post", "yes")]).await.is(302);
    assert_eq!(count_results(&app).await, 0);
}

fn interval(every: i32, period: &str) -> interval::ActiveModel {
    interval::ActiveModel { every: Set(every), period: Set(period.to_owned()), ..Default::default() }
}

#[rocket::async_test]
async fn running_now_asks_needs_its_permission_and_leads_to_the_result() {
    let app = TestApp::start().await;
    let id = named(&app, "housekeeping").await.id.to_string();
    let run = [("action", "run_tasks"), ("_selected_action", id.as_str())];
    let clerk = with(&app, "clerk", &["django_celery_beat.change_periodictask"]).await;
    clerk.post(TASKS, &run).await.is(403);
    let operator = [
        "django_celery_beat.view_periodictask",
        "django_celery_beat.run_periodictask",
        "django_celery_results.view_taskresult",
    ];
    let operator = with(&app, "operator", &operator).await;
    let asked = operator.post(TASKS, &run).await.is(200).text();
    assert!(asked.contains("Run selected tasks now") && count_results(&app).await == 0, "it asks first");
    let confirmed = [run[0], run[1], ("post", "yes")];
    let answer = operator.post(TASKS, &confirmed).await.is(302);
    assert!(said(&operator, &answer).await.contains("1 task was successfully run: see results"));
    app.work().await;
    let page = operator.get(RESULTS).await.is(200).text();
    assert!(page.contains("success") && page.contains("housekeeping"), "{page}");
    let audited = chatdku::platform::audit::Entity::find().all(app.app().store.read()).await.unwrap();
    let runs = audited.iter().filter(|entry| entry.event == "admin.action").count();
    assert_eq!(runs, 1);
}

#[rocket::async_test]
async fn what_nobody_knows_is_shown_as_such_and_nothing_is_run_with_it() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let known = named(&app, "housekeeping").await;
    let unknown = task::ActiveModel {
        name: Set("old".to_owned()),
        task: Set("chat.tasks.of_another_time".to_owned()),
        args: Set("[]".to_owned()),
        kwargs: Set("{}".to_owned()),
        headers: Set(r#"{"x": 1}"#.to_owned()),
        description: Set(String::new()),
        enabled: Set(true),
        one_off: Set(false),
        total_run_count: Set(3),
        date_changed: Set(noon()),
        crontab_id: Set(known.crontab_id),
        queue: Set(Some("celery".to_owned())),
        ..Default::default()
    };
    let unknown = app.app().store.write(async |tx| unknown.insert(&tx).await).await.unwrap();
    let list = chief.get(TASKS).await.is(200).text();
    assert!(list.contains("unknown: never run"));
    let page = chief.get(&format!("{TASKS}{}/change/", unknown.id)).await.is(200).text();
    assert!(page.contains("unknown: never run") && page.contains("Of the earlier service"));
    let other = chief.get(&format!("{TASKS}{}/change/", known.id)).await.is(200).text();
    assert!(!other.contains("Of the earlier service"));
    let ids = [known.id.to_string(), unknown.id.to_string()];
    let run = [
        ("action", "run_tasks"),
        ("_selected_action", ids[0].as_str()),
        ("_selected_action", ids[1].as_str()),
        ("post", "yes"),
    ];
    let answer = chief.post(TASKS, &run).await.is(302);
    assert!(said(&chief, &answer).await.contains(r#"task "chat.tasks.of_another_time" not found"#));
    assert_eq!(count_results(&app).await, 0);
}

#[rocket::async_test]
async fn tasks_are_enabled_disabled_toggled_and_reset() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let id = named(&app, "files.sweep").await.id.to_string();
    let act = async |action: &str| {
        let fields = [("action", action), ("_selected_action", id.as_str()), ("post", "yes")];
        let answer = chief.post(TASKS, &fields).await.is(302);
        said(&chief, &answer).await
    };
    assert!(act("disable_tasks").await.contains("1 task was successfully disabled"));
    assert!(!named(&app, "files.sweep").await.enabled);
    assert!(act("disable_tasks").await.contains("0 tasks were successfully disabled"));
    assert!(act("toggle_tasks").await.contains("1 task was successfully toggled"));
    assert!(named(&app, "files.sweep").await.enabled);
    assert!(act("enable_tasks").await.contains("0 tasks were successfully enabled"));
    // Another schedule is shown beside the default, and given back by a reset.
    let change = format!("{TASKS}{id}/change/");
    assert!(chief.get(&change).await.is(200).text().contains("as by default"));
    chief
        .post(&format!("{INTERVALS}add/"), &[("every", "10"), ("period", "seconds"), ("_save", "1")])
        .await
        .is(302);
    let fields = [
        ("name", "files.sweep"),
        ("task", "files.sweep"),
        ("enabled", "on"),
        ("interval", "1"),
        ("args", "[]"),
        ("kwargs", "{}"),
        ("_save", "1"),
    ];
    chief.post(&change, &fields).await.is(302);
    let row = named(&app, "files.sweep").await;
    assert_eq!((row.interval_id, row.crontab_id), (Some(1), None));
    let page = chief.get(&change).await.is(200).text();
    assert!(page.contains("every 10 seconds") && page.contains("37 3 * * * (m/h/dM/MY/d) UTC"), "{page}");
    assert!(act("reset_tasks").await.contains("1 task was reset"));
    assert!(chief.get(&change).await.is(200).text().contains("as by default"));
}

/// The sentences of a refused form.
async fn refused(member: &Member, path: &str, fields: &[(&str, &str)]) -> Vec<String> {
    let page = member.post(path, fields).await.is(200).text();
    texts(&page, ".field .error p, .errors p")
}

#[rocket::async_test]
async fn a_task_is_refused_with_what_is_wrong_in_both_languages() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    app.app().store.write(async |tx| interval(2, "hours").insert(&tx).await).await.unwrap();
    let good =
        [("name", "mine"), ("task", "housekeeping"), ("interval", "1"), ("enabled", "on"), ("_save", "1")];
    let with = |more: &[(&'static str, &'static str)]| {
        let kept = good.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        kept.chain(more.iter().copied()).collect::<Vec<_>>()
    };
    for (more, english, chinese) in [
        (vec![("task", "")], "Need name of task", "请选择任务"),
        (vec![("task", "chat.tasks.of_another_time")], "Select a valid choice.", "请选择有效的选项"),
        (vec![("interval", "")], "One of clocked, interval, crontab, or solar must be set.", "必须设置一项"),
        (
            vec![("crontab", "1")],
            "Only one of clocked, interval, crontab, or solar must be set",
            "只能设置一项",
        ),
        (vec![("args", "[1,")], "Unable to parse JSON: ", "无法解析 JSON"),
        (vec![("args", "{}")], "Arguments by place are a list", "位置参数必须是列表"),
        (vec![("kwargs", "[]")], "Arguments by name are an object", "命名参数必须是对象"),
        (
            vec![("expires_0", "2026-05-01"), ("expires_1", "10:00"), ("expire_seconds", "60")],
            "Only one can be set, in expires and expire_seconds",
            "只能设置一项",
        ),
        (vec![("expire_seconds", "0")], "greater than or equal to 1", "大于或等于"),
        (vec![("name", "housekeeping")], "already exists", "已存在"),
    ] {
        let (fields, add) = (with(&more), "add/");
        let faults = refused(&chief, &format!("{TASKS}{add}"), &fields).await.join("|");
        assert!(faults.contains(english), "{more:?}: {faults}");
        let path = format!("{}{add}", TASKS.replace("/en/", "/zh-hans/"));
        let faults = refused(&chief, &path, &fields).await.join("|");
        assert!(faults.contains(chinese), "{more:?}: {faults}");
    }
    // A single time needs a one-off.
    let fields = [("clocked_time_0", "2026-05-01"), ("clocked_time_1", "10:00"), ("_save", "1")];
    chief.post(&format!("{CLOCKED}add/"), &fields).await.is(302);
    let clocked = with(&[("interval", ""), ("clocked", "1")]);
    let faults = refused(&chief, &format!("{TASKS}add/"), &clocked).await.join("|");
    assert!(faults.contains("clocked must be one off, one_off must set True"), "{faults}");
    let once = with(&[("interval", ""), ("clocked", "1"), ("one_off", "on")]);
    chief.post(&format!("{TASKS}add/"), &once).await.is(302);
    let row = named(&app, "mine").await;
    assert_eq!((row.args.as_str(), row.kwargs.as_str(), row.headers.as_str()), ("[]", "{}", "{}"));
    assert_eq!((row.total_run_count, row.scheduled_from), (0, Some(app.clock.now())));
}

#[rocket::async_test]
async fn a_crontab_is_read_back_and_refused_where_it_names_no_time() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let fields = |minute: &'static str, day: &'static str, month: &'static str, zone: &'static str| {
        [
            ("minute", minute),
            ("hour", "9"),
            ("day_of_month", day),
            ("month_of_year", month),
            ("day_of_week", "*"),
            ("timezone", zone),
            ("_continue", "1"),
        ]
    };
    let add = format!("{CRONTABS}add/");
    for (fields, fault) in [
        (fields("61", "*", "*", "UTC"), "'61', not in 0-59 for Minutes"),
        (fields("0", "*,0", "*", "UTC"), "'0', not in 1-31 for Day of month"),
        (fields("0", "*", "13", "UTC"), "'13', not in 1-12 for Month"),
        (fields("0", "*", "*", "Mars/Olympus"), "“Mars/Olympus” is no time zone."),
    ] {
        let faults = refused(&chief, &add, &fields).await;
        assert!(faults.iter().any(|said| said == fault), "{fault} is not in {faults:?}");
    }
    let answer = chief.post(&add, &fields("0", "*", "*", "America/New_York")).await.is(302);
    let page = chief.get(answer.header("Location").unwrap()).await.is(200).text();
    assert!(page.contains("at 09:00 (America/New_York)"), "{page}");
    // Noon at the campus is midnight there, and the clock has just been set.
    for day in 9..=13 {
        assert!(page.contains(&format!("2026-03-{day:02} 09:00:00 EDT")), "the {day}th is not in {page}");
    }
    let answer = chief.post(&add, &fields("0", "31", "2", "UTC")).await.is(302);
    let page = chief.get(answer.header("Location").unwrap()).await.is(200).text();
    assert!(page.contains("never: no such date"), "{page}");
    // A change counts from now on.
    let row = Crontab::find().filter(crontab::Column::Timezone.eq("America/New_York"));
    let row = row.one(app.app().store.read()).await.unwrap().unwrap();
    assert_eq!(row.changed_at, Some(app.clock.now()));
}

#[rocket::async_test]
async fn an_interval_that_is_there_is_used_again_and_microseconds_are_not_made() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let add = format!("{INTERVALS}add/");
    for _ in 0..2 {
        chief.post(&add, &[("every", "90"), ("period", "minutes"), ("_save", "1")]).await.is(302);
    }
    assert_eq!(Interval::find().count(app.app().store.read()).await.unwrap(), 1);
    let faults = refused(&chief, &add, &[("every", "9"), ("period", "microseconds"), ("_save", "1")]).await;
    assert_eq!(faults.last().unwrap(), "Intervals of microseconds are shown and never run.");
    let faults = refused(&chief, &add, &[("every", "0"), ("period", "days"), ("_save", "1")]).await;
    assert!(faults.last().unwrap().contains("greater than or equal to 1"), "{faults:?}");
}

#[rocket::async_test]
async fn a_single_time_is_one_to_come() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let past = [("clocked_time_0", "2026-03-09"), ("clocked_time_1", "11:59"), ("_save", "1")];
    let faults = refused(&chief, &format!("{CLOCKED}add/"), &past).await;
    assert_eq!(faults.last().unwrap(), "This time has passed.");
    let coming = [("clocked_time_0", "2026-03-09"), ("clocked_time_1", "12:01"), ("_save", "1")];
    chief.post(&format!("{CLOCKED}add/"), &coming).await.is(302);
    // What has passed since may be saved as it is.
    app.clock.advance(TimeDelta::hours(1));
    chief.post(&format!("{CLOCKED}1/change/"), &coming).await.is(302);
}

#[rocket::async_test]
async fn a_schedule_stays_while_an_enabled_task_uses_it_and_takes_disabled_ones_along() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let row = named(&app, "files.sweep").await;
    let crontab = row.crontab_id.unwrap().to_string();
    let page = chief.get(&format!("{CRONTABS}{crontab}/change/")).await.is(200).text();
    assert!(page.contains("files.sweep"), "tasks that use a schedule stand below it");
    let delete = format!("{CRONTABS}{crontab}/delete/");
    let page = chief.get(&delete).await.is(200).text();
    assert!(page.contains("An enabled task uses this schedule.") && !page.contains("I’m sure"), "{page}");
    let bulk = [("action", "delete_selected"), ("_selected_action", crontab.as_str()), ("post", "yes")];
    chief.post(CRONTABS, &bulk).await.is(200);
    chief.post(&delete, &[("post", "yes")]).await.is(200);
    assert!(named(&app, "files.sweep").await.enabled);
    let id = row.id.to_string();
    let off = [("action", "disable_tasks"), ("_selected_action", id.as_str())];
    chief.post(TASKS, &off).await.is(302);
    let page = chief.get(&delete).await.is(200).text();
    assert!(page.contains("files.sweep"), "what goes along is named: {page}");
    chief.post(&delete, &[("post", "yes")]).await.is(302);
    let gone = PeriodicTask::find().filter(task::Column::Name.eq("files.sweep"));
    assert!(gone.one(app.app().store.read()).await.unwrap().is_none());
}

#[rocket::async_test]
async fn a_run_is_asked_for_again_from_its_result() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    app.ask_for("housekeeping").await;
    app.work().await;
    let again = [("action", "run_again"), ("_selected_action", "1"), ("post", "yes")];
    let answer = chief.post(RESULTS, &again).await.is(302);
    assert!(said(&chief, &answer).await.contains("1 task was asked for again"));
    app.work().await;
    let all = TaskResult::find().all(app.app().store.read()).await.unwrap();
    assert_eq!(all.iter().map(|row| row.status.as_str()).collect::<Vec<_>>(), ["SUCCESS"; 2]);
    // One of a task that nobody knows stays what it is.
    let old =
        result::ActiveModel { id: Set(1), task_name: Set(Some("old".to_owned())), ..Default::default() };
    app.app().store.write(async |tx| old.update(&tx).await).await.unwrap();
    let answer = chief.post(RESULTS, &again).await.is(302);
    assert!(said(&chief, &answer).await.contains(r#"task "old" not found"#));
    assert_eq!(count_results(&app).await, 2);
}

#[rocket::async_test]
async fn the_list_says_when_each_task_runs_next_and_what_came_of_the_last_runs() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    for status in ["SKIPPED", "FAILURE", "SUCCESS"] {
        app.clock.advance(TimeDelta::seconds(1));
        let row = result::ActiveModel {
            task_id: Set(status.to_owned()),
            status: Set(status.to_owned()),
            content_type: Set(String::new()),
            content_encoding: Set(String::new()),
            date_created: Set(app.clock.now()),
            date_started: Set(Some(app.clock.now())),
            date_done: Set(app.clock.now() + TimeDelta::milliseconds(1500)),
            periodic_task_name: Set(Some("housekeeping".to_owned())),
            ..Default::default()
        };
        app.app().store.write(async |tx| row.insert(&tx).await).await.unwrap();
    }
    for (name, base) in [("en", "/en/admin"), ("zh", "/zh-hans/admin")] {
        let page = chief.get(&format!("{base}/django_celery_beat/periodictask/")).await.is(200).text();
        let rows = texts(&page, ".list-table tbody tr").join("\n");
        insta::assert_snapshot!(format!("tasks_{name}"), rows);
    }
    let id = named(&app, "housekeeping").await.id;
    let page = chief.get(&format!("{TASKS}{id}/change/")).await.is(200).text();
    assert!(page.contains("2026-03-09 12:27:00 CST"), "the next run, in the reader's zone: {page}");
    assert!(page.contains("success · 1.5 s"), "the last runs: {page}");
    let overview = chief.get("/en/admin/").await.is(200).text();
    assert!(overview.contains("Failed task runs"));
}

#[rocket::async_test]
async fn who_edits_a_task_and_who_edits_its_crontab_never_wait_for_each_other_in_vain() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let row = named(&app, "housekeeping").await;
    let crontab = row.crontab_id.unwrap().to_string();
    let (task, schedule) = (format!("{TASKS}{}/change/", row.id), format!("{CRONTABS}{crontab}/change/"));
    let scheduler = chatdku::periodic::Scheduler::new(chatdku::schedule::tasks());
    for round in 0..10 {
        let minute = (round + 30).to_string();
        let of_task = [
            ("name", "housekeeping"),
            ("task", "housekeeping"),
            ("enabled", "on"),
            ("crontab", crontab.as_str()),
            ("description", minute.as_str()),
            ("_save", "1"),
        ];
        let of_crontab = [
            ("minute", minute.as_str()),
            ("hour", "*"),
            ("day_of_month", "*"),
            ("month_of_year", "*"),
            ("day_of_week", "*"),
            ("timezone", "UTC"),
            ("_save", "1"),
        ];
        app.clock.advance(TimeDelta::minutes(1));
        let (edited, rescheduled, looked) = futures::join!(
            chief.post(&task, &of_task),
            chief.post(&schedule, &of_crontab),
            scheduler.fire_due(&app.app().store, app.clock.now()),
        );
        edited.is(302);
        rescheduled.is(302);
        looked.unwrap();
    }
    assert_eq!(named(&app, "housekeeping").await.description, "39");
    let row = Crontab::find_by_id(crontab.parse::<i32>().unwrap()).one(app.app().store.read()).await.unwrap();
    assert_eq!(row.unwrap().minute, "39");
    app.work().await;
}
