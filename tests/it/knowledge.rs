//! Campus documents: loaded, noticed when they change, found, and kept apart from people's own.

use std::path::Path;

use chatdku::{
    accounts::user,
    knowledge::{Format, Passage, Scope, campus, tables},
};
use proptest::prelude::*;
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::support::{Folder, TestApp, pdf};

fn counts(report: &campus::Report) -> (usize, usize, usize, usize, usize) {
    (report.added, report.changed, report.described, report.removed, report.unchanged)
}

async fn found(app: &TestApp, question: &str) -> Vec<(String, Option<i32>)> {
    let retrieved = app.app().library.retrieve(question, &Scope::campus(), app.app().today()).await.unwrap();
    retrieved.passages.into_iter().map(|passage| (passage.title, passage.page)).collect()
}

#[rocket::async_test]
async fn every_format_is_read() {
    let app = TestApp::start().await;
    let folder = Folder::empty(&app, "documents");
    folder.write("bulletin.pdf", pdf::pages(&[&["About"], &["The xylophone club meets on Mondays."]]));
    folder.write("visa.md", "# Visa guide\n\nBring your zeppelin permit to the office.\n");
    folder.write("notes.txt", "The quokka enclosure is closed in winter.");
    folder.write("gbk.txt", b"\xc0\xa5\xc9\xbd\xd3\xd0\xd1\xf2\xcd\xd5\xb9\xab\xd4\xb0\xa1\xa3");
    folder.write(
        "deep/page.html",
        "<html><head><title>Campus &amp; Housing</title><style>p{}</style><script>var narwhal;</script></head>\
         <body><h1>Housing</h1><p>Every <a href='/x'>yurt</a> has a stove.</p></body></html>",
    );
    folder.write("form.docx", docx());
    folder.write("ignored.exe", "nothing");
    let report = folder.ingest(&app).await;
    assert_eq!((counts(&report), report.failed), ((6, 0, 0, 0, 0), vec![]));
    assert_eq!(found(&app, "xylophone club").await, [("bulletin".to_owned(), Some(2))]);
    assert_eq!(found(&app, "zeppelin permit").await, [("Visa guide".to_owned(), None)]);
    assert_eq!(found(&app, "quokka enclosure").await, [("notes".to_owned(), None)]);
    assert_eq!(found(&app, "羊驼公园").await, [("gbk".to_owned(), None)]);
    assert_eq!(found(&app, "yurt stove").await, [("Campus & Housing".to_owned(), None)]);
    assert_eq!(found(&app, "walrus allowance").await, [("Reimbursement".to_owned(), None)]);
    assert_eq!(found(&app, "narwhal").await, []);
}

/// A Word file with a heading, a paragraph and a table.
fn docx() -> Vec<u8> {
    use docx_rs::{Docx, Paragraph, Run, Table, TableCell, TableRow};
    let cell =
        |text: &str| TableCell::new().add_paragraph(Paragraph::new().add_run(Run::new().add_text(text)));
    let mut bytes = std::io::Cursor::new(Vec::new());
    Docx::new()
        .add_paragraph(Paragraph::new().add_run(Run::new().add_text("Reimbursement")).style("Heading1"))
        .add_paragraph(Paragraph::new().add_run(Run::new().add_text("Keep every receipt.")))
        .add_table(Table::new(vec![TableRow::new(vec![cell("walrus allowance"), cell("40 CNY a day")])]))
        .build()
        .pack(&mut bytes)
        .unwrap();
    bytes.into_inner()
}

#[rocket::async_test]
async fn running_it_again_does_nothing_and_changes_are_noticed() {
    let app = TestApp::start().await;
    let folder = Folder::empty(&app, "documents");
    folder.write("a.md", "# A\n\nThe aardvark sleeps.");
    folder.write("b.md", "# B\n\nThe badger digs.");
    assert_eq!(counts(&folder.ingest(&app).await), (2, 0, 0, 0, 0));
    assert_eq!(counts(&folder.ingest(&app).await), (0, 0, 0, 0, 2));
    folder.write("a.md", "# A\n\nThe antelope runs.");
    folder.remove("b.md");
    folder.write("c.md", "# C\n\nThe camel waits.");
    assert_eq!(counts(&folder.ingest(&app).await), (1, 1, 0, 1, 0));
    assert_eq!(found(&app, "aardvark").await, []);
    assert_eq!(found(&app, "badger").await, []);
    assert_eq!(found(&app, "antelope").await, [("A".to_owned(), None)]);
    assert_eq!(tables::Document::find().all(app.app().store.read()).await.unwrap().len(), 2);
}

