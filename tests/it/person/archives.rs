//! The archive itself.

use chatdku::{
    accounts::user,
    chat::{ConversationId, Role, conversations, messages, tables},
    platform::audit,
};
use futures::StreamExt;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter,
};
use serde_json::Value;

use super::{Archive, LIBRARY, campus_account, lives_here};
use crate::support::{TestApp, pdf};

async fn exported(app: &TestApp) -> u64 {
    let entries = audit::Entity::find().filter(audit::COLUMN.event.eq("person.exported"));
    entries.count(app.app().store.read()).await.unwrap()
}

#[rocket::async_test]
async fn a_person_gets_all_that_is_theirs_and_nothing_else() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    let (alice, bob) = (app.user("alice1").header("X-DisplayName", "Alice"), app.user("bob22"));
    let id = lives_here(&app, &alice, "quokka").await;
    lives_here(&app, &bob, "numbat").await;
    let answer = alice.get("/user/export").await.is(200);
    assert_eq!(answer.header("Content-Type"), Some("application/zip"));
    let disposition = answer.header("Content-Disposition").unwrap();
    assert!(disposition.starts_with("attachment; filename=\"chatdku-"), "{disposition}");
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    let mut archive = Archive::of(&answer.body);

    let readme = archive.text("README.txt");
    for part in [
        "all that is known of one person",
        "系统中有关一个人的全部数据",
        "conversations.json",
        "generation_event",
    ] {
        assert!(readme.contains(part), "{part}: {readme}");
    }
    assert!(!readme.contains("Unknown localization"), "{readme}");

    let account = archive.json("account.json");
    let stored = campus_account(&app).await;
    assert_eq!(account["name"], stored.username);
    assert_eq!((account["kind"].as_str(), account["is_staff"].as_bool()), (Some("campus"), Some(false)));

    let conversations = archive.json("conversations.json");
    assert_eq!(conversations.as_array().unwrap().len(), 1);
    assert_eq!(conversations[0]["id"], id.as_str());
    let said = conversations[0]["messages"].as_array().unwrap();
    assert_eq!((said[0]["role"].as_str(), said[1]["role"].as_str()), (Some("user"), Some("bot")));
    assert_eq!(said[1]["citations"][0]["title"], "Library");
    assert_eq!(said[3]["feedback"][0]["reason"], "says the quokka");
    assert_eq!(said[1]["status"], "complete");

    assert_eq!(archive.json("feedback.json")[0]["conversation"], id.as_str());
    let files = archive.json("files.json");
    // As it was kept, without the blank.
    assert_eq!(files[0]["filename"], "quokka_笔记.pdf");
    assert_eq!(files[0]["state"], "ready");
    let bytes = archive.bytes(files[0]["entry"].as_str().unwrap());
    assert_eq!(bytes, pdf::pages(&[&["The quokka sleeps."]]));
    let session = &archive.json("sessions.json")[0];
    assert_eq!(
        (session["signed_in_with"].as_str(), session["display_name"].as_str()),
        (Some("sso"), Some("Alice"))
    );
    let done = archive.json("audit.json");
    assert!(done.as_array().unwrap().iter().any(|entry| entry["event"] == "sign_in.ok"), "{done}");
    assert_eq!(archive.json("mails.json"), Value::Array(Vec::new()));

    let everything = archive.everything();
    let session = chatdku::accounts::web_session::Entity::find().all(app.app().store.read()).await.unwrap();
    let secrets = session.iter().flat_map(|row| [&row.token_hash, &row.csrf_secret, &row.auth_hash]);
    let secrets: Vec<&str> = secrets.chain([&stored.password]).map(String::as_str).collect();
    for foreign in [["numbat", "alice1"].as_slice(), secrets.as_slice()].concat() {
        assert!(!everything.contains(foreign), "{foreign}");
    }
    assert_eq!(exported(&app).await, 1);
}

#[rocket::async_test]
async fn another_sites_page_cannot_cause_it_and_a_look_at_its_head_makes_nothing() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    for site in ["cross-site", "same-site"] {
        for path in ["/user/export", "/my-data"] {
            alice.clone().header("Sec-Fetch-Site", site).get(path).await.is(403);
        }
    }
    app.stranger().get("/user/export").await.is(401);
    let head = alice.head("/user/export").await.is(200);
    assert_eq!(head.body.len(), 0);
    assert_eq!(exported(&app).await, 0);
    for site in ["same-origin", "none"] {
        alice.clone().header("Sec-Fetch-Site", site).get("/my-data").await.is(200);
    }
    assert_eq!(exported(&app).await, 2);
}

#[rocket::async_test]
async fn it_is_had_a_few_times_an_hour_whatever_the_path() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.user("alice1"), app.user("bob22"));
    for path in ["/user/export", "/my-data", "/user/export", "/my-data", "/user/export"] {
        alice.get(path).await.is(200);
    }
    let refused = alice.get("/my-data").await.is(429);
    assert!(refused.header("Retry-After").is_some());
    alice.get("/api/c").await.is(200);
    bob.get("/user/export").await.is(200);
}

