//! An operator's own Locust: what it is told, and how its files are read. A script stands in for it.

use std::{os::unix::fs::PermissionsExt, path::PathBuf};

use chatdku::loadtest::{self, Options, Outcome};

use super::short;
use crate::support::TestApp;

/// Writes down what it is told, and the files that Locust would write.
const SCRIPT: &str = r#"#!/bin/sh
here=$(dirname "$0")
printf '%s\n' "$@" > "$here/arguments"
env > "$here/environment"
cp "$LOADTEST_PLAN" "$here/plan.json"
while [ $# -gt 0 ]; do
  case $1 in
    --csv) csv=$2 ;;
    --locustfile) cp "$2" "$here/locustfile.py" ;;
    --html) echo '<p>report</p>' > "$2" ;;
  esac
  shift
done
[ ! -e "$here/fail" ] || { echo 'no such module' >&2; exit 3; }
cat > "${csv}_stats.csv" <<'CSV'
Type,Name,Request Count,Failure Count
POST,/api/chat,40,9
,Aggregated,100,9
CSV
cat > "${csv}_failures.csv" <<'CSV'
Method,Name,Error,Occurrences
POST,/api/chat,"CatchResponseError('ResponseLengthError: shorter than 100 characters')",4
POST,/api/chat,HTTPError('503'),5
CSV
cat > "${csv}_exceptions.csv" <<'CSV'
Count,Message,Traceback,Nodes
2,The length,"File ""locustfile.py"", line 9
locustfile.ResponseLengthError: The length",local
7,other,ValueError: other,local
CSV
exit 1
"#;

/// An application whose operator has a Locust in a folder of its own.
async fn with_locust() -> (TestApp, tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("locust");
    std::fs::write(&script, SCRIPT).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let app = TestApp::with("LOCUST_PATH", script.to_str().unwrap())
        .set("UID", "load1")
        .set("DISPLAY_NAME", "Load")
        .set("HOST", "localhost:8123")
        .set("PROXY_SHARED_SECRET", "the-secret-of-the-proxy");
    (app.start().await, folder, script)
}

#[rocket::async_test]
async fn locust_is_told_what_to_do_and_its_files_are_read() {
    let (app, folder, _) = with_locust().await;
    let config = &app.app().config;
    let options = Options { host: None, no_files: false, accounts: Some(3), min_length: 77, ..short("") };
    let outcome = loadtest::run_as_child(config, &options, app.clock.now()).await.unwrap();
    assert_eq!(outcome, Outcome { requests: 100, failed: 5, short: 6 });
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let arguments = read("arguments").replace('\n', " ");
    for part in
        ["--headless", "--host http://localhost:8123", "--users 3", "--spawn-rate 10", "--run-time 3s"]
    {
        assert!(arguments.contains(part), "{part} in {arguments}");
    }
    let environment = read("environment");
    for line in ["UID=load1", "DISPLAY_NAME=Load", "HOST=http://localhost:8123", "MIN_LENGTH=77"] {
        assert!(environment.lines().any(|have| have == line), "{line} in {environment}");
    }
    let plan: serde_json::Value = serde_json::from_str(&read("plan.json")).unwrap();
    assert_eq!(plan["accounts"], serde_json::json!(["load1", "load1-2", "load1-3"]));
    assert_eq!(plan["proxy"][1], "the-secret-of-the-proxy");
    assert!(read("locustfile.py").contains("LOADTEST_PLAN"));
    let (_, rows) = loadtest::newest(&config.load_test.folder).await.unwrap().unwrap();
    assert_eq!(rows[0].requests, 40);
}

#[rocket::async_test]
async fn a_locust_that_fails_says_why() {
    let (app, folder, _) = with_locust().await;
    std::fs::write(folder.path().join("fail"), "").unwrap();
    let options = Options { host: None, ..short("") };
    let failed = loadtest::run_as_child(&app.app().config, &options, app.clock.now()).await.unwrap_err();
    assert!(format!("{failed:#}").contains("no such module"), "{failed:#}");
}
