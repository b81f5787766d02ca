//! The faults of the service this one replaces: one test for each, so that none comes back.

use chatdku::{accounts::user, platform::audit};
use sea_orm::{EntityTrait, PaginatorTrait, QueryFilter};

use super::staff::{owner, with};
use crate::support::{TestApp, pdf};

/// An export was open to every staff account.
#[rocket::async_test]
async fn an_export_needs_its_permission() {
    let app = TestApp::start().await;
    let nobody = with(&app, "plain", &[]).await;
    let viewer = with(&app, "viewer", &["chat.view_chatmessages"]).await;
    for member in [&nobody, &viewer] {
        member.get("/en/admin/chat/chatmessages/export/").await.is(403);
        member
            .post("/en/admin/chat/chatmessages/export/", &[("format", "csv"), ("fields", "id")])
            .await
            .is(403);
    }
}

/// Actions were open to accounts that may only look.
#[rocket::async_test]
async fn an_action_needs_its_permission() {
    let app = TestApp::start().await;
    let viewer = with(&app, "viewer", &["core.view_job", "chat.view_feedback"]).await;
    let page = viewer.get("/en/admin/core/job/").await.is(200).text();
    assert!(!page.contains("name=\"action\""));
    for (list, action) in [
        ("core/job", "redrive"),
        ("core/job", "cancel"),
        ("chat/feedback", "feedback_seen"),
        ("chat/feedback", "delete_selected"),
    ] {
        let fields = [("action", action), ("select_across", "1")];
        viewer.post(&format!("/en/admin/{list}/"), &fields).await.is(403);
    }
}

/// Whoever could delete users could delete a superuser.
#[rocket::async_test]
async fn nobody_deletes_somebody_above_them() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let clerk =
        with(&app, "clerk", &["core.view_usermodel", "core.delete_usermodel", "core.change_usermodel"]).await;
    let page = format!("/en/admin/core/usermodel/{}/delete/", chief.account.id.0);
    clerk.get(&page).await.is(403);
    clerk.post(&page, &[("post", "yes")]).await.is(403);
    clerk.get(&format!("/en/admin/core/usermodel/{}/password/", chief.account.id.0)).await.is(403);
    let own = format!("/en/admin/core/usermodel/{}/delete/", chief.account.id.0);
    chief.post(&own, &[("post", "yes")]).await.is(403);
    assert!(user::by_id(app.app().store.read(), chief.account.id).await.unwrap().is_some());
}

/// The log lost the entries of a deleted author.
#[rocket::async_test]
async fn the_audit_log_outlives_its_authors() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let clerk = with(&app, "clerk", &["auth.add_group"]).await;
    clerk.post("/en/admin/auth/group/add/", &[("name", "Readers"), ("_save", "1")]).await.is(302);
    let delete = format!("/en/admin/core/usermodel/{}/delete/", clerk.account.id.0);
    chief.post(&delete, &[("post", "yes")]).await.is(302);
    assert!(user::by_id(app.app().store.read(), clerk.account.id).await.unwrap().is_none());
    let kept = audit::Entity::find()
        .filter(audit::COLUMN.actor_name.eq("clerk"))
        .filter(audit::COLUMN.event.eq("admin.add"));
    assert_eq!(kept.count(app.app().store.read()).await.unwrap(), 1);
}

/// Cells that begin like a formula were run by spreadsheets.
#[rocket::async_test]
async fn a_formula_is_exported_as_text() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    alice.ask(&id, "=1+1", &[]).await.is(200);
    let fields = [("format", "csv"), ("fields", "message"), ("ours", "1"), ("plain", "1"), ("mark", "1")];
    let file = chief.post("/en/admin/chat/chatmessages/export/", &fields).await.is(200).text();
    assert!(file.starts_with("\u{feff}message\r\n"), "{file}");
    assert!(file.contains("\r\n'=1+1\r\n"), "{file}");
}

/// Signing in without `next` led to a page that is not there.
#[rocket::async_test]
async fn signing_in_leads_somewhere() {
    let app = TestApp::start().await;
    crate::support::staff::superuser(&app, "owner").await;
    let form = app.stranger().get("/en/admin/login/").await;
    let visitor = app.stranger().cookie("csrftoken", &form.cookie("csrftoken").unwrap());
    for (next, target) in
        [("", "/en/admin/"), ("//evil.example/", "/en/admin/"), ("https://evil.example", "/en/admin/")]
    {
        let token = super::staff::token(&form.text());
        let fields = [
            ("csrfmiddlewaretoken", token.as_str()),
            ("username", "owner"),
            ("password", crate::support::staff::PASSWORD),
            ("next", next),
        ];
        let entered = visitor.form("/en/admin/login/", &fields).await.is(302);
        assert_eq!(entered.header("Location"), Some(target));
    }
}

/// All strangers shared one allowance.
#[rocket::async_test]
async fn a_scanner_holds_up_its_own_network_alone() {
    let app = TestApp::with("RATE_LIMIT_DASHBOARD", "3/60").start().await;
    let scanner = app.stranger();
    for _ in 0..3 {
        scanner.get("/en/admin/login/").await.is(200);
    }
    let held_up = scanner.get("/en/admin/login/").await.is(429);
    assert!(held_up.header("Retry-After").is_some());
    app.stranger().from("198.51.100.7").get("/en/admin/login/").await.is(200);
}

