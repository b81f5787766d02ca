//! What is kept how long: nothing goes that was not asked to, what goes takes along what is its, and nobody waits for it.

use std::time::Duration;

use chatdku::{
    chat::{ConversationId, Role, conversations, messages, tables},
    knowledge, mail,
    periodic::tables::{TaskResult, result},
    platform::audit,
    queue::{State, job},
    retention, uploads,
};
use chrono::TimeDelta;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder,
};

use crate::support::{Actor, Program, TestApp, TestConfig, noon, pdf};

const LIBRARY: &[(&str, &str)] = &[("library.md", "# Library\n\nThe library opens at eight in the morning.")];
const QUESTION: &str = "When does the library open?";

/// A conversation with an answer and an opinion about it.
async fn conversation(actor: &Actor) -> String {
    let id = actor.conversation().await;
    let answer = actor.ask(&id, QUESTION, &[]).await.is(200).text();
    let opinion = serde_json::json!({
        "userInput": QUESTION, "botAnswer": answer, "feedbackReason": "helpful", "chatHistoryId": id,
    });
    actor.post("/api/feedback", opinion).await.is(201);
    id
}

/// Conversations, messages, citations, generations, opinions, files, chunks.
async fn rows(app: &TestApp) -> [u64; 7] {
    let db = app.app().store.read();
    [
        tables::Conversation::find().count(db).await.unwrap(),
        tables::Message::find().count(db).await.unwrap(),
        tables::Citation::find().count(db).await.unwrap(),
        tables::Generation::find().count(db).await.unwrap(),
        tables::Feedback::find().count(db).await.unwrap(),
        uploads::Entity::find().count(db).await.unwrap(),
        knowledge::tables::Chunk::find().count(db).await.unwrap(),
    ]
}

/// Runs the task; answers what its result says.
async fn run(app: &TestApp) -> String {
    app.ask_for("retention").await;
    app.work().await;
    let results = TaskResult::find().order_by_asc(result::Column::Id);
    let results = results.all(app.app().store.read()).await.unwrap();
    let mut said = results.into_iter().filter(|row| row.task_name.as_deref() == Some("retention"));
    let last = said.next_back().expect("a result");
    assert_eq!(last.status, "SUCCESS", "{last:?}");
    serde_json::from_str(&last.result.expect("a word about it")).unwrap()
}

async fn filled(settings: TestConfig) -> (TestApp, Actor) {
    let app = settings.start().await;
    app.campus(LIBRARY).await;
    let alice = app.user("alice1");
    for _ in 0..2 {
        conversation(&alice).await;
    }
    alice.upload("notes.pdf", &pdf::pages(&[&["The aardvark sleeps."]])).await.is(201);
    app.work().await;
    (app, alice)
}

#[rocket::async_test]
async fn what_people_leave_behind_is_kept_for_ever_unless_told() {
    let (app, _) = filled(TestConfig::default()).await;
    let before = rows(&app).await;
    app.clock.advance(TimeDelta::days(3_000));
    run(&app).await;
    assert_eq!(rows(&app).await, before);
}

