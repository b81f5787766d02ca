//! What those who run the service do about other people's factors: see them, take them away, demand them.

use chatdku::accounts::{
    UserId,
    second_factor::{factor, recovery_code},
    user,
};
use chrono::Duration;
use sea_orm::{EntityTrait, PaginatorTrait, Set};

use super::{
    LOGIN, PAGE, Visitor, audited, code, protected, shown_codes, shown_key, texts, turned_on, with_address,
};
use crate::{
    dashboard::staff::{owner, with},
    support::{
        Program, TestApp,
        staff::{PASSWORD, sign_in, superuser},
    },
};

fn page_of(account: &user::Model) -> String {
    format!("/en/admin/core/usermodel/{}/second_factor/", account.id.0)
}

async fn is_on(app: &TestApp, account: UserId) -> bool {
    factor::confirmed(app.app().store.read(), account).await.unwrap().is_some()
}

#[rocket::async_test]
async fn a_superuser_resets_anothers_factor_and_nobody_else_does() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let person = turned_on(&app, with_address(&app, &superuser(&app, "root1").await).await).await;
    let page = page_of(&person.account);
    let change_page = format!("/en/admin/core/usermodel/{}/change/", person.account.id.0);
    let rights = ["core.view_usermodel", "core.change_usermodel", "core.delete_usermodel"];
    let member = with(&app, "member", &rights).await;
    member.get(&page).await.is(403);
    member.post(&page, &[]).await.is(403);
    let plain = with(&app, "plain", &[]).await;
    let of_plain = format!("/en/admin/core/usermodel/{}/", plain.account.id.0);
    member.post(&format!("{of_plain}second_factor/"), &[]).await.is(403);
    let seen = member.get(&format!("{of_plain}change/")).await.is(200).text();
    assert!(!seen.contains("second_factor/\">Reset"), "no button for what one may not do");
    assert!(is_on(&app, person.account.id).await);

    let seen = chief.get(&change_page).await.is(200).text();
    assert!(seen.contains(&page), "the button");
    let own = chief.get(&format!("/en/admin/core/usermodel/{}/change/", chief.account.id.0)).await.text();
    assert!(!own.contains(&page_of(&chief.account)));
    chief.post(&page_of(&chief.account), &[]).await.is(400);
    assert!(chief.get(&page).await.is(200).text().contains("root1"));
    // The password was given more than fifteen minutes ago.
    app.clock.advance(Duration::minutes(11));
    let asked = chief.post(&page, &[]).await.is(200).text();
    assert_eq!(texts(&asked, ".errors").len(), 1);
    chief.post(&page, &[("_password", "a guess")]).await.is(200);
    assert!(is_on(&app, person.account.id).await);
    chief.post(&page, &[("_password", PASSWORD)]).await.is(302);
    assert!(!is_on(&app, person.account.id).await);
    assert_eq!(recovery_code::Entity::find().count(app.app().store.read()).await.unwrap(), 0);
    assert!(!person.visitor.is_inside().await, "their sessions have ended");
    sign_in(&app, &app.stranger(), "root1", PASSWORD).await.expect("the password alone");
    let noted = audited(&app, "second_factor.reset").await;
    assert_eq!(noted[0].account_id, Some(chief.account.id.0));
    assert_eq!(noted[0].object_key, Some(person.account.id.0.to_string()));
    chief.post(&page, &[]).await.is(302);
    assert_eq!(audited(&app, "second_factor.reset").await.len(), 1, "there was none left");
    app.work().await;
    let mails = chatdku::mail::Entity::find().all(app.app().store.read()).await.unwrap();
    assert!(mails.iter().any(|mail| mail.subject == "ChatDKU: second factor reset"), "{mails:?}");
}

#[rocket::async_test]
async fn whoever_has_a_factor_proves_with_a_code_too() {
    let app = TestApp::start().await;
    let chief = protected(&app, "chief").await;
    let person = protected(&app, "root1").await;
    app.clock.advance(Duration::minutes(6));
    let (page, visitor) = (page_of(&person.account), &chief.visitor);
    let asked = visitor.get(&page).await.is(200).text();
    assert_eq!(super::texts_of(&asked, "input[name=_code]", "autocomplete"), ["one-time-code"]);
    visitor.post(&page, &[("_password", PASSWORD)]).await.is(200);
    visitor.post(&page, &[("_password", PASSWORD), ("_code", &person.code(0))]).await.is(200);
    assert!(is_on(&app, person.account.id).await);
    assert_eq!(audited(&app, "sign_in.not_proven").await.len(), 2);
    visitor.post(&page, &[("_password", PASSWORD), ("_code", &chief.code(0))]).await.is(302);
    assert!(!is_on(&app, person.account.id).await);
}

