//! Turning it on, new recovery codes, turning it off.

use chatdku::accounts::second_factor::{factor, recovery_code};
use chrono::Duration;
use sea_orm::{EntityTrait, PaginatorTrait};

use super::{PAGE, Visitor, audited, code, protected, shown_codes, shown_key, texts, texts_of, with_address};
use crate::support::{
    TestApp,
    staff::{PASSWORD, sign_in, superuser},
};

#[rocket::async_test]
async fn a_right_code_turns_it_on_and_shows_the_recovery_codes_once() {
    let app = TestApp::start().await;
    let root = superuser(&app, "root1").await;
    let elsewhere = sign_in(&app, &app.stranger(), "root1", PASSWORD).await.unwrap();
    let visitor = Visitor::new(&app);
    visitor.password("root1", PASSWORD).await.is(302);
    let before = visitor.cookie("sessionid").unwrap();
    let page = visitor.step("begin", &[]).await.is(200).text();
    let key = shown_key(&page);
    assert_eq!(texts_of(&page, "svg.qr path", "d").len(), 1);
    assert!(texts_of(&page, "a[href^='otpauth://totp/ChatDKU:root1?secret=']", "href").len() == 1);
    assert!(factor::confirmed(app.app().store.read(), root.id).await.unwrap().is_none(), "not yet");
    assert!(visitor.is_inside().await);

    let wrong = visitor.post(PAGE, &[("step", "confirm"), ("code", "000000")]).await.is(200).text();
    assert_eq!(*shown_key(&wrong).text(), *key.text(), "the same secret again");
    assert_eq!(texts(&wrong, ".errors").len(), 1);
    let right = code(&app, &key, 0);
    let shown = visitor.post(PAGE, &[("step", "confirm"), ("code", &right)]).await.is(200).text();
    let codes = shown_codes(&shown);
    assert_eq!(codes.len(), 10);
    assert_ne!(visitor.cookie("sessionid").unwrap(), before, "the session goes on under a new token");
    assert!(visitor.is_inside().await);
    let other = app.stranger().cookie("sessionid", &elsewhere);
    other.get("/en/admin/").await.is(302);

    let later = visitor.get(PAGE).await.is(200).text();
    assert!(codes.iter().all(|code| !later.contains(code.as_str())) && !later.contains(&key.grouped()));
    assert!(later.contains("You have 10 recovery codes left."));
    assert_eq!(audited(&app, "second_factor.on").await[0].account_id, Some(root.id.0));
    let again = visitor.post(PAGE, &[("step", "confirm"), ("code", &right)]).await.is(302);
    assert_eq!(again.header("Location"), Some(PAGE));
    visitor.post(PAGE, &[("step", "begin")]).await.is(200);
    assert_eq!(recovery_code::left(app.app().store.read(), root.id).await.unwrap(), 10);
}

#[rocket::async_test]
async fn the_password_is_asked_for_again_when_it_was_given_long_ago() {
    let app = TestApp::start().await;
    superuser(&app, "root1").await;
    let visitor = Visitor::new(&app);
    visitor.password("root1", PASSWORD).await.is(302);
    app.clock.advance(Duration::minutes(16));
    let page = visitor.get(PAGE).await.is(200).text();
    assert_eq!(texts_of(&page, "input[name=_password]", "autocomplete"), ["current-password"]);
    for fields in [&[][..], &[("_password", "a guess")]] {
        let asked = visitor.step("begin", fields).await.is(200).text();
        assert!(texts(&asked, "code.key").is_empty() && texts(&asked, ".errors").len() == 1);
    }
    let page = visitor.step("begin", &[("_password", PASSWORD)]).await.is(200).text();
    let key = shown_key(&page);
    // A long look for the phone.
    app.clock.advance(Duration::minutes(16));
    let confirm = [("step", "confirm"), ("code", &*code(&app, &key, 0))];
    let asked = visitor.post(PAGE, &confirm).await.is(200).text();
    assert_eq!(*shown_key(&asked).text(), *key.text());
    let on = visitor.post(PAGE, &[&confirm[..], &[("_password", PASSWORD)]].concat()).await.is(200).text();
    assert_eq!(shown_codes(&on).len(), 10);
}

#[rocket::async_test]
async fn a_secret_waits_for_an_hour_and_for_the_last_one_who_asked() {
    let app = TestApp::start().await;
    superuser(&app, "root1").await;
    let visitor = Visitor::new(&app);
    visitor.password("root1", PASSWORD).await.is(302);
    let first = shown_key(&visitor.step("begin", &[]).await.is(200).text());
    app.clock.advance(Duration::seconds(1));
    let second = shown_key(&visitor.step("begin", &[]).await.is(200).text());
    let confirm = async |key| {
        visitor
            .post(PAGE, &[("step", "confirm"), ("_password", PASSWORD), ("code", &code(&app, key, 0))])
            .await
    };
    assert!(shown_codes(&confirm(&first).await.is(200).text()).is_empty(), "another took its place");
    for _ in 0..3 {
        app.clock.advance(Duration::minutes(20));
        visitor.get("/en/admin/").await.is(200);
    }
    confirm(&second).await.is(302);
    app.ask_for("housekeeping").await;
    app.work().await;
    assert_eq!(factor::Entity::find().count(app.app().store.read()).await.unwrap(), 0);
}

