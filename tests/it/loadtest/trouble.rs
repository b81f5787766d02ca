//! When maintainers are told that the chat does not answer: after six bad answers within an hour, once.

use chatdku::{
    loadtest::{self, Checked, Options},
    mail::outbox,
};
use chrono::Duration;
use sea_orm::EntityTrait;

use super::short;
use crate::support::{Program, TestApp, process::free_port};

async fn judged(app: &TestApp, failed: u64, short: u64) -> bool {
    let now = app.clock.now();
    let judged = app.app().store.write(async |tx| loadtest::judge(&tx, Checked { failed, short }, now).await);
    judged.await.unwrap()
}

async fn mails(app: &TestApp) -> Vec<outbox::Model> {
    outbox::Entity::find().all(app.app().store.read()).await.unwrap()
}

#[rocket::async_test]
async fn six_within_an_hour_are_told_of_and_the_count_begins_anew() {
    let app = TestApp::start().await;
    for _ in 0..5 {
        assert!(!judged(&app, 0, 1).await);
        assert!(!judged(&app, 0, 0).await);
        app.clock.advance(Duration::minutes(10));
    }
    assert!(judged(&app, 1, 0).await);
    for _ in 0..5 {
        assert!(!judged(&app, 0, 1).await);
    }
    assert!(judged(&app, 0, 1).await);
    assert!(judged(&app, 4, 5).await);
    assert!(!judged(&app, 0, 0).await);
}

#[rocket::async_test]
async fn what_is_an_hour_old_does_not_count_any_more() {
    let app = TestApp::start().await;
    assert!(!judged(&app, 0, 5).await);
    app.clock.advance(Duration::minutes(60));
    assert!(!judged(&app, 5, 0).await);
    app.clock.advance(Duration::minutes(59));
    assert!(judged(&app, 0, 1).await);
    // A check of many failures is told of at once, and none can overflow the count.
    assert!(judged(&app, u64::MAX, u64::MAX).await);
    assert!(!judged(&app, 2, 3).await);
}

#[rocket::async_test]
async fn several_instances_that_check_at_once_tell_once_for_each_six() {
    let app = TestApp::start().await;
    for _ in 0..5 {
        let checks = (0..18).map(|_| judged(&app, 0, 1));
        let told = futures::future::join_all(checks).await.into_iter().filter(|told| *told).count();
        assert_eq!(told, 3);
    }
}

#[rocket::async_test]
async fn a_check_of_a_chat_that_is_away_writes_one_letter_to_each_reader() {
    let app = TestApp::with("EMAIL_TO", r#"["one@example.edu", "two@example.edu"]"#).set("LOG_LEVEL", "off");
    let app = app.start().await;
    let nobody = Options { users: 8, ..short(&format!("http://127.0.0.1:{}", free_port())) };
    let outcome = loadtest::check(app.app(), &nobody).await.unwrap().unwrap();
    assert!(outcome.failed >= 6, "{outcome:?}");
    assert_eq!(app.work().await, 2);
    let mails = mails(&app).await;
    assert_eq!(mails.len(), 2);
    assert!(
        mails[0].text.contains(&format!("{} requests, {} of them failed", outcome.requests, outcome.failed))
    );
    assert!(mails[0].html.as_ref().unwrap().contains("聊天") || mails[0].text.contains("检查"));
}

#[rocket::async_test]
async fn a_check_that_cannot_be_run_is_told_of_and_one_that_goes_well_is_not() {
    let app = TestApp::with("EMAIL_TO", "one@example.edu").set("LOG_LEVEL", "off").program("/bin/false");
    let app = app.start().await;
    assert_eq!(loadtest::check(app.app(), &short("http://localhost:1")).await.unwrap(), None);
    assert_eq!(app.work().await, 1);
    assert!(mails(&app).await[0].text.contains("could not be run"));

    let mut program = Program::on_a_database();
    program.start().await;
    let app = TestApp::with("EMAIL_TO", "one@example.edu").start().await;
    let outcome = loadtest::check(app.app(), &short(&program.url(""))).await.unwrap().unwrap();
    assert!(outcome.requests > 0 && outcome.failed == 0, "{outcome:?}");
    assert!(mails(&app).await.is_empty());
}