#[rocket::async_test]
async fn whoever_has_a_factor_takes_out_a_persons_data_with_a_code_too() {
    let app = TestApp::start().await;
    let chief = protected(&app, "chief").await;
    let person = superuser(&app, "root1").await;
    app.clock.advance(Duration::minutes(11));
    let page = format!("/en/admin/core/usermodel/{}/data/", person.id.0);
    let asked = chief.visitor.get(&page).await.is(200).text();
    assert_eq!(super::texts_of(&asked, "input[name=_code]", "autocomplete"), ["one-time-code"]);
    let refused = chief.visitor.post(&page, &[("_password", PASSWORD)]).await.is(200);
    assert_eq!(refused.header("Content-Type"), Some("text/html; charset=utf-8"));
    assert!(audited(&app, "person.exported").await.is_empty());
    let proof = [("_password", PASSWORD), ("_code", &*chief.code(0))];
    let taken = chief.visitor.post(&page, &proof).await.is(200);
    assert_eq!(taken.header("Content-Type"), Some("application/zip"));
    assert_eq!(audited(&app, "person.exported").await.len(), 1);
}

#[rocket::async_test]
async fn the_command_resets_what_nobody_else_can() {
    let program = Program::on_a_database();
    let (made, said) = program.run(&["resetsecondfactor", "nobody1"]);
    assert!(!made && said.contains("no local account of this name"), "{said}");
    let store = program.store().await;
    let account = store.write(async |tx| user::create_staff(&tx, "root1", "!").await).await.unwrap();
    let (reset, said) = program.run(&["resetsecondfactor", "root1"]);
    assert!(!reset && said.contains("has no second factor"), "{said}");
    let row = factor::ActiveModel {
        account_id: Set(account.id),
        secret: Set("sealed".to_owned()),
        confirmed_at: Set(Some(crate::support::noon())),
        last_step: Set(None),
        uses: Set(1),
        created_at: Set(crate::support::noon()),
    };
    store.write(async |tx| factor::Entity::insert(row).exec_without_returning(&tx).await).await.unwrap();
    let (reset, said) = program.run(&["resetsecondfactor", "root1"]);
    assert!(reset && said.contains("Second factor reset successfully for user 'root1'"), "{said}");
    assert_eq!(factor::Entity::find().count(store.read()).await.unwrap(), 0);
    store.close_for_good().await.unwrap();
}

#[rocket::async_test]
async fn where_one_is_required_staff_set_it_up_before_anything_else() {
    let app = TestApp::with("SECOND_FACTOR_REQUIRED", "true").set("DEVELOPERS", "dev1").start().await;
    superuser(&app, "root1").await;
    let visitor = Visitor::new(&app);
    visitor.password("root1", PASSWORD).await.is(302);
    for path in ["/en/admin/", "/en/admin/core/usermodel/", "/en/admin/account/", "/en/admin/search/?q=a"] {
        assert_eq!(visitor.get(path).await.is(302).header("Location"), Some(PAGE), "{path}");
    }
    let chinese = visitor.get("/zh-hans/admin/").await.is(302);
    assert_eq!(chinese.header("Location"), Some("/zh-hans/admin/second_factor/"));
    let page = visitor.get(PAGE).await.is(200).text();
    assert!(page.contains("Your account needs a second factor."));
    visitor.post("/en/admin/core/usermodel/add/", &[("username", "sneaked1")]).await.is(302);
    assert!(user::named(app.app().store.read(), "sneaked1").await.unwrap().is_none());
    let key = shown_key(&visitor.step("begin", &[]).await.is(200).text());
    let on = visitor.post(PAGE, &[("step", "confirm"), ("code", &code(&app, &key, 0))]).await.is(200);
    assert_eq!(shown_codes(&on.text()).len(), 10);
    assert!(visitor.is_inside().await);
    app.user("dev1").get("/en/admin/").await.is(200);
    // Out again without one, and the way out is open.
    superuser(&app, "root2").await;
    let other = Visitor::new(&app);
    other.password("root2", PASSWORD).await.is(302);
    other.get(PAGE).await.is(200);
    other.post("/en/admin/logout/", &[]).await.is(200);
    other.get(LOGIN).await.is(200);
}

#[rocket::async_test]
async fn the_list_of_users_shows_who_has_one_and_finds_them() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    protected(&app, "with1").await;
    superuser(&app, "without1").await;
    app.user("alice1").get("/user").await.is(200);
    // One that was never confirmed does not count.
    let begun = superuser(&app, "begun1").await;
    let visitor = Visitor::new(&app);
    visitor.password(&begun.username, PASSWORD).await.is(302);
    visitor.step("begin", &[]).await.is(200);
    let names = async |query: &str| -> Vec<String> {
        let page = chief.get(&format!("/en/admin/core/usermodel/{query}")).await.is(200).text();
        let mut names = texts(&page, ".results tbody th a");
        names.retain(|name| ["with1", "without1", "begun1"].contains(&name.as_str()) || name.contains('…'));
        names.sort();
        names
    };
    assert_eq!(names("?second_factor=on").await, ["with1"]);
    assert_eq!(names("?second_factor=off").await, ["begun1", "without1"], "campus accounts have no password");
    assert_eq!(names("").await.len(), 4);
}
