//! Whatever the mail server does: every mail arrives at least once, or is a dead letter with its reason.

use std::collections::HashMap;

use chatdku::{
    mail::outbox::{self, Sending, State},
    queue::{Claimed, JobId, State as JobState, job},
};
use chrono::Duration;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{
    a_letter, for_a_week, mail, mails, post,
    server::{
        MailServer, Manner,
        Step::{self, Content, Data, Ehlo, Greeting, MailFrom, RcptTo},
        Trouble::{self, Drops, LosesItsWord, Says, Silent},
    },
    with_port, with_server,
};
use crate::support::process::free_port;

const STEPS: [(Step, &str); 6] = [
    (Greeting, "connecting"),
    (Ehlo, "connecting"),
    (MailFrom, "MAIL FROM"),
    (RcptTo, "RCPT TO"),
    (Data, "DATA"),
    (Content, "the mail itself"),
];

#[rocket::async_test]
async fn a_mail_reaches_the_server_once_and_whole() {
    let server = MailServer::start(Manner::Plain);
    let app = with_server(&server).start().await;
    let id = post(app.app(), &a_letter("Weekly report")).await[0];
    assert_eq!(mail(app.app(), id).await.state, State::Queued);
    app.work().await;
    let sent = mail(app.app(), id).await;
    assert_eq!((sent.state, sent.attempt, sent.sent_at), (State::Sent, 1, Some(app.clock.now())));
    let taken = server.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!(
        (taken[0].from.as_str(), &taken[0].to[..]),
        ("chatdku@example.edu", &["reader@example.edu".to_owned()][..])
    );
    assert_eq!(taken[0].header("Message-ID"), Some(sent.message_id));
    assert!(taken[0].content.contains("Good news.\r\n.\r\nThe end."), "{}", taken[0].content);
}

#[rocket::async_test]
async fn what_is_put_off_is_tried_again_whatever_the_step() {
    let server = MailServer::start(Manner::Plain);
    let app = with_server(&server).start().await;
    for (step, name) in STEPS {
        for trouble in [Says(step, 421), Says(step, 451), Drops(step), Silent(step)] {
            let before = server.taken().len();
            server.then(trouble);
            let id = post(app.app(), &a_letter("Weekly report")).await[0];
            app.work().await;
            let waits = mail(app.app(), id).await;
            assert_eq!((waits.state, waits.attempt), (State::Retry, 1), "{trouble:?}");
            let reason = waits.reason.unwrap();
            assert!(reason.starts_with(&format!("{name}: ")), "{trouble:?}: {reason}");
            let code = if let Says(_, code) = trouble { Some(i16::try_from(code).unwrap()) } else { None };
            assert_eq!(waits.smtp_code, code, "{trouble:?}");
            assert_eq!(server.taken().len(), before, "{trouble:?}");
            app.clock.advance(Duration::seconds(45));
            app.work().await;
            assert_eq!(server.taken().len(), before, "{trouble:?}: too early");
            app.clock.advance(Duration::seconds(45));
            app.work().await;
            let sent = mail(app.app(), id).await;
            assert_eq!((sent.state, sent.attempt, sent.reason), (State::Sent, 2, None), "{trouble:?}");
            assert_eq!(server.taken().len(), before + 1, "{trouble:?}");
        }
    }
}

#[rocket::async_test]
async fn what_is_refused_is_a_dead_letter_with_its_reason() {
    let server = MailServer::start(Manner::Plain);
    let app = with_server(&server).start().await;
    for (step, name) in STEPS {
        server.then(Says(step, 554));
        let id = post(app.app(), &a_letter("Weekly report")).await[0];
        app.work().await;
        let dead = mail(app.app(), id).await;
        assert_eq!((dead.state, dead.attempt, dead.smtp_code), (State::Dead, 1, Some(554)), "{step:?}");
        let reason = dead.reason.unwrap();
        assert!(
            reason.starts_with(&format!("{name}: ")) && reason.contains("not today"),
            "{step:?}: {reason}"
        );
    }
    for_a_week(&app).await;
    assert_eq!((server.taken().len(), server.conversations()), (0, STEPS.len()));
    let jobs = job::Entity::find().filter(job::COLUMN.state.eq(JobState::Dead));
    let jobs = jobs.all(app.app().store.read()).await.unwrap();
    assert!(jobs.iter().all(|job| job.error_code.as_deref() == Some("mail_refused")), "{jobs:?}");
    assert_eq!(jobs.len(), STEPS.len());
}

#[rocket::async_test]
async fn a_mail_whose_reply_was_lost_comes_twice_and_can_be_told_by_its_id() {
    let server = MailServer::start(Manner::Plain);
    let app = with_server(&server).start().await;
    server.then(LosesItsWord);
    let id = post(app.app(), &a_letter("Weekly report")).await[0];
    app.work().await;
    assert_eq!(mail(app.app(), id).await.state, State::Retry);
    app.clock.advance(Duration::minutes(2));
    app.work().await;
    let taken = server.taken();
    assert_eq!((taken.len(), mail(app.app(), id).await.state), (2, State::Sent));
    assert!(taken[0].header("Message-ID").is_some());
    assert_eq!(taken[0], taken[1]);
}

