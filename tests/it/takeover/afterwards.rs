//! After it: people and staff find what was theirs and go on, and Django can still work on the tables.

use chatdku::{
    accounts::{permission, user},
    uploads,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait};

use super::django::{Django, number, texts};
use crate::support::{
    Actor, TestApp,
    staff::{PASSWORD, sign_in},
};

const DEADLINE: &str = "5b0f4b3a-9a0e-4b7e-8a51-6d1f6c0f0a01";

/// The id and the state of a person's file of this name.
async fn file(person: &Actor, name: &str) -> (String, String) {
    let files = person.get("/user_files").await.is(200).json();
    let found = files.as_array().unwrap().iter().find(|file| file["filename"] == name).cloned();
    let found = found.unwrap_or_else(|| panic!("{name} is not in {files}"));
    (found["id"].as_str().unwrap().to_owned(), found["status"].as_str().unwrap().to_owned())
}

#[rocket::async_test]
async fn people_find_their_conversations_and_go_on() {
    let Some(django) = Django::filled().await else { return };
    let (app, _media) = django.taken_over().app().await;
    app.work().await;
    let alice = app.user("alice1");
    let list = alice.get("/api/c/").await.is(200).json();
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
    assert_eq!(list[0]["title"], "When is the add deadline?");
    let messages = alice.messages(DEADLINE).await;
    assert_eq!(messages[1]["message"], "It is the **tenth** day of classes.");
    assert_eq!((messages[0]["role"].as_str(), messages[1]["role"].as_str()), (Some("user"), Some("bot")));
    alice.ask(DEADLINE, "And the drop deadline?", &[]).await.is(200);
    assert_eq!(alice.messages(DEADLINE).await.len(), 4);
    let rating = serde_json::json!({
        "userInput": "And the drop deadline?", "botAnswer": "?", "feedbackReason": "Unclear", "chatHistoryId": DEADLINE,
    });
    alice.post("/api/feedback", rating).await.is(201);
    app.user("bob22").get(&format!("/api/c/{DEADLINE}/")).await.is(404);
}

#[rocket::async_test]
async fn old_files_are_read_asked_about_handed_back_and_deleted() {
    let Some(django) = Django::filled().await else { return };
    let (app, media) = django.taken_over().app().await;
    let alice = app.user("alice1");
    assert_eq!(file(&alice, "syllabus.pdf").await.1, "queued");
    app.work().await;
    let (id, state) = file(&alice, "syllabus.pdf").await;
    assert_eq!(state, "ready");
    let row = uploads::Entity::find_by_id(id.parse::<i32>().unwrap())
        .one(app.app().store.read())
        .await
        .unwrap()
        .unwrap();
    let path = media.path().join("0b0c6a52-3b1c-4b0e-9a0d-2a8f4f2c7e03/syllabus.pdf");
    assert_eq!(row.stored_name, None);
    assert_eq!(row.size, Some(i64::try_from(std::fs::metadata(&path).unwrap().len()).unwrap()));
    assert_eq!(row.sha256.map(|hash| hash.len()), Some(64));
    let conversation = alice.conversation().await;
    let answer =
        alice.ask(&conversation, "When is the final essay due?", &["syllabus.pdf"]).await.is(200).text();
    assert!(answer.contains("May 4"), "{answer}");
    let bytes = alice.get(&format!("/user_files/{id}/content")).await.is(200).body;
    assert_eq!(bytes, std::fs::read(&path).unwrap());
    app.user("bob22").get(&format!("/user_files/{id}/content")).await.is(404);
    alice.delete(&format!("/user_files/{id}")).await.is(204);
    app.work().await;
    assert!(!path.exists());
}

#[rocket::async_test]
async fn a_name_of_which_only_the_ending_was_left_is_a_name() {
    let Some(django) = Django::filled().await else { return };
    let (app, media) = django.taken_over().app().await;
    app.work().await;
    let bob = app.user("bob22");
    let (id, state) = file(&bob, ".pdf").await;
    assert_eq!(state, "ready");
    assert!(bob.get(&format!("/user_files/{id}/content")).await.is(200).body.starts_with(b"%PDF"));
    bob.delete(&format!("/user_files/{id}")).await.is(204);
    app.work().await;
    assert!(!media.path().join("0b0c6a52-3b1c-4b0e-9a0d-2a8f4f2c7e04/.pdf").exists());
}

#[rocket::async_test]
async fn a_file_that_is_not_on_the_disk_says_so_and_is_read_when_it_comes_back() {
    let Some(django) = Django::filled().await else { return };
    let django = django.taken_over();
    let path = django.media.path().join("0b0c6a52-3b1c-4b0e-9a0d-2a8f4f2c7e03/lost.pdf");
    let (app, _media) = django.app().await;
    app.work().await;
    let alice = app.user("alice1");
    let (id, state) = file(&alice, "lost.pdf").await;
    assert_eq!(state, "missing");
    alice.get(&format!("/user_files/{id}/content")).await.is(404);
    std::fs::write(&path, crate::support::pdf::pages(&[&["It was on a tape."]])).unwrap();
    let (now, id) = (app.clock.now(), id.parse::<i32>().unwrap());
    app.app().store.write(async |tx| uploads::files::reingest(&tx, now, &[id]).await).await.unwrap();
    app.work().await;
    assert_eq!(file(&alice, "lost.pdf").await.1, "ready");
}

