//! Databases that are only half known: each is refused with everything that is wrong with it, and left as it was.

use sea_orm::{ConnectionTrait, Database};

use super::django::Django;
use crate::support::Program;

/// Changes a Django database and tries to take it over; answers what is said.
async fn refused(change: &str) -> Option<String> {
    let django = Django::filled().await?;
    django.execute(change).await;
    let before = django.rows().await;
    let (well, said) = django.program().run(&["migrate"]);
    assert!(!well, "it was taken over in spite of `{change}`: {said}");
    assert!(said.contains("nothing has been changed"), "{said}");
    assert_eq!(django.rows().await, before, "{change}");
    Some(said)
}

#[rocket::async_test]
async fn every_fault_of_a_half_known_database_is_listed_at_once() {
    let change = "
        DROP TABLE chat_feedback;
        ALTER TABLE core_usermodel DROP COLUMN folder;
        ALTER TABLE core_usermodel ALTER COLUMN username TYPE varchar(64);
        ALTER TABLE core_usermodel ADD COLUMN department text NOT NULL DEFAULT 'x';
        ALTER TABLE core_usermodel ALTER COLUMN department DROP DEFAULT;
        ALTER TABLE core_usermodel ADD COLUMN nickname text;
        ALTER TABLE chat_usersession ALTER COLUMN title DROP NOT NULL;
        ALTER TABLE chat_usersession ADD COLUMN active_run uuid;
        ALTER TABLE auth_group DROP CONSTRAINT auth_group_name_key;
        CREATE TABLE job (id integer);
        INSERT INTO django_migrations (app, name, applied) VALUES ('chat', '0005_chatmessages_tokens', now())";
    let Some(said) = refused(change).await else { return };
    for fault in [
        "chat_feedback: the table is missing",
        "core_usermodel.folder: the column is missing",
        "core_usermodel.username: the type is varchar(64), and not varchar(100)",
        "core_usermodel.department: an unknown column that every new row would have to fill",
        "chat_usersession.title: it may be null, other than in the original",
        "chat_usersession.active_run: a column that would be added is there already",
        "auth_group: nothing keeps (name) unique",
        "job: a table of this name is there already",
        "django_migrations: chat.0005_chatmessages_tokens is newer than what is known here",
    ] {
        assert!(said.contains(&format!("  - {fault}")), "`{fault}` is not in:\n{said}");
    }
    assert!(!said.contains("nickname"), "an unknown column that may be empty does no harm: {said}");
}

#[rocket::async_test]
async fn a_django_database_that_lacks_its_own_migrations_is_refused() {
    let change = "DELETE FROM django_migrations WHERE name = '0003_delete_activelm_usermodel_email'";
    let Some(said) = refused(change).await else { return };
    assert!(said.contains("core.0003_delete_activelm_usermodel_email has not been applied"), "{said}");
}

#[rocket::async_test]
async fn tables_of_nobody_are_refused() {
    let Some(said) = refused("DROP TABLE django_migrations").await else { return };
    assert!(said.contains("core_usermodel: the table is there, but neither Django's list"), "{said}");
}

#[rocket::async_test]
async fn tables_that_belong_to_somebody_else_are_refused() {
    let Some(django) = Django::filled().await else { return };
    let guest = format!("guest_{}", uuid::Uuid::new_v4().simple());
    django
        .execute(&format!(
            "CREATE ROLE {guest} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {guest};
             REVOKE CREATE ON SCHEMA public FROM PUBLIC"
        ))
        .await;
    let (well, said) = django.program().set("USERNAME_DB", &guest).run(&["migrate"]);
    django.execute(&format!("DROP OWNED BY {guest}; DROP ROLE {guest}")).await;
    assert!(!well, "{said}");
    assert!(said.contains(&format!("and `{guest}` cannot change it")), "{said}");
    assert!(said.contains(&format!("`{guest}` may not make tables in it")), "{said}");
}

#[rocket::async_test]
async fn only_migrate_takes_a_database_over() {
    let Some(django) = Django::filled().await else { return };
    let before = django.rows().await;
    for command in
        [&["serve", "127.0.0.1:0"][..], &["run-job", "housekeeping"], &["createsuperuser", "--noinput"]]
    {
        let (well, said) = django.program().run(command);
        assert!(!well && said.contains("has not been taken over yet"), "{command:?}: {said}");
        assert!(said.contains("migrate --plan"), "{command:?}: {said}");
    }
    assert_eq!(django.rows().await, before);
}

#[rocket::async_test]
async fn an_sqlite_database_of_a_django_service_is_left_alone() {
    let program = Program::new();
    std::fs::create_dir(program.folder().join("data")).unwrap();
    let file = program.folder().join("data/chatdku.sqlite3");
    let connection = Database::connect(format!("sqlite://{}?mode=rwc", file.display())).await.unwrap();
    connection.execute_unprepared("CREATE TABLE django_migrations (id integer PRIMARY KEY)").await.unwrap();
    connection.close().await.unwrap();
    for command in [&["migrate"][..], &["migrate", "--plan"]] {
        let (well, said) = program.run(command);
        assert!(!well && said.contains("kept its data in PostgreSQL"), "{said}");
    }
}
