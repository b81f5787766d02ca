//! Campus documents that staff keep: added, read, replaced, described, removed.

use std::{path::PathBuf, time::Duration};

use chatdku::{
    jobs,
    knowledge::{
        DocumentId, FileState, Scope,
        campus_files::{self, Arrived, Model},
        documents::{self, Description, DocumentError, Fault, Reread},
        tables,
    },
    queue,
};
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::support::{TestApp, TestConfig, pdf};

async fn arrived(app: &TestApp, name: &str, bytes: &[u8]) -> Arrived {
    let mut incoming = campus_files::begin(app.app()).await.unwrap();
    incoming.write(bytes).await.unwrap();
    Arrived { filename: name.to_owned(), incoming }
}

async fn added(app: &TestApp, name: &str, bytes: &[u8]) -> Model {
    let file = arrived(app, name, bytes).await;
    campus_files::add(app.app(), file, Description::default()).await.unwrap()
}

async fn file_of(app: &TestApp, document: DocumentId) -> Option<Model> {
    campus_files::of_documents(app.app().store.read(), &[document]).await.unwrap().pop()
}

async fn document(app: &TestApp, id: DocumentId) -> documents::Model {
    tables::Document::find_by_id(id).one(app.app().store.read()).await.unwrap().unwrap()
}

async fn found(app: &TestApp, question: &str) -> Vec<String> {
    // On a busy machine the index may need longer than a question waits for it.
    app.app().library.catch_up().await.unwrap();
    let retrieved = app.app().library.retrieve(question, &Scope::campus(), app.app().today()).await.unwrap();
    retrieved.passages.into_iter().map(|passage| passage.title).collect()
}

async fn remove(app: &TestApp, ids: &[DocumentId]) -> u64 {
    let now = app.clock.now();
    app.app().store.write(async |tx| documents::remove(&tx, now, ids).await).await.unwrap()
}

async fn describe(app: &TestApp, id: DocumentId, said: Description) -> Result<(), DocumentError> {
    let now = app.clock.now();
    app.app().store.write(async |tx| documents::describe(&tx, now, id, said).await).await
}

fn titled(title: &str) -> Description {
    Description { title: title.to_owned(), ..Description::default() }
}

fn faults<T: std::fmt::Debug>(outcome: Result<T, DocumentError>) -> Vec<Fault> {
    match outcome {
        Err(DocumentError::Faults(faults)) => faults,
        other => panic!("{other:?}"),
    }
}

fn folder(app: &TestApp) -> PathBuf {
    app.folder().join("data/media/campus")
}

