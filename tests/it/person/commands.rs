//! `exportperson` and `eraseperson`.

use std::os::unix::fs::PermissionsExt;

use super::Archive;
use crate::support::{Program, process::http};

#[rocket::async_test]
async fn an_operator_exports_and_erases_a_person_by_netid() {
    let mut program = Program::on_a_database();
    program.start().await;
    let opened = http().get(program.url("/api/get_session")).header("UID", "ab123").send().await.unwrap();
    assert_eq!(opened.status(), 200);
    let file = program.folder().join("ab.zip");
    let path = file.display().to_string();
    let (well, said) = program.run(&["exportperson", "ab123", &path]);
    assert!(well && said.contains("bytes"), "{said}");
    assert!(!said.contains("ab123"), "a NetID is not repeated: {said}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let mut archive = Archive::of(&std::fs::read(&file).unwrap());
    assert_eq!(archive.json("account.json")["kind"], "campus");
    assert_eq!(archive.json("conversations.json").as_array().unwrap().len(), 1);
    let (well, said) = program.run(&["exportperson", "ab123", &path]);
    assert!(!well && said.contains("ab.zip"), "it replaces nothing: {said}");
    let other = program.folder().join("other.zip").display().to_string();
    let (well, said) = program.run(&["exportperson", "nobody9", &other]);
    assert!(!well && said.contains("no account") && !said.contains("nobody9"), "{said}");
    assert!(!program.folder().join("other.zip").exists());

    let name = archive.json("account.json")["name"].as_str().unwrap().to_owned();
    let (well, said) = program.run(&["eraseperson", &name]);
    assert!(!well && said.contains("--noinput"), "{said}");
    let (well, said) = program.run(&["eraseperson", &name, "--noinput"]);
    assert!(well && said.contains("gone"), "{said}");
    let left = http().get(program.url("/api/c")).header("UID", "ab123").send().await.unwrap();
    assert_eq!(left.json::<serde_json::Value>().await.unwrap().as_array().unwrap().len(), 0);
    let (well, said) = program.run(&["eraseperson", "ab123", "--account", "--noinput"]);
    assert!(well && said.contains("account is gone"), "{said}");
    let (well, said) = program.run(&["exportperson", &name, &other]);
    assert!(!well && said.contains("no account"), "{said}");
}

#[test]
fn the_last_superuser_is_not_erased() {
    let program = Program::new()
        .set("DJANGO_SUPERUSER_USERNAME", "operator")
        .set("DJANGO_SUPERUSER_PASSWORD", "violet anchor 7 mesa");
    let (well, said) = program.run(&["createsuperuser", "--noinput"]);
    assert!(well, "{said}");
    let (well, said) = program.run(&["eraseperson", "operator", "--account", "--noinput"]);
    assert!(!well && said.contains("last superuser"), "{said}");
    let (well, said) = program.run(&["eraseperson", "operator", "--noinput"]);
    assert!(well, "{said}");
}
