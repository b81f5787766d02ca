//! Files: received, checked, read, handed back, deleted.

use chatdku::{jobs, knowledge, queue, uploads};
use chrono::Duration;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::Value;

use crate::support::{TestApp, pdf};

fn syllabus() -> Vec<u8> {
    pdf::pages(&[
        &["Course Syllabus", "This course is taught by Professor Zhang."],
        &["Grading", "The final examination counts for forty percent of the grade."],
        &["Office hours", "Office hours are held on Thursday afternoon in room 2106."],
    ])
}

async fn files(app: &TestApp, netid: &str) -> Vec<Value> {
    app.user(netid).get("/user_files").await.is(200).json().as_array().unwrap().clone()
}

fn stored(app: &TestApp) -> usize {
    let media = app.folder().join("data/media");
    walkdir::WalkDir::new(media)
        .into_iter()
        .filter(|entry| entry.as_ref().is_ok_and(|e| e.file_type().is_file()))
        .count()
}

#[rocket::async_test]
async fn an_upload_is_queued_read_and_ready() {
    let app = TestApp::start().await;
    let uploaded = app.user("alice1").upload("My Syllabus-2026.PDF", &syllabus()).await.is(201).json();
    assert_eq!(uploaded["message"], "File uploaded successfully");
    assert_eq!(
        (&uploaded["filename"], &uploaded["status"]),
        (&"My_Syllabus_2026.pdf".into(), &"queued".into())
    );
    let id = uploaded["id"].as_str().unwrap();
    assert_eq!(uploaded["url"], format!("/user_files/{id}/content"));
    assert_eq!(files(&app, "alice1").await[0]["status"], "queued");
    app.work().await;
    let file = &files(&app, "alice1").await[0];
    assert_eq!(
        (&file["status"], &file["pages"], &file["reason"]),
        (&"ready".into(), &3.into(), &Value::Null)
    );
    for (one, other) in [("name", "filename"), ("createdAt", "uploaded_at")] {
        assert_eq!(file[one], file[other]);
    }
    assert_eq!(file["size"], syllabus().len());
    assert_eq!(app.user("alice1").get(&format!("/user_files/{id}")).await.is(200).json(), *file);
}

#[rocket::async_test]
async fn every_path_and_part_name_of_the_clients_works() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    for (path, part) in [
        ("/user_files", "file_"),
        ("/user_files", "file"),
        ("/user/upload", "file_"),
        ("/user/upload/", "file"),
    ] {
        alice.upload_to(path, part, "a.pdf", &syllabus()).await.is(201);
    }
    let names = alice.get("/user/user_files").await.is(200).json();
    assert_eq!(names["document"].as_array().unwrap().len(), 4);
    assert_eq!(alice.get("/user/upload").await.json(), names);
    app.work().await;
}

#[rocket::async_test]
async fn what_is_no_pdf_is_refused_with_its_reason() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let pdf = syllabus();
    let large = [pdf.as_slice(), &vec![b' '; 10 * 1024 * 1024 + 1 - pdf.len()]].concat();
    for (name, bytes, sentence) in [
        ("a.txt", pdf.as_slice(), "File should end with PDF"),
        ("notpdf", &pdf, "File should end with PDF"),
        ("a.pdf", b"", "The submitted file is empty."),
        ("a.pdf", b"PK\x03\x04 a zip", "The file is not a PDF."),
        ("a.pdf", &large, "File must be less than 10 mb"),
    ] {
        let answer = alice.upload(name, bytes).await.is(400).json();
        assert_eq!(answer, serde_json::json!({ "file_": [sentence], "detail": sentence }), "{name}");
    }
    let at_most = [pdf.as_slice(), &vec![b' '; 10 * 1024 * 1024 - pdf.len()]].concat();
    alice.upload("a.pdf", &at_most).await.is(201);
    let none = alice.multipart("/user_files", &[("form-data; name=\"other\"", b"x")]).await.is(400).json();
    assert_eq!(none["file_"][0], "No file was submitted.");
    let text = alice.multipart("/user_files", &[("form-data; name=\"file\"", b"x")]).await.is(400).json();
    assert_eq!(text["detail"], "The submitted data was not a file. Check the encoding type on the form.");
    app.work().await;
    assert_eq!(stored(&app), 1, "what was refused left nothing behind");
}

