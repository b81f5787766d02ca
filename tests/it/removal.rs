//! Removal by staff: many rows in few statements, with all that hangs on them and nothing else.

use std::io::Read;

use chatdku::{
    chat::{ConversationId, MessageId, conversations, messages, ratings, tables},
    knowledge::{self, documents},
    platform::store::Transaction,
    uploads,
};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, PaginatorTrait};
use serde_json::json;

use crate::support::{Actor, Counting, TestApp, pdf};

const LIBRARY: &[(&str, &str)] = &[("library.md", "# Library\n\nThe library opens at eight in the morning.")];
const QUESTION: &str = "When does the library open?";

/// A conversation with a question, an answer that cites, and an opinion about it.
async fn conversation(actor: &Actor) -> (ConversationId, Vec<MessageId>) {
    let id = actor.conversation().await;
    let answer = actor.ask(&id, QUESTION, &[]).await.is(200).text();
    let opinion = json!({
        "userInput": QUESTION, "botAnswer": answer, "feedbackReason": "helpful", "chatHistoryId": id,
    });
    actor.post("/api/feedback", opinion).await.is(201);
    let messages = actor.messages(&id).await;
    let ids = messages.iter().map(|message| MessageId(message["id"].as_i64().unwrap())).collect();
    (ConversationId::parse(&id).unwrap(), ids)
}

/// How many rows there are: conversations, messages, citations, traces, opinions, opinions with a link.
async fn rows(app: &TestApp) -> [u64; 6] {
    let db = app.app().store.read();
    let opinions = tables::Feedback::find().all(db).await.unwrap();
    [
        tables::Conversation::find().count(db).await.unwrap(),
        tables::Message::find().count(db).await.unwrap(),
        tables::Citation::find().count(db).await.unwrap(),
        tables::Trace::find().count(db).await.unwrap(),
        opinions.len() as u64,
        opinions.iter().filter(|opinion| opinion.message_id.is_some()).count() as u64,
    ]
}

/// Does `work` in a transaction; answers how many statements it took.
async fn statements<T>(
    app: &TestApp,
    work: impl AsyncFnOnce(&Counting<Transaction>) -> Result<T, DbErr>,
) -> (T, usize) {
    let done = app.app().store.write_once(async |tx| {
        let counting = Counting::new(tx);
        let value = work(&counting).await?;
        Ok::<_, DbErr>((value, counting.count()))
    });
    done.await.unwrap()
}

#[rocket::async_test]
async fn conversations_go_with_all_that_was_said_and_opinions_stay() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    let (alice, bob) = (app.user("alice1"), app.user("bob22"));
    let (mine, _) = conversation(&alice).await;
    let (other, _) = conversation(&alice).await;
    let (theirs, _) = conversation(&bob).await;
    assert_eq!(rows(&app).await, [3, 6, 3, 3, 3, 3]);
    let nobodys = ConversationId(uuid::Uuid::new_v4());
    let remove = [mine, theirs, nobodys, mine];
    let (removed, _) = statements(&app, async |tx| conversations::remove(tx, &remove).await).await;
    assert_eq!((removed, rows(&app).await), (2, [1, 2, 1, 1, 3, 1]));
    alice.get(&format!("/api/c/{other}")).await.is(200);
    let (nothing, _) = statements(&app, async |tx| conversations::remove(tx, &[]).await).await;
    assert_eq!(nothing, 0);
}

#[rocket::async_test]
async fn twenty_conversations_cost_as_many_statements_as_two() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    let alice = app.user("alice1");
    let mut ids = Vec::new();
    for _ in 0..22 {
        ids.push(conversation(&alice).await.0);
    }
    let (_, two) = statements(&app, async |tx| conversations::remove(tx, &ids[..2]).await).await;
    let (_, twenty) = statements(&app, async |tx| conversations::remove(tx, &ids[2..]).await).await;
    assert_eq!(two, twenty);
    assert_eq!(rows(&app).await, [0, 0, 0, 0, 22, 0]);
}

