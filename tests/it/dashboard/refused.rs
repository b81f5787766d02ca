//! Whoever is refused leaves an entry in the audit log: what was missing, or where it came from.

use chatdku::platform::audit;
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::staff::{owner, with};
use crate::support::TestApp;

/// What is noted under a name: whose doing, and what was missing.
async fn noted(app: &TestApp, event: &str) -> Vec<(Option<i64>, Value)> {
    let entries = audit::Entity::find().filter(audit::COLUMN.event.eq(event));
    let entries = entries.order_by_asc(audit::Column::Id).all(app.app().store.read()).await.unwrap();
    let said = |entry: audit::Model| (entry.account_id, serde_json::from_str(&entry.detail).unwrap());
    entries.into_iter().map(said).collect()
}

#[rocket::async_test]
async fn a_permission_that_is_missing_is_noted() {
    let app = TestApp::start().await;
    let reviewer = with(&app, "reviewer", &["chat.view_feedback"]).await;
    reviewer.get("/en/admin/chat/feedback/").await.is(200);
    assert_eq!(noted(&app, "permission.refused").await, []);
    reviewer.get("/en/admin/core/usermodel/").await.is(403);
    let one = (Some(reviewer.account.id.0), json!({ "permission": "core.view_usermodel" }));
    assert_eq!(noted(&app, "permission.refused").await, std::slice::from_ref(&one));
    reviewer.get("/en/admin/core/usermodel/").await.is(403);
    assert_eq!(
        noted(&app, "permission.refused").await.len(),
        1,
        "once a minute: nobody fills the disk with it"
    );
    app.clock.advance(chrono::Duration::minutes(1));
    reviewer.get("/en/admin/core/usermodel/").await.is(403);
    assert_eq!(noted(&app, "permission.refused").await, [one.clone(), one]);
}

#[rocket::async_test]
async fn a_form_of_another_site_and_one_without_its_token_are_noted() {
    let app = TestApp::start().await;
    let reviewer = with(&app, "reviewer", &["chat.view_feedback"]).await;
    let by = Some(reviewer.account.id.0);
    reviewer.actor.form("/en/admin/account/end/", &[("session", "x")]).await.is(403);
    assert_eq!(noted(&app, "csrf.refused").await, [(by, json!({ "what": "token" }))]);
    app.clock.advance(chrono::Duration::minutes(1));
    let elsewhere = reviewer.actor.clone().header("Sec-Fetch-Site", "cross-site");
    elsewhere.form("/en/admin/account/end/", &[("session", "x")]).await.is(403);
    assert_eq!(noted(&app, "csrf.refused").await[1..], [(by, json!({ "what": "origin" }))]);
}

#[rocket::async_test]
async fn what_is_for_staff_alone_notes_who_else_asks_for_it() {
    let app = TestApp::start().await;
    app.user("alice1").get("/doc/schema").await.is(403);
    let noted = noted(&app, "permission.refused").await;
    assert_eq!(noted.len(), 1);
    assert!(noted[0].0.is_some() && noted[0].1 == json!({ "permission": "staff" }), "{noted:?}");
}

#[rocket::async_test]
async fn nobody_changes_the_audit_log() {
    let app = TestApp::start().await;
    let owner = owner(&app).await;
    let entry = audit::Entity::find().one(app.app().store.read()).await.unwrap().expect("the sign-in");
    let list = "/en/admin/core/auditentry/";
    let page = format!("{list}{}/", entry.id);
    owner.get(&format!("{page}change/")).await.is(200);
    owner.post(&format!("{page}change/"), &[("event", "nothing")]).await.is(403);
    owner.post(&format!("{page}delete/"), &[("post", "yes")]).await.is(403);
    owner.get(&format!("{list}add/")).await.is(403);
    let id = entry.id.to_string();
    let all = [("action", "delete_selected"), ("_selected_action", id.as_str()), ("post", "yes")];
    owner.post(list, &all).await.is(403);
    let after = audit::Entity::find_by_id(entry.id).one(app.app().store.read()).await.unwrap();
    assert_eq!(after, Some(entry));
}