/// Conversations of one moment, so that the order hangs on their ids: many with one message, some with none, one with more
/// than a page of them.
async fn history(app: &TestApp, many: usize, long: usize) -> Vec<(String, usize)> {
    let store = &app.app().store;
    let owner = campus_account(app).await.id;
    let now = app.clock.now();
    let mut ids: Vec<ConversationId> = (0..many).map(|_| ConversationId(uuid::Uuid::new_v4())).collect();
    ids.sort();
    let counts: Vec<usize> =
        (0..many).map(|at| if at == 7 { long } else { usize::from(at % 5 > 0) }).collect();
    let rows = ids.iter().map(|id| conversations::Model {
        id: *id,
        created_at: now,
        title: "A title with \"quotes\"".to_owned(),
        user_id: owner,
        active_run: None,
        active_until: None,
        last_activity: None,
        summary: None,
        summary_upto: None,
    });
    let rows: Vec<_> = rows.map(|row| row.into_active_model().reset_all()).collect();
    let said = ids.iter().zip(&counts).flat_map(|(id, count)| {
        (0..*count).map(|at| messages::ActiveModel {
            role: Set(Role::User),
            message: Set(format!("number {at}")),
            created_at: Set(now),
            session_id: Set(*id),
            status: Set(None),
            ..Default::default()
        })
    });
    let said: Vec<_> = said.collect();
    store
        .write(async |tx| {
            tables::Conversation::insert_many(rows).exec_without_returning(&tx).await?;
            for said in said.chunks(500) {
                tables::Message::insert_many(said.to_vec()).exec_without_returning(&tx).await?;
            }
            Ok::<_, sea_orm::DbErr>(())
        })
        .await
        .unwrap();
    ids.iter().map(ToString::to_string).zip(counts).collect()
}

#[rocket::async_test]
async fn pages_of_history_come_whole_and_in_order() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    alice.get("/user").await.is(200);
    let expected = history(&app, 130, 450).await;
    let mut archive = Archive::of(&alice.get("/user/export").await.is(200).body);
    let conversations = archive.json("conversations.json");
    let found: Vec<(String, usize)> = conversations
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["id"].as_str().unwrap().to_owned(), row["messages"].as_array().unwrap().len()))
        .collect();
    assert_eq!(found, expected);
    let long = conversations[7]["messages"].as_array().unwrap();
    for (at, message) in long.iter().enumerate() {
        assert_eq!(message["message"], format!("number {at}"));
    }
}

#[rocket::async_test]
async fn a_file_whose_bytes_are_gone_is_listed_and_names_are_harmless_and_unique() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let page = pdf::pages(&[&["The quokka sleeps."]]);
    for name in ["Notes.pdf", "notes.pdf", "gone.pdf"] {
        alice.upload(name, &page).await.is(201);
    }
    app.work().await;
    let gone = chatdku::uploads::Entity::find()
        .filter(chatdku::uploads::files::Column::Filename.eq("gone.pdf"))
        .one(app.app().store.read())
        .await
        .unwrap()
        .unwrap();
    let owner = user::by_id(app.app().store.read(), gone.user_id).await.unwrap().unwrap();
    app.app().files.remove(&owner.folder, gone.on_disk()).await.unwrap();
    let mut archive = Archive::of(&alice.get("/user/export").await.is(200).body);
    let listed = archive.json("files.json");
    let entries: Vec<Option<&str>> =
        listed.as_array().unwrap().iter().map(|file| file["entry"].as_str()).collect();
    assert_eq!(entries[0], Some("files/Notes.pdf"));
    assert_eq!(entries[2], None);
    let second = entries[1].unwrap();
    assert_ne!(second.to_lowercase(), "files/notes.pdf");
    assert_eq!(archive.bytes(second), page);
}

/// Whoever takes a piece and goes away leaves nothing behind: the next one is made. While one is being taken there is no other.
#[rocket::async_test]
async fn a_reader_who_goes_away_ends_it() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    alice.get("/user").await.is(200);
    // What cannot be made smaller.
    let noise: Vec<u8> = (0..4_000_000).map(|_| rand::random()).collect();
    let mut large = pdf::pages(&[&["The quokka sleeps."]]);
    large.extend_from_slice(b"\n%");
    large.extend_from_slice(&noise);
    alice.upload("large.pdf", &large).await.is(201);
    let account = campus_account(&app).await;
    {
        let mut pieces = chatdku::person::export(app.app(), account.clone()).unwrap().boxed();
        assert!(!pieces.next().await.unwrap().unwrap().is_empty());
        let second = chatdku::person::export(app.app(), account.clone()).err().expect("one at a time");
        assert_eq!(second.status().code, 429);
        alice.get("/user/export").await.is(429);
    }
    let began = std::time::Instant::now();
    let mut pieces = loop {
        match chatdku::person::export(app.app(), account.clone()) {
            Ok(pieces) => break pieces.boxed(),
            Err(_) => assert!(began.elapsed().as_secs() < 30, "the first one was never given up"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let (mut all, mut largest) = (Vec::new(), 0);
    while let Some(piece) = pieces.next().await {
        let piece = piece.unwrap();
        largest = largest.max(piece.len());
        all.extend(piece);
    }
    assert!(all.len() > 3_000_000 && largest < 300_000, "{} in pieces of {largest}", all.len());
    assert_eq!(Archive::of(&all).bytes("files/large.pdf"), large);
    app.work().await;
}
