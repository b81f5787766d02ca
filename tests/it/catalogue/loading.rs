//! Loading: what is read, what is refused, what a second run does.

use chatdku::{
    catalogue::{self, Course, tables},
    knowledge::campus::Emptying,
};
use proptest::prelude::*;
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::{
    dashboard::staff::{owner, with},
    support::{Folder, Program, TestApp, sample},
};

/// The rows of each table: files, requirements, prerequisites, classes, courses.
async fn counts(app: &TestApp) -> [u64; 5] {
    let db = app.app().store.read();
    [
        tables::File::find().count(db).await.unwrap(),
        tables::Requirement::find().count(db).await.unwrap(),
        tables::Prerequisite::find().count(db).await.unwrap(),
        tables::Section::find().count(db).await.unwrap(),
        tables::CurriculumCourse::find().count(db).await.unwrap(),
    ]
}

#[rocket::async_test]
async fn a_folder_is_loaded_once_and_what_changes_is_replaced() {
    let app = TestApp::start().await;
    let folder = Folder::sample(&app);
    let loaded = folder.load(&app).await;
    let changed: Vec<(&str, usize)> =
        loaded.changed.iter().map(|(path, rows)| (path.as_str(), *rows)).collect();
    let expected = [
        ("catalogue/majors/", 3),
        ("catalogue/prerequisites.csv", 7),
        ("catalogue/schedule.csv", 5),
        ("catalogue/curriculum.csv", 3),
    ];
    assert_eq!((changed, loaded.failed.len()), (expected.to_vec(), 0));
    assert_eq!(counts(&app).await, [6, 13, 7, 5, 3]);
    let before = tables::Prerequisite::find().all(app.app().store.read()).await.unwrap();
    assert_eq!(folder.load(&app).await, catalogue::Loaded::default(), "a second run changes nothing");
    assert_eq!(tables::Prerequisite::find().all(app.app().store.read()).await.unwrap(), before);

    folder.write(
        "catalogue/prerequisites.csv",
        "Course;Prerequisite;Effective Date\nMATH 201;MATH 105;2024-01-01\n",
    );
    folder.write("catalogue/majors/data-science.md", "# Data Science\n\n- STATS 101\n");
    let loaded = folder.load(&app).await;
    assert_eq!(loaded.changed.len(), 2, "{loaded:?}");
    assert_eq!(counts(&app).await, [6, 11, 1, 5, 3]);

    folder.remove("catalogue/schedule.csv");
    folder.remove("catalogue/majors/all-majors.md");
    assert_eq!(folder.load(&app).await.removed, 1);
    assert_eq!(counts(&app).await, [4, 9, 1, 0, 3]);
}

#[rocket::async_test]
async fn a_bad_file_says_where_and_leaves_what_was_there() {
    let app = TestApp::start().await;
    let folder = Folder::sample(&app);
    folder.load(&app).await;
    let before = counts(&app).await;
    let good = "COMPSCI,101,,2020-01-01\n";
    folder.write(
        "catalogue/prerequisites.csv",
        format!("Subject,Catalog,Descr,Eff Date\n{good}{good}CS,20,x,soon\n"),
    );
    folder.write("catalogue/schedule.csv", "Course,Term,Mtg Start\nCOMPSCI 101,Fall 2026,noonish\n");
    folder.write("catalogue/curriculum.csv", "Course,Credits\nCOMPSCI 101,4\n");
    folder.write("catalogue/schedules.csv", "Course,Term\nCOMPSCI 101,Fall 2026\n");
    let loaded = folder.load(&app).await;
    let failed = |path: &str| &loaded.failed.iter().find(|(failed, _)| failed == path).unwrap().1;
    assert_eq!(failed("catalogue/prerequisites.csv"), "line 4, column `Eff Date`: `soon` is no date");
    assert_eq!(failed("catalogue/schedule.csv"), "line 2, column `Mtg Start`: `noonish` is no time of day");
    assert_eq!(failed("catalogue/curriculum.csv"), "line 1: there is no column `title`");
    assert!(failed("catalogue/schedules.csv").contains("catalogue/schedule.csv"));
    assert_eq!((loaded.changed, counts(&app).await), (vec![], before));
}

#[rocket::async_test]
async fn a_list_of_another_folder_takes_the_place_of_the_first() {
    let app = TestApp::start().await;
    Folder::sample(&app).load(&app).await;
    let other = Folder::empty(&app, "other");
    let list = "\u{feff}课程\t先修课\t生效日期\r\nMATH 201\tMATH 105\t2024年1月1日\r\n";
    let utf16: Vec<u8> = list.encode_utf16().flat_map(u16::to_le_bytes).collect();
    other.write("catalogue/prerequisites.csv", utf16);
    let loaded = other.load(&app).await;
    assert_eq!(loaded.failed, []);
    assert_eq!(counts(&app).await, [6, 13, 1, 5, 3]);
    let (gb, _, _) = encoding_rs::GB18030.encode("课程,先修课,生效日期\nMATH 301,数学201,2024-01-01\n");
    other.write("catalogue/prerequisites.csv", gb);
    other.load(&app).await;
    let row = tables::Prerequisite::find().one(app.app().store.read()).await.unwrap().unwrap();
    assert_eq!((row.course.as_str(), row.rule.as_str()), ("MATH 301", "数学201"));
}

