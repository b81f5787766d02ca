//! Search by meaning beside search by keyword: what it finds, what it must not find, and what happens without it.

mod isolation;
mod outages;
mod upkeep;

use chatdku::knowledge::{Means, Retrieved, Scope, tables};
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::support::{TestApp, TestConfig, embeddings::Embedder};

const CAMPUS: &[(&str, &str)] = &[
    ("traffic.md", "# Traffic\n\nEvery automobile needs a permit from the gate."),
    ("health.md", "# Health\n\nThe physician sees patients on weekdays."),
    ("animals.md", "# Animals\n\nA hound has to be kept on a leash."),
    ("dining.md", "# Dining\n\nThe canteen opens at seven."),
];

/// The application with a service of vectors, asked as TEI is.
fn with(service: &Embedder) -> TestConfig {
    TestApp::with("TEI_URL", &service.url())
        .set("EMBEDDING_MIN_SIMILARITY", "0.5")
        // A busy machine is no outage.
        .set("EMBEDDING_TIMEOUT", "20")
}

async fn retrieved(app: &TestApp, question: &str) -> Retrieved {
    app.app().library.retrieve(question, &Scope::campus(), app.app().today()).await.unwrap()
}

async fn titles(app: &TestApp, question: &str) -> Vec<String> {
    retrieved(app, question).await.passages.into_iter().map(|passage| passage.title).collect()
}

async fn rows(app: &TestApp) -> Vec<chatdku::knowledge::embedding::Row> {
    tables::Embedding::find().all(app.app().store.read()).await.unwrap()
}

#[rocket::async_test]
async fn what_no_keyword_finds_is_found_by_its_meaning() {
    for model in [None, Some("ideas-large")] {
        let service = Embedder::start().await;
        let mut config = with(&service).set("EMBEDDING_API_KEY", "sesame").set("EMBEDDING_BATCH", "2");
        if let Some(model) = model {
            config = config.set("EMBEDDING_MODEL", model);
        }
        let app = config.start().await;
        app.campus(CAMPUS).await;
        assert_eq!(titles(&app, "Where may I leave my car?").await, Vec::<String>::new(), "not embedded yet");
        app.work().await;
        let found = retrieved(&app, "Where may I leave my car?").await;
        assert_eq!(found.means, Means::Both);
        assert_eq!(found.passages.len(), 1, "{:?}", found.passages);
        assert_eq!(found.passages[0].title, "Traffic");
        assert!(found.passages[0].similarity.unwrap() > 0.5);
        assert_eq!(titles(&app, "I am sick, who helps me?").await, ["Health"]);
        assert_eq!(titles(&app, "vehicle canteen").await, ["Dining", "Traffic"], "each by its own search");
        assert_eq!(titles(&app, "canteen").await, ["Dining"], "a keyword is enough");
        let row = rows(&app).await.into_iter().next().unwrap();
        assert_eq!((row.made_by.as_str(), row.dim), (model.unwrap_or("ideas"), 16));
        let asked = service.asked();
        let path = if model.is_some() { "/v1/embeddings" } else { "/embed" };
        assert!(asked.iter().all(|asked| asked.path == path), "{asked:?}");
        assert!(asked.iter().all(|asked| asked.authorization.as_deref() == Some("Bearer sesame")));
        assert!(asked.iter().all(|asked| asked.body["model"].as_str() == model));
    }
}

#[rocket::async_test]
async fn a_question_is_embedded_once() {
    let service = Embedder::start().await;
    let app = with(&service).start().await;
    app.campus(CAMPUS).await;
    app.work().await;
    let before = service.asked().len();
    for _ in 0..3 {
        assert_eq!(titles(&app, "Where may I leave my car?").await, ["Traffic"]);
    }
    assert_eq!(service.asked().len(), before + 1);
}

#[rocket::async_test]
async fn an_answer_without_a_model_rests_on_meaning_too_and_nonsense_is_still_not_found() {
    let service = Embedder::start().await;
    let app = with(&service).start().await;
    app.campus(CAMPUS).await;
    app.work().await;
    let alice = app.user("alice1");
    let conversation = alice.conversation().await;
    alice.ask(&conversation, "Where may I leave my car?", &[]).await.is(200);
    let answer = alice.messages(&conversation).await[1]["message"].to_string();
    assert!(
        answer.contains("Every automobile needs a permit") && answer.contains("Traffic: No URL"),
        "{answer}"
    );
    alice.ask(&conversation, "Qwertz uiop asdf ghjkl?", &[]).await.is(200);
    let answer = alice.messages(&conversation).await[3]["message"].to_string();
    assert!(!answer.contains("Reference:"), "{answer}");
}

#[rocket::async_test]
async fn without_vectors_the_order_is_that_of_the_keywords() {
    let service = Embedder::start().await;
    let (with, without) = (with(&service).start().await, TestApp::start().await);
    let mut orders = Vec::new();
    for app in [&with, &without] {
        app.campus(CAMPUS).await;
        let found = retrieved(app, "canteen permit leash").await;
        orders.push(
            found
                .passages
                .into_iter()
                .map(|p| (p.title, p.score.to_bits(), p.similarity))
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(orders[0].len(), 3);
    assert_eq!(orders[0], orders[1], "to the last bit");
    assert_eq!(tables::Embedding::find().count(without.app().store.read()).await.unwrap(), 0);
    with.work().await;
}

#[rocket::async_test]
async fn a_second_ranking_moves_passages_and_is_skipped_when_it_fails() {
    use crate::support::embeddings::Mood;
    let service = Embedder::start().await;
    let app = TestApp::with("RERANK_URL", &service.url()).set("RERANK_TIMEOUT", "20").start().await;
    let files: Vec<(String, String)> = (0..8)
        .map(|n| {
            (format!("{n}.md"), format!("# Rule {n}\n\n{} says the wombat.", "Wombat rule. ".repeat(9 - n)))
        })
        .chain([(
            "last.md".to_owned(),
            "# Last\n\nA rule, the FAVOURITE one, of many other words about a wombat.".to_owned(),
        )])
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    app.campus(&files).await;
    let question = "wombat rule";
    let best = retrieved(&app, question).await.passages;
    assert_eq!(best[0].title, "Last");
    assert!(best.windows(2).all(|pair| pair[0].score >= pair[1].score));
    assert_eq!(service.asked()[0].path, "/rerank");
    assert_eq!(service.asked()[0].body["query"], question);
    for mood in [Mood::Refuses(500), Mood::Short, Mood::Babbles] {
        service.is(mood.clone());
        let titles = titles(&app, question).await;
        assert!(titles.len() >= 9 && titles[0] != "Last", "{mood:?}: {titles:?}");
    }
}

#[rocket::async_test]
async fn operators_see_what_the_service_does() {
    let service = Embedder::start().await;
    let app = with(&service).start().await;
    app.campus(CAMPUS).await;
    // The name of the model is known once it has been asked for something.
    retrieved(&app, "car").await;
    let metrics = app.developer().get("/metrics").await.is(200).text();
    assert!(metrics.contains("chatdku_documents_without_vectors 4"), "{metrics}");
    app.work().await;
    retrieved(&app, "car").await;
    let metrics = app.developer().get("/metrics").await.is(200).text();
    for line in [
        "chatdku_documents_without_vectors 0",
        "chatdku_embedding_calls_total{of=\"documents\",outcome=\"ok\"} 4",
        "chatdku_embedding_calls_total{of=\"question\",outcome=\"ok\"} 1",
        "chatdku_searches_by_keywords_alone_total 0",
    ] {
        assert!(metrics.contains(line), "{line} is missing in:\n{metrics}");
    }
}