#[rocket::async_test]
async fn two_people_may_have_a_file_of_one_name_now() {
    let Some(django) = Django::filled().await else { return };
    let (app, _media) = django.taken_over().app().await;
    let bytes = crate::support::pdf::pages(&[&["Another syllabus."]]);
    let uploaded = app.user("bob22").upload("syllabus.pdf", &bytes).await.is(201).json();
    assert_eq!(uploaded["filename"], "syllabus.pdf");
    let again = app.user("alice1").upload("syllabus.pdf", &bytes).await.is(201).json();
    assert_ne!(again["filename"], "syllabus.pdf", "a person's own names stay apart");
    app.work().await;
}

#[rocket::async_test]
async fn the_sweep_leaves_what_the_original_left_on_the_disk() {
    let Some(django) = Django::filled().await else { return };
    let (app, media) = django.taken_over().app().await;
    app.work().await;
    let failed = media.path().join("0b0c6a52-3b1c-4b0e-9a0d-2a8f4f2c7e04/notes_of_a_failed_upload.pdf");
    let year_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(365 * 24);
    std::fs::File::options().write(true).open(&failed).unwrap().set_modified(year_ago).unwrap();
    app.ask_for("files.sweep").await;
    app.work().await;
    assert!(failed.exists());
}

#[rocket::async_test]
async fn old_passwords_sign_in_and_get_hashes_that_django_reads_too() {
    let Some(django) = Django::filled().await else { return };
    let (app, _media) = django.taken_over().app().await;
    app.work().await;
    let stranger = app.stranger();
    assert!(sign_in(&app, &stranger, "chatdku_admin", "violet anchor 7 mess").await.is_err());
    let session = sign_in(&app, &stranger, "chatdku_admin", PASSWORD).await.expect("a session");
    let row = user::named(app.app().store.read(), "chatdku_admin").await.unwrap().unwrap();
    assert!(row.password.starts_with("argon2$argon2id$v=19$"), "{}", row.password);
    let admin = stranger.clone().cookie("sessionid", &session);
    for page in [
        "",
        "core/usermodel/",
        "chat/usersession/",
        "chat/feedback/",
        "core/uploadedfile/",
        "auth/group/1/change/",
    ] {
        let shown = admin.get(&format!("/en/admin/{page}")).await.is(200).text();
        assert!(shown.contains("chatdku_admin"), "{page} is not of somebody signed in");
    }
    let session = sign_in(&app, &stranger, "reviewer", PASSWORD).await.expect("a session");
    let reviewer = stranger.cookie("sessionid", &session);
    reviewer.get("/en/admin/chat/feedback/").await.is(200);
    reviewer.get("/en/admin/core/usermodel/").await.is(403);
}

#[rocket::async_test]
async fn groups_and_permissions_are_those_that_were_there_with_ours_beside_them() {
    let Some(django) = Django::filled().await else { return };
    let rows = "SELECT id || ' ' || codename AS name FROM auth_permission ORDER BY id";
    let connection = django.connection().await;
    let before = texts(&connection, rows).await;
    connection.close().await.unwrap();
    let (app, _media) = django.taken_over().app().await;
    app.work().await;
    let db = app.app().store.read();
    let after = texts(db, rows).await;
    assert_eq!(after[..before.len()], before, "with their numbers");
    assert!(after.iter().any(|row| row.ends_with(" export_feedback")));
    let twice = "SELECT COUNT(*) AS n FROM
                 (SELECT 1 FROM auth_permission GROUP BY content_type_id, codename HAVING COUNT(*) > 1) AS twice";
    assert_eq!(number(db, twice).await, 0);
    let reviewer = user::named(db, "reviewer").await.unwrap().unwrap();
    let held = permission::held(db, &reviewer).await.unwrap();
    let mut held: Vec<&str> = held.iter().map(String::as_str).collect();
    held.sort_unstable();
    assert_eq!(held, ["chat.view_feedback", "chat.view_usersession"]);
    let groups = texts(db, "SELECT name::text AS name FROM auth_group ORDER BY id").await;
    assert_eq!(groups[0], "Reviewers");
    assert!(groups.contains(&"Feedback reviewers".to_owned()), "{groups:?}");
}

