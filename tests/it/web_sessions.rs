//! The list of an account's sessions, ending them, and what a change of the password does to them.

use chatdku::{
    accounts::{
        identity,
        local::Refused,
        own_password,
        password_policy::Problem,
        user, web_session,
        web_session::{PASSWORD as BY_PASSWORD, SSO},
    },
    platform::audit,
};
use chrono::Duration;
use rocket::http::Method;
use sea_orm::{EntityTrait, PaginatorTrait, QueryFilter, Set};
use serde_json::{Value, json};

use crate::support::{
    Actor, TestApp,
    staff::{PASSWORD, change, reload, sign_in, superuser},
};

async fn live(app: &TestApp, account: &user::Model) -> Vec<web_session::Model> {
    let app = app.app();
    let account = user::by_id(app.store.read(), account.id).await.unwrap().unwrap();
    web_session::live_of(app.store.read(), &app.signing_keys, &account, app.clock.now()).await.unwrap()
}

async fn is_staff(actor: &Actor) -> bool {
    identity::staff_of(actor.request(Method::Get, "/").inner()).await.unwrap().is_some()
}

fn hash_of(actor: &Actor) -> String {
    web_session::current_hash(actor.request(Method::Get, "/").inner()).expect("a cookie")
}

/// Two browsers of one account.
async fn two_browsers(app: &TestApp, name: &str) -> (Actor, Actor) {
    let here = sign_in(app, &app.stranger(), name, PASSWORD).await.unwrap();
    app.clock.advance(Duration::seconds(1));
    let there = sign_in(app, &app.stranger(), name, PASSWORD).await.unwrap();
    (app.stranger().cookie("sessionid", &here), app.stranger().cookie("sessionid", &there))
}

#[rocket::async_test]
async fn an_account_sees_its_sessions_and_ends_them() {
    let app = TestApp::start().await;
    let (root, other) = (superuser(&app, "root1").await, superuser(&app, "root2").await);
    let (here, there) = two_browsers(&app, "root1").await;
    let listed: Vec<String> = live(&app, &root).await.into_iter().map(|row| row.token_hash).collect();
    assert_eq!(listed, [hash_of(&there), hash_of(&here)], "the last used first");
    let store = &app.app().store;
    let hash = hash_of(&there);
    let ended = store.write(async |tx| web_session::end_one(&tx, other.id, &hash).await).await.unwrap();
    assert!(!ended && is_staff(&there).await, "it is none of theirs");
    assert!(store.write(async |tx| web_session::end_one(&tx, root.id, &hash).await).await.unwrap());
    assert!(!is_staff(&there).await && is_staff(&here).await);
    let (more, kept) = two_browsers(&app, "root1").await;
    let kept_hash = hash_of(&kept);
    let all_but = store.write(async |tx| web_session::end_all_of(&tx, root.id, Some(&kept_hash)).await);
    assert_eq!(all_but.await.unwrap(), 2);
    assert!(is_staff(&kept).await && !is_staff(&more).await && !is_staff(&here).await);
    assert_eq!(store.write(async |tx| web_session::end_all_of(&tx, root.id, None).await).await.unwrap(), 1);
    assert!(live(&app, &root).await.is_empty());
}

#[rocket::async_test]
async fn a_session_that_cannot_be_used_is_not_listed() {
    let app = TestApp::start().await;
    let root = superuser(&app, "root1").await;
    sign_in(&app, &app.stranger(), "root1", PASSWORD).await.unwrap();
    assert_eq!(live(&app, &root).await.len(), 1);
    app.clock.advance(Duration::minutes(30));
    assert!(live(&app, &root).await.is_empty(), "idle");
    sign_in(&app, &app.stranger(), "root1", PASSWORD).await.unwrap();
    assert_eq!(live(&app, &root).await.len(), 1);
    change(&app, user::ActiveModel { id: Set(root.id), is_superuser: Set(false), ..Default::default() })
        .await;
    assert!(live(&app, &root).await.is_empty(), "void since the account changed");
}

#[rocket::async_test]
async fn a_request_under_way_does_not_bring_an_ended_session_back() {
    let app = TestApp::start().await;
    let root = superuser(&app, "root1").await;
    let token = sign_in(&app, &app.stranger(), "root1", PASSWORD).await.unwrap();
    let actor = app.stranger().cookie("sessionid", &token);
    app.clock.advance(Duration::minutes(2));
    let under_way = actor.request(Method::Get, "/");
    let (session, _) = web_session::of(under_way.inner(), app.app()).await.unwrap().expect("a session");
    let ended = app.app().store.write(async |tx| web_session::end_all_of(&tx, root.id, None).await).await;
    assert_eq!(ended.unwrap(), 1);
    web_session::keep_alive(under_way.inner(), app.app(), &session).await;
    assert!(!is_staff(&actor).await);
}