#[rocket::async_test]
async fn a_body_that_is_no_form_is_refused() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let json = alice.post("/user_files", serde_json::json!({})).await.is(415).json();
    assert_eq!(json["detail"], "Unsupported media type \"application/json\" in request.");
    let bare = rocket::http::ContentType::new("multipart", "form-data");
    alice.send(rocket::http::Method::Post, "/user_files", Some(bare), b"x".to_vec()).await.is(400);
    let broken = rocket::http::ContentType::new("multipart", "form-data").with_params(("boundary", "x"));
    alice
        .send(rocket::http::Method::Post, "/user_files", Some(broken), b"--x\r\nno end".to_vec())
        .await
        .is(400);
    assert_eq!(stored(&app), 0);
}

#[rocket::async_test]
async fn hostile_names_are_shown_harmless_and_stored_under_none() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    for name in [
        "../../../etc/passwd.pdf",
        "a/../../b.pdf",
        "<img src=x onerror=alert(1)>.pdf",
        "课程 大纲.pdf",
        ".pdf",
    ] {
        alice.upload(name, &syllabus()).await.is(201);
    }
    app.work().await;
    let names: Vec<String> = files(&app, "alice1")
        .await
        .iter()
        .rev()
        .map(|f| f["filename"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["passwd.pdf", "b.pdf", "img_srcx_onerroralert1.pdf", "课程_大纲.pdf", "document.pdf"]);
    for entry in walkdir::WalkDir::new(app.folder().join("data/media")) {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let generated =
            name == "media" || name == "tmp" || uuid::Uuid::parse_str(name.trim_end_matches(".pdf")).is_ok();
        assert!(generated, "{name}");
    }
}

#[rocket::async_test]
async fn the_same_name_works_twice_and_for_two() {
    let app = TestApp::start().await;
    app.user("alice1").upload("notes.pdf", &syllabus()).await.is(201);
    let again = app.user("alice1").upload("notes.pdf", &syllabus()).await.is(201).json();
    let varied = again["filename"].as_str().unwrap();
    assert!(varied.starts_with("notes_") && varied.len() == "notes_1234567.pdf".len(), "{varied}");
    let bobs = app.user("bob22").upload("notes.pdf", &syllabus()).await.is(201).json();
    assert_eq!(bobs["filename"], "notes.pdf");
    app.work().await;
}

#[rocket::async_test]
async fn files_that_give_no_text_say_why() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    for (name, bytes) in
        [("locked.pdf", pdf::encrypted()), ("broken.pdf", &pdf::broken()), ("scan.pdf", &pdf::scanned())]
    {
        alice.upload(name, bytes).await.is(201);
    }
    app.work().await;
    for file in files(&app, "alice1").await {
        assert_eq!(file["status"], "rejected", "{file}");
        let reason = file["reason"].as_str().unwrap();
        let wanted = match file["filename"].as_str().unwrap() {
            "locked.pdf" => "password",
            "broken.pdf" => "could not be read",
            _ => "no text",
        };
        assert!(reason.contains(wanted), "{reason}");
    }
    let chinese = alice.header("Accept-Language", "zh-CN").get("/user_files").await.json();
    assert!(chinese[0]["reason"].as_str().unwrap().contains("文字"));
}

