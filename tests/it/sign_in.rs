//! Signing in with a password, and who sits at the dashboard.

use chatdku::{
    accounts::{
        identity::{self, Source, StaffIdentity},
        second_factor::Typed,
        sign_in::{self, Refused},
        user, web_session,
    },
    platform::audit,
};
use chrono::Duration;
use rocket::{http::Method, local::asynchronous::LocalRequest};
use sea_orm::{EntityTrait, PaginatorTrait, QueryFilter, Set};

use crate::support::{
    Actor, TestApp, noon,
    staff::{PASSWORD, change, reload, sign_in, superuser},
};

/// Made with `hashlib.pbkdf2_hmac('sha256', b'correct horse', b'saltsalt', 1000)` of Python.
const DJANGO: &str = "pbkdf2_sha256$1000$saltsalt$qQDPSZa3Ormyy9oK1Pu0ZLLwP2Svzmx3yu8OvDdq/J0=";

async fn staff(actor: &Actor) -> Option<StaffIdentity> {
    let request = actor.request(Method::Get, "/");
    identity::staff_of(request.inner()).await.expect("an answer")
}

async fn proven(
    app: &TestApp,
    request: &LocalRequest<'_>,
    account: &user::Model,
    password: &str,
) -> Result<(), Refused> {
    sign_in::proven(request.inner(), app.app(), account, password.to_owned(), &Typed::of("")).await
}

async fn audited(app: &TestApp, event: &str) -> Vec<audit::Model> {
    let entries = audit::Entity::find().filter(audit::COLUMN.event.eq(event));
    entries.all(app.app().store.read()).await.unwrap()
}

async fn is_wrong(app: &TestApp, actor: &Actor, name: &str, password: &str) {
    let refused = sign_in(app, actor, name, password).await.expect_err("no session");
    assert!(matches!(refused, Refused::Wrong), "{name:?}: {refused:?}");
}

async fn wait(app: &TestApp, actor: &Actor, name: &str, password: &str) -> i64 {
    match sign_in(app, actor, name, password).await {
        Err(Refused::Wait(wait)) => wait.num_seconds(),
        other => panic!("{name:?}: {other:?}"),
    }
}

#[rocket::async_test]
async fn a_staff_account_signs_in_with_its_password() {
    let app = TestApp::start().await;
    let root = superuser(&app, "root1").await;
    let token = sign_in(&app, &app.stranger(), " root1 ", PASSWORD).await.unwrap();
    let sitting = staff(&app.stranger().cookie("sessionid", &token)).await.expect("staff");
    assert_eq!((sitting.account.id, sitting.superuser, sitting.source), (root.id, true, Source::Session));
    assert_eq!(sitting.session.expect("a session").proven_at, Some(noon()));
    assert_eq!(reload(&app, &root).await.last_login, Some(noon()));
    let noted = audited(&app, "sign_in.ok").await;
    assert_eq!(noted.len(), 1);
    assert_eq!((noted[0].account_id, noted[0].actor_name.as_deref()), (Some(root.id.0), Some("root1")));
    assert_eq!(noted[0].source.as_deref(), Some("web"));
    assert!(noted[0].detail.contains("password") && noted[0].request_id.is_some(), "{:?}", noted[0]);
}

#[rocket::async_test]
async fn a_new_sign_in_ends_the_session_of_the_old_cookie() {
    let app = TestApp::start().await;
    superuser(&app, "root1").await;
    let first = sign_in(&app, &app.stranger(), "root1", PASSWORD).await.unwrap();
    let with_first = app.stranger().cookie("sessionid", &first);
    let second = sign_in(&app, &with_first, "root1", PASSWORD).await.unwrap();
    assert_ne!(first, second);
    assert!(staff(&with_first).await.is_none());
    assert!(staff(&app.stranger().cookie("sessionid", &second)).await.is_some());
}

#[rocket::async_test]
async fn whoever_may_not_enter_gets_one_answer() {
    let app = TestApp::start().await;
    let inactive = superuser(&app, "inactive1").await;
    change(&app, user::ActiveModel { id: Set(inactive.id), is_active: Set(false), ..Default::default() })
        .await;
    let no_staff = superuser(&app, "nostaff1").await;
    change(&app, user::ActiveModel { id: Set(no_staff.id), is_staff: Set(false), ..Default::default() })
        .await;
    superuser(&app, "root1").await;
    app.user("alice1").get("/user").await.is(200);
    let campus = {
        use sha2::{Digest, Sha256};
        hex::encode(Sha256::digest("alice1"))
    };
    let tries = [
        ("nobody1", PASSWORD),
        ("inactive1", PASSWORD),
        ("nostaff1", PASSWORD),
        ("root1", "a wrong password"),
        ("ROOT1", "a wrong password"),
        (campus.as_str(), ""),
        ("ro\0ot1", PASSWORD),
        ("", ""),
    ];
    for (at, (name, password)) in tries.into_iter().enumerate() {
        is_wrong(&app, &app.stranger().from(&format!("198.51.{at}.1")), name, password).await;
    }
    let noted = audited(&app, "sign_in.failed").await;
    assert_eq!(noted.len(), tries.len());
    assert_eq!(noted[0].account_id, None);
    assert_eq!(noted[1].account_id, Some(inactive.id.0));
    assert!(
        noted.iter().all(|entry| !format!("{entry:?}").contains("nobody1")),
        "what was typed is not kept"
    );
    assert_eq!(web_session::Entity::find().count(app.app().store.read()).await.unwrap(), 1, "alice's alone");
}

