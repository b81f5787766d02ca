//! Coming in: by password, as a developer, not at all; and going out.

use super::staff::{owner, token, with};
use crate::support::{
    TestApp,
    staff::{PASSWORD, superuser},
};

const PAGE: &str = "/en/admin/core/usermodel/";

#[rocket::async_test]
async fn somebody_signs_in_and_out() {
    let app = TestApp::start().await;
    superuser(&app, "owner").await;
    let stranger = app.stranger();
    let sent = stranger.get(PAGE).await.is(302);
    let sign_in = sent.header("Location").unwrap().to_owned();
    assert_eq!(sign_in, "/en/admin/login/?next=%2Fen%2Fadmin%2Fcore%2Fusermodel%2F");
    let form = stranger.get(&sign_in).await.is(200);
    let (secret, token) = (form.cookie("csrftoken").expect("a key"), token(&form.text()));
    let visitor = stranger.cookie("csrftoken", &secret);
    let fields = [
        ("csrfmiddlewaretoken", token.as_str()),
        ("username", "owner"),
        ("password", PASSWORD),
        ("next", PAGE),
    ];
    let entered = visitor.form("/en/admin/login/", &fields).await.is(302);
    assert_eq!(entered.header("Location"), Some(PAGE));
    let session = entered.cookie("sessionid").expect("a session");

    let inside = app.stranger().cookie("sessionid", &session);
    let page = inside.get(PAGE).await.is(200).text();
    let token = super::staff::token(&page);
    inside.get("/en/admin/logout/").await.is(405);
    let left = inside.form("/en/admin/logout/", &[("csrfmiddlewaretoken", &token)]).await.is(200);
    assert_eq!(left.header("Clear-Site-Data"), Some("\"cache\", \"storage\""));
    inside.get(PAGE).await.is(302);
}

#[rocket::async_test]
async fn twelve_wrong_passwords_are_held_up_and_others_are_not() {
    let app = TestApp::start().await;
    superuser(&app, "owner").await;
    let form = app.stranger().get("/en/admin/login/").await;
    let (secret, token) = (form.cookie("csrftoken").unwrap(), token(&form.text()));
    let attempt = async |address: &str, password: &str| {
        let visitor = app.stranger().from(address).cookie("csrftoken", &secret);
        let fields = [("csrfmiddlewaretoken", token.as_str()), ("username", "owner"), ("password", password)];
        visitor.form("/en/admin/login/", &fields).await
    };
    // Whoever has been here before is not held up by what others do to the account.
    attempt("198.51.100.7", PASSWORD).await.is(302);
    let mut held_up = 0;
    for _ in 0..12 {
        let answer = attempt("203.0.113.9", "wrong").await;
        if answer.status.code == 429 {
            held_up += 1;
            assert!(answer.header("Retry-After").is_some());
        } else {
            assert!(answer.is(200).text().contains("Please enter the correct username and password"));
        }
    }
    assert!(held_up >= 6, "{held_up}");
    attempt("198.51.100.7", PASSWORD).await.is(302);
}

#[rocket::async_test]
async fn the_header_opens_the_dashboard_to_developers_alone() {
    let app = TestApp::with("DEVELOPERS", "dev1").start().await;
    app.user("dev1").get("/en/admin/").await.is(200);
    let other = app.user("alice1").get("/en/admin/").await.is(302);
    assert!(other.header("Location").unwrap().starts_with("/en/admin/login/"));
    let elsewhere = app.stranger().header("UID", "dev1").get("/en/admin/").await;
    assert_ne!(elsewhere.status.code, 200, "an address that is no proxy");
    let page = app.user("alice1").get("/en/admin/login/").await.is(200).text();
    assert!(page.contains("but are not authorized to access this page"));
}

#[rocket::async_test]
async fn the_header_does_not_take_a_password_session_over() {
    let app = TestApp::start().await;
    let member = with(&app, "reviewer", &["chat.view_feedback"]).await;
    let both = member.actor.clone().from("127.0.0.1").header("UID", "alice1");
    both.get("/en/admin/chat/feedback/").await.is(200);
}

#[rocket::async_test]
async fn a_demoted_or_inactive_account_is_out_at_once() {
    use sea_orm::Set;
    let app = TestApp::start().await;
    owner(&app).await;
    for change in [true, false] {
        let name = if change { "staff1" } else { "staff2" };
        let member = with(&app, name, &["chat.view_feedback"]).await;
        member.get("/en/admin/chat/feedback/").await.is(200);
        let mut row =
            chatdku::accounts::user::ActiveModel { id: Set(member.account.id), ..Default::default() };
        if change {
            row.is_active = Set(false);
        } else {
            row.is_staff = Set(false);
        }
        crate::support::staff::change(&app, row).await;
        member.get("/en/admin/chat/feedback/").await.is(302);
    }
}

#[rocket::async_test]
async fn paths_without_a_language_lead_to_the_readers_own() {
    let app = TestApp::start().await;
    for (accept, base) in [("zh-CN", "/zh-hans/admin"), ("en", "/en/admin"), ("fr", "/en/admin")] {
        let reader = app.stranger().header("Accept-Language", accept);
        let answer = reader.get("/admin/chat/feedback/?q=a").await.is(302);
        assert_eq!(answer.header("Location"), Some(format!("{base}/chat/feedback/?q=a").as_str()));
    }
    app.stranger().get("/fr/admin/").await.is(404);
}

#[rocket::async_test]
async fn both_languages_have_every_word() {
    use chatdku::platform::locale::Language;
    let app = TestApp::start().await;
    let site = app.client.rocket().state::<chatdku::admin::Site>().unwrap();
    for language in [Language::English, Language::Chinese] {
        assert_eq!(site.missing_labels(language), Vec::<String>::new(), "{language:?}");
    }
}
