//! Taking over: what is there stays, what fails has not happened.

use chatdku::platform::schema;
use sea_orm::ConnectionTrait;

use super::django::{Django, number, texts};
use crate::support::TestConfig;

/// The tables of the Django service, without the one that gets marks.
async fn unmarked(django: &Django) -> Vec<(String, Vec<String>)> {
    let mut rows = django.rows().await;
    rows.retain(|(table, _)| table != "core_uploadedfile");
    rows
}

#[rocket::async_test]
async fn every_row_stays_as_it_was() {
    let Some(django) = Django::filled().await else { return };
    let before = unmarked(&django).await;
    assert_eq!(before.len(), 22, "all tables of the original are looked at");
    let django = django.taken_over();
    assert_eq!(unmarked(&django).await, before);
    let connection = django.connection().await;
    let files =
        "SELECT filename || ' ' || user_id || ' ' || state AS name FROM core_uploadedfile ORDER BY id";
    assert_eq!(
        texts(&connection, files).await,
        ["syllabus.pdf 3 queued", "lost.pdf 3 queued", ".pdf 4 queued"]
    );
    let (well, said) = django.program().run(&["migrate"]);
    assert!(well && said.contains("The database is up to date."), "{said}");
    assert_eq!(unmarked(&django).await, before);
}

#[rocket::async_test]
async fn a_django_database_without_rows_is_taken_over_and_used() {
    let Some(django) = Django::empty().await else { return };
    let (app, _media) = django.taken_over().app().await;
    let alice = app.user("alice1");
    let conversation = alice.conversation().await;
    alice.ask(&conversation, "Hello", &[]).await.is(200);
    assert_eq!(alice.messages(&conversation).await.len(), 2);
    let account = "SELECT COUNT(*) AS n FROM core_usermodel
                   WHERE username = '8f3c9713f8dde0960b3375edbc3aebda35ebc7bc721085a115d14852520578df'";
    assert_eq!(number(app.app().store.read(), account).await, 1);
}

#[rocket::async_test]
async fn a_take_over_that_fails_midway_has_not_happened() {
    let Some(django) = Django::filled().await else { return };
    // The name of an index that one of the last migrations makes.
    django.execute("CREATE INDEX chat_feedback_time_id_idx ON chat_feedback (question_id)").await;
    let before = django.rows().await;
    let (well, said) = django.program().run(&["migrate"]);
    assert!(!well && said.contains("chat_feedback_time_id_idx"), "{said}");
    assert_eq!(django.rows().await, before);
    let connection = django.connection().await;
    let unique =
        "SELECT conname::text AS name FROM pg_constraint WHERE conname = 'core_uploadedfile_filename_key'";
    assert_eq!(texts(&connection, unique).await.len(), 1);
    let ours =
        "SELECT COUNT(*) AS n FROM information_schema.tables WHERE table_name IN ('job', 'seaql_migrations')";
    assert_eq!(number(&connection, ours).await, 0);
    django.execute("DROP INDEX chat_feedback_time_id_idx").await;
    django.taken_over();
}

#[rocket::async_test]
async fn two_who_take_it_over_at_once_do_it_once() {
    let Some(django) = Django::filled().await else { return };
    let run = || {
        let program = django.program();
        std::thread::spawn(move || program.run(&["migrate"]))
    };
    let said = [run(), run()].map(|process| process.join().unwrap());
    let (done, late): (Vec<_>, Vec<_>) =
        said.iter().partition(|(well, said)| *well && said.contains("Taken over"));
    assert_eq!((done.len(), late.len()), (1, 1), "{said:?}");
    let late = &late[0].1;
    assert!(late.contains("by somebody else meanwhile") || late.contains("up to date"), "{late}");
    let (well, said) = django.program().run(&["migrate"]);
    assert!(well && said.contains("up to date"), "{said}");
}

