//! A machine on which the program has never run, and what its commands say.

use std::os::unix::fs::PermissionsExt;

use crate::support::{Program, process::http};

fn count(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

#[rocket::async_test]
async fn the_first_start_makes_everything_and_shows_the_password_once() {
    let mut program = Program::new();
    program.start().await;
    let said = program.said();
    assert!(said.contains("`chatdku_admin`"), "{said}");
    assert!(said.contains(&format!("open {}", program.url("/"))), "{said}");
    let page = http().get(program.url("/")).header("Accept", "text/html").send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(program.said().contains("development sign-in used"), "every use is logged");
    for made in ["data/chatdku.sqlite3", "data/index", "data/media"] {
        assert!(program.folder().join(made).exists(), "{made}");
    }
    for kept in ["data/secret_key", "data/field_encryption_key"] {
        let mode = std::fs::metadata(program.folder().join(kept)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{kept}");
    }
    program.kill();
    program.start().await;
    let said = program.said();
    assert_eq!(count(&said, "`chatdku_admin`"), 1, "{said}");
    assert_eq!(count(&said, "ChatDKU is ready"), 2, "{said}");
}

#[rocket::async_test]
async fn a_second_process_on_the_same_port_says_what_to_change() {
    let mut program = Program::new();
    program.start().await;
    let address = program.url("").replace("http://", "");
    let (well, said) = program.run(&["serve", &address]);
    assert!(!well && said.contains("`address` and `port` in Rocket.toml"), "{said}");
}

#[test]
fn a_database_is_migrated_once() {
    let program = Program::new();
    let (well, said) = program.run(&["migrate"]);
    assert!(well && said.contains("Applied"), "{said}");
    let (well, said) = program.run(&["migrate"]);
    assert!(well && said.contains("up to date") && !said.contains("Applied"), "{said}");
}

#[test]
fn documents_are_loaded_and_what_cannot_be_read_is_named() {
    let program = Program::new();
    let folder = program.folder().join("campus");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("visa.md"), "# Visas\n\nThe visa office is in room 1042.\n").unwrap();
    let (well, said) = program.run(&["ingest", "campus"]);
    assert!(well && said.contains("1 added"), "{said}");
    let (well, said) = program.run(&["ingest", "campus"]);
    assert!(well && said.contains("0 added") && said.contains("1 unchanged"), "{said}");
    std::fs::write(folder.join("broken.pdf"), b"%PDF-1.7 and no more").unwrap();
    let (well, said) = program.run(&["ingest", "campus"]);
    assert!(!well && said.contains("broken.pdf: it is damaged"), "{said}");
    let (well, said) = program.run(&["ingest", "nowhere"]);
    assert!(!well && said.contains("nowhere"), "{said}");
}

#[test]
fn a_scheduled_job_is_run_by_hand_and_an_unknown_one_is_not() {
    let program = Program::new();
    let (well, said) = program.run(&["run-job", "housekeeping"]);
    assert!(well && said.contains("housekeeping: done."), "{said}");
    let (well, said) = program.run(&["run-job", "nothing"]);
    assert!(!well && said.contains("there are: ") && said.contains("housekeeping"), "{said}");
    // What finds something wrong says so, and ends so. Nobody listens there.
    let program = program.set("LLM_BASE_URL", "http://127.0.0.1:9/v1");
    let (well, said) = program.run(&["run-job", "chat.tasks.ping_model"]);
    assert!(!well && said.contains("found something wrong: the model cannot be reached"), "{said}");
}

#[test]
fn every_command_explains_itself() {
    let program = Program::new();
    let (well, said) = program.run(&["--help"]);
    assert!(well, "{said}");
    for command in
        ["serve", "migrate", "ingest", "createsuperuser", "changepassword", "resetsecondfactor", "run-job"]
    {
        assert!(said.contains(command), "{said}");
        let (well, said) = program.run(&[command, "--help"]);
        assert!(well && said.contains("Usage: chatdku"), "{said}");
    }
    let (well, said) = program.run(&["dance"]);
    assert!(!well && said.contains("dance"), "{said}");
}

#[test]
fn wrong_settings_are_named_all_at_once() {
    let program = Program::new().set("PORT_DB", "many").set("HOST_DB", "localhost").set("WORKERS", "two");
    let (well, said) = program.run(&["migrate"]);
    assert!(!well, "{said}");
    for name in ["PORT_DB", "NAME_DB", "USERNAME_DB", "WORKERS"] {
        assert!(said.contains(&format!("- {name}:")), "{name} is missing: {said}");
    }
}

#[test]
fn a_key_that_is_none_is_named_and_not_replaced() {
    let program = Program::new().set("FIELD_ENCRYPTION_KEY", "none-of-this");
    let (well, said) = program.run(&["check"]);
    assert!(!well && said.contains("FIELD_ENCRYPTION_KEY: is no key"), "{said}");
    assert!(!said.contains("none-of-this"), "{said}");
    let program = Program::new();
    let kept = program.folder().join("data/field_encryption_key");
    std::fs::create_dir_all(kept.parent().unwrap()).unwrap();
    std::fs::write(&kept, "half of a k").unwrap();
    let (well, said) = program.run(&["run-job", "housekeeping"]);
    assert!(!well && said.contains("data/field_encryption_key does not hold a key"), "{said}");
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "half of a k");
}

#[test]
fn the_release_profile_does_not_start_without_a_secret() {
    let program = Program::new().set("ROCKET_PROFILE", "release");
    let (well, said) = program.run(&["serve"]);
    assert!(!well && said.contains("SECRET_KEY"), "{said}");
    let open = Program::new()
        .set("ROCKET_PROFILE", "release")
        .set("SECRET_KEY", "1f0cD-9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f");
    let (well, said) = open.run(&["serve", "0.0.0.0:0"]);
    assert!(!well && said.contains("--i-have-a-proxy"), "{said}");
}

#[test]
fn a_superuser_is_made_without_asking() {
    let program = Program::new()
        .set("DJANGO_SUPERUSER_USERNAME", "operator")
        .set("DJANGO_SUPERUSER_PASSWORD", "violet anchor 7 mesa");
    let (well, said) = program.run(&["createsuperuser", "--noinput"]);
    assert!(well && said.contains("Superuser 'operator' created successfully."), "{said}");
    let (well, said) = program.run(&["createsuperuser", "--noinput", "--username", "OPERATOR"]);
    assert!(!well && said.contains("already taken"), "{said}");
    let hash = "a".repeat(64);
    let (well, said) = program.run(&["createsuperuser", "--noinput", "--username", &hash]);
    assert!(!well && said.contains("looks like that of a campus account"), "{said}");
    let weak = Program::new().set("DJANGO_SUPERUSER_PASSWORD", "12345");
    let (well, said) = weak.run(&["createsuperuser", "--noinput", "--username", "operator"]);
    assert!(!well && said.contains("too short") && said.contains("entirely numeric"), "{said}");
    let (well, said) = Program::new().run(&["createsuperuser", "--noinput"]);
    assert!(!well && said.contains("DJANGO_SUPERUSER_USERNAME"), "{said}");
}
