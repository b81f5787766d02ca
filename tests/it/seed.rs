//! The command that fills a database with made-up conversations.

use chatdku::{
    accounts::user,
    chat::{figures, tables},
    platform::{clock::Clock, grid::Grid, store::Store},
};
use chrono_tz::Asia::Shanghai;
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::support::Program;

#[rocket::async_test]
async fn a_database_is_filled_as_asked_and_never_by_accident() {
    let program = Program::on_a_database();
    let seed = ["seed", "--messages", "1003", "--conversations", "100", "--users", "7"];
    let (well, said) = program.run(&seed);
    assert!(well && said.contains("1003 messages in 100 conversations of 7 people."), "{said}");
    let store: Store = program.store().await;
    let db = store.read();
    let counted = async || {
        (
            tables::Message::find().count(db).await.unwrap(),
            tables::Conversation::find().count(db).await.unwrap(),
            user::Entity::find().count(db).await.unwrap(),
        )
    };
    assert_eq!(counted().await, (1003, 100, 7));
    let answers = tables::Trace::find().count(db).await.unwrap();
    assert!((450..=501).contains(&answers) && tables::Feedback::find().count(db).await.unwrap() > 3);
    let days = Grid::days(Clock::system().now(), Shanghai, 91);
    let asked = figures::asked(db, &days).await.unwrap();
    let questions: i64 = asked.iter().map(|day| day.questions).sum();
    assert_eq!(questions.cast_unsigned(), 1003 - answers);
    assert!(asked[1..90].iter().all(|day| day.questions > 0), "{asked:?}");
    let (well, said) = program.run(&seed);
    assert!(!well && said.contains("--force"), "{said}");
    let (well, said) = program.run(&[&seed[..], &["--force"]].concat());
    assert!(well, "{said}");
    assert_eq!(counted().await, (2006, 200, 7));
    store.close_for_good().await.unwrap();
}

#[rocket::async_test]
async fn made_up_documents_are_found_by_keyword_and_by_their_made_up_vectors() {
    use crate::support::embeddings::Embedder;
    use chatdku::knowledge::tables as of_documents;
    let service = Embedder::start().await;
    let program = Program::on_a_database()
        .set("TEI_URL", &service.url())
        .set("EMBEDDING_MODEL", "made-up")
        .set("EMBEDDING_TIMEOUT", "20")
        .set("EMBEDDING_MIN_SIMILARITY", "-1");
    let seed = ["seed-documents", "--chunks", "120", "--dimension", "16"];
    let (well, said) = program.run_beside(&seed).await;
    assert!(well && said.contains("120 chunks."), "{said}");
    let store: Store = program.store().await;
    let rows = of_documents::Embedding::find().all(store.read()).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.data.len()).sum::<usize>(), 120 * 16 * 2);
    store.close_for_good().await.unwrap();
    let questions = program.folder().join("questions.jsonl");
    std::fs::write(&questions, r#"{"question": "Hello?", "documents": ["0.md", "1.md", "2.md"]}"#).unwrap();
    let eval = ["eval", questions.to_str().unwrap(), "--min-recall", "0.3"];
    let (well, said) = program.run_beside(&eval).await;
    assert!(well && !said.contains("had to do without"), "{said}");
    let (well, said) = program.run_beside(&seed).await;
    assert!(!well && said.contains("already"), "{said}");
}
