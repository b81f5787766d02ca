//! Maintainers hear of faults: of each cause once an hour, with a count, and nothing of whom it happened to.

use chatdku::{
    error::{Error, Result},
    mail::{self, outbox::State},
    platform::faults::Cause,
    queue::Enqueue,
};
use chrono::Duration;
use rocket::{Route, get, routes};

use super::{
    a_letter, mails, post,
    server::{MailServer, Manner, Step, Trouble},
    with_server,
};
use crate::support::{TestApp, TestConfig};

#[get("/fails/<who>")]
fn fails(who: &str) -> Result<String> {
    Err(Error::Internal(anyhow::anyhow!("the diary of {who} could not be read")))
}

#[get("/breaks/<who>")]
fn breaks(who: &str) -> String {
    panic!("the diary of {who} burns")
}

#[get("/lacks/<who>")]
fn lacks(who: &str) -> Result<String> {
    let missing = std::fs::read_to_string(format!("/no/such/folder/{who}"));
    Ok(missing.map_err(anyhow::Error::from)?)
}

fn failing() -> Vec<Route> {
    routes![fails, breaks, lacks]
}

fn with_maintainers() -> TestConfig {
    TestApp::with("EMAIL_TO", r#"["maintainer@example.edu"]"#).routes(failing())
}

/// What the maintainers have been written so far: the line that counts and the one that names the cause.
async fn told(app: &TestApp) -> Vec<(String, String)> {
    mail::report_faults(app.app()).await.unwrap();
    app.work().await;
    let told = mails(app.app()).await.into_iter().filter(|mail| mail.kind == "fault");
    told.map(|mail| {
        let mut lines = mail.text.lines().filter(|line| !line.is_empty()).map(str::to_owned);
        (lines.next().unwrap(), lines.next().unwrap())
    })
    .collect()
}

#[rocket::async_test]
async fn a_request_that_fails_is_told_with_its_route_and_without_its_person() {
    let app = with_maintainers().start().await;
    let alice = app.user("alice-netid-7");
    let shown = alice.get("/fails/alice-netid-7?about=a-private-thing").await.is(500).text();
    assert!(!shown.contains("diary") && !shown.contains("private"), "nobody is shown why: {shown}");
    alice.get("/fails/somebody-else?about=a-private-thing").await.is(500);
    let told = told(&app).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1, "Where: GET /fails/<who>: unknown");
    assert!(told[0].0.contains(" 2 times since 2026-03-09 12:00 Asia/Shanghai"), "{told:?}");
    let mail = &mails(app.app()).await[0];
    assert_eq!((mail.recipient.as_str(), mail.state), ("maintainer@example.edu", State::Sent));
    let whole = format!("{}{}{}", mail.subject, mail.text, mail.html.as_ref().unwrap());
    for private in ["alice", "somebody", "private", "diary", "127.0.0.1"] {
        assert!(!whole.contains(private), "{private}: {whole}");
    }
    assert!(mail.text.contains("request.id "), "{}", mail.text);
}

#[rocket::async_test]
async fn of_a_cause_there_is_one_mail_an_hour_and_it_counts_the_others() {
    let app = with_maintainers().start().await;
    let alice = app.user("alice1");
    alice.get("/fails/a").await.is(500);
    assert_eq!(told(&app).await.len(), 1);
    for _ in 0..5 {
        app.clock.advance(Duration::minutes(11));
        alice.get("/fails/a").await.is(500);
        assert_eq!(told(&app).await.len(), 1);
    }
    // Another cause does not wait for it.
    alice.get("/lacks/a").await.is(500);
    let after = told(&app).await;
    assert_eq!(after.len(), 2);
    assert_eq!(after[1].1, "Where: GET /lacks/<who>: files or network");
    app.clock.advance(Duration::minutes(6));
    let after = told(&app).await;
    assert_eq!(after.len(), 3);
    assert!(after[2].0.contains(" 5 times since 2026-03-09 12:11 "), "{after:?}");
    app.clock.advance(Duration::hours(2));
    assert_eq!(told(&app).await.len(), 3);
    alice.get("/fails/a").await.is(500);
    let after = told(&app).await;
    assert_eq!(after.len(), 4);
    assert!(after[3].0.contains(" once since 2026-03-09 15:01 "), "{after:?}");
}

