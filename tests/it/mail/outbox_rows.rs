//! The outbox: a letter is there with what made it necessary or not at all, once; who gets reports; what is forgotten.

use chatdku::{
    accounts::user,
    erasure::{self, Rows},
    mail::{Address, Letter, outbox, outbox::State, readers},
    queue::{State as JobState, job},
};
use chrono::Duration;
use sea_orm::{DbErr, EntityTrait, PaginatorTrait, Set};

use super::{
    a_letter, address, mails, post,
    server::{MailServer, Manner, Step, Trouble},
    with_server,
};
use crate::support::{
    Counting, TestApp,
    staff::{change, superuser},
};

#[rocket::async_test]
async fn a_letter_of_a_transaction_that_fails_has_never_been() {
    let app = TestApp::start().await;
    let now = app.clock.now();
    let failed = app.app().store.write(async |tx| {
        outbox::enqueue(&tx, &a_letter("Weekly report"), now).await?;
        Err::<(), _>(DbErr::Custom("something else went wrong".to_owned()))
    });
    assert!(failed.await.is_err());
    assert_eq!((mails(app.app()).await.len(), app.work().await), (0, 0));
}

#[rocket::async_test]
async fn a_letter_with_a_name_is_written_once_for_each_recipient() {
    let app = TestApp::start().await;
    let (one, two) = (address("one@example.edu"), address("two@example.edu"));
    let report = |week: &str| Letter::new("report", "Weekly report", "Text.").unwrap().once(week);
    assert_eq!(post(app.app(), &report("2026-W10").to([one.clone()])).await.len(), 1);
    app.work().await;
    assert_eq!(post(app.app(), &report("2026-W10").to([one.clone(), two.clone()])).await.len(), 1);
    assert_eq!(post(app.app(), &report("2026-W10").to([one.clone(), two.clone()])).await.len(), 0);
    assert_eq!(post(app.app(), &report("2026-W11").to([one.clone()])).await.len(), 1);
    let other = Letter::new("digest", "Weekly digest", "Text.").unwrap().once("2026-W10");
    assert_eq!(post(app.app(), &other.to([one.clone()])).await.len(), 1);
    let unnamed = Letter::new("report", "Weekly report", "Text.").unwrap().to([one]);
    assert_eq!(post(app.app(), &unnamed).await.len(), 1);
    assert_eq!(post(app.app(), &unnamed).await.len(), 1);
    app.work().await;
    let mails = mails(app.app()).await;
    assert_eq!(mails.len(), 6);
    assert!(mails.iter().all(|mail| mail.state == State::Sent && mail.attempt == 1), "{mails:?}");
}

#[rocket::async_test]
async fn many_recipients_cost_as_many_statements_as_two() {
    let app = TestApp::start().await;
    let now = app.clock.now();
    let mut costs = Vec::new();
    for recipients in [2, 50] {
        let to = (0..recipients).map(|number| address(&format!("reader{number}@example.edu")));
        let letter = a_letter("Weekly report").to(to).once(format!("{recipients}"));
        let counted = app.app().store.write(async |tx| {
            let counting = Counting::new(tx);
            outbox::enqueue(&counting, &letter, now).await?;
            Ok::<_, DbErr>(counting.count())
        });
        costs.push(counted.await.unwrap());
    }
    assert_eq!(costs[0], costs[1]);
    app.work().await;
}

#[rocket::async_test]
async fn reports_go_to_those_that_the_settings_name_and_to_staff_who_want_them() {
    let app = TestApp::with("EMAIL_TO", r#"["chief@example.edu", "both@example.edu"]"#).start().await;
    for (name, email, wants, active) in [
        ("wants", Some("wants@example.edu"), true, true),
        ("wants-not", Some("not@example.edu"), false, true),
        ("left", Some("left@example.edu"), true, false),
        ("no-address", None, true, true),
        ("both", Some("both@example.edu"), true, true),
    ] {
        let account = superuser(&app, name).await;
        let changed = user::ActiveModel {
            id: Set(account.id),
            email: Set(email.map(str::to_owned)),
            wants_reports: Set(wants),
            is_active: Set(active),
            ..Default::default()
        };
        change(&app, changed).await;
    }
    let readers = readers::of_reports(app.app().store.read(), &app.app().config.mail).await.unwrap();
    let readers: Vec<&str> = readers.iter().map(Address::as_str).collect();
    assert_eq!(readers, ["both@example.edu", "chief@example.edu", "wants@example.edu"]);
}

#[rocket::async_test]
async fn mails_to_an_account_go_with_it() {
    let app = TestApp::start().await;
    let account = superuser(&app, "reader").await;
    let changed = user::ActiveModel {
        id: Set(account.id),
        email: Set(Some("reader@example.edu".to_owned())),
        ..Default::default()
    };
    change(&app, changed).await;
    let to = [address("reader@example.edu"), address("other@example.edu")];
    post(app.app(), &a_letter("Weekly report").to(to)).await;
    let now = app.clock.now();
    let store = &app.app().store;
    store.write(async |tx| erasure::erase(&tx, now, &[account.id], Rows::Removed).await).await.unwrap();
    // The job of the mail that is gone finds nothing to send.
    app.work().await;
    let left = mails(app.app()).await;
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].recipient.as_str(), left[0].state), ("other@example.edu", State::Sent));
    assert_eq!(std::fs::read_dir(app.folder().join("data/outbox")).unwrap().count(), 1);
}

#[rocket::async_test]
async fn what_was_sent_long_ago_is_forgotten_and_dead_letters_are_not() {
    let server = MailServer::start(Manner::Plain);
    let app = with_server(&server).start().await;
    server.then(Trouble::Says(Step::RcptTo, 550));
    post(app.app(), &a_letter("Refused")).await;
    app.work().await;
    post(app.app(), &a_letter("Taken")).await;
    app.work().await;
    for (days, left) in [(89, 2), (2, 1)] {
        app.clock.advance(Duration::days(days));
        app.ask_for("retention").await;
        app.work().await;
        assert_eq!(mails(app.app()).await.len(), left);
    }
    assert_eq!(mails(app.app()).await[0].subject, "Refused");
}

#[rocket::async_test]
async fn a_mail_whose_job_is_called_off_is_a_dead_letter() {
    let app = TestApp::start().await;
    post(app.app(), &a_letter("Weekly report")).await;
    let waiting = job::Entity::find().all(app.app().store.read()).await.unwrap();
    let ids: Vec<_> = waiting.iter().map(|job| job.id).collect();
    assert_eq!(chatdku::jobs::cancel(app.app(), &ids).await.unwrap().len(), 1);
    let dead = &mails(app.app()).await[0];
    assert_eq!((dead.state, dead.attempt), (State::Dead, 0));
    assert!(dead.reason.as_ref().unwrap().contains("called off"));
    // Asked for again, the job still knows its mail.
    chatdku::jobs::redrive(app.app(), &ids).await.unwrap();
    app.work().await;
    assert_eq!(mails(app.app()).await[0].state, State::Sent);
    let done = job::Entity::find().all(app.app().store.read()).await.unwrap();
    assert_eq!(done.iter().filter(|job| job.state == JobState::Done).count(), 1);
    assert_eq!(outbox::Entity::find().count(app.app().store.read()).await.unwrap(), 1);
}