#[rocket::async_test]
async fn a_file_with_some_pictures_is_read_in_part() {
    let app = TestApp::start().await;
    let mixed = pdf::build(&[
        pdf::Page::Text(&["The library opens at eight in the morning."]),
        pdf::Page::Picture,
        pdf::Page::Text(&["The library closes at ten in the evening."]),
    ]);
    app.user("alice1").upload("mixed.pdf", &mixed).await.is(201);
    app.work().await;
    let file = &files(&app, "alice1").await[0];
    assert_eq!(file["status"], "partial");
    assert_eq!(file["reason"], "These pages are pictures and could not be searched: 2.");
}

#[rocket::async_test]
async fn the_pdf_comes_back_to_its_owner_alone() {
    let app = TestApp::start().await;
    let id = app.user("alice1").upload("课程.pdf", &syllabus()).await.is(201).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let url = format!("/user_files/{id}/content");
    let answer = app.user("alice1").get(&url).await.is(200);
    assert_eq!(answer.body, syllabus());
    assert_eq!(answer.header("Content-Type"), Some("application/pdf"));
    assert_eq!(
        answer.header("Content-Disposition"),
        Some("attachment; filename=\"__.pdf\"; filename*=UTF-8''%E8%AF%BE%E7%A8%8B.pdf")
    );
    assert_eq!(answer.header("Content-Security-Policy"), Some("sandbox"));
    let inline = app.user("alice1").get(&format!("{url}?inline")).await.is(200);
    assert!(inline.header("Content-Disposition").unwrap().starts_with("inline;"));
    for path in [url.clone(), format!("/user_files/{id}")] {
        app.user("bob22").get(&path).await.is(404);
    }
    app.user("bob22").delete(&format!("/user_files/{id}")).await.is(404);
    app.work().await;
    assert_eq!(files(&app, "alice1").await.len(), 1);
}

#[rocket::async_test]
async fn deleting_removes_row_text_and_bytes() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let id = alice.upload("a.pdf", &syllabus()).await.json()["id"].as_str().unwrap().to_owned();
    app.work().await;
    let db = app.app().store.read().clone();
    assert!(knowledge::tables::Chunk::find().count(&db).await.unwrap() > 0);
    alice.delete(&format!("/user_files/{id}")).await.is(204);
    assert_eq!(uploads::Entity::find().count(&db).await.unwrap(), 0);
    assert_eq!(knowledge::tables::Document::find().count(&db).await.unwrap(), 0);
    assert_eq!(knowledge::tables::Chunk::find().count(&db).await.unwrap(), 0);
    app.work().await;
    assert_eq!(stored(&app), 0);
    alice.delete(&format!("/user_files/{id}")).await.is(404);
    alice.delete("/user_files/nonsense").await.is(404);
}

#[rocket::async_test]
async fn a_file_deleted_before_its_turn_leaves_nothing() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let id = alice.upload("a.pdf", &syllabus()).await.json()["id"].as_str().unwrap().to_owned();
    alice.delete(&format!("/user_files/{id}")).await.is(204);
    app.work().await;
    assert_eq!(knowledge::tables::Document::find().count(app.app().store.read()).await.unwrap(), 0);
    assert_eq!(stored(&app), 0);
}

#[rocket::async_test]
async fn a_file_whose_bytes_are_gone_is_missing() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let id = alice.upload("a.pdf", &syllabus()).await.json()["id"].as_str().unwrap().to_owned();
    for entry in walkdir::WalkDir::new(app.folder().join("data/media")) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    app.work().await;
    let file = alice.get(&format!("/user_files/{id}")).await.json();
    assert_eq!(
        (&file["status"], &file["reason"]),
        (&"missing".into(), &"The file is missing from the disk. Please upload it again.".into())
    );
    alice.get(&format!("/user_files/{id}/content")).await.is(404);
}