#[rocket::async_test]
async fn metadata_names_documents_and_is_noticed_alone() {
    let app = TestApp::start().await;
    let folder = Folder::empty(&app, "documents");
    folder.write("a.md", "The aardvark sleeps.");
    folder.write("old/b.md", "The badger digs.");
    folder.ingest(&app).await;
    folder.write(
        "metadata.csv",
        "path,title,url,valid_from,valid_to\na.md,Animal Guide,https://example.edu/animals,,\nold/b.md,,,2020-01-01,2021-01-01\n",
    );
    assert_eq!(counts(&folder.ingest(&app).await), (0, 0, 2, 0, 0));
    assert_eq!(counts(&folder.ingest(&app).await), (0, 0, 0, 0, 2));
    let retrieved =
        app.app().library.retrieve("aardvark badger", &Scope::campus(), app.app().today()).await.unwrap();
    let by_title: Vec<_> =
        retrieved.passages.iter().map(|p| (p.title.as_str(), p.url.as_deref(), p.outdated)).collect();
    assert_eq!(by_title, [("Animal Guide", Some("https://example.edu/animals"), false), ("b", None, true)]);
    assert_eq!(found(&app, "animal guide").await[0].0, "Animal Guide", "a title is searched too");
    folder.write("metadata.csv", "path,title,url\na.md,A,javascript:alert(1)\n");
    let error = folder.try_ingest(&app, campus::Emptying::Refused).await.unwrap_err().to_string();
    assert!(error.contains("not a web address"), "{error}");
}

#[rocket::async_test]
async fn a_folder_that_lost_everything_is_not_believed() {
    let app = TestApp::start().await;
    let folder = Folder::empty(&app, "documents");
    folder.write("a.md", "The aardvark sleeps.");
    folder.ingest(&app).await;
    folder.remove("a.md");
    let error = folder.try_ingest(&app, campus::Emptying::Refused).await.unwrap_err().to_string();
    assert!(error.contains("--allow-empty"), "{error}");
    assert_eq!(found(&app, "aardvark").await.len(), 1);
    let report = folder.try_ingest(&app, campus::Emptying::Allowed).await.unwrap();
    assert_eq!(report.removed, 1);
    assert_eq!(found(&app, "aardvark").await, []);
    let nowhere = Folder(app.folder().join("nowhere"));
    assert!(nowhere.try_ingest(&app, campus::Emptying::Allowed).await.is_err());
}

#[rocket::async_test]
async fn a_file_that_cannot_be_read_is_named_and_the_others_are_loaded() {
    let app = TestApp::start().await;
    let folder = Folder::empty(&app, "documents");
    folder.write("broken.pdf", pdf::broken());
    folder.write("fine.md", "The aardvark sleeps.");
    folder.write("fake.docx", "no zip at all");
    let report = folder.ingest(&app).await;
    assert_eq!(report.added, 1);
    let failed: Vec<&str> = report.failed.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(failed, ["broken.pdf", "fake.docx"]);
}

