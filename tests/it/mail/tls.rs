//! What keeps others from reading along, and from pretending to be the mail server.

use base64::{Engine, prelude::BASE64_STANDARD};
use chatdku::mail::outbox::State;
use chrono::Duration;

use super::{
    a_letter, mail, post,
    server::{MailServer, Manner, Step, Trouble},
    with_server,
};
use crate::support::TestConfig;

const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fixtures/mail_server.crt");

fn encrypted(server: &MailServer, manner: Manner) -> TestConfig {
    let config =
        with_server(server).set("EMAIL_HOST_USER", "reporter").set("EMAIL_HOST_PASSWORD", "violet anchor");
    match manner {
        Manner::Plain => config,
        Manner::StartTls => config.set("EMAIL_USE_TLS", "true"),
        Manner::Tls => config.set("EMAIL_USE_SSL", "true"),
    }
}

fn trusted(server: &MailServer, manner: Manner) -> TestConfig {
    encrypted(server, manner).set("EMAIL_CA_FILE", CERTIFICATE)
}

#[rocket::async_test]
async fn mails_are_encrypted_before_anything_of_them_is_said() {
    for manner in [Manner::StartTls, Manner::Tls] {
        let server = MailServer::start(manner);
        let app = trusted(&server, manner).start().await;
        post(app.app(), &a_letter("Weekly report")).await;
        app.work().await;
        let taken = server.taken();
        assert!(taken.len() == 1 && taken[0].encrypted, "{manner:?}: {taken:?}");
        let auth = taken[0].auth.clone().unwrap();
        assert_eq!(
            auth,
            format!("PLAIN {}", BASE64_STANDARD.encode("\0reporter\0violet anchor")),
            "{manner:?}"
        );
    }
}

#[rocket::async_test]
async fn a_server_that_nobody_vouches_for_gets_no_mail() {
    for manner in [Manner::StartTls, Manner::Tls] {
        let server = MailServer::start(manner);
        let app = encrypted(&server, manner).start().await;
        let id = post(app.app(), &a_letter("Weekly report")).await[0];
        app.work().await;
        let waits = mail(app.app(), id).await;
        assert_eq!((waits.state, waits.smtp_code), (State::Retry, None), "{manner:?}");
        assert!(waits.reason.clone().unwrap().contains("certificate"), "{manner:?}: {:?}", waits.reason);
        assert_eq!((server.taken().len(), server.conversations()), (0, 1), "{manner:?}");
    }
}

#[rocket::async_test]
async fn a_handshake_that_fails_is_tried_again() {
    for manner in [Manner::StartTls, Manner::Tls] {
        let server = MailServer::start(manner);
        let app = trusted(&server, manner).start().await;
        server.then(Trouble::SpeaksNoTls);
        let id = post(app.app(), &a_letter("Weekly report")).await[0];
        app.work().await;
        assert_eq!(mail(app.app(), id).await.state, State::Retry, "{manner:?}");
        app.clock.advance(Duration::minutes(2));
        app.work().await;
        assert_eq!((server.taken().len(), mail(app.app(), id).await.state), (1, State::Sent), "{manner:?}");
    }
}

#[rocket::async_test]
async fn a_server_without_starttls_gets_neither_mail_nor_password() {
    let server = MailServer::start(Manner::Plain);
    let app = trusted(&server, Manner::StartTls).start().await;
    let id = post(app.app(), &a_letter("Weekly report")).await[0];
    app.work().await;
    let waits = mail(app.app(), id).await;
    assert_eq!(waits.state, State::Retry);
    assert!(waits.reason.unwrap().starts_with("STARTTLS: "));
    assert!(server.taken().is_empty());
}

#[rocket::async_test]
async fn each_step_of_the_way_in_can_fail() {
    let server = MailServer::start(Manner::StartTls);
    let app = trusted(&server, Manner::StartTls).start().await;
    for (step, name) in [(Step::StartTls, "STARTTLS"), (Step::Auth, "AUTH")] {
        for (trouble, state) in [
            (Trouble::Says(step, 454), State::Retry),
            (Trouble::Says(step, 535), State::Dead),
            (Trouble::Drops(step), State::Retry),
            (Trouble::Silent(step), State::Retry),
        ] {
            let before = server.taken().len();
            server.then(trouble);
            let id = post(app.app(), &a_letter("Weekly report")).await[0];
            app.work().await;
            let tried = mail(app.app(), id).await;
            assert_eq!(tried.state, state, "{trouble:?}");
            assert!(tried.reason.unwrap().starts_with(name), "{trouble:?}");
            app.clock.advance(Duration::minutes(2));
            app.work().await;
            let arrived = usize::from(state == State::Retry);
            assert_eq!(server.taken().len() - before, arrived, "{trouble:?}");
        }
    }
}