#[rocket::async_test]
async fn a_hash_of_the_django_service_is_replaced_at_sign_in() {
    let app = TestApp::start().await;
    let root = superuser(&app, "root1").await;
    let taken_over =
        user::ActiveModel { id: Set(root.id), password: Set(DJANGO.into()), ..Default::default() };
    change(&app, taken_over).await;
    is_wrong(&app, &app.stranger(), "root1", "wrong horse").await;
    assert_eq!(reload(&app, &root).await.password, DJANGO);
    let token = sign_in(&app, &app.stranger(), "root1", "correct horse").await.unwrap();
    let hash = reload(&app, &root).await.password;
    assert!(hash.starts_with("argon2$argon2id$"), "{hash}");
    assert!(staff(&app.stranger().cookie("sessionid", &token)).await.is_some(), "signed with the new hash");
    sign_in(&app, &app.stranger(), "root1", "correct horse").await.unwrap();
}

#[rocket::async_test]
async fn guessing_waits_longer_and_longer() {
    let app = TestApp::start().await;
    superuser(&app, "root1").await;
    let guesser = app.stranger();
    for _ in 0..5 {
        is_wrong(&app, &guesser, "root1", "a guess").await;
    }
    assert_eq!(wait(&app, &guesser, "root1", PASSWORD).await, 30, "not even the right one is compared");
    assert_eq!(wait(&app, &guesser, "Root1", PASSWORD).await, 30, "whatever the case");
    assert_eq!(
        audited(&app, "sign_in.held_up").await.len(),
        2,
        "once a minute for each account, and for none"
    );
    app.clock.advance(Duration::seconds(30));
    is_wrong(&app, &guesser, "root1", "a guess").await;
    assert_eq!(wait(&app, &guesser, "root1", PASSWORD).await, 60);
    app.clock.advance(Duration::seconds(60));
    sign_in(&app, &guesser, "root1", PASSWORD).await.unwrap();
    for _ in 0..5 {
        is_wrong(&app, &guesser, "root1", "a guess").await;
    }
    assert_eq!(wait(&app, &guesser, "root1", PASSWORD).await, 30, "a success was a new beginning");
}

#[rocket::async_test]
async fn guesses_at_the_same_time_are_as_many_as_in_a_row() {
    let app = TestApp::start().await;
    superuser(&app, "root1").await;
    let stranger = app.stranger();
    let guesses = (0..20).map(|_| sign_in(&app, &stranger, "root1", "a guess"));
    let answers = futures::future::join_all(guesses).await;
    let compared = answers.iter().filter(|answer| matches!(answer, Err(Refused::Wrong))).count();
    let held_up = answers.iter().filter(|answer| matches!(answer, Err(Refused::Wait(_)))).count();
    assert_eq!((compared, held_up), (5, 15));
}

#[rocket::async_test]
async fn nobody_can_lock_a_person_out() {
    let app = TestApp::start().await;
    superuser(&app, "root1").await;
    let home = app.stranger().from("203.0.113.20");
    sign_in(&app, &home, "root1", PASSWORD).await.unwrap();
    // From everywhere, at this account.
    for at in 0..5 {
        is_wrong(&app, &app.stranger().from(&format!("198.51.{at}.1")), "root1", "a guess").await;
    }
    assert_eq!(wait(&app, &app.stranger().from("198.51.99.1"), "root1", PASSWORD).await, 30);
    sign_in(&app, &home, "root1", PASSWORD).await.unwrap();
    // From the same network, at all kinds of accounts.
    let neighbour = app.stranger().from("203.0.113.21");
    for at in 0..20 {
        is_wrong(&app, &neighbour, &format!("somebody{at}"), "a guess").await;
    }
    assert_eq!(wait(&app, &neighbour, "somebody99", "a guess").await, 30);
    sign_in(&app, &home, "root1", PASSWORD).await.unwrap();
    app.clock.advance(Duration::minutes(16));
    let elsewhere = app.stranger().from("198.51.99.1");
    sign_in(&app, &elsewhere, "root1", PASSWORD).await.expect("never for good");
}