#[rocket::async_test]
async fn signing_out_ends_the_session_and_is_noted() {
    let app = TestApp::start().await;
    superuser(&app, "root1").await;
    let token = sign_in(&app, &app.stranger(), "root1", PASSWORD).await.unwrap();
    let actor = app.stranger().cookie("sessionid", &token);
    for _ in 0..2 {
        web_session::end(actor.request(Method::Post, "/").inner(), app.app()).await.unwrap();
    }
    assert!(!is_staff(&actor).await);
    let noted = audit::Entity::find().filter(audit::COLUMN.event.eq("sign_out"));
    assert_eq!(noted.count(app.app().store.read()).await.unwrap(), 1, "there was one to end");
}

#[rocket::async_test]
async fn a_developers_first_page_begins_a_session_and_the_next_uses_it() {
    let app = TestApp::with("DEVELOPERS", "dev22").start().await;
    let dev = app.user("dev22");
    let request = dev.request(Method::Get, "/");
    let staff = identity::staff_of(request.inner()).await.unwrap().expect("staff");
    let ensured = || web_session::ensure(request.inner(), app.app(), &staff.account, SSO, "");
    let first = ensured().await.unwrap();
    assert_eq!(ensured().await.unwrap().csrf_secret, first.csrf_secret, "once for a request");
    assert_eq!((first.realm.as_str(), first.proven_at), (SSO, None));
    let token = request.inner().cookies().get_pending("sessionid").expect("a cookie").value().to_owned();

    let with_cookie = dev.clone().cookie("sessionid", &token);
    let next = with_cookie.request(Method::Get, "/");
    let staff = identity::staff_of(next.inner()).await.unwrap().expect("staff");
    let second = web_session::ensure(next.inner(), app.app(), &staff.account, SSO, "").await.unwrap();
    assert_eq!(second.csrf_secret, first.csrf_secret);
    assert_eq!(staff.session.expect("the session").csrf_secret, first.csrf_secret);
    assert_eq!(web_session::Entity::find().count(app.app().store.read()).await.unwrap(), 1);
}

#[rocket::async_test]
async fn changing_ones_own_password_keeps_this_session_and_ends_the_others() {
    let app = TestApp::start().await;
    let root = superuser(&app, "root1").await;
    let (here, there) = two_browsers(&app, "root1").await;
    let csrf_before = live(&app, &root).await.pop().unwrap().csrf_secret;
    app.clock.advance(Duration::minutes(5));
    let request = here.request(Method::Post, "/");
    let (old, new) = (PASSWORD.to_owned(), "amber window 9 reef".to_owned());
    own_password::change(request.inner(), app.app(), &root, old, new).await.unwrap();
    let token = request.inner().cookies().get_pending("sessionid").unwrap().value().to_owned();
    assert!(!is_staff(&there).await, "another browser is out");
    assert!(!is_staff(&here).await, "the old token is out");
    assert!(is_staff(&app.stranger().cookie("sessionid", &token)).await, "this browser goes on");
    let now = live(&app, &root).await;
    assert_eq!(now.len(), 1);
    assert_eq!(now[0].csrf_secret, csrf_before, "forms that are open can still be sent");
    assert_eq!(now[0].realm, BY_PASSWORD);
    sign_in(&app, &app.stranger(), "root1", "amber window 9 reef").await.unwrap();
    sign_in(&app, &app.stranger(), "root1", PASSWORD).await.expect_err("the old one is gone");

    let noted = audit::Entity::find().filter(audit::COLUMN.event.eq("password.changed"));
    let noted = noted.one(app.app().store.read()).await.unwrap().expect("an entry");
    assert_eq!(noted.account_id, Some(root.id.0));
    assert_eq!(noted.object_key, Some(root.id.0.to_string()));
    let changes: Value = serde_json::from_str(noted.changes.as_deref().expect("changes")).unwrap();
    assert_eq!(changes, json!([{"field": "password", "old": "***", "new": "***"}]));
}

#[rocket::async_test]
async fn what_is_wrong_with_either_password_is_said_at_once() {
    let app = TestApp::start().await;
    let root = superuser(&app, "root1").await;
    let token = sign_in(&app, &app.stranger(), "root1", PASSWORD).await.unwrap();
    let here = app.stranger().cookie("sessionid", &token);
    let tried = async |old: &str, new: &str| {
        let request = here.request(Method::Post, "/");
        let (old, new) = (old.to_owned(), new.to_owned());
        own_password::change(request.inner(), app.app(), &root, old, new).await.expect_err("refused")
    };
    match tried("a guess", "1234").await {
        Refused::OldPassword(problems) => {
            assert_eq!(problems, [Problem::Short, Problem::Numeric, Problem::Common]);
        }
        other => panic!("{other:?}"),
    }
    assert!(
        matches!(tried("a guess", "amber window 9 reef").await, Refused::OldPassword(none) if none.is_empty())
    );
    assert!(matches!(tried(PASSWORD, "1234").await, Refused::Password(_)));
    assert_eq!(reload(&app, &root).await.password, root.password);
    assert!(is_staff(&here).await);
    for _ in 0..5 {
        tried("a guess", "amber window 9 reef").await;
    }
    assert!(matches!(tried(PASSWORD, "amber window 9 reef").await, Refused::Wait(_)));
}