/// The names of the stored files.
fn stored(app: &TestApp) -> Vec<String> {
    let entries = std::fs::read_dir(folder(app)).into_iter().flatten();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[rocket::async_test]
async fn a_file_of_any_format_is_kept_read_and_found() {
    let app = TestApp::start().await;
    let bulletin = pdf::pages(&[&["About"], &["The xylophone club meets on Mondays."]]);
    let files: [(&str, &[u8], &str, &str); 4] = [
        ("Bulletin 2026.pdf", &bulletin, "xylophone club", "Bulletin 2026"),
        ("visa.md", b"# Visa guide\n\nBring your zeppelin permit.", "zeppelin permit", "Visa guide"),
        ("notes.txt", b"The quokka enclosure is closed in winter.", "quokka enclosure", "notes"),
        ("page.html", b"<title>Housing</title><p>Every yurt has a stove.</p>", "yurt stove", "Housing"),
    ];
    for (name, bytes, question, title) in files {
        let file = added(&app, name, bytes).await;
        assert_eq!((file.state, file.filename.as_str()), (FileState::Queued, name));
        assert_eq!(file.size, i64::try_from(bytes.len()).unwrap());
        assert!(!file.stored_name.contains(name) && stored(&app).contains(&file.stored_name));
        let waiting = document(&app, file.document_id).await;
        assert_eq!((waiting.chunks, waiting.collection.as_deref()), (0, Some(campus_files::COLLECTION)));
        assert_eq!(app.work().await, 1);
        assert_eq!(found(&app, question).await, [title], "{name}");
        let ready = file_of(&app, file.document_id).await.unwrap();
        assert_eq!((ready.state, ready.reason), (FileState::Ready, None));
        let document = document(&app, file.document_id).await;
        assert_eq!((document.title.as_str(), &document.sha256), (title, &file.sha256));
    }
}

#[rocket::async_test]
async fn what_is_said_at_the_beginning_stays() {
    let app = TestApp::start().await;
    let said = Description { url: Some("https://example.edu/visa".to_owned()), ..titled("Visas") };
    let file = arrived(&app, "visa.md", b"# Guide\n\nBring your zeppelin permit.").await;
    let file = campus_files::add(app.app(), file, said).await.unwrap();
    app.work().await;
    let document = document(&app, file.document_id).await;
    assert_eq!(
        (document.title.as_str(), document.url.as_deref()),
        ("Visas", Some("https://example.edu/visa"))
    );
}

#[rocket::async_test]
async fn what_cannot_be_kept_is_refused_field_by_field_and_leaves_nothing() {
    let app = TestApp::start().await;
    let wrong = Description { url: Some("example".to_owned()), ..titled("A") };
    let file = arrived(&app, "a.exe", b"MZ").await;
    let both = faults(campus_files::add(app.app(), file, wrong).await);
    assert_eq!(both, [Fault::UrlNotWeb, Fault::FileFormat]);
    assert_eq!(both.iter().map(|fault| fault.field()).collect::<Vec<_>>(), ["url", "file"]);
    let empty = arrived(&app, "a.md", b"").await;
    assert_eq!(faults(campus_files::add(app.app(), empty, titled("A")).await), [Fault::FileEmpty]);
    assert_eq!(tables::Document::find().count(app.app().store.read()).await.unwrap(), 0);
    assert!(stored(&app).is_empty());
    let tmp = std::fs::read_dir(app.folder().join("data/media/tmp")).unwrap();
    assert_eq!(tmp.count(), 0, "what was refused left nothing behind");
    let full = TestApp::with("DISK_MIN_FREE_MB", "999999999").start().await;
    let refused = campus_files::begin(full.app()).await.unwrap_err();
    assert_eq!(refused.status(), rocket::http::Status::InsufficientStorage);
}

#[rocket::async_test]
async fn a_new_version_takes_the_place_of_the_old_when_it_has_been_read() {
    let app = TestApp::start().await;
    let file = added(&app, "rules.md", b"The aardvark sleeps.").await;
    app.work().await;
    let newer = arrived(&app, "rules 2026.txt", b"The badger digs.").await;
    let newer = campus_files::replace_file(app.app(), file.document_id, newer).await.unwrap();
    assert_eq!((newer.id, newer.state), (file.id, FileState::Queued));
    assert_eq!(found(&app, "aardvark").await.len(), 1, "until then the old text answers");
    app.work().await;
    assert_eq!(
        (found(&app, "aardvark").await.len(), found(&app, "badger").await),
        (0, vec!["rules 2026".into()])
    );
    assert_eq!(stored(&app), [newer.stored_name]);
    let nowhere = DocumentId(9_999);
    let missing = arrived(&app, "a.md", b"x").await;
    assert!(campus_files::replace_file(app.app(), nowhere, missing).await.is_err());
}

#[rocket::async_test]
async fn a_version_that_gives_no_text_says_why_and_the_old_text_stays() {
    let app = TestApp::start().await;
    let file = added(&app, "rules.pdf", &pdf::pages(&[&["The aardvark sleeps."]])).await;
    app.work().await;
    let locked = arrived(&app, "locked.pdf", pdf::encrypted()).await;
    campus_files::replace_file(app.app(), file.document_id, locked).await.unwrap();
    app.work().await;
    let rejected = file_of(&app, file.document_id).await.unwrap();
    assert_eq!((rejected.state, rejected.reason.as_deref()), (FileState::Rejected, Some("password")));
    assert_eq!(found(&app, "aardvark").await.len(), 1);
}

#[rocket::async_test]
async fn a_version_replaced_before_its_turn_changes_nothing() {
    let app = TestApp::start().await;
    let file = added(&app, "rules.md", b"The aardvark sleeps.").await;
    let second = arrived(&app, "rules.md", b"The badger digs.").await;
    let second = campus_files::replace_file(app.app(), file.document_id, second).await.unwrap();
    app.work().await;
    assert_eq!((found(&app, "aardvark").await.len(), found(&app, "badger").await.len()), (0, 1));
    assert_eq!(stored(&app), [second.stored_name]);
    assert_eq!(file_of(&app, file.document_id).await.unwrap().state, FileState::Ready);
}

#[rocket::async_test]
async fn documents_are_described_and_the_index_hears_of_it() {
    let app = TestApp::start().await;
    let file = added(&app, "rules.md", b"The aardvark sleeps.").await;
    app.work().await;
    describe(&app, file.document_id, titled("Zookeeping")).await.unwrap();
    assert_eq!(found(&app, "zookeeping").await, ["Zookeeping"]);
    let wrong = Description { url: Some("javascript:alert(1)".to_owned()), ..titled(" ") };
    let outcome = describe(&app, file.document_id, wrong).await;
    assert_eq!(faults(outcome), [Fault::TitleMissing, Fault::UrlNotWeb]);
    app.user("alice1").upload("own.pdf", &pdf::pages(&[&["The camel waits."]])).await.is(201);
    app.work().await;
    let rows = tables::Document::find().all(app.app().store.read()).await.unwrap();
    let own = rows.iter().find(|row| row.owner_id.is_some()).unwrap().id;
    let refused = describe(&app, own, titled("Mine now")).await;
    assert!(matches!(refused, Err(DocumentError::Other(_))), "people's own documents are theirs");
}

#[rocket::async_test]
async fn removing_a_document_takes_its_file_along() {
    let app = TestApp::start().await;
    let read = added(&app, "a.md", b"The aardvark sleeps.").await;
    app.work().await;
    let waiting = added(&app, "b.md", b"The badger digs.").await;
    let kept = added(&app, "c.md", b"The camel waits.").await;
    assert_eq!(remove(&app, &[waiting.document_id, read.document_id]).await, 2);
    app.work().await;
    assert_eq!(stored(&app), [kept.stored_name]);
    assert_eq!(tables::CampusFile::find().count(app.app().store.read()).await.unwrap(), 1);
    assert_eq!(found(&app, "aardvark badger camel").await.len(), 1);
}

#[rocket::async_test]
async fn documents_are_read_again_from_where_they_came() {
    let app = TestApp::start().await;
    let kept = added(&app, "kept.md", b"The aardvark sleeps.").await.document_id;
    app.campus(&[("there.md", "The badger digs."), ("gone.md", "The camel waits.")]).await;
    app.work().await;
    let source = app.folder().join("campus");
    std::fs::write(source.join("there.md"), "The dingo runs.").unwrap();
    std::fs::remove_file(source.join("gone.md")).unwrap();
    let rows = tables::Document::find().all(app.app().store.read()).await.unwrap();
    let of = |path: &str| rows.iter().find(|row| row.path.as_deref() == Some(path)).unwrap().id;
    let (there, gone, nowhere) = (of("there.md"), of("gone.md"), DocumentId(9_999));
    let ids = [gone, there, kept, nowhere];
    let reread = documents::reingest(app.app(), &ids).await.unwrap();
    assert_eq!(reread, Reread { queued: vec![kept, there], refused: vec![gone, nowhere] });
    assert_eq!(file_of(&app, kept).await.unwrap().state, FileState::Queued);
    assert_eq!(documents::reingest(app.app(), &ids).await.unwrap(), reread);
    assert_eq!(app.work().await, 2, "each is read once");
    assert_eq!(file_of(&app, kept).await.unwrap().state, FileState::Ready);
    assert_eq!(found(&app, "dingo").await, ["there"]);
    assert_eq!((found(&app, "badger").await.len(), found(&app, "camel").await.len()), (0, 1));
}

#[rocket::async_test]
async fn a_document_is_never_read_from_outside_its_folder() {
    let app = TestApp::start().await;
    app.campus(&[("a.md", "The aardvark sleeps."), ("b.md", "The badger digs.")]).await;
    let source = app.folder().join("campus");
    std::fs::write(app.folder().join("secret.md"), "The secret narwhal.").unwrap();
    std::fs::remove_file(source.join("a.md")).unwrap();
    std::os::unix::fs::symlink(app.folder().join("secret.md"), source.join("a.md")).unwrap();
    let leave = "UPDATE document SET path = '../secret.md' WHERE path = 'b.md'";
    let store = &app.app().store;
    let left =
        store.write(async |tx| sea_orm::ConnectionTrait::execute_unprepared(&tx, leave).await).await.unwrap();
    assert_eq!(left.rows_affected(), 1);
    let rows = tables::Document::find().all(store.read()).await.unwrap();
    let ids: Vec<DocumentId> = rows.into_iter().map(|row| row.id).collect();
    let reread = documents::reingest(app.app(), &ids).await.unwrap();
    assert_eq!((reread.queued.len(), reread.refused.len()), (0, 2));
}

#[rocket::async_test]
async fn a_file_whose_bytes_are_gone_is_missing_and_one_that_kills_its_reader_has_failed() {
    let app = TestApp::start().await;
    let file = added(&app, "a.md", b"The aardvark sleeps.").await;
    std::fs::remove_file(folder(&app).join(&file.stored_name)).unwrap();
    app.work().await;
    assert_eq!(file_of(&app, file.document_id).await.unwrap().state, FileState::Missing);
    let app = TestConfig::default().program("/bin/false").start().await;
    let file = added(&app, "a.pdf", b"%PDF-1.7").await;
    app.work().await;
    assert_eq!(file_of(&app, file.document_id).await.unwrap().state, FileState::Processing);
    app.clock.advance(chrono::Duration::minutes(11));
    app.work().await;
    let failed = file_of(&app, file.document_id).await.unwrap();
    assert_eq!((failed.state, failed.reason.as_deref()), (FileState::Failed, Some("crashed")));
    let dead = queue::job::Entity::find().one(app.app().store.read()).await.unwrap().unwrap();
    assert_eq!(jobs::redrive(app.app(), &[dead.id]).await.unwrap().jobs.len(), 1);
    app.work().await;
}

#[rocket::async_test]
async fn the_sweep_removes_bytes_that_no_row_names() {
    let app = TestApp::start().await;
    let kept = added(&app, "a.md", b"The aardvark sleeps.").await;
    app.work().await;
    let age = |name: &str, hours: u64| {
        let file = std::fs::File::options().create(true).append(true).open(folder(&app).join(name)).unwrap();
        file.set_modified(std::time::SystemTime::now() - Duration::from_hours(hours)).unwrap();
    };
    age(&kept.stored_name, 48);
    age("stray.md", 25);
    age("fresh.md", 1);
    app.ask_for("documents.sweep").await;
    app.ask_for("files.sweep").await;
    assert_eq!(app.work().await, 2);
    let mut left = stored(&app);
    left.sort();
    let mut wanted = vec!["fresh.md".to_owned(), kept.stored_name];
    wanted.sort();
    assert_eq!(left, wanted);
}