#[rocket::async_test]
async fn a_password_given_again_is_noted_in_the_session() {
    let app = TestApp::start().await;
    let root = superuser(&app, "root1").await;
    let token = sign_in(&app, &app.stranger(), "root1", PASSWORD).await.unwrap();
    let actor = app.stranger().cookie("sessionid", &token);
    app.clock.advance(Duration::minutes(20));
    let request = actor.request(Method::Post, "/");
    let wrong = proven(&app, &request, &root, "a guess").await;
    assert!(matches!(wrong, Err(Refused::Wrong)));
    let before = staff(&actor).await.unwrap().session.unwrap();
    assert_eq!(before.proven_at, Some(noon()));
    let request = actor.request(Method::Post, "/");
    proven(&app, &request, &root, PASSWORD).await.unwrap();
    let again = staff(&actor).await.unwrap().session.unwrap();
    assert_eq!(again.proven_at, Some(noon() + Duration::minutes(20)));
    // A request that was under way has not seen that, and does not undo it.
    web_session::keep_alive(request.inner(), app.app(), &before).await;
    assert_eq!(staff(&actor).await.unwrap().session.unwrap().proven_at, again.proven_at);
    assert_eq!(audited(&app, "sign_in.not_proven").await.len(), 1);
    assert_eq!(audited(&app, "sign_in.proven").await.len(), 1);
}

#[rocket::async_test]
async fn giving_the_password_again_is_throttled_too() {
    let app = TestApp::start().await;
    let root = superuser(&app, "root1").await;
    let token = sign_in(&app, &app.stranger(), "root1", PASSWORD).await.unwrap();
    let thief = app.stranger().cookie("sessionid", &token);
    for _ in 0..5 {
        let request = thief.request(Method::Post, "/");
        let wrong = proven(&app, &request, &root, "a guess").await;
        assert!(matches!(wrong, Err(Refused::Wrong)));
    }
    let request = thief.request(Method::Post, "/");
    let held_up = proven(&app, &request, &root, PASSWORD).await;
    assert!(matches!(held_up, Err(Refused::Wait(_))), "{held_up:?}");
}

#[rocket::async_test]
async fn the_header_does_not_override_who_signed_in_with_a_password() {
    let app = TestApp::with("DEVELOPERS", "dev22").start().await;
    let root = superuser(&app, "root1").await;
    let token = sign_in(&app, &app.user("alice1"), "root1", PASSWORD).await.unwrap();
    for netid in ["alice1", "dev22"] {
        let sitting = staff(&app.user(netid).cookie("sessionid", &token)).await.expect("staff");
        assert_eq!(sitting.account.id, root.id, "{netid}");
    }
    let spoofing = app.stranger().header("UID", "dev22").cookie("sessionid", &token);
    assert!(staff(&spoofing).await.is_none(), "an untrusted peer that sends the header is nobody");
    let bad = app.user("a,b").cookie("sessionid", &token);
    assert!(identity::staff_of(bad.request(Method::Get, "/").inner()).await.is_err());
}

#[rocket::async_test]
async fn a_developer_sits_at_the_dashboard_without_a_word_in_the_row() {
    let app = TestApp::with("DEVELOPERS", "dev22").start().await;
    let dev = app.user("dev22").header("X-DisplayName", "Dev");
    let sitting = staff(&dev).await.expect("staff");
    assert!(sitting.superuser && sitting.session.is_none());
    assert_eq!((sitting.source, sitting.greeting().as_str()), (Source::Header, "Dev"));
    let row = reload(&app, &sitting.account).await;
    assert!(!row.is_staff && !row.is_superuser);
    let closed = user::ActiveModel { id: Set(row.id), is_active: Set(false), ..Default::default() };
    change(&app, closed).await;
    assert!(staff(&dev).await.is_none());

    let local = staff(&app.developer()).await.expect("the development identity");
    assert!(local.superuser && local.source == Source::Development);
}

#[rocket::async_test]
async fn somebody_known_who_is_no_staff_is_known_by_name() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    assert!(staff(&alice).await.is_none());
    let known = identity::signed_in_as(alice.request(Method::Get, "/").inner()).await.expect("alice");
    assert!(!known.is_staff);
    let stranger = app.stranger();
    assert!(staff(&stranger).await.is_none());
    assert!(identity::signed_in_as(stranger.request(Method::Get, "/").inner()).await.is_none());
}

#[rocket::async_test]
async fn whoever_is_demoted_is_out_at_the_next_request() {
    let app = TestApp::start().await;
    for flag in ["active", "staff"] {
        let name = format!("root-{flag}");
        let root = superuser(&app, &name).await;
        let token = sign_in(&app, &app.stranger(), &name, PASSWORD).await.unwrap();
        let actor = app.stranger().cookie("sessionid", &token);
        assert!(staff(&actor).await.is_some());
        let (active, of_staff) = (flag != "active", flag != "staff");
        let is_active = Set(active);
        let demoted =
            user::ActiveModel { id: Set(root.id), is_active, is_staff: Set(of_staff), ..Default::default() };
        change(&app, demoted).await;
        assert!(staff(&actor).await.is_none(), "{flag}");
    }
}
