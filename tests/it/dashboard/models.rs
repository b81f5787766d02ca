//! Our models: that each list, row, export and history is there in both languages, and what is special about each.

use std::collections::BTreeSet;

use chatdku::accounts::{permission, user};
use scraper::{Html, Selector};
use sea_orm::EntityTrait;

use super::staff::{owner, with};
use crate::support::TestApp;

const MODELS: [&str; 22] = [
    "chat/usersession",
    "chat/chatmessages",
    "chat/feedback",
    "core/document",
    "core/chunk",
    "core/uploadedfile",
    "core/major",
    "core/majorrequirement",
    "core/prerequisite",
    "core/classsection",
    "core/curriculumcourse",
    "core/job",
    "core/mail",
    "core/usermodel",
    "auth/group",
    "django_celery_beat/periodictask",
    "django_celery_beat/crontabschedule",
    "django_celery_beat/intervalschedule",
    "django_celery_beat/clockedschedule",
    "django_celery_beat/solarschedule",
    "django_celery_results/taskresult",
    "django_celery_results/groupresult",
];

#[rocket::async_test]
async fn every_list_is_there_with_every_filter_in_both_languages() {
    let app = TestApp::start().await;
    app.campus(&[("visa.md", "# Visa letters\n\nThe office issues visa letters within five days.")]).await;
    let chief = owner(&app).await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    alice.ask(&id, "How do I get a visa letter?", &[]).await.is(200);
    for base in ["/en/admin", "/zh-hans/admin"] {
        for model in MODELS.into_iter().chain(["core/auditentry"]) {
            // Nobody reads so many pages in a minute.
            app.clock.advance(chrono::TimeDelta::minutes(1));
            let page = chief.get(&format!("{base}/{model}/?_facets=True")).await.is(200).text();
            let html = Html::parse_document(&page);
            let links = Selector::parse(".filters li a, .hierarchy a, th .sort").unwrap();
            let links: Vec<String> =
                html.select(&links).filter_map(|link| link.attr("href")).map(str::to_owned).collect();
            for link in links {
                let query = link.trim_start_matches('.');
                let answer = chief.get(&format!("{base}/{model}/{query}")).await;
                assert_eq!(answer.status.code, 200, "{model} {query}");
            }
            chief.get(&format!("{base}/{model}/?q=visa")).await.is(200);
        }
    }
}

#[rocket::async_test]
async fn a_conversation_is_read_with_its_sources_and_that_is_noted() {
    let app = TestApp::start().await;
    app.campus(&[("visa.md", "# Visa letters\n\nThe office issues visa letters within five days.")]).await;
    let reviewer = with(&app, "reviewer", &["chat.view_usersession", "chat.view_chatmessages"]).await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    alice.ask(&id, "How do I get a visa letter?", &[]).await.is(200);
    let page = reviewer.get(&format!("/en/admin/chat/usersession/{id}/conversation/")).await.is(200).text();
    let html = Html::parse_document(&page);
    let count = |selector: &str| html.select(&Selector::parse(selector).unwrap()).count();
    assert_eq!((count(".turn.question"), count(".turn.answer")), (1, 1));
    assert!(count(".source-list blockquote") >= 1);
    assert!(count(".stages li") >= 1);
    let events = chatdku::platform::audit::Entity::find().all(app.app().store.read()).await.unwrap();
    let opened = events.iter().filter(|entry| entry.event == "conversation.opened").count();
    assert_eq!(opened, 1);
}

#[rocket::async_test]
async fn feedback_is_reviewed_and_nothing_else_of_it_changes() {
    let app = TestApp::start().await;
    let reviewer = with(&app, "reviewer", &["chat.change_feedback"]).await;
    let rating = serde_json::json!({
        "userInput": "How?", "botAnswer": "So.", "feedbackReason": "not_clear", "chatHistoryId": "none",
    });
    app.user("alice1").post("/api/feedback", rating).await.is(201);
    let fields = [("state", "fixed"), ("note", "Mended."), ("user_input", "forged"), ("_save", "1")];
    reviewer.post("/en/admin/chat/feedback/1/change/", &fields).await.is(302);
    let row = chatdku::chat::tables::Feedback::find().one(app.app().store.read()).await.unwrap().unwrap();
    assert_eq!((row.note.as_deref(), row.user_input.as_str()), (Some("Mended."), "How?"));
    reviewer.get("/en/admin/chat/feedback/add/").await.is(403);
    let history = reviewer.get("/en/admin/chat/feedback/1/history/").await.is(200).text();
    assert!(
        history.contains("Changed State and Note.") || history.contains("Changed Note and State."),
        "{history}"
    );
}