/// A Word file whose parts say that they unpack to this many bytes each, packed as well as zeros are.
fn bomb(parts: usize, bytes: usize) -> Vec<u8> {
    use std::io::Write;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for at in 0..parts {
        archive.start_file(format!("word/{at}.xml"), zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(&vec![b' '; bytes]).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[rocket::async_test]
async fn what_unpacks_to_too_much_is_not_unpacked() {
    let app = TestApp::start().await;
    let folder = Folder::empty(&app, "documents");
    folder.write("large.docx", bomb(17, 16 * 1024 * 1024));
    folder.write("many.docx", bomb(5_001, 1));
    folder.write("fine.docx", docx());
    let report = folder.ingest(&app).await;
    assert_eq!(report.added, 1);
    let failed: Vec<&str> = report.failed.iter().map(|(_, why)| why.as_str()).collect();
    let large = |why: &&str| why.contains("it unpacks to more than can be read");
    assert!(failed.len() == 2 && failed.iter().all(large), "{:?}", report.failed);
}

/// A Word file whose text asks for another file of the machine.
fn asking_for(file: &Path) -> Vec<u8> {
    use std::io::{Read, Write};
    let mut whole = zip::ZipArchive::new(std::io::Cursor::new(docx())).unwrap();
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for at in 0..whole.len() {
        let (mut part, mut text) = (whole.by_index(at).unwrap(), Vec::new());
        part.read_to_end(&mut text).unwrap();
        if part.name() == "word/document.xml" {
            let xml = String::from_utf8(text).unwrap();
            let entity =
                format!("<!DOCTYPE d [<!ENTITY other SYSTEM \"file://{}\">]><w:document", file.display());
            let asking = xml.replacen("<w:document", &entity, 1);
            text = asking.replace("Keep every receipt.", "Keep &other; every receipt.").into_bytes();
            assert!(text.windows(7).any(|window| window == b"&other;"));
        }
        archive.start_file(part.name(), zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(&text).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[rocket::async_test]
async fn a_document_takes_in_no_other_file() {
    let app = TestApp::start().await;
    let folder = Folder::empty(&app, "documents");
    let secret = app.folder().join("secret.txt");
    std::fs::write(&secret, "The pangolin password.").unwrap();
    folder.write("asking.docx", asking_for(&secret));
    folder.ingest(&app).await;
    let chunks = tables::Chunk::find().all(app.app().store.read()).await.unwrap();
    assert!(chunks.iter().all(|chunk| !chunk.text.contains("pangolin")), "{chunks:?}");
}

#[rocket::async_test]
async fn a_lost_index_is_built_again_from_the_rows() {
    let app = TestApp::start().await;
    let folder = Folder::empty(&app, "documents");
    for number in 0..30 {
        folder.write(
            &format!("{number}.md"),
            format!("# Document {number}\n\nThe animal number{number}x sleeps."),
        );
    }
    folder.ingest(&app).await;
    app.app().library.rebuild().await.unwrap();
    assert_eq!(found(&app, "number7x").await, [("Document 7".to_owned(), None)]);
    // Another process finds the folder taken, takes a private one, and builds that.
    let (store, path) = (app.app().store.clone(), app.app().config.index_path.clone());
    let extractor = app.app().library.extractor.clone();
    let second =
        chatdku::knowledge::Library::open(store, app.app().tasks.clone(), path, extractor).await.unwrap();
    let retrieved = second.retrieve("number9x", &Scope::campus(), app.app().today()).await.unwrap();
    assert_eq!(retrieved.passages[0].title, "Document 9");
}

#[rocket::async_test]
async fn chinese_and_course_codes_are_found_by_keyword_alone() {
    let app = TestApp::start().await;
    app.campus(&[
        ("a.md", "# 课程目录\n\nCOMPSCI 201 数据结构与算法，先修课程为 COMPSCI 101。"),
        ("b.md", "# 奖学金\n\n奖学金申请的截止日期是每年三月十五日。"),
        ("c.md", "# Catalog\n\nMATH 105L covers calculus with a laboratory."),
    ])
    .await;
    assert_eq!(found(&app, "奖学金什么时候截止？").await[0].0, "奖学金");
    for question in ["compsci201 的先修课", "COMPSCI-201", "数据结构"] {
        assert_eq!(found(&app, question).await[0].0, "课程目录", "{question}");
    }
    assert_eq!(found(&app, "math105L").await[0].0, "Catalog");
}

#[rocket::async_test]
async fn one_document_does_not_crowd_out_the_others() {
    let app = TestApp::start().await;
    let long: String = (0..40)
        .map(|n| format!("## Part {n}\n\n{}\n\n", format!("The wombat rule {n} applies here. ").repeat(30)))
        .collect();
    app.campus(&[("long.md", &long), ("short.md", "# Short\n\nA wombat is an animal.")]).await;
    let titles = found(&app, "wombat").await;
    assert!(titles.iter().any(|(title, _)| title == "Short"), "{titles:?}");
    assert_eq!(titles.len(), 10, "the room that others leave is filled");
}

#[rocket::async_test]
async fn what_a_hostile_child_says_is_bounded() {
    // The program that should read the file floods its output instead.
    let app = crate::support::TestConfig::default().program("/usr/bin/yes").start().await;
    let file = std::fs::File::open("/dev/null").unwrap();
    let flooded = app.app().library.extractor.extract(Format::Pdf, file).await;
    assert!(flooded.is_err());
    let absent = crate::support::TestConfig::default().program("/nowhere/at/all").start().await;
    let file = std::fs::File::open("/dev/null").unwrap();
    assert!(absent.app().library.extractor.extract(Format::Pdf, file).await.is_err());
}

/// Who may see what, in any mode, whatever names are asked for.
pub mod isolation {
    use super::*;

    pub const PEOPLE: [&str; 2] = ["alice1", "bob22"];

    /// Names asked for: one's own, the other's, ones that nobody has, and ones that try to be clever.
    pub fn names() -> impl Strategy<Value = Vec<String>> {
        let name = prop_oneof![
            Just("notes.pdf".to_owned()),
            Just("only_alice1.pdf".to_owned()),
            Just("only_bob22.pdf".to_owned()),
            Just("ChatDKU".to_owned()),
            Just("*".to_owned()),
            Just("' OR 1=1 --".to_owned()),
            "[a-z./%_]{1,12}",
        ];
        prop::collection::vec(name, 0..4)
    }

    #[test]
    fn nobody_ever_gets_a_passage_of_somebody_elses_file() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let app = runtime.block_on(async {
            let app = TestApp::start().await;
            app.campus(&[("public.md", "# Public\n\nThe treasure of the campus is its library.")]).await;
            hide(&app, "treasure").await;
            app
        });
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(200));
        let case = (0..2usize, any::<bool>(), names());
        runner
            .run(&case, |(who, campus, names)| {
                runtime.block_on(check(&app, PEOPLE[who], PEOPLE[1 - who], campus, &names))
            })
            .unwrap();
        runtime.block_on(async { drop(app) });
    }

    /// Everybody has something, in a file of a name that the others have too and in one of their own.
    pub async fn hide(app: &TestApp, what: &str) {
        for person in PEOPLE {
            let mine = pdf::pages(&[&[&format!("The {what} of {person} lies under the bridge.")]]);
            app.user(person).upload("notes.pdf", &mine).await.is(201);
            app.user(person).upload(&format!("only_{person}.pdf"), &mine).await.is(201);
        }
        app.work().await;
    }

    async fn check(
        app: &TestApp,
        me: &str,
        other: &str,
        campus: bool,
        names: &[String],
    ) -> Result<(), TestCaseError> {
        found("treasure bridge library", app, me, other, campus, names).await.map(drop)
    }

    /// What `me` finds for a question: nothing of `other`, nothing that was not asked for, and their own notes if they were.
    pub async fn found(
        question: &str,
        app: &TestApp,
        me: &str,
        other: &str,
        campus: bool,
        names: &[String],
    ) -> Result<Vec<Passage>, TestCaseError> {
        let account = user::named(app.app().store.read(), &hash(me)).await.unwrap().unwrap();
        let scope = chatdku::chat::scope(&app.app().store, account.id, campus, names).await.unwrap();
        let retrieved = app.app().library.retrieve(question, &scope, app.app().today()).await.unwrap();
        for passage in &retrieved.passages {
            prop_assert!(!passage.text.contains(other), "{me} got {:?} by {names:?}", passage.text);
            if passage.file_id.is_none() {
                prop_assert!(campus || names.is_empty());
            } else {
                prop_assert!(names.contains(&passage.title));
            }
        }
        let wants_own = names.iter().any(|name| name == "notes.pdf");
        let got_own = retrieved.passages.iter().any(|passage| passage.text.contains(me));
        prop_assert!(!wants_own || got_own, "{me} did not get their own notes");
        Ok(retrieved.passages)
    }

    fn hash(netid: &str) -> String {
        use sha2::{Digest, Sha256};
        hex::encode(Sha256::digest(netid))
    }
}

#[test]
fn formats_are_told_by_their_endings() {
    assert_eq!(Format::of(Path::new("a/B.PDF")), Some(Format::Pdf));
    assert_eq!(Format::of(Path::new("a.markdown")), Some(Format::Markdown));
    assert_eq!(Format::of(Path::new("pdf")), None);
}

#[rocket::async_test]
async fn an_index_of_another_database_or_of_its_future_is_built_again() {
    let app = TestApp::start().await;
    app.campus(&[("lynx.md", "# Lynx\n\nThe lynx sleeps in the library.")]).await;
    assert_eq!(found(&app, "lynx").await[0].0, "Lynx");
    for change in ["UPDATE index_head SET lineage = 'another'", "UPDATE index_head SET seq = seq - 1"] {
        let rename = "UPDATE document SET title = title || ' again'";
        app.app()
            .store
            .write(async |tx| {
                tx.execute_unprepared(change).await?;
                tx.execute_unprepared(rename).await
            })
            .await
            .unwrap();
        let changed = found(&app, "lynx again").await;
        assert_eq!(changed.len(), 1, "{change}");
        assert!(changed[0].0.ends_with("again"));
    }
}
