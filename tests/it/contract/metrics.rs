//! The metrics: who may read them, what they count.

use crate::support::{Answer, TestApp, pdf};

impl Answer {
    /// The value of a line of figures.
    pub fn figure(&self, name: &str) -> Option<f64> {
        let text = self.text();
        let line =
            text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')))?;
        line.rsplit(' ').next()?.parse().ok()
    }
}

#[rocket::async_test]
async fn requests_rows_answers_and_jobs_are_counted() {
    let app = TestApp::start().await;
    app.campus(&[("library.md", "# Library\n\nThe library opens at eight in the morning.")]).await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    alice.ask(&id, "When does the library open?", &[]).await.is(200);
    alice.get("/api/nothing/at/all").await.is(404);
    let file = pdf::pages(&[&["A page."]]);
    alice.upload("a.pdf", &file).await.is(201);
    let page = app.developer().get("/metrics").await.is(200);
    assert_eq!(page.header("Content-Type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let made = |model: &str| page.figure(&format!("chatdku_model_inserts_total{{model=\"{model}\"}}"));
    assert_eq!(made("usermodel"), Some(1.0));
    assert_eq!(made("usersession"), Some(1.0));
    assert_eq!(made("chatmessages"), Some(2.0));
    assert_eq!(made("uploadedfile"), Some(1.0));
    assert_eq!(made("feedback"), Some(0.0));
    let requests = |labels: &str| page.figure(&format!("http_requests_total{{{labels}}}"));
    assert_eq!(requests("method=\"POST\",route=\"/api/chat\",status=\"200\""), Some(1.0));
    assert_eq!(requests("method=\"GET\",route=\"-\",status=\"404\""), Some(1.0));
    let chats = "http_request_duration_seconds_count{method=\"POST\",route=\"/api/chat\"}";
    assert_eq!(page.figure(chats), Some(1.0));
    assert_eq!(page.figure("chatdku_answers_total{status=\"complete\"}"), Some(1.0));
    for answer in ["first_byte_seconds", "first_token_seconds", "seconds"] {
        assert_eq!(page.figure(&format!("chatdku_answer_{answer}_count")), Some(1.0), "{answer}");
    }
    assert_eq!(page.figure("chatdku_model_calls_total"), Some(0.0));
    assert_eq!(page.figure("chatdku_uploaded_bytes_total"), Some(file.len() as f64));
    assert_eq!(page.figure("chatdku_jobs{state=\"queued\"}"), Some(1.0));
    assert!(page.figure("chatdku_database_connections{pool=\"read\",use=\"idle\"}").is_some());
    assert!(page.figure("chatdku_tasks").unwrap() > 0.0);
    assert!(page.figure("process_resident_memory_bytes").unwrap() > 0.0);
    let bounds = ["0.01", "0.025", "0.05", "0.075", "0.1", "0.25", "0.5", "0.75", "1", "2.5", "5", "7.5"];
    for bound in bounds.into_iter().chain(["10", "25", "50", "75", "+Inf"]) {
        assert!(
            page.figure(&format!("chatdku_answer_seconds_bucket{{le=\"{bound}\"}}")).is_some(),
            "{bound}"
        );
    }
    app.work().await;
    let later = app.developer().get("/metrics").await.is(200);
    assert_eq!(later.figure("chatdku_jobs{state=\"queued\"}"), Some(0.0));
}

#[rocket::async_test]
async fn staff_and_the_token_read_them() {
    let app = TestApp::with("METRICS_TOKEN", "a long token of the operator").start().await;
    let program = app.stranger().header("Authorization", "Bearer a long token of the operator");
    program.get("/metrics").await.is(200);
    for wrong in ["Bearer a long token of the operator!", "Bearer ", "a long token of the operator"] {
        app.stranger().header("Authorization", wrong).get("/metrics").await.is(401);
    }
    app.stranger().get("/metrics").await.is(401);
    let through_the_proxy = app.user("alice1").header("X-Forwarded-For", "203.0.113.9");
    through_the_proxy.get("/metrics").await.is(403);
    app.developer().get("/metrics").await.is(200);
    let without = TestApp::start().await;
    without.stranger().header("Authorization", "Bearer ").get("/metrics").await.is(401);
}
