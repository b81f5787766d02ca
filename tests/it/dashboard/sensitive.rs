//! Steps that give somebody power, or somebody else's account away, ask for the password once more.

use chatdku::accounts::{group, local, permission, user};
use chrono::Duration;
use sea_orm::{EntityTrait, PaginatorTrait, QueryFilter};

use super::staff::{Member, owner};
use crate::support::{TestApp, staff::PASSWORD};


async fn clerk(app: &TestApp) -> user::Model {
    let hash = local::hashed(&app.app().hasher, "clerk", None, PASSWORD.to_owned()).await.unwrap();
    let store = &app.app().store;
    store.write(async |tx| local::create(&tx, "clerk", Some(hash)).await).await.unwrap()
}

/// A superuser whose password was given too long ago.
async fn owner_of_old(app: &TestApp) -> Member {
    let owner = owner(app).await;
    app.clock.advance(Duration::minutes(16));
    owner
}

async fn now(app: &TestApp, account: &user::Model) -> user::Model {
    user::by_id(app.app().store.read(), account.id).await.unwrap().unwrap()
}

fn has(page: &str, what: &str) -> bool {
    let html = scraper::Html::parse_document(page);
    html.select(&scraper::Selector::parse(what).unwrap()).next().is_some()
}

fn asks(page: &str) -> bool {
    has(page, "input[name=_password]")
}

#[rocket::async_test]
async fn making_somebody_a_superuser_asks_for_the_password() {
    let app = TestApp::start().await;
    let (owner, clerk) = (owner_of_old(&app).await, clerk(&app).await);
    let page = format!("/en/admin/core/usermodel/{}/change/", clerk.id.0);
    let fields = [("is_active", "on"), ("is_staff", "on"), ("is_superuser", "on"), ("email", ""), ("_save", "1")];
    let with = |password: &'static str| [&fields[..], &[("_password", password)]].concat();

    // What is harmless asks for nothing.
    let harmless = [("is_active", "on"), ("is_staff", "on"), ("wants_reports", "on"), ("_save", "1")];
    owner.post(&page, &harmless).await.is(302);
    let asked = owner.post(&page, &fields).await.is(200).text();
    assert!(asks(&asked), "{asked}");
    assert!(has(&asked, "input[name=is_superuser][checked]"), "what was chosen is not lost");
    let refused = owner.post(&page, &with("not my password")).await.is(200).text();
    assert!(asks(&refused) && !now(&app, &clerk).await.is_superuser);
    owner.post(&page, &with(PASSWORD)).await.is(302);
    assert!(now(&app, &clerk).await.is_superuser);
}

#[rocket::async_test]
async fn another_address_for_somebodys_mails_asks_for_the_password() {
    let app = TestApp::start().await;
    let (owner, clerk) = (owner_of_old(&app).await, clerk(&app).await);
    let page = format!("/en/admin/core/usermodel/{}/change/", clerk.id.0);
    let fields = [("is_active", "on"), ("is_staff", "on"), ("email", "other@example.edu"), ("_save", "1")];
    assert!(asks(&owner.post(&page, &fields).await.is(200).text()));
    assert_eq!(now(&app, &clerk).await.email, None);
    owner.post(&page, &[&fields[..], &[("_password", PASSWORD)]].concat()).await.is(302);
    assert_eq!(now(&app, &clerk).await.email.as_deref(), Some("other@example.edu"));
    // It was given just now.
    owner.post(&page, &[("is_active", "on"), ("is_staff", "on"), ("_save", "1")]).await.is(302);
    assert_eq!(now(&app, &clerk).await.email, None);
}

#[rocket::async_test]
async fn another_accounts_password_is_not_set_without_ones_own() {
    let app = TestApp::start().await;
    let (owner, clerk) = (owner_of_old(&app).await, clerk(&app).await);
    let page = format!("/en/admin/core/usermodel/{}/password/", clerk.id.0);
    assert!(asks(&owner.get(&page).await.is(200).text()));
    let new = "an Orange kite over 7 roofs";
    let fields = [("password1", new), ("password2", new), ("usable_password", "true"), ("set-password", "1")];
    for password in [None, Some("not my password")] {
        let fields: Vec<_> = fields.into_iter().chain(password.map(|given| ("_password", given))).collect();
        assert!(asks(&owner.post(&page, &fields).await.is(200).text()));
        owner.post(&page, &[("unset-password", "1"), ("usable_password", "false")]).await.is(200);
        assert_eq!(now(&app, &clerk).await.password, clerk.password);
    }
    owner.post(&page, &[&fields[..], &[("_password", PASSWORD)]].concat()).await.is(302);
    assert_ne!(now(&app, &clerk).await.password, clerk.password);
}

#[rocket::async_test]
async fn what_a_group_gets_more_of_asks_for_the_password() {
    let app = TestApp::start().await;
    let owner = owner_of_old(&app).await;
    let store = &app.app().store;
    let named = permission::Entity::find().filter(permission::COLUMN.codename.eq("view_feedback"));
    let id = named.one(store.read()).await.unwrap().expect("the permission").id.0.to_string();
    let page = "/en/admin/auth/group/add/";
    let fields = [("name", "Readers"), ("permissions", id.as_str()), ("_save", "1")];
    assert!(asks(&owner.post(page, &fields).await.is(200).text()));
    assert_eq!(group::Entity::find().count(store.read()).await.unwrap(), 0);
    // A group without permissions gives nothing away.
    owner.post(page, &[("name", "Nobody"), ("_save", "1")]).await.is(302);
    owner.post(page, &[&fields[..], &[("_password", PASSWORD)]].concat()).await.is(302);
    assert_eq!(group::Entity::find().count(store.read()).await.unwrap(), 2);
}