#[rocket::async_test]
async fn messages_go_alone_and_their_conversation_stays() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    let alice = app.user("alice1");
    let (id, said) = conversation(&alice).await;
    conversation(&alice).await;
    let (removed, _) = statements(&app, async |tx| messages::remove(tx, &said[1..]).await).await;
    assert_eq!((removed, rows(&app).await), (1, [2, 3, 1, 1, 2, 1]));
    assert_eq!(alice.messages(&id.to_string()).await.len(), 1);
}

#[rocket::async_test]
async fn opinions_are_reviewed_and_removed() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    for _ in 0..3 {
        conversation(&app.user("alice1")).await;
    }
    let store = &app.app().store;
    // One that the original has left.
    store
        .write(async |tx| tx.execute_unprepared("UPDATE chat_feedback SET state = NULL WHERE id = 1").await)
        .await
        .unwrap();
    let rows = tables::Feedback::find().all(store.read()).await.unwrap();
    assert!(rows.iter().all(|row| row.state() == ratings::State::New));
    let ids: Vec<i32> = rows.iter().map(|row| row.id).collect();
    let (marked, _) =
        statements(&app, async |tx| ratings::mark(tx, &ids[1..2], ratings::State::Fixed).await).await;
    assert_eq!(marked, 1);
    let in_state = async |state| {
        use sea_orm::QueryFilter;
        let rows = tables::Feedback::find().filter(ratings::in_state(state)).all(store.read()).await.unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(in_state(ratings::State::New).await, [ids[0], ids[2]]);
    assert_eq!(in_state(ratings::State::Fixed).await, [ids[1]]);
    let (removed, _) = statements(&app, async |tx| ratings::remove(tx, &ids[..2]).await).await;
    assert_eq!((removed, tables::Feedback::find().count(store.read()).await.unwrap()), (2, 1));
}

/// Uploads a file; answers its id.
async fn file(actor: &Actor, text: &str) -> i32 {
    let uploaded = actor.upload("notes.pdf", &pdf::pages(&[&[text]])).await.is(201).json();
    uploaded["id"].as_str().unwrap().parse().unwrap()
}

/// How many there are: files, documents, chunks, files on the disk.
async fn kept(app: &TestApp) -> [u64; 4] {
    let db = app.app().store.read();
    let media = walkdir::WalkDir::new(app.folder().join("data/media")).into_iter();
    [
        uploads::Entity::find().count(db).await.unwrap(),
        knowledge::tables::Document::find().count(db).await.unwrap(),
        knowledge::tables::Chunk::find().count(db).await.unwrap(),
        media.filter(|entry| entry.as_ref().unwrap().file_type().is_file()).count() as u64,
    ]
}

#[rocket::async_test]
async fn files_of_several_people_go_with_text_and_bytes() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.user("alice1"), app.user("bob22"));
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(file(&alice, &format!("The aardvark number {number} sleeps.")).await);
        ids.push(file(&bob, &format!("The badger number {number} digs.")).await);
    }
    app.work().await;
    assert_eq!(kept(&app).await, [6, 6, 6, 6]);
    let now = app.clock.now();
    let some = [ids[5], ids[0], ids[1], 9_999, ids[0]];
    let (removed, three) = statements(&app, async |tx| uploads::files::remove(tx, now, &some).await).await;
    assert_eq!((removed, kept(&app).await), (3, [3, 3, 3, 6]), "bytes go when the rows are gone for good");
    app.work().await;
    assert_eq!(kept(&app).await, [3, 3, 3, 3]);
    let (_, two) = statements(&app, async |tx| uploads::files::remove(tx, now, &ids[2..4]).await).await;
    assert_eq!(two, three);
    app.work().await;
    let names = ["notes.pdf".to_owned()];
    let account = chatdku::accounts::user::Entity::find().all(app.app().store.read()).await.unwrap()[0].id;
    let scope = chatdku::chat::scope(&app.app().store, account, false, &names).await.unwrap();
    let found = app.app().library.retrieve("aardvark badger", &scope, app.app().today()).await.unwrap();
    assert!(found.passages.is_empty(), "the index has heard of it: {:?}", found.passages);
}