#[rocket::async_test]
async fn a_service_at_work_is_not_held_up_for_long() {
    let Some(django) = Django::filled().await else { return };
    let connection = django.connection().await;
    let work = sea_orm::TransactionTrait::begin(&connection).await.unwrap();
    work.execute_unprepared("UPDATE core_uploadedfile SET filename = 'x.pdf' WHERE id = 1").await.unwrap();
    let began = std::time::Instant::now();
    let (well, said) = django.program().run(&["migrate"]);
    assert!(!well && said.contains("stop the Django service"), "{said}");
    assert!(began.elapsed() < std::time::Duration::from_secs(45), "{said}");
    work.commit().await.unwrap();
    django.taken_over();
}

#[rocket::async_test]
async fn numbers_of_new_rows_begin_behind_those_that_are_taken() {
    let Some(django) = Django::filled().await else { return };
    // As after a copy of the rows alone.
    django
        .execute("SELECT setval('core_usermodel_id_seq', 2), setval('chat_chatmessages_id_seq', 1, false)")
        .await;
    let (_, said) = django.program().run(&["migrate", "--plan"]);
    assert!(
        said.contains("New rows of core_usermodel would get numbers that are taken: they begin at 6."),
        "{said}"
    );
    assert!(said.contains("New rows of chat_chatmessages"), "{said}");
    assert!(!said.contains("New rows of auth_group"), "{said}");
    let (app, _media) = django.taken_over().app().await;
    app.user("carol3").get("/user_files").await.is(200);
    let newest = "SELECT MAX(id) AS n FROM core_usermodel";
    assert_eq!(number(app.app().store.read(), newest).await, 6);
    app.work().await;
}

#[rocket::async_test]
async fn events_in_the_same_database_are_kept_and_shown() {
    let Some(django) = Django::filled().await else { return };
    django
        .execute(
            "CREATE TABLE weekly_events (
                 id bigserial PRIMARY KEY, title varchar(500) NOT NULL, event_date date NOT NULL, start_time time,
                 end_time time, location varchar(200) NOT NULL DEFAULT '', sponsor varchar(200) NOT NULL DEFAULT '',
                 open_to varchar(200) NOT NULL DEFAULT '', speaker varchar(200) NOT NULL DEFAULT '',
                 url varchar(500) NOT NULL DEFAULT '', created_at timestamptz NOT NULL DEFAULT now(),
                 updated_at timestamptz NOT NULL DEFAULT now());
             INSERT INTO weekly_events (title, event_date) VALUES ('Open house', '2026-03-10')",
        )
        .await;
    let (_, said) = django.program().run(&["migrate", "--plan"]);
    assert!(!said.contains("Events lie in another database"), "{said}");
    let (app, _media) = django.taken_over().app().await;
    let events =
        app.user("alice1").get("/api/events?start_date=2026-03-09&end_date=2026-03-15").await.is(200);
    assert_eq!(events.json()["events"][0]["title"], "Open house");
    app.work().await;
}

#[rocket::async_test]
async fn a_database_that_was_taken_over_has_the_schema_of_a_new_one() {
    let Some(django) = Django::filled().await else { return };
    let django = django.taken_over();
    let store = django.store().await;
    let taken = schema::read(store.read()).await.unwrap();
    let new = TestConfig::default().start().await;
    let new = schema::read(new.app().store.read()).await.unwrap();
    for (name, table) in &new.tables {
        let ours = &taken.tables[name];
        for column in &table.columns {
            let same =
                ours.column(&column.name).unwrap_or_else(|| panic!("{name}.{} is missing", column.name));
            assert_eq!(
                (&same.kind, same.nullable),
                (&column.kind, column.nullable),
                "{name}.{}",
                column.name
            );
        }
        for index in &table.indexes {
            let same = ours
                .indexes
                .iter()
                .any(|other| other.columns == index.columns && other.unique == index.unique);
            assert!(same, "{name} has nothing like {index:?}");
        }
        for reference in &table.references {
            let same = ours.references.iter().any(|other| other == reference);
            assert!(same, "{name} has nothing like {reference:?}");
        }
    }
    store.close_for_good().await.unwrap();
}