#[rocket::async_test]
async fn whoever_removes_a_document_removes_what_was_read_from_it() {
    let app = TestApp::start().await;
    Folder::sample(&app).load(&app).await;
    let files = tables::File::find().all(app.app().store.read()).await.unwrap();
    let ids: Vec<_> = files.iter().map(|file| file.document_id).collect();
    let now = app.clock.now();
    let removed =
        app.app().store.write(async |tx| chatdku::knowledge::documents::remove(&tx, now, &ids).await);
    assert_eq!(removed.await.unwrap(), 6);
    assert_eq!(counts(&app).await, [0; 5]);
}

#[rocket::async_test]
async fn a_folder_that_is_not_mounted_removes_nothing() {
    let app = TestApp::start().await;
    let folder = Folder::empty(&app, "lists");
    folder.write("catalogue/schedule.csv", "Course,Term\nCOMPSCI 201,Fall 2026\n");
    folder.load(&app).await;
    folder.remove("catalogue/schedule.csv");
    let refused = folder.try_load(&app, Emptying::Refused).await.unwrap_err().to_string();
    assert!(refused.contains("--allow-empty"), "{refused}");
    assert_eq!(counts(&app).await[3], 1);
    assert_eq!(folder.try_load(&app, Emptying::Allowed).await.unwrap().removed, 1);
    assert_eq!(counts(&app).await, [0; 5]);
}

#[rocket::async_test]
async fn what_was_loaded_is_found_in_the_dashboard_and_not_changed_there() {
    let app = TestApp::start().await;
    Folder::sample(&app).load(&app).await;
    let codes =
        ["core.view_prerequisite", "core.view_classsection", "core.view_major", "core.view_curriculumcourse"];
    let reader = with(&app, "reader", &codes).await;
    for (model, search, found, other) in [
        ("prerequisite", "consent", "of the instructor", "STATS 101"),
        ("classsection", "Networks", "Spring 2027", "MATH 105"),
        ("major", "compdesign", "Computation and Design", "Data Science"),
        ("curriculumcourse", "graphs", "Data Structures", "Regression"),
    ] {
        let list = format!("/en/admin/core/{model}/");
        let page = reader.get(&format!("{list}?q={search}")).await.is(200).text();
        assert!(page.contains(found) && !page.contains(other), "{model}: {page}");
        reader.get(&format!("{list}add/")).await.is(403);
    }
    reader.get("/en/admin/core/majorrequirement/").await.is(403);
    let chief = owner(&app).await;
    let page = chief.get("/zh-hans/admin/core/majorrequirement/?q=Discrete").await.is(200).text();
    assert!(page.contains("Structures or MATH 205"), "{page}");
    let row = tables::Section::find().one(app.app().store.read()).await.unwrap().unwrap();
    let page = format!("/en/admin/core/classsection/{}/", row.id);
    chief.get(&format!("{page}change/")).await.is(200);
    chief.get(&format!("{page}delete/")).await.is(403);
}

#[test]
fn the_command_loads_the_catalogue_and_fails_on_a_bad_file() {
    let program = Program::new();
    let folder = sample();
    let (well, said) = program.run(&["ingest", folder.to_str().unwrap()]);
    assert!(well && said.contains("catalogue/schedule.csv: 5 loaded"), "{said}");
    let bad = tempfile::tempdir().unwrap();
    std::fs::create_dir(bad.path().join("catalogue")).unwrap();
    std::fs::write(bad.path().join("catalogue/schedule.csv"), "Course,Term\nnone,Fall\n").unwrap();
    let (well, said) = program.run(&["ingest", bad.path().to_str().unwrap()]);
    assert!(!well && said.contains("line 2, column `Course`: `none` is no course code"), "{said}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_code_is_the_same_however_it_is_written(
        subject in prop::sample::select(vec!["COMPSCI", "MATH", "BIOL", "PSYCH", "STATS", "PHYS"]),
        number in 100_u32..500,
        letter in prop::option::of(prop::sample::select(vec!['L', 'A', 'D'])),
        between in prop::sample::select(vec!["", " ", "-", "  ", "\u{a0}", "\u{2011}", "_", " - "]),
        case in 0..3,
        wide in any::<bool>(),
        around in prop::sample::select(vec![("", ""), ("the prerequisite of ", "?"), ("请问", "的先修课"), ("(", ")")]),
    ) {
        let letter = letter.map(String::from).unwrap_or_default();
        let subject_written = match case {
            0 => subject.to_owned(),
            1 => subject.to_lowercase(),
            _ => format!("{}{}", &subject[..1], subject[1..].to_lowercase()),
        };
        let mut written = format!("{subject_written}{between}{number}{letter}");
        if wide {
            let widen = |c: char| if c.is_ascii_digit() { char::from_u32(c as u32 + 0xfee0).unwrap() } else { c };
            written = written.chars().map(widen).collect();
        }
        let code = format!("{subject} {number}{letter}");
        let read = Course::parse(&written);
        prop_assert_eq!(read.as_ref().map(Course::code), Some(code.as_str()), "{}", written);
        let text = format!("{}{written}{}", around.0, around.1);
        let found = Course::all_in(&text);
        prop_assert_eq!(found.iter().map(Course::code).collect::<Vec<_>>(), vec![code.as_str()], "{}", text);
    }

    #[test]
    fn no_text_is_too_odd_for_a_code(text in ".{0,200}") {
        for course in Course::all_in(&text) {
            prop_assert_eq!(Course::parse(course.code()), Some(course));
        }
    }
}