#[rocket::async_test]
async fn what_is_old_goes_with_all_that_is_its() {
    let settings = TestApp::with("CONVERSATION_DAYS", "30").set("FEEDBACK_DAYS", "60").set("FILE_DAYS", "90");
    let (app, alice) = filled(settings).await;
    let chunks = rows(&app).await[6];
    assert_eq!(rows(&app).await, [2, 4, 2, 2, 2, 1, chunks]);
    app.clock.advance(TimeDelta::days(29));
    let mine = conversation(&alice).await;
    assert!(!run(&app).await.contains("conversation"), "a day is missing");
    assert_eq!(rows(&app).await[0], 3);
    app.clock.advance(TimeDelta::days(2));
    let said = run(&app).await;
    assert!(said.contains("2 conversations"), "{said}");
    assert_eq!(rows(&app).await, [1, 2, 1, 1, 3, 1, chunks], "opinions stay, and so does what is younger");
    alice.get(&format!("/api/c/{mine}")).await.is(200);
    app.clock.advance(TimeDelta::days(30));
    let said = run(&app).await;
    assert!(said.contains("1 conversation,") && said.contains("2 opinions"), "{said}");
    assert_eq!(rows(&app).await, [0, 0, 0, 0, 1, 1, chunks]);
    app.clock.advance(TimeDelta::days(30));
    let said = run(&app).await;
    assert!(said.contains("1 opinion,") && said.contains("1 file"), "{said}");
    assert_eq!(rows(&app).await, [0, 0, 0, 0, 0, 0, chunks - 1], "the text went with the file");
    let media = walkdir::WalkDir::new(app.folder().join("data/media")).into_iter();
    assert_eq!(
        media.filter(|entry| entry.as_ref().unwrap().file_type().is_file()).count(),
        0,
        "and the bytes"
    );
}

#[rocket::async_test]
async fn a_conversation_counts_from_its_last_word_and_is_never_taken_in_use() {
    let (app, alice) = filled(TestApp::with("CONVERSATION_DAYS", "30")).await;
    let talked = conversation(&alice).await;
    app.clock.advance(TimeDelta::days(20));
    alice.ask(&talked, QUESTION, &[]).await.is(200);
    let answering = alice.conversation().await;
    alice.ask(&answering, QUESTION, &[]).await.is(200);
    app.clock.advance(TimeDelta::days(20));
    // One that is old, and in which an answer is being made.
    let held = ConversationId::parse(&answering).unwrap();
    let (now, store) = (app.clock.now(), &app.app().store);
    let keep_busy = async |until| {
        let row = conversations::by_id(store.read(), held).await.unwrap().unwrap();
        let mut row = row.into_active_model();
        row.active_run = Set(Some(uuid::Uuid::new_v4()));
        row.active_until = Set(Some(until));
        row.last_activity = Set(Some(now - TimeDelta::days(300)));
        store.write(async |tx| tables::Conversation::update(row).exec(&tx).await).await.unwrap();
    };
    keep_busy(now + TimeDelta::days(1)).await;
    let said = run(&app).await;
    assert!(said.contains("2 conversations"), "{said}");
    for kept in [&talked, &answering] {
        alice.get(&format!("/api/c/{kept}")).await.is(200);
    }
    // Its process has died.
    keep_busy(now - TimeDelta::days(1)).await;
    let said = run(&app).await;
    assert!(said.contains("1 conversation"), "{said}");
    alice.get(&format!("/api/c/{answering}")).await.is(404);
    alice.get(&format!("/api/c/{talked}")).await.is(200);
}

#[rocket::async_test]
async fn logs_mails_and_jobs_have_their_time_too() {
    let app = TestApp::with("AUDIT_DAYS", "10").set("MAIL_DAYS", "20").set("JOB_DAYS", "30").start().await;
    app.user("alice1").get("/user").await.is(200);
    let to = mail::Address::parse("reader@example.edu").unwrap();
    let letter = mail::Letter::new("report", "Weekly", "Good news.").unwrap().to([to]);
    let (now, store) = (app.clock.now(), &app.app().store);
    store.write(async |tx| mail::outbox::enqueue(&tx, &letter, now).await).await.unwrap();
    app.work().await;
    let old = async || {
        let db = store.read();
        let jobs = job::Entity::find().filter(job::COLUMN.kind.eq(mail::outbox::SEND));
        [
            audit::Entity::find().filter(audit::COLUMN.event.eq("sign_in.ok")).count(db).await.unwrap(),
            mail::Entity::find().count(db).await.unwrap(),
            jobs.filter(job::COLUMN.state.eq(State::Done)).count(db).await.unwrap(),
        ]
    };
    assert_eq!(old().await, [1, 1, 1]);
    for (days, left) in [(9, [1, 1, 1]), (2, [0, 1, 1]), (10, [0, 0, 1]), (10, [0, 0, 0])] {
        app.clock.advance(TimeDelta::days(days));
        run(&app).await;
        assert_eq!(old().await, left);
    }
    let forever = TestApp::with("AUDIT_DAYS", "0").start().await;
    forever.user("alice1").get("/user").await.is(200);
    forever.clock.advance(TimeDelta::days(3_000));
    run(&forever).await;
    let kept = audit::Entity::find().filter(audit::COLUMN.event.eq("sign_in.ok"));
    assert_eq!(kept.count(forever.app().store.read()).await.unwrap(), 1);
}

