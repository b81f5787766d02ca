//! The quality of retrieval on a fixed set of questions must not fall, and the command that measures it says what it sees.

use std::path::{Path, PathBuf};

use chatdku::{
    evaluation::{self, Report, Wanted},
    knowledge::Reach,
};
use serde_json::Value;

use crate::support::{Program, TestApp, embeddings::Embedder};

/// What keyword search reached when the set was made, rounded down. Raise them with it, never lower them for a change.
const RECALL: f64 = 0.95;
const MRR: f64 = 0.90;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/quality").join(name)
}

/// The documents of the set: their names and texts.
fn documents() -> Vec<(String, String)> {
    let all = std::fs::read_to_string(fixture("documents.md")).unwrap();
    let parts = all.split("<!-- ").skip(1);
    parts
        .map(|part| {
            let (name, text) = part.split_once(" -->").unwrap();
            (name.to_owned(), text.trim().to_owned())
        })
        .collect()
}

async fn loaded(app: &TestApp) {
    let documents = documents();
    let files: Vec<(&str, &str)> =
        documents.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert!(app.campus(&files).await.failed.is_empty());
    app.work().await;
}

async fn measured(app: &TestApp, reach: Reach, answers: bool) -> Report {
    let questions = evaluation::parse(&std::fs::read_to_string(fixture("questions.jsonl")).unwrap()).unwrap();
    let wanted = Wanted { reach, k: 10, answers };
    evaluation::evaluate(app.app(), &questions, wanted, &|_| {}).await.unwrap()
}

#[rocket::async_test]
async fn keyword_search_finds_what_it_found_before() {
    let app = TestApp::start().await;
    loaded(&app).await;
    let report = measured(&app, Reach::Whole, true).await;
    assert!(report.unknown_documents.is_empty(), "{:?}", report.unknown_documents);
    assert!(report.recall >= RECALL && report.mrr >= MRR, "{report:#?}");
    let answers = report.answers.unwrap();
    assert_eq!((answers.failed, answers.by_model), (0, 0));
    assert!(answers.citations.all >= report.questions / 2, "{answers:?}");
    assert_eq!(answers.citations.quoted, answers.citations.all, "every citation is in its chunk");
    assert!(answers.facts.unwrap() >= 0.8, "{answers:?}");
}

#[rocket::async_test]
async fn the_search_by_meaning_does_not_spoil_what_keywords_find() {
    let service = Embedder::start().await;
    let app = TestApp::with("TEI_URL", &service.url()).set("EMBEDDING_TIMEOUT", "20").start().await;
    loaded(&app).await;
    let (both, keywords) =
        (measured(&app, Reach::Whole, false).await, measured(&app, Reach::Keywords, false).await);
    assert!(keywords.lexical && keywords.recall >= RECALL && keywords.mrr >= MRR);
    assert_eq!((both.lexical, both.keywords_alone), (false, 0));
    assert!(both.recall >= RECALL, "{both:#?}");
}

#[rocket::async_test]
async fn the_command_prints_its_figures_and_fails_under_the_least() {
    let program = Program::on_a_database();
    let folder = program.folder().join("documents");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in documents() {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let (loaded, said) = program.run(&["ingest", folder.to_str().unwrap()]);
    assert!(loaded, "{said}");
    let questions = fixture("questions.jsonl");
    let questions = questions.to_str().unwrap();
    let (well, said) = program.run(&["eval", questions, "--lexical", "--json", "--min-recall", "0.5"]);
    assert!(well, "{said}");
    let json = &said[said.find("{\n").unwrap()..];
    let report: Value = serde_json::Deserializer::from_str(json).into_iter().next().unwrap().unwrap();
    assert!(report["recall"].as_f64().unwrap() >= RECALL, "{report}");
    assert!(report["retrieval"]["p95_ms"].as_f64().unwrap() > 0.0);
    let (well, said) = program.run(&["eval", questions, "--answers"]);
    assert!(well && said.contains("MRR") && said.contains("citations"), "{said}");
    let (well, said) = program.run(&["eval", questions, "--min-mrr", "0.9999"]);
    assert!(!well && said.contains("mean reciprocal rank"), "{said}");
    let nonsense = program.folder().join("nonsense.jsonl");
    std::fs::write(&nonsense, "{\"question\": 5}").unwrap();
    let (well, said) = program.run(&["eval", nonsense.to_str().unwrap()]);
    assert!(!well && said.contains("nonsense.jsonl") && said.contains("line 1"), "{said}");
    std::fs::write(&nonsense, "{\"question\": \"Who?\"}").unwrap();
    let (well, said) = program.run(&["eval", nonsense.to_str().unwrap()]);
    assert!(!well && said.contains("no question expects"), "{said}");
}
