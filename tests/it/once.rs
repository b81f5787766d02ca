//! What `tests/run` runs once, and not on each database: `tests/once.txt`.

use std::path::Path;

/// What a test that looks at rows itself cannot do without.
const ROWS: [&str; 4] = ["sea_orm", ".store", "is_on_postgres", "empty_postgres"];

/// The names in the list.
fn listed() -> Vec<&'static str> {
    let lines = include_str!("../once.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_whitespace().next().expect("a name")).collect()
}

#[test]
fn what_runs_once_is_there_and_looks_at_no_rows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    assert!(!listed().is_empty());
    for name in listed() {
        let path = folder.join(name.replace("::", "/"));
        let source = [path.with_extension("rs"), path.join("mod.rs")].into_iter().find(|file| file.exists());
        let source = source.unwrap_or_else(|| panic!("{name} is no module of the tests"));
        let text = std::fs::read_to_string(&source).expect("a text");
        assert!(text.contains("async_test]") || text.contains("#[test]"), "{name} has no tests");
        for of_rows in ROWS {
            assert!(!text.contains(of_rows), "{name} knows {of_rows}: on which database is it right?");
        }
    }
}

#[test]
fn the_list_is_what_the_run_goes_by() {
    let run = include_str!("../run");
    assert!(run.contains("tests/once.txt") && run.contains("--skip"), "nobody reads the list");
}