/// Many old conversations of one account, each with a question.
async fn fill(app: &TestApp, many: u32) {
    let store = &app.app().store;
    let owner = crate::person::campus_account(app).await.id;
    let at = noon() - TimeDelta::days(400);
    let ids: Vec<ConversationId> = (0..many).map(|_| ConversationId(uuid::Uuid::new_v4())).collect();
    for ids in ids.chunks(500) {
        let rows = ids.iter().map(|id| conversations::Model {
            id: *id,
            created_at: at,
            title: "Long ago".to_owned(),
            user_id: owner,
            active_run: None,
            active_until: None,
            last_activity: None,
            summary: None,
            summary_upto: None,
        });
        let rows: Vec<_> = rows.map(|row| row.into_active_model().reset_all()).collect();
        let said: Vec<_> = ids
            .iter()
            .map(|id| messages::ActiveModel {
                role: Set(Role::User),
                message: Set(QUESTION.to_owned()),
                created_at: Set(at),
                session_id: Set(*id),
                status: Set(None),
                ..Default::default()
            })
            .collect();
        store
            .write(async |tx| {
                tables::Conversation::insert_many(rows).exec_without_returning(&tx).await?;
                tables::Message::insert_many(said).exec_without_returning(&tx).await
            })
            .await
            .unwrap();
    }
}

#[rocket::async_test]
async fn ten_thousand_go_in_small_steps_while_somebody_is_chatting() {
    let app = TestApp::start().await;
    app.campus(LIBRARY).await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    alice.ask(&id, QUESTION, &[]).await.is(200);
    fill(&app, 10_000).await;
    let before = app.clock.now() - TimeDelta::days(30);
    let removing = retention::remove_conversations(app.app(), before);
    let mut removing = std::pin::pin!(removing);
    let mut asked = 0;
    let removed = loop {
        let asking = async { alice.ask(&id, QUESTION, &[]).await.is(200) };
        tokio::select! {
            removed = &mut removing => break removed.unwrap(),
            _ = asking => asked += 1,
        }
        if asked > 40 {
            // Within the limit of questions; the rest is waited for.
            break tokio::time::timeout(Duration::from_mins(5), &mut removing).await.unwrap().unwrap();
        }
    };
    assert_eq!(removed.rows, 10_000);
    assert!(removed.batches >= 100, "{removed:?}");
    assert!(asked > 0, "nobody was answered meanwhile");
    let left = tables::Conversation::find().all(app.app().store.read()).await.unwrap();
    assert_eq!(left.len(), 1);
    let order = tables::Message::find().order_by_asc(tables::MessageColumn::Id);
    let left = order.all(app.app().store.read()).await.unwrap();
    assert!(left.iter().all(|row| row.session_id.to_string() == id), "what was said just now stays");
}

#[test]
fn check_says_what_is_kept_how_long() {
    let program = Program::new().set("CONVERSATION_DAYS", "365").set("AUDIT_DAYS", "0");
    let (well, said) = program.run(&["migrate"]);
    assert!(well, "{said}");
    let (well, said) = program.run(&["check"]);
    let kept = "conversations 365 days, feedback for ever, files for ever, audit log for ever, mails 90 days, jobs 7 days";
    assert!(well && said.contains(kept), "{said}");
    let (well, said) = program.set("FILE_DAYS", "a while").run(&["check"]);
    assert!(!well && said.contains("FILE_DAYS"), "{said}");
}