#[rocket::async_test]
async fn a_crash_behind_the_servers_word_sends_the_same_mail_again() {
    let server = MailServer::start(Manner::Plain);
    let app = with_server(&server).start().await;
    let id = post(app.app(), &a_letter("Weekly report")).await[0];
    let claimed = Claimed { id: JobId(id.0), payload: Sending { mail: id.0 }, attempt: 1, fence: 1 };
    // What the handler would have written at its end is lost.
    drop(chatdku::mail::send(app.app().clone(), claimed).await.unwrap());
    assert_eq!(mail(app.app(), id).await.state, State::Sending);
    app.work().await;
    let taken = server.taken();
    assert_eq!((taken.len(), mail(app.app(), id).await.state), (2, State::Sent));
    assert_eq!(taken[0], taken[1]);
}

#[rocket::async_test]
async fn mails_wait_for_a_server_that_is_down() {
    let port = free_port();
    let app = with_port(port).start().await;
    let id = post(app.app(), &a_letter("Weekly report")).await[0];
    app.work().await;
    let waits = mail(app.app(), id).await;
    assert_eq!((waits.state, waits.smtp_code), (State::Retry, None));
    assert!(waits.reason.unwrap().contains("refused"));
    let server = MailServer::at(([127, 0, 0, 1], port).into(), Manner::Plain);
    app.clock.advance(Duration::minutes(2));
    app.work().await;
    assert_eq!((server.taken().len(), mail(app.app(), id).await.state), (1, State::Sent));
}

#[rocket::async_test]
async fn a_server_that_stays_down_makes_dead_letters_after_two_days() {
    let app = with_port(free_port()).start().await;
    let id = post(app.app(), &a_letter("Weekly report")).await[0];
    let (mut waited, began) = (Duration::zero(), app.clock.now());
    loop {
        app.work().await;
        if mail(app.app(), id).await.state == State::Dead {
            break;
        }
        let job = job::Entity::find().filter(job::COLUMN.state.eq(JobState::RetryWait));
        let job = job.one(app.app().store.read()).await.unwrap().unwrap();
        waited = job.run_at - began;
        app.clock.advance(job.run_at - app.clock.now());
    }
    let dead = mail(app.app(), id).await;
    assert_eq!(dead.attempt, 17);
    assert!(dead.reason.unwrap().starts_with("connecting: "));
    // Pauses vary by a fifth.
    assert!(waited > Duration::hours(40) && waited < Duration::hours(61), "{waited}");
}

#[rocket::async_test]
async fn one_that_fails_holds_up_no_other() {
    let server = MailServer::start(Manner::Plain);
    let app = with_server(&server).start().await;
    server.then(Says(RcptTo, 450));
    post(app.app(), &a_letter("First")).await;
    post(app.app(), &a_letter("Second")).await;
    app.work().await;
    assert_eq!(server.taken().len(), 1);
    app.clock.advance(Duration::minutes(2));
    app.work().await;
    assert_eq!(server.taken().len(), 2);
}

#[rocket::async_test]
async fn through_all_troubles_every_mail_arrives_or_is_dead_and_none_comes_twice_for_nothing() {
    let server = MailServer::start(Manner::Plain);
    let app = with_server(&server).start().await;
    let mut troubles: Vec<Trouble> = Vec::new();
    for (step, _) in STEPS {
        troubles.extend([Says(step, 450), Says(step, 550), Drops(step), LosesItsWord]);
    }
    for trouble in troubles.iter().chain(&troubles) {
        server.then(*trouble);
    }
    for number in 0..40 {
        post(app.app(), &a_letter(&format!("Letter {number}"))).await;
    }
    let (one, other) = (app.app().worker(), app.app().worker());
    let (one, other) = futures::join!(one.run_until_empty(), other.run_until_empty());
    assert!(one.unwrap() + other.unwrap() >= 40);
    for_a_week(&app).await;
    let mut copies: HashMap<String, usize> = HashMap::new();
    for taken in server.taken() {
        *copies.entry(taken.header("Message-ID").unwrap()).or_default() += 1;
    }
    let mut more_than_once = 0;
    for mail in mails(app.app()).await {
        let arrived = copies.remove(&mail.message_id).unwrap_or_default();
        match mail.state {
            State::Sent => assert!(arrived >= 1, "{mail:?}"),
            State::Dead => assert!(mail.smtp_code == Some(550) && mail.reason.is_some(), "{mail:?}"),
            state => panic!("{state:?} is no end: {mail:?}"),
        }
        more_than_once += arrived.saturating_sub(1);
    }
    assert!(copies.is_empty(), "mails that nobody has written: {copies:?}");
    let lost = 2 * troubles.iter().filter(|trouble| **trouble == LosesItsWord).count();
    assert!(more_than_once <= lost, "{more_than_once} of {lost}");
    assert_eq!(outbox::dead(app.app().store.read()).await.unwrap(), 2 * STEPS.len() as u64);
}
