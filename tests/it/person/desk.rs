//! Staff take out a person's data, and end their sessions.

use chatdku::{
    accounts::{user, web_session},
    platform::audit,
};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{Archive, campus_account, lives_here};
use crate::{
    dashboard::staff::{Member, owner, with},
    support::{
        TestApp,
        staff::{PASSWORD, superuser},
    },
};

async fn noted(app: &TestApp, event: &str) -> Vec<audit::Model> {
    let entries = audit::Entity::find().filter(audit::COLUMN.event.eq(event));
    entries.all(app.app().store.read()).await.unwrap()
}

async fn alice(app: &TestApp) -> user::Model {
    lives_here(app, &app.user("alice1"), "quokka").await;
    campus_account(app).await
}

fn page_of(account: &user::Model, page: &str) -> String {
    format!("/en/admin/core/usermodel/{}/{page}/", account.id.0)
}

async fn links(member: &Member, account: &user::Model) -> (bool, bool) {
    let page = member.get(&page_of(account, "change")).await.is(200).text();
    (page.contains(&page_of(account, "data")), page.contains(&page_of(account, "sessions")))
}

#[rocket::async_test]
async fn a_superuser_takes_out_a_persons_data_with_the_password() {
    let app = TestApp::start().await;
    let owner = owner(&app).await;
    let alice = alice(&app).await;
    assert_eq!(links(&owner, &alice).await, (true, true));
    let page = page_of(&alice, "data");
    assert!(!owner.get(&page).await.is(200).text().contains("name=\"_password\""), "it was given just now");
    let mut archive = Archive::of(&owner.post(&page, &[]).await.is(200).body);
    assert_eq!(archive.json("account.json")["name"], alice.username.as_str());
    assert_eq!(archive.json("conversations.json").as_array().unwrap().len(), 1);

    app.clock.advance(TimeDelta::minutes(16));
    assert!(owner.get(&page).await.is(200).text().contains("name=\"_password\""));
    for (fields, said) in [(vec![], "once more"), (vec![("_password", "wrong")], "incorrectly")] {
        let refused = owner.post(&page, &fields).await.is(200);
        assert_eq!(refused.header("Content-Type"), Some("text/html; charset=utf-8"));
        assert!(refused.text().contains(said), "{}", refused.text());
    }
    assert_eq!(noted(&app, "person.exported").await.len(), 1);
    Archive::of(&owner.post(&page, &[("_password", PASSWORD)]).await.is(200).body);
    let entries = noted(&app, "person.exported").await;
    assert_eq!(entries.len(), 2);
    let last = entries.last().unwrap();
    assert_eq!(last.account_id, Some(owner.account.id.0));
    assert_eq!(last.object_key.as_deref(), Some(alice.id.0.to_string().as_str()));
}

#[rocket::async_test]
async fn it_takes_a_right_of_its_own_and_no_superusers_data_without_being_one() {
    let app = TestApp::start().await;
    let alice = alice(&app).await;
    let chief = superuser(&app, "chief").await;
    let clerk = with(&app, "clerk", &["core.view_usermodel"]).await;
    let officer = with(&app, "officer", &["core.view_usermodel", "core.disclose_usermodel"]).await;
    for (member, status) in [(&clerk, 403), (&officer, 200)] {
        member.get(&page_of(&alice, "data")).await.is(status);
        member.post(&page_of(&alice, "data"), &[]).await.is(status);
    }
    officer.get(&page_of(&chief, "data")).await.is(403);
    officer.post(&page_of(&chief, "data"), &[]).await.is(403);
    assert_eq!(noted(&app, "person.exported").await.len(), 1);
    officer.get("/en/admin/core/usermodel/999999/data/").await.is(404);
}

#[rocket::async_test]
async fn staff_see_where_somebody_is_signed_in_and_end_it() {
    let app = TestApp::start().await;
    let owner = owner(&app).await;
    let first = app.user("alice1").get("/").await.cookie("sessionid").unwrap();
    let second = app.user("alice1").get("/").await.cookie("sessionid").unwrap();
    let alice = alice(&app).await;
    let live = async || {
        let all = web_session::Entity::find().filter(web_session::COLUMN.account_id.eq(alice.id));
        all.all(app.app().store.read()).await.unwrap()
    };
    assert!(live().await.len() >= 2);
    let page = page_of(&alice, "sessions");
    let text = owner.get(&page).await.is(200).text();
    assert!(text.contains("127.0.0.0/24") && text.contains("Campus sign-on"), "{text}");
    let by_cookie = async |session: &str| {
        let actor = app.stranger().cookie("sessionid", session);
        actor.get("/api/c").await.status.code
    };
    assert_eq!((by_cookie(&first).await, by_cookie(&second).await), (200, 200));
    let tokens: Vec<String> = live().await.into_iter().map(|row| row.token_hash).collect();
    owner.post(&page, &[("session", &tokens[0])]).await.is(302);
    assert_eq!(live().await.len(), tokens.len() - 1);
    // That of somebody else is not ended from here.
    let own = web_session::Entity::find().filter(web_session::COLUMN.account_id.eq(owner.account.id));
    let own = own.one(app.app().store.read()).await.unwrap().unwrap();
    owner.post(&page, &[("session", &own.token_hash)]).await.is(302);
    owner.get(&page).await.is(200);
    owner.post(&page, &[]).await.is(302);
    assert!(live().await.is_empty());
    assert!(owner.get(&page).await.is(200).text().contains("signed in nowhere"));
    // A copy in Redis is believed for less than a second.
    let began = std::time::Instant::now();
    while (by_cookie(&first).await, by_cookie(&second).await) != (401, 401) {
        assert!(began.elapsed().as_secs() < 20, "the sessions go on");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(noted(&app, "session.ended").await.len(), 3);

    let clerk = with(&app, "clerk", &["core.view_usermodel"]).await;
    clerk.get(&page).await.is(403);
    clerk.post(&page, &[]).await.is(403);
    let helper = with(&app, "helper", &["core.change_usermodel"]).await;
    helper.get(&page).await.is(200);
    helper.get(&page_of(&owner.account, "sessions")).await.is(403);
    helper.post(&page_of(&owner.account, "sessions"), &[]).await.is(403);
}
