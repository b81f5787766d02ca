//! The main site's page of an answer that is being made.

use std::time::Duration;

use super::{QUESTION, model};
use crate::support::{Actor, TestApp};

fn browser(actor: Actor) -> Actor {
    actor.header("Accept", "text/html")
}

#[rocket::async_test]
async fn without_scripts_an_answer_is_stopped_by_a_form() {
    let model = model(600, Duration::from_millis(50)).await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    let alice = browser(app.user("alice1"));
    let id = app.user("alice1").conversation().await;
    let asked = [("conversation", id.as_str()), ("question", QUESTION)];
    let asking = alice.form("/ask", &asked);
    let stopping = async {
        let began = std::time::Instant::now();
        let place = loop {
            let page = alice.get(&format!("/c/{id}")).await.is(200).text();
            if let Some((_, rest)) = page.split_once("<form class=\"stop\" action=\"")
                && page.contains("day")
            {
                break rest.split_once('"').unwrap().0.to_owned();
            }
            assert!(began.elapsed() < super::PATIENCE, "{page}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        browser(app.user("bob22")).form(&place, &[]).await.is(404);
        let stopped = alice.form(&place, &[]).await.is(303);
        let next = stopped.header("Location").unwrap().to_owned();
        assert!(next.starts_with(&format!("/c/{id}#m")), "{next}");
        let began = std::time::Instant::now();
        let page = loop {
            let page = alice.get(next.split_once('#').unwrap().0).await.is(200).text();
            if page.contains("This answer was stopped.") {
                break page;
            }
            assert!(began.elapsed() < super::stopped_within(), "{page}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert!(!page.contains("class=\"stop\""), "{page}");
        alice.form(&place, &[]).await.is(303);
    };
    let (asked, ()) = tokio::join!(asking, stopping);
    asked.is(303);
    assert_eq!(app.user("alice1").messages(&id).await[1]["status"], "stopped");
}