#[rocket::async_test]
async fn reading_again_after_a_crash_gives_the_same_once() {
    let app = TestApp::start().await;
    app.user("alice1").upload("a.pdf", &syllabus()).await.is(201);
    let (store, now) = (&app.app().store, app.clock.now());
    // A worker claims the job and dies.
    let kinds = [uploads::INGEST];
    store.write(async |tx| queue::claim::claim(&tx, now, "dead", &kinds).await).await.unwrap().unwrap();
    assert_eq!(app.work().await, 0);
    app.clock.advance(Duration::seconds(31));
    assert_eq!(app.work().await, 1);
    assert_eq!(files(&app, "alice1").await[0]["status"], "ready");
    assert_eq!(knowledge::tables::Document::find().count(store.read()).await.unwrap(), 1);
}

#[rocket::async_test]
async fn a_reader_that_dies_twice_is_given_up() {
    let app = crate::support::TestConfig::default().program("/bin/false").start().await;
    app.user("alice1").upload("a.pdf", &syllabus()).await.is(201);
    app.work().await;
    assert_eq!(files(&app, "alice1").await[0]["status"], "processing");
    app.clock.advance(Duration::minutes(11));
    app.work().await;
    let file = &files(&app, "alice1").await[0];
    assert_eq!(file["status"], "failed");
    assert!(file["reason"].as_str().unwrap().contains("could not be read"));
}

#[rocket::async_test]
async fn an_account_keeps_within_its_room() {
    let app = TestApp::with("UPLOAD_MAX_FILES", "1").start().await;
    app.user("alice1").upload("a.pdf", &syllabus()).await.is(201);
    let full = app.user("alice1").upload("b.pdf", &syllabus()).await.is(400).json();
    assert!(full["detail"].as_str().unwrap().contains("number of files"));
    app.user("bob22").upload("b.pdf", &syllabus()).await.is(201);
    app.work().await;
    let tight = TestApp::with("UPLOAD_MAX_TOTAL_MB", "0").start().await;
    tight.user("alice1").upload("a.pdf", &syllabus()).await.is(400);
    let full_disk = TestApp::with("DISK_MIN_FREE_MB", "999999999").start().await;
    full_disk.user("alice1").upload("a.pdf", &syllabus()).await.is(507);
    assert_eq!(stored(&full_disk), 0);
}

#[rocket::async_test]
async fn uploads_have_a_rate_of_their_own() {
    let app = TestApp::with("RATE_LIMIT_UPLOAD", "2/30").start().await;
    let alice = app.user("alice1");
    for _ in 0..2 {
        alice.upload("a.txt", b"x").await.is(400);
    }
    let refused = alice.upload("a.pdf", &syllabus()).await.is(429);
    assert_eq!(refused.json()["error"], "rate_limit_exceeded");
    assert!(refused.header("Retry-After").is_some());
    alice.get("/user_files").await.is(200);
}

#[rocket::async_test]
async fn the_sweep_removes_what_crashes_left_behind() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    alice.upload("a.pdf", &syllabus()).await.is(201);
    app.work().await;
    let media = app.folder().join("data/media");
    let account =
        std::fs::read_dir(&media).unwrap().map(|e| e.unwrap().path()).find(|p| !p.ends_with("tmp")).unwrap();
    let old = |path: std::path::PathBuf, hours: u64| {
        std::fs::write(&path, b"%PDF-1.7").unwrap();
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_hours(hours)).unwrap();
    };
    old(media.join("tmp/arriving"), 2);
    old(media.join("tmp/fresh"), 0);
    let named = || account.join(format!("{}.pdf", uuid::Uuid::new_v4()));
    let (stray, new, others) = (named(), named(), account.join("put_there_by_others.pdf"));
    old(stray.clone(), 25);
    old(new.clone(), 1);
    old(others.clone(), 25);
    app.ask_for("files.sweep").await;
    app.work().await;
    assert!(!media.join("tmp/arriving").exists() && media.join("tmp/fresh").exists());
    assert!(!stray.exists() && new.exists() && others.exists());
    assert_eq!(files(&app, "alice1").await[0]["status"], "ready");
}

