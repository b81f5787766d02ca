//! Erasing: afterwards nothing of it is found anywhere.

use chatdku::{
    accounts::user,
    erasure::{self, Rows},
    mail,
    platform::schema,
    uploads,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Statement,
};

use super::{LIBRARY, campus_account, lives_here};
use crate::support::{TestApp, pdf, staff::change};

const ADDRESS: &str = "quokka@example.edu";

/// The columns in which a text stands.
async fn holding(app: &TestApp, text: &str) -> Vec<String> {
    let db = app.app().store.read();
    let schema = schema::read(db).await.unwrap();
    let mut found = Vec::new();
    for (table, columns) in schema.tables.iter().map(|(name, table)| (name, &table.columns)) {
        for column in columns {
            let sql = format!(
                "SELECT COUNT(*) AS found FROM \"{table}\" WHERE LOWER(CAST(\"{}\" AS TEXT)) LIKE '%{text}%'",
                column.name
            );
            let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
            if row.unwrap().try_get::<i64>("", "found").unwrap() > 0 {
                found.push(format!("{table}.{}", column.name));
            }
        }
    }
    found
}

async fn alice(app: &TestApp) -> user::Model {
    let actor = app.user("alice1").header("X-DisplayName", "Quokka Carroll");
    lives_here(app, &actor, "quokka").await;
    let account = campus_account(app).await;
    change(
        app,
        user::ActiveModel { id: Set(account.id), email: Set(Some(ADDRESS.to_owned())), ..Default::default() },
    )
    .await
}

#[rocket::async_test]
async fn nothing_is_left_of_a_person_but_what_the_audit_log_says() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    let account = alice(&app).await;
    // One that could not be read: its job is dead, and would stay until an operator acts.
    app.user("alice1").upload("broken quokka.pdf", b"%PDF-1.7 and no more").await.is(201);
    app.work().await;
    lives_here(&app, &app.user("bob22"), "numbat").await;
    let to = mail::Address::parse(ADDRESS).unwrap();
    let letter = mail::Letter::new("report", "To a quokka", "Good news.").unwrap().to([to]);
    let (now, store) = (app.clock.now(), &app.app().store);
    store.write(async |tx| mail::outbox::enqueue(&tx, &letter, now).await).await.unwrap();
    app.work().await;
    let before = holding(&app, "quokka").await;
    for column in [
        "chat_chatmessages.message",
        "chat_feedback.feedback_reason",
        "core_uploadedfile.filename",
        "chunk.text",
        "mail.recipient",
        "core_usermodel.email",
        "answer_trace.searched",
    ] {
        let known = before.iter().any(|found| found == column);
        assert!(known || column.ends_with("searched"), "{column} is not in {before:?}");
    }
    let numbats = holding(&app, "numbat").await;
    store.write(async |tx| erasure::erase(&tx, now, &[account.id], Rows::Kept).await).await.unwrap();
    app.app().queue.wake();
    app.work().await;
    assert_eq!(holding(&app, "quokka").await, [""; 0]);
    assert_eq!(holding(&app, "numbat").await, numbats, "others lose nothing");
    let kept = user::by_id(store.read(), account.id).await.unwrap().unwrap();
    assert_eq!((kept.email, kept.last_login), (None, None));
    let lane = format!("user:{}", account.id.0);
    let jobs = chatdku::queue::job::Entity::find().filter(chatdku::queue::job::COLUMN.key.eq(&lane));
    let jobs = jobs.all(store.read()).await.unwrap();
    assert!(jobs.iter().all(|job| job.kind == uploads::DELETE), "{jobs:?}");
    let folder = app.folder().join("data/media").join(&account.folder);
    assert_eq!(std::fs::read_dir(folder).map_or(0, Iterator::count), 0, "bytes are gone");
    // The person may come again, as somebody nothing is known of.
    let again = app.user("alice1");
    assert_eq!(again.get("/api/c").await.is(200).json().as_array().map(Vec::len), Some(0));
    let scope = chatdku::chat::scope(store, account.id, false, &["quokka 笔记.pdf".to_owned()]).await;
    assert!(
        scope.is_err()
            || app
                .app()
                .library
                .retrieve("quokka sleeps", &scope.unwrap(), app.app().today())
                .await
                .unwrap()
                .passages
                .is_empty()
    );
}

#[rocket::async_test]
async fn an_account_goes_with_all_but_opinions_without_an_author() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    let account = alice(&app).await;
    app.user("alice1").upload("more.pdf", &pdf::pages(&[&["More of it."]])).await.is(201);
    let (now, store) = (app.clock.now(), &app.app().store);
    store.write(async |tx| erasure::erase(&tx, now, &[account.id], Rows::Removed).await).await.unwrap();
    app.app().queue.wake();
    app.work().await;
    let left = holding(&app, "quokka").await;
    assert!(left.iter().all(|column| column.starts_with("chat_feedback.")), "{left:?}");
    let opinions = chatdku::chat::tables::Feedback::find().all(store.read()).await.unwrap();
    assert!(opinions.iter().all(|row| row.user_id.is_none() && row.message_id.is_none()));
    assert_eq!(
        user::Entity::find().filter(user::COLUMN.id.eq(account.id)).count(store.read()).await.unwrap(),
        0
    );
    let stored = holding(&app, &account.username).await;
    assert!(stored.iter().all(|column| column.starts_with("audit_entry.")), "{stored:?}");
}