#[rocket::async_test]
async fn a_local_account_is_made_in_two_steps() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let add = "/en/admin/core/usermodel/add/";
    let bad = [
        ("username", "new one"),
        ("usable_password", "true"),
        ("password1", "short"),
        ("password2", "other"),
    ];
    let page = chief.post(add, &bad).await.is(200).text();
    assert!(page.contains("The two password fields didn’t match."));
    let good = [
        ("username", "new one"),
        ("usable_password", "true"),
        ("password1", "violet anchor 7 mesa"),
        ("password2", "violet anchor 7 mesa"),
        ("_save", "1"),
    ];
    let answer = chief.post(add, &good).await.is(302);
    let location = answer.header("Location").unwrap().to_owned();
    assert!(location.ends_with("/change/"), "{location}");
    let made = user::named(app.app().store.read(), "new one").await.unwrap().unwrap();
    assert!(made.is_staff && made.is_active && !made.is_superuser && made.password.starts_with("argon2"));
    let taken = chief.post(add, &good).await.is(200).text();
    assert!(taken.contains("A user with that username already exists."));
}

#[rocket::async_test]
async fn one_gives_only_permissions_that_one_holds() {
    let app = TestApp::start().await;
    let clerk =
        with(&app, "clerk", &["core.change_usermodel", "core.view_usermodel", "chat.view_feedback"]).await;
    let other = with(&app, "other", &[]).await;
    let permissions =
        chatdku::accounts::permission::Entity::find().all(app.app().store.read()).await.unwrap();
    let id = |code: &str| permissions.iter().find(|row| row.codename == code).unwrap().id.to_string();
    let page = format!("/en/admin/core/usermodel/{}/change/", other.account.id.0);
    let base = [("is_active", "on"), ("is_staff", "on")];
    let delete = id("delete_feedback");
    let refused = clerk.post(&page, &[base[0], base[1], ("user_permissions", &delete)]).await.is(200).text();
    assert!(refused.contains("chat.delete_feedback"), "{refused}");
    let view = id("view_feedback");
    clerk.post(&page, &[base[0], base[1], ("user_permissions", &view), ("_save", "1")]).await.is(302);
    other.get("/en/admin/chat/feedback/").await.is(200);
}

#[rocket::async_test]
async fn a_campus_user_is_found_by_the_netid_that_is_stored_nowhere() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    app.user("alice1").get("/user").await.is(200);
    app.user("bob2").get("/user").await.is(200);
    let page = chief.get("/en/admin/core/usermodel/?q=alice1").await.is(200).text();
    let rows = Selector::parse(".list-table tbody tr").unwrap();
    assert_eq!(Html::parse_document(&page).select(&rows).count(), 1);
}

#[rocket::async_test]
async fn a_document_is_described_anew_and_removed() {
    let app = TestApp::start().await;
    app.campus(&[("visa.md", "# Visa letters\n\nThe office issues visa letters within five days.")]).await;
    let chief = owner(&app).await;
    let page = "/en/admin/core/document/1/change/";
    let backwards = [("title", "Letters"), ("valid_from", "2026-05-01"), ("valid_to", "2026-04-01")];
    assert!(
        chief
            .post(page, &backwards)
            .await
            .is(200)
            .text()
            .contains("This date is before the one from which the document holds.")
    );
    let good = [
        ("title", "Letters"),
        ("url", "https://example.edu/letters"),
        ("valid_from", ""),
        ("valid_to", ""),
        ("_save", "1"),
    ];
    chief.post(page, &good).await.is(302);
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let answer = alice.ask(&id, "How do I get a visa letter?", &["ChatDKU"]).await.is(200).text();
    assert!(answer.contains("Letters"), "{answer}");
    chief.post("/en/admin/core/document/1/delete/", &[("post", "yes")]).await.is(302);
    assert!(
        chatdku::knowledge::tables::Document::find().one(app.app().store.read()).await.unwrap().is_none()
    );
}

#[rocket::async_test]
async fn a_chart_is_a_file_too() {
    let app = TestApp::start().await;
    let owner = owner(&app).await;
    app.user("alice1").get("/user/upload").await.is(200);
    let file = owner.get("/en/admin/?period=7d&csv=overview-questions").await.is(200);
    assert!(file.header("Content-Type").unwrap_or_default().starts_with("text/csv"));
    let text = file.text();
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!((lines[0], lines.len()), ("When,Questions", 8), "{text}");
    assert!(lines[1].ends_with(",0"), "{text}");
    owner.get("/en/admin/?csv=nothing").await.is(404);
    let reader = with(&app, "reader", &["chat.view_feedback"]).await;
    reader.get("/en/admin/?csv=overview-questions").await.is(404);
    reader.get("/en/admin/?csv=overview-feedback").await.is(200);
}

#[rocket::async_test]
async fn every_permission_has_a_box_of_its_own() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let page = chief.get("/en/admin/auth/group/add/").await.is(200).text();
    let html = Html::parse_document(&page);
    let boxes = Selector::parse(".permissions input[name=permissions]").unwrap();
    let offered: BTreeSet<String> =
        html.select(&boxes).filter_map(|place| place.attr("value")).map(str::to_owned).collect();
    let there = permission::Entity::find().all(app.app().store.read()).await.unwrap();
    let there: BTreeSet<String> = there.iter().map(|permission| permission.id.to_string()).collect();
    assert!(there.len() > 40);
    assert_eq!(offered, there);
    let labels: BTreeSet<&str> = html.select(&boxes).filter_map(|place| place.attr("aria-label")).collect();
    assert_eq!(labels.len(), offered.len(), "each box says which one it is");
}