/// Files stayed on the disk when their owner was deleted.
#[rocket::async_test]
async fn a_deleted_account_leaves_no_file_behind() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let alice = app.user("alice1");
    alice.upload("a.pdf", &pdf::pages(&[&["Some words to be found"]])).await.is(201);
    app.work().await;
    let media = app.app().config.media_root.clone();
    let files = || {
        walkdir::WalkDir::new(&media)
            .into_iter()
            .flatten()
            .filter(|entry| entry.file_type().is_file())
            .count()
    };
    assert_eq!(files(), 1);
    let account =
        user::Entity::find().filter(user::COLUMN.password.starts_with("!")).one(app.app().store.read());
    let account = account.await.unwrap().unwrap();
    let page = format!("/en/admin/core/usermodel/{}/delete/", account.id.0);
    let asked = chief.get(&page).await.is(200).text();
    assert!(asked.contains("a.pdf"));
    chief.post(&page, &[("post", "yes")]).await.is(302);
    app.work().await;
    assert_eq!(files(), 0);
    let documents = chatdku::knowledge::tables::Document::find().count(app.app().store.read()).await.unwrap();
    assert_eq!(documents, 0);
}

/// Filters were lost and the target was wrong after a deletion.
#[rocket::async_test]
async fn a_deletion_leads_back_to_the_list_it_came_from() {
    let app = TestApp::start().await;
    let clerk = with(&app, "clerk", &["chat.view_feedback", "chat.delete_feedback"]).await;
    let alice = app.user("alice1");
    let rating = serde_json::json!({
        "userInput": "a", "botAnswer": "b", "feedbackReason": "not_clear", "chatHistoryId": "none",
    });
    alice.post("/api/feedback", rating).await.is(201);
    let page = "/en/admin/chat/feedback/1/delete/?_changelist_filters=review%3Dopen%26q%3Da";
    let answer = clerk.post(page, &[("post", "yes")]).await.is(302);
    assert_eq!(answer.header("Location"), Some("/en/admin/chat/feedback/?q=a&review=open"));
}

/// Column numbers in `o` shifted with the permission to act.
#[rocket::async_test]
async fn columns_are_counted_the_same_for_everybody() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let viewer = with(&app, "viewer", &["core.view_usermodel"]).await;
    let sorted = |page: String| {
        let html = scraper::Html::parse_document(&page);
        let head = scraper::Selector::parse("th[aria-sort] .sort").unwrap();
        html.select(&head).map(|link| link.text().collect::<String>().trim().to_owned()).collect::<Vec<_>>()
    };
    let pages = [
        chief.get("/en/admin/core/usermodel/?o=3").await.is(200).text(),
        viewer.get("/en/admin/core/usermodel/?o=3").await.is(200).text(),
    ];
    assert_eq!(pages.map(sorted), [vec!["Staff".to_owned()], vec!["Staff".to_owned()]]);
}

/// Nothing linked to the page that sets another's password.
#[rocket::async_test]
async fn a_local_account_links_to_its_password_page() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let clerk = with(&app, "clerk", &[]).await;
    let id = clerk.account.id.0;
    let page = chief.get(&format!("/en/admin/core/usermodel/{id}/change/")).await.is(200).text();
    assert!(page.contains(&format!("/en/admin/core/usermodel/{id}/password/")));
}

/// Administrators could not change the language.
#[rocket::async_test]
async fn an_administrator_switches_the_language() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let fields = [("language", "zh-hans"), ("next", "/zh-hans/admin/auth/group/?q=a")];
    let answer = chief.post("/i18n/setlang/", &fields).await.is(302);
    assert_eq!(answer.header("Location"), Some("/zh-hans/admin/auth/group/?q=a"));
    assert_eq!(answer.cookie("django_language").as_deref(), Some("zh-hans"));
    let page = chief.get("/zh-hans/admin/auth/group/").await.is(200).text();
    assert!(page.contains("选择要修改的组"));
}

/// Taking a password away was logged as no change.
#[rocket::async_test]
async fn taking_a_password_away_is_in_the_history() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let clerk = with(&app, "clerk", &[]).await;
    let id = clerk.account.id.0;
    let fields = [("usable_password", "false"), ("unset-password", "1")];
    chief.post(&format!("/en/admin/core/usermodel/{id}/password/"), &fields).await.is(302);
    let history = chief.get(&format!("/en/admin/core/usermodel/{id}/history/")).await.is(200).text();
    assert!(!history.contains("No fields changed."), "{history}");
    assert!(history.contains("***"));
}

/// Whoever could edit a row could list all accounts through its picker.
#[rocket::async_test]
async fn a_picker_needs_the_permission_to_look_at_what_it_picks() {
    let app = TestApp::start().await;
    let reviewer = with(&app, "reviewer", &["chat.view_feedback", "chat.change_feedback"]).await;
    let picker = "/en/admin/autocomplete/?app_label=chat&model_name=feedback&field_name=assignee&term=";
    reviewer.get(picker).await.is(403);
    owner(&app).await.get(picker).await.is(200);
}