#[rocket::async_test]
async fn panics_are_told_with_their_place() {
    let app = with_maintainers().start().await;
    app.user("alice1").get("/breaks/alice1").await.is(500);
    let task = app.app().tasks.spawn(async { panic!("alice1 has broken this") });
    assert!(task.await.is_err());
    let causes: Vec<String> = told(&app).await.into_iter().map(|(_, cause)| cause).collect();
    assert_eq!(causes.len(), 2);
    let here = "tests/it/mail/fault_mails.rs:";
    for beginning in
        [format!("Where: GET /breaks/<who>: panic at {here}"), format!("Where: task: panic at {here}")]
    {
        assert!(causes.iter().any(|cause| cause.starts_with(&beginning)), "{beginning}: {causes:?}");
    }
    assert!(mails(app.app()).await.iter().all(|mail| !mail.text.contains("alice")));
}

#[rocket::async_test]
async fn dead_jobs_are_told_and_dead_letters_are_not() {
    let server = MailServer::start(Manner::Plain);
    let app = with_server(&server).set("EMAIL_TO", "maintainer@example.edu").start().await;
    server.then(Trouble::Says(Step::RcptTo, 550));
    post(app.app(), &a_letter("Refused")).await;
    app.work().await;
    assert!(told(&app).await.is_empty());
    let now = app.clock.now();
    let unreadable = Enqueue::new("files.sweep", "broken", &"no sweep");
    app.app().store.write(async |tx| unreadable.save(&tx, now).await).await.unwrap();
    app.work().await;
    let told = told(&app).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1, "Where: job files.sweep: decode");
    assert!(server.taken().iter().any(|mail| mail.header("Subject").unwrap().contains("files.sweep")));
}

#[rocket::async_test]
async fn what_two_instances_have_seen_is_one_mail() {
    let app = with_maintainers().start().await;
    let faults = app.app().tasks.faults();
    faults.note(Cause::tick("Fire"), "");
    // The other one has a memory of its own, and the same database.
    let mut other = app.app().clone();
    other.tasks = chatdku::platform::tasks::Tasks::default();
    other.tasks.faults().note(Cause::tick("Fire"), "");
    let (one, two) = futures::join!(mail::report_faults(app.app()), mail::report_faults(&other));
    one.unwrap();
    two.unwrap();
    assert_eq!(told(&app).await.len(), 1);
    app.clock.advance(Duration::hours(1));
    let after = told(&app).await;
    let counted =
        after.iter().filter(|(count, _)| count.contains(" once ") || count.contains(" 2 times ")).count();
    assert_eq!(counted, after.len(), "{after:?}");
    assert_eq!(after.len(), if after[0].0.contains(" 2 times ") { 1 } else { 2 });
}

#[rocket::async_test]
async fn faults_wait_for_a_database_that_is_away_and_are_nobodys_without_maintainers() {
    let app = TestApp::start().await;
    app.app().tasks.faults().note(Cause::tick("Fire"), "");
    mail::report_faults(app.app()).await.unwrap();
    assert_eq!((mails(app.app()).await.len(), app.app().tasks.faults().take().len()), (0, 0));

    let app = with_maintainers().start().await;
    app.app().tasks.faults().note(Cause::tick("Fire"), "");
    let gone = "ALTER TABLE fault RENAME TO fault_away";
    let back = "ALTER TABLE fault_away RENAME TO fault";
    let run = async |sql: &'static str| {
        let run =
            app.app().store.write(async |tx| sea_orm::ConnectionTrait::execute_unprepared(&tx, sql).await);
        run.await.unwrap();
    };
    run(gone).await;
    assert!(mail::report_faults(app.app()).await.is_err());
    run(back).await;
    let told = told(&app).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1, "Where: tick Fire");
}

#[rocket::async_test]
async fn a_flood_of_causes_does_not_fill_the_memory() {
    let app = with_maintainers().start().await;
    let faults = app.app().tasks.faults();
    for number in 0..1000 {
        faults.note(Cause::dead_job("work", &format!("code{number}")), "");
    }
    let taken = faults.take();
    assert_eq!(taken.len(), 201);
    let others = taken.iter().find(|(cause, _)| cause.as_str() == "others").unwrap();
    assert_eq!(others.1.count, 800);
}