#[rocket::async_test]
async fn turning_it_off_takes_the_password_and_a_code() {
    let app = TestApp::start().await;
    let person = protected(&app, "root1").await;
    let (visitor, db) = (&person.visitor, app.app().store.read());
    for fields in [
        &[][..],
        &[("_password", PASSWORD)],
        &[("_password", "a guess"), ("_code", &person.code(0))],
        &[("_code", &person.code(0))],
        &[("_password", PASSWORD), ("_code", "000000")],
    ] {
        let page = visitor.step("off", fields).await.is(200).text();
        assert_eq!(texts(&page, ".errors").len(), 1, "{fields:?}");
        assert!(factor::confirmed(db, person.account.id).await.unwrap().is_some(), "{fields:?}");
    }
    app.clock.advance(Duration::minutes(2));
    let good = [("_password", PASSWORD), ("_code", &*person.code(0))];
    visitor.step("off", &good).await.is(302);
    assert_eq!(factor::Entity::find().count(db).await.unwrap(), 0);
    assert_eq!(recovery_code::Entity::find().count(db).await.unwrap(), 0);
    assert!(visitor.get(PAGE).await.is(200).text().contains("The second factor was turned off"));
    assert_eq!(audited(&app, "second_factor.off").await.len(), 1);
    sign_in(&app, &app.stranger(), "root1", PASSWORD).await.expect("the password alone");
}

#[rocket::async_test]
async fn new_recovery_codes_make_the_old_ones_void() {
    let app = TestApp::start().await;
    let person = protected(&app, "root1").await;
    // Who has lost the app has these.
    let fields = [("_password", PASSWORD), ("_recovery_code", &*person.codes[0])];
    let shown = person.visitor.step("codes", &fields).await.is(200).text();
    let codes = shown_codes(&shown);
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| !person.codes.contains(code)));
    let visitor = Visitor::new(&app);
    visitor.password("root1", PASSWORD).await.is(302);
    visitor.code(&person.codes[1]).await.is(200);
    visitor.code(&codes[1]).await.is(302);
    assert_eq!(audited(&app, "second_factor.new_codes").await.len(), 1);
    assert_eq!(audited(&app, "second_factor.recovery_code_used").await.len(), 2);
}

#[rocket::async_test]
async fn a_person_hears_of_what_was_done_to_their_factor() {
    let app = TestApp::start().await;
    let root = superuser(&app, "root1").await;
    let root = with_address(&app, &root).await;
    let person = super::turned_on(&app, root).await;
    let visitor = Visitor::new(&app);
    visitor.password("root1", PASSWORD).await.is(302);
    visitor.code(&person.codes[0]).await.is(302);
    visitor.step("codes", &[("_password", PASSWORD), ("_code", &person.code(0))]).await.is(200);
    visitor.step("off", &[("_password", PASSWORD), ("_code", &person.code(1))]).await.is(302);
    app.work().await;
    let mails = chatdku::mail::Entity::find().all(app.app().store.read()).await.unwrap();
    let mut subjects: Vec<&str> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    subjects.sort_unstable();
    assert_eq!(
        subjects,
        [
            "ChatDKU: a recovery code was used",
            "ChatDKU: new recovery codes",
            "ChatDKU: second factor turned off",
            "ChatDKU: second factor turned on",
        ]
    );
    for mail in &mails {
        assert_eq!(mail.recipient, "root1@example.edu");
        assert!(mail.text.contains("If this was not you") && mail.text.contains("如果这不是您本人"));
        assert!(!mail.text.contains("Unknown localization"), "{}", mail.text);
    }
    assert!(mails.iter().any(|mail| mail.text.contains("9 are left")));
}

#[rocket::async_test]
async fn a_developer_who_comes_by_header_is_told_that_it_does_not_apply() {
    let app = TestApp::with("DEVELOPERS", "dev1").start().await;
    let dev = app.user("dev1");
    let page = dev.get(PAGE).await.is(200).text();
    assert!(page.contains("does not apply") && texts_of(&page, "button[name=step]", "value").is_empty());
    let token = texts_of(&page, "input[name=csrfmiddlewaretoken]", "value").pop().unwrap();
    dev.form(PAGE, &[("csrfmiddlewaretoken", &token), ("step", "begin")]).await.is(403);
}
