//! The folder of results.

use std::{
    fs::{File, FileTimes},
    path::Path,
    time::{Duration, SystemTime},
};

use chatdku::loadtest::{Cleared, clear_logs, newest};

const HOUR: Duration = Duration::from_hours(1);

fn file(folder: &Path, name: &str, age: Duration, text: &str) {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    let written = SystemTime::now() - age;
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_times(FileTimes::new().set_modified(written))
        .unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[rocket::async_test]
async fn old_results_are_deleted_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    file(outside.path(), "kept_stats.csv", 50 * HOUR, "");
    let folder = folder.path();
    for ending in ["_stats.csv", "_failures.csv", "_exceptions.csv", "_stats_history.csv", ".html"] {
        file(folder, &format!("old{ending}"), 50 * HOUR, "");
        file(folder, &format!("new{ending}"), HOUR, "");
    }
    file(folder, "_stats.csv", 50 * HOUR, "");
    file(folder, "chatdku.sqlite3", 500 * HOUR, "precious");
    file(folder, "stats.csv", 500 * HOUR, "somebody else's");
    std::fs::create_dir(folder.join("folder.html")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("kept_stats.csv"), folder.join("link_stats.csv")).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.join("elsewhere.html")).unwrap();
    let cleared = clear_logs(folder, SystemTime::now() - 24 * HOUR).await.unwrap();
    assert_eq!(cleared, Cleared { files: 6, kept: 0 });
    assert_eq!(
        names(folder),
        [
            "chatdku.sqlite3",
            "elsewhere.html",
            "folder.html",
            "link_stats.csv",
            "new.html",
            "new_exceptions.csv",
            "new_failures.csv",
            "new_stats.csv",
            "new_stats_history.csv",
            "stats.csv"
        ]
    );
    assert_eq!(names(outside.path()), ["kept_stats.csv"]);
    assert_eq!(clear_logs(&folder.join("not there"), SystemTime::now()).await.unwrap(), Cleared::default());
}

#[rocket::async_test]
async fn the_newest_table_is_read_also_when_locust_has_written_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(newest(&folder.join("not there")).await.unwrap().is_none());
    assert!(newest(folder).await.unwrap().is_none());
    // As Locust 2 writes it.
    let table = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,\
                 Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,\
                 99.99%,100%\nPOST,/api/chat,12,3,410,523.0833333333334,87.1,1801.5,912.75,0.4,0.1,440,510,600,700,900,\
                 1800,1800,1800,1800,1800,1800\n,Aggregated,12,3,410,523.0833333333334,87.1,1801.5,912.75,0.4,0.1,440,\
                 510,600,700,900,1800,1800,1800,1800,1800,1800\n";
    file(folder, "_stats.csv", 2 * HOUR, table);
    file(folder, "older_stats.csv", 3 * HOUR, "Type,Name,Request Count,Failure Count\nGET,/old,1,0\n");
    file(folder, "broken_stats.csv", HOUR, "\u{0}\u{1}");
    file(folder, "huge_stats.csv", Duration::ZERO, &"x".repeat(2 * 1024 * 1024));
    let (written, rows) = newest(folder).await.unwrap().unwrap();
    assert!(written < SystemTime::now() - HOUR);
    assert_eq!((rows[0].name.as_str(), rows[0].requests, rows[0].failures), ("/api/chat", 12, 3));
    assert_eq!((rows[0].p95_ms(), rows[1].is_total()), (1800, true));
    assert!((rows[0].average_ms - 523.08).abs() < 0.01);
}