#[rocket::async_test]
async fn the_sweep_marks_files_whose_bytes_are_gone() {
    let app = TestApp::start().await;
    app.user("alice1").upload("lost.pdf", &syllabus()).await.is(201);
    app.work().await;
    for entry in std::fs::read_dir(app.folder().join("data/media")).unwrap().map(Result::unwrap) {
        std::fs::remove_dir_all(entry.path()).unwrap();
    }
    std::fs::create_dir(app.folder().join("data/media/tmp")).unwrap();
    app.user("bob22").upload("kept.pdf", &syllabus()).await.is(201);
    app.ask_for("files.sweep").await;
    app.work().await;
    let lost = &files(&app, "alice1").await[0];
    assert_eq!(lost["status"], "missing");
    assert!(lost["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
    assert_eq!(files(&app, "bob22").await[0]["status"], "ready");
}

#[rocket::async_test]
async fn the_head_of_a_part_is_bounded() {
    let app = TestApp::start().await;
    let long = format!("form-data; name=\"file_\"; filename=\"{}.pdf\"", "a".repeat(1024 * 1024));
    let refused = app.user("alice1").multipart("/user_files", &[(&long, b"%PDF-1.7")]).await.is(400).json();
    assert!(refused["detail"].as_str().unwrap().contains("too long"), "{refused}");
}

#[rocket::async_test]
async fn the_sweep_leaves_folders_alone_that_are_no_accounts() {
    let app = TestApp::start().await;
    let theirs = app.folder().join("data/media/lost+found");
    std::fs::create_dir(&theirs).unwrap();
    let file = theirs.join("precious.pdf");
    std::fs::write(&file, b"%PDF-1.7").unwrap();
    let old = std::time::SystemTime::now() - std::time::Duration::from_hours(48);
    std::fs::File::options().write(true).open(&file).unwrap().set_modified(old).unwrap();
    app.ask_for("files.sweep").await;
    app.work().await;
    assert!(file.exists());
}

#[rocket::async_test]
async fn two_uploads_of_one_name_at_once_both_succeed() {
    let app = TestApp::start().await;
    let (alice, bytes) = (app.user("alice1"), syllabus());
    let (one, other) = tokio::join!(alice.upload("a.pdf", &bytes), alice.upload("a.pdf", &bytes));
    let names = [one.is(201).json()["filename"].clone(), other.is(201).json()["filename"].clone()];
    assert_ne!(names[0], names[1]);
    app.work().await;
}

#[rocket::async_test]
async fn files_are_deleted_while_they_are_being_read() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    for _ in 0..5 {
        let id = alice.upload("a.pdf", &syllabus()).await.is(201).json()["id"].as_str().unwrap().to_owned();
        let path = format!("/user_files/{id}");
        let delete = async {
            tokio::time::sleep(std::time::Duration::from_millis(60)).await;
            alice.delete(&path).await.is(204);
        };
        tokio::join!(app.work(), delete);
        app.work().await;
        assert_eq!(files(&app, "alice1").await.len(), 0);
        assert_eq!(stored(&app), 0);
    }
    let documents = knowledge::tables::Document::find().count(app.app().store.read()).await.unwrap();
    assert_eq!(documents, 0, "nothing of them can be found");
}

#[rocket::async_test]
async fn a_file_whose_reading_is_called_off_says_so_and_can_be_read_again() {
    let app = TestApp::start().await;
    app.user("alice1").upload("a.pdf", &syllabus()).await.is(201);
    let queued = queue::job::Entity::find().one(app.app().store.read()).await.unwrap().unwrap();
    assert_eq!(jobs::cancel(app.app(), &[queued.id]).await.unwrap(), [queued.id]);
    assert_eq!(files(&app, "alice1").await[0]["status"], "failed");
    assert_eq!(app.work().await, 0);
    let again = jobs::redrive(app.app(), &[queued.id]).await.unwrap();
    assert_eq!((again.jobs.len(), app.work().await), (1, 1));
    assert_eq!(files(&app, "alice1").await[0]["status"], "ready");
}