#[rocket::async_test]
async fn files_are_removed_while_they_are_being_read() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.user("alice1"), app.user("bob22"));
    for _ in 0..3 {
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(file(&alice, "The aardvark sleeps.").await);
            ids.push(file(&bob, "The badger digs.").await);
        }
        let now = app.clock.now();
        let remove = async |some: &[i32]| {
            tokio::time::sleep(std::time::Duration::from_millis(60)).await;
            app.app().store.write(async |tx| uploads::files::remove(&tx, now, some).await).await.unwrap()
        };
        let (one, other) = ([ids[0], ids[3], ids[4]], [ids[4], ids[3], ids[1]]);
        let (_, first, second) = tokio::join!(app.work(), remove(&one), remove(&other));
        assert_eq!(first + second, 4);
        app.app()
            .store
            .write(async |tx| uploads::files::remove(&tx, now, &[ids[2], ids[5]]).await)
            .await
            .unwrap();
        app.work().await;
        assert_eq!(kept(&app).await, [0, 0, 0, 0]);
    }
}

#[rocket::async_test]
async fn files_are_read_again_once_each() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.user("alice1"), app.user("bob22"));
    let ids = [file(&alice, "The aardvark sleeps.").await, file(&bob, "The badger digs.").await];
    app.work().await;
    let now = app.clock.now();
    for _ in 0..2 {
        let (count, _) =
            statements(&app, async |tx| uploads::files::reingest(tx, now, &[ids[1], ids[0], 9_999]).await)
                .await;
        assert_eq!(count, 2);
    }
    let status = alice.get("/user_files").await.json()[0]["status"].clone();
    assert_eq!((status.as_str(), app.work().await), (Some("queued"), 2));
    assert_eq!(alice.get("/user_files").await.json()[0]["status"], "ready");
    assert_eq!(kept(&app).await, [2, 2, 2, 2]);
}

#[rocket::async_test]
async fn staff_open_anybodys_file() {
    let app = TestApp::start().await;
    let id = file(&app.user("alice1"), "The aardvark sleeps.").await;
    app.work().await;
    let (row, mut opened) = uploads::files::open(app.app(), id).await.unwrap();
    let mut bytes = Vec::new();
    opened.read_to_end(&mut bytes).unwrap();
    assert_eq!((row.filename.as_str(), bytes.starts_with(b"%PDF")), ("notes.pdf", true));
    let missing = uploads::files::open(app.app(), id + 1).await.unwrap_err();
    assert_eq!(missing.status(), rocket::http::Status::NotFound);
}

#[rocket::async_test]
async fn documents_go_and_the_index_hears_of_it() {
    let app = TestApp::start().await;
    let animals = ["aardvark", "badger", "camel", "dingo"];
    let files: Vec<(String, String)> =
        animals.iter().map(|animal| (format!("{animal}.md"), format!("The {animal} sleeps."))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    app.campus(&files).await;
    let rows = knowledge::tables::Document::find().all(app.app().store.read()).await.unwrap();
    let ids: Vec<knowledge::DocumentId> = rows.iter().map(|row| row.id).collect();
    let now = app.clock.now();
    let (removed, three) =
        statements(&app, async |tx| documents::remove(tx, now, &[ids[2], ids[0], ids[1]]).await).await;
    assert_eq!((removed, kept(&app).await), (3, [0, 1, 1, 0]));
    let scope = knowledge::Scope::campus();
    let found =
        app.app().library.retrieve(&animals.join(" "), &scope, app.app().today()).await.unwrap().passages;
    assert_eq!(found.len(), 1);
    let (_, one) = statements(&app, async |tx| documents::remove(tx, now, &ids[3..]).await).await;
    assert_eq!(one, three);
}
