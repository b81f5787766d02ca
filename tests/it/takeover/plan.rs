//! What `migrate --plan` says, and that it does nothing else.

use super::django::{Django, texts};
use crate::support::{Program, empty_postgres};

#[rocket::async_test]
async fn the_plan_says_what_is_there_what_is_added_what_changes_and_what_going_back_means() {
    let Some(django) = Django::filled().await else { return };
    let (well, said) = django.program().run(&["migrate", "--plan"]);
    assert!(well, "{said}");
    for sentence in [
        "is that of the Django service",
        "         2  campus accounts, found",
        "         2  local accounts with a password",
        "         1  superuser among them",
        "         1  other staff account among them",
        "         1  account with a plain name and no password",
        "        76  permissions, with the numbers of before",
        "         3  conversations",
        "         5  messages",
        "         2  opinions on answers",
        "         1  scheduled task with its schedule",
        "         1  result of such tasks",
        "         3  uploaded files",
        "         2  on the disk, under",
        "         1  not on the disk: listed",
        "         1  file without a row in folders of accounts",
        "chat_chatmessages: status",
        "answer_trace, audit_entry",
        "`core_uploadedfile_filename_key` goes",
        "django_celery_beat_periodictask",
        "Going back",
        "argon2-cffi",
        "NETID_PEPPER has to stay unset",
        "Nothing has been changed",
    ] {
        assert!(said.contains(sentence), "`{sentence}` is not in:\n{said}");
    }
    assert!(!said.contains("Before you go on"), "{said}");
    assert!(!said.contains("postgres://"), "an address may hold a password: {said}");
}

#[rocket::async_test]
async fn planning_changes_nothing() {
    let Some(django) = Django::filled().await else { return };
    let before = django.rows().await;
    let (well, said) = django.program().run(&["migrate", "--plan"]);
    assert!(well, "{said}");
    assert_eq!(django.rows().await, before);
    let connection = django.connection().await;
    let ours = "SELECT table_name::text AS name FROM information_schema.tables
                WHERE table_name IN ('seaql_migrations', 'job', 'web_session')";
    assert_eq!(texts(&connection, ours).await, [""; 0]);
    assert!(!django.media.path().join("tmp").exists());
}

#[rocket::async_test]
async fn the_plan_adds_exactly_what_migrating_adds() {
    let Some(django) = Django::filled().await else { return };
    let (_, said) = django.program().run(&["migrate", "--plan"]);
    let connection = django.connection().await;
    let tables =
        "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public'";
    let columns = "SELECT table_name || '.' || column_name AS name FROM information_schema.columns
                   WHERE table_schema = 'public' AND table_name ~ '^(auth|core|chat|django)_'";
    let indexes = "SELECT indexname::text AS name FROM pg_indexes
                   WHERE schemaname = 'public' AND tablename ~ '^(auth|core|chat|django)_'";
    let count = async |sql| texts(&connection, sql).await.len();
    let before = (count(tables).await, count(columns).await, count(indexes).await);
    let django = django.taken_over();
    let after = (count(tables).await, count(columns).await, count(indexes).await);
    for (number, what) in [
        (after.0 - before.0, "tables:"),
        (after.1 - before.1, "columns, none of which"),
        // The rule on file names goes.
        (after.2 - (before.2 - 1), "indexes on tables that are there"),
    ] {
        let line = format!("{number:>10}  {what}");
        assert!(number > 5 && said.contains(&line), "`{line}` is not in:\n{said}");
    }
    drop(django);
}

#[rocket::async_test]
async fn somebody_at_work_on_the_database_is_noticed() {
    let Some(django) = Django::filled().await else { return };
    let connection = django.connection().await;
    let (_, said) = django.program().run(&["migrate", "--plan"]);
    assert!(said.contains("Others are connected to this database (1)"), "{said}");
    connection.close().await.unwrap();
}

#[rocket::async_test]
async fn the_wrong_folder_of_files_is_noticed_before_anything_is_done() {
    let Some(django) = Django::filled().await else { return };
    let elsewhere = Program::at(&django.database.settings).set("MEDIA_ROOT", "elsewhere");
    let (well, said) = elsewhere.run(&["migrate"]);
    assert!(!well && said.contains("none of the uploaded files was found"), "{said}");
    assert!(said.contains("None of the uploaded files is under elsewhere"), "{said}");
    let (well, said) = elsewhere.run(&["migrate", "--without-files"]);
    assert!(well && said.contains("Taken over"), "{said}");
}

#[rocket::async_test]
async fn a_pepper_is_said_to_bar_the_way_back() {
    let Some(django) = Django::empty().await else { return };
    let peppered = django.program().set("NETID_PEPPER", "a pepper of some length, for a test alone");
    let (_, said) = peppered.run(&["migrate", "--plan"]);
    assert!(said.contains("NETID_PEPPER is set"), "{said}");
}

#[rocket::async_test]
async fn the_plan_of_an_empty_database_and_of_ours_is_said_too() {
    let program = Program::new();
    let (well, said) = program.run(&["migrate", "--plan"]);
    assert!(well && said.contains("There is no database yet"), "{said}");
    assert!(!program.folder().join("data").exists(), "planning makes no file");
    program.run(&["migrate"]);
    let (well, said) = program.run(&["migrate", "--plan"]);
    assert!(well && said.contains("up to date"), "{said}");
    let Some(empty) = empty_postgres() else { return };
    let (well, said) = Program::at(&empty.settings).run(&["migrate", "--plan"]);
    assert!(well && said.contains("The database is empty") && said.contains("core_usermodel"), "{said}");
}