/// A conversation with a cited answer, a new upload, an opinion, a sign-in and a page of the dashboard.
async fn use_it(app: &TestApp) {
    app.work().await;
    let alice = app.user("alice1");
    alice.get("/user").await.is(200);
    alice.ask(DEADLINE, "When is the final essay due?", &["syllabus.pdf"]).await.is(200);
    let bytes = crate::support::pdf::pages(&[&["Office hours are on Tuesday."]]);
    alice.upload("hours.pdf", &bytes).await.is(201);
    app.work().await;
    let conversation = alice.conversation().await;
    alice.ask(&conversation, "When are office hours?", &["hours.pdf"]).await.is(200);
    let rating = serde_json::json!({
        "userInput": "When are office hours?", "botAnswer": "On Tuesday.", "feedbackReason": "helpful", "chatHistoryId": conversation,
    });
    alice.post("/api/feedback", rating).await.is(201);
    let stranger = app.stranger();
    let session = sign_in(app, &stranger, "chatdku_admin", PASSWORD).await.expect("a session");
    stranger.cookie("sessionid", &session).get("/en/admin/core/usermodel/").await.is(200);
    app.work().await;
    let db = app.app().store.read();
    for table in ["citation", "answer_trace", "document", "chunk", "web_session", "audit_entry", "job"] {
        assert!(number(db, &format!("SELECT COUNT(*) AS n FROM {table}")).await > 0, "{table} is not used");
    }
}

/// Sends each of Django's statements in a transaction of its own, as Django does, and says which one fails.
async fn send(connection: &DatabaseConnection, statements: &str) {
    let statements = statements.split("\n\n").map(str::trim);
    for statement in statements.filter(|statement| !statement.is_empty() && !statement.starts_with("--")) {
        let sent = connection.execute_unprepared(&format!("BEGIN; {statement}; COMMIT")).await;
        sent.unwrap_or_else(|error| panic!("{error}: {statement}"));
    }
}

#[rocket::async_test]
async fn django_still_works_on_tables_that_were_taken_over_and_used() {
    let Some(django) = Django::filled().await else { return };
    let url = django.database.settings.url.reveal().to_owned();
    let (app, _media) = django.taken_over().app().await;
    use_it(&app).await;
    let connection = sea_orm::Database::connect(url).await.unwrap();
    send(&connection, include_str!("../fixtures/django_statements.sql")).await;
    let written =
        "SELECT title::text AS name FROM chat_usersession WHERE id = '7c1f4b3a-9a0e-4b7e-8a51-6d1f6c0f0b01'";
    assert_eq!(texts(&connection, written).await, ["Where is the gym?"]);
    // And what Django wrote is there for everybody.
    let dora = app.user("dora4");
    assert_eq!(dora.get("/api/c/").await.is(200).json()[0]["title"], "Where is the gym?");
    assert_eq!(dora.messages("7c1f4b3a-9a0e-4b7e-8a51-6d1f6c0f0b01").await.len(), 2);
    app.ask_for("files.sweep").await;
    app.work().await;
    assert_eq!(file(&dora, "map.pdf").await.1, "missing", "the sweep finds files that Django has registered");
}

#[rocket::async_test]
async fn django_deletes_what_we_have_said_more_about() {
    let Some(django) = Django::filled().await else { return };
    let url = django.database.settings.url.reveal().to_owned();
    let (app, _media) = django.taken_over().app().await;
    use_it(&app).await;
    let connection = sea_orm::Database::connect(url).await.unwrap();
    // As Django collects them: what refers to a row first, then the row.
    let statements = format!(
        "DELETE FROM \"chat_chatmessages\" WHERE \"chat_chatmessages\".\"session_id\" IN ('{DEADLINE}'::uuid);
         DELETE FROM \"chat_usersession\" WHERE \"chat_usersession\".\"id\" IN ('{DEADLINE}'::uuid)

         DELETE FROM \"core_uploadedfile\" WHERE \"core_uploadedfile\".\"id\" IN (1)

         DELETE FROM \"chat_chatmessages\" WHERE \"chat_chatmessages\".\"session_id\" IN
             (SELECT id FROM chat_usersession WHERE user_id IN (1, 3));
         DELETE FROM \"chat_usersession\" WHERE \"chat_usersession\".\"user_id\" IN (1, 3);
         DELETE FROM \"core_uploadedfile\" WHERE \"core_uploadedfile\".\"user_id\" IN (1, 3);
         DELETE FROM \"core_usermodel_groups\" WHERE \"core_usermodel_groups\".\"usermodel_id\" IN (1, 3);
         DELETE FROM \"core_usermodel_user_permissions\" WHERE \"core_usermodel_user_permissions\".\"usermodel_id\" IN (1, 3);
         DELETE FROM \"django_admin_log\" WHERE \"django_admin_log\".\"user_id\" IN (1, 3);
         DELETE FROM \"core_usermodel\" WHERE \"core_usermodel\".\"id\" IN (1, 3)"
    );
    send(&connection, &statements).await;
    for table in ["citation", "answer_trace", "web_session"] {
        assert_eq!(number(&connection, &format!("SELECT COUNT(*) AS n FROM {table}")).await, 0, "{table}");
    }
    let documents = "SELECT COUNT(*) AS n FROM document WHERE owner_id IS NOT NULL AND owner_id <> 4";
    assert_eq!(number(&connection, documents).await, 0);
    // Nothing of it is found any more, and the person can come again.
    let alice = app.user("alice1");
    assert_eq!(alice.get("/user_files").await.is(200).json(), serde_json::json!([]));
    let conversation = alice.conversation().await;
    let answer =
        alice.ask(&conversation, "When is the final essay due?", &["syllabus.pdf"]).await.is(200).text();
    assert!(!answer.contains("May 4"), "{answer}");
}
