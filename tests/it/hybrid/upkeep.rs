//! Vectors follow their documents and the model that makes them.

use std::{sync::Arc, time::Duration};

use chatdku::{
    app::App,
    config::{EmbeddingSettings, Speech},
    knowledge::{Library, Scope, embedding, embedding::Embeddings, tables},
    metrics::Metrics,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{CAMPUS, rows, titles, with};
use crate::support::{TestApp, embeddings::Embedder, pdf};

pub(super) fn settings(service: &Embedder, model: Option<&str>) -> EmbeddingSettings {
    EmbeddingSettings {
        url: service.url(),
        speech: model.map_or(Speech::Tei, |name| Speech::OpenAi(name.to_owned())),
        api_key: None,
        patience: Duration::from_secs(20),
        batch: 8,
        cache_bytes: 1 << 20,
        weight: 1.0,
        min_similarity: 0.5,
    }
}

/// The same application after a restart with another service.
pub(super) async fn with_another_service(app: &TestApp, settings: EmbeddingSettings) -> App {
    let metrics = Arc::new(Metrics::new().unwrap());
    let mut other = app.app().clone();
    let folder = app.folder().join("another-index");
    let library =
        Library::open(other.store.clone(), other.tasks.clone(), folder, other.library.extractor.clone());
    other.library = library.await.unwrap().with(Some(Embeddings::new(settings, metrics).unwrap()), None);
    other
}

async fn titles_of(app: &App, question: &str) -> Vec<String> {
    let found = app.library.retrieve(question, &Scope::campus(), app.today()).await.unwrap();
    found.passages.into_iter().map(|passage| passage.title).collect()
}

/// Every row has the vectors of the chunks that are there, as many as there are.
async fn fits(app: &TestApp) {
    for row in rows(app).await {
        let chunks = tables::Chunk::find()
            .filter(tables::ChunkColumn::DocumentId.eq(row.document_id))
            .order_by_asc(tables::ChunkColumn::Seq);
        let chunks = chunks.all(app.app().store.read()).await.unwrap();
        assert_eq!(row.first_chunk, chunks[0].id.0);
        assert_eq!(row.data.len(), chunks.len() * usize::try_from(row.dim).unwrap() * 2);
    }
}

#[rocket::async_test]
async fn a_document_that_is_read_again_is_never_found_by_what_it_said_before() {
    let service = Embedder::start().await;
    let app = with(&service).start().await;
    app.campus(&[("rules.md", "# Rules\n\nEvery automobile needs a permit.")]).await;
    app.work().await;
    assert_eq!(titles(&app, "my car").await, ["Rules"]);
    app.campus(&[("rules.md", "# Rules\n\nA hound has to be kept on a leash.")]).await;
    assert!(rows(&app).await.is_empty(), "its vectors went with its text");
    assert!(titles(&app, "my car").await.is_empty() && titles(&app, "my puppy").await.is_empty());
    app.work().await;
    fits(&app).await;
    assert!(titles(&app, "my car").await.is_empty());
    assert_eq!(titles(&app, "my puppy").await, ["Rules"]);
    // What is only described anew keeps its vectors.
    app.campus(&[("metadata.csv", "path,title\nrules.md,Rules of the campus\n")]).await;
    assert_eq!(app.work().await, 0);
    assert_eq!(titles(&app, "my puppy").await, ["Rules of the campus"]);
    std::fs::remove_file(app.folder().join("campus/rules.md")).unwrap();
    app.campus(&[("other.md", "# Other\n\nNothing of it.")]).await;
    app.work().await;
    assert!(titles(&app, "my puppy").await.is_empty());
    assert_eq!(rows(&app).await.len(), 1, "those of the other document");
}

#[rocket::async_test]
async fn vectors_of_a_text_that_was_replaced_while_they_were_made_are_dropped() {
    let service = Embedder::start().await;
    let app = with(&service).start().await;
    app.campus(&[("rules.md", "# Rules\n\nEvery automobile needs a permit.")]).await;
    service.hold(true);
    let replace = async {
        service.asked_more_than(0).await;
        app.campus(&[("rules.md", "# Rules\n\nA hound has to be kept on a leash.")]).await;
        service.hold(false);
    };
    // What is done first ends in vain, for it is of the old text; the job behind it is of the new one.
    futures::join!(app.work(), replace);
    app.work().await;
    fits(&app).await;
    assert_eq!(rows(&app).await.len(), 1);
    assert!(titles(&app, "my car").await.is_empty());
    assert_eq!(titles(&app, "my puppy").await, ["Rules"]);
}

#[rocket::async_test]
async fn a_file_that_its_owner_deletes_leaves_no_vectors() {
    let service = Embedder::start().await;
    let app = with(&service).start().await;
    let alice = app.user("alice1");
    let file = pdf::pages(&[&["The gold lies under the bridge."]]);
    let id = alice.upload("notes.pdf", &file).await.is(201).json();
    app.work().await;
    assert_eq!(rows(&app).await.len(), 1, "{id}");
    let id = id["id"].as_str().unwrap();
    alice.delete(&format!("/user_files/{id}")).await.is(204);
    app.work().await;
    assert_eq!(rows(&app).await.len(), 0);
}

#[rocket::async_test]
async fn another_model_embeds_all_anew_and_only_its_vectors_are_searched() {
    let service = Embedder::start().await;
    let app = with(&service).start().await;
    app.campus(CAMPUS).await;
    app.work().await;
    let other = with_another_service(&app, settings(&service, Some("better"))).await;
    assert!(titles_of(&other, "my car").await.is_empty(), "vectors of another model say nothing");
    app.ask_for(embedding::BACKFILL).await;
    other.worker().run_until_empty().await.unwrap();
    assert_eq!(titles_of(&other, "my car").await, ["Traffic"]);
    assert_eq!(titles(&app, "my car").await, ["Traffic"], "both sets are there, side by side");
    assert_eq!(rows(&app).await.len(), 2 * CAMPUS.len());
    app.ask_for(embedding::BACKFILL).await;
    other.worker().run_until_empty().await.unwrap();
    let left = rows(&app).await;
    assert_eq!(left.len(), CAMPUS.len());
    assert!(left.iter().all(|row| row.made_by == "better"));
}

#[rocket::async_test]
async fn vectors_of_another_dimension_are_left_out_and_made_anew() {
    let service = Embedder::start().await;
    let app = with(&service).start().await;
    app.campus(CAMPUS).await;
    app.work().await;
    assert_eq!(titles(&app, "my car").await, ["Traffic"]);
    service.dimension(24);
    assert!(
        titles(&app, "some vehicle").await.is_empty(),
        "nothing is compared with what it cannot be compared with"
    );
    app.ask_for(embedding::BACKFILL).await;
    app.work().await;
    assert!(rows(&app).await.iter().all(|row| row.dim == 24));
    assert_eq!(titles(&app, "some vehicle").await, ["Traffic"]);
    assert_eq!(titles(&app, "my car").await, ["Traffic"], "also what was asked before, as it is remembered");
    fits(&app).await;
}

#[rocket::async_test]
async fn another_instance_hears_of_new_vectors() {
    let service = Embedder::start().await;
    let app = with(&service).start().await;
    app.campus(CAMPUS).await;
    let other = with_another_service(&app, settings(&service, None)).await;
    assert!(titles_of(&other, "my car").await.is_empty());
    app.work().await;
    assert_eq!(titles_of(&other, "my car").await, ["Traffic"]);
    // A memory that holds next to nothing reads again and again, and finds the same.
    let small = EmbeddingSettings { cache_bytes: 1, ..settings(&service, None) };
    let small = with_another_service(&app, small).await;
    for _ in 0..3 {
        assert_eq!(titles_of(&small, "my car").await, ["Traffic"]);
    }
}
