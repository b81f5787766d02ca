//! Limits over HTTP: exactly so many pass, whatever the path, whoever asks at the same time.

use futures::future::join_all;
use serde_json::json;

use crate::support::{Answer, TestApp};

fn passed(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status.code != 429).count()
}

#[rocket::async_test]
async fn of_ten_times_the_limit_at_once_exactly_the_limit_passes() {
    let app = TestApp::with("RATE_LIMIT_READ", "20/60").start().await;
    let alice = app.user("alice1");
    let answers = join_all((0..200).map(|_| alice.get("/api/c"))).await;
    assert_eq!(passed(&answers), 20);
    assert_eq!(passed(&[app.user("bob22").get("/api/c").await]), 1, "others have their own");
}

#[rocket::async_test]
async fn ids_in_the_path_make_no_new_allowance() {
    let app = TestApp::with("RATE_LIMIT_READ", "20/60").set("RATE_LIMIT_OTHER", "5/60").start().await;
    let alice = &app.user("alice1");
    let paths = (0..100).map(|_| format!("/api/c/{}/messages", uuid::Uuid::new_v4()));
    let answers = join_all(paths.map(|path| async move { alice.get(&path).await })).await;
    assert_eq!(passed(&answers), 20);
    let invented = (0..50).map(|at| format!("/api/nothing/{at}"));
    let answers = join_all(invented.map(|path| async move { alice.get(&path).await })).await;
    assert_eq!(passed(&answers), 5, "nor do paths that are not there");
    assert_eq!(answers.last().unwrap().header("X-RateLimit-Policy"), Some("5;w=60"));
}

#[rocket::async_test]
async fn what_is_refused_tells_when_to_come_again() {
    let app = TestApp::with("RATE_LIMIT_CHAT", "1/60").set("RATE_LIMIT_OTHER", "1/60").start().await;
    let alice = app.user("alice1");
    let malformed = || alice.post("/api/chat", json!({}));
    malformed().await.is(400);
    malformed().await.is(400);
    let refused = malformed().await.is(429);
    assert_eq!(refused.header("Retry-After"), Some("60"));
    assert_eq!(refused.header("X-RateLimit-Remaining"), Some("0"));
    assert_eq!(refused.header("X-RateLimit-Limit"), Some("1"));
    let mut body = refused.json();
    assert_eq!(body["request_id"].as_str().map(str::len), Some(12));
    body.as_object_mut().unwrap().remove("request_id");
    let sentence = "Too many requests. Please try again in 60 seconds.";
    assert_eq!(
        body,
        json!({
            "error": "rate_limit_exceeded",
            "message": sentence,
            "retry_after": 60,
            "limit": 1,
            "window": 60,
        })
    );
}

#[rocket::async_test]
async fn a_refused_question_uses_up_no_question() {
    let app = TestApp::with("RATE_LIMIT_CHAT", "1/60").start().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    for _ in 0..5 {
        let refused = alice.post("/api/chat", json!({ "chatHistoryId": id })).await.is(400);
        assert_eq!(refused.header("X-RateLimit-Remaining"), Some("1"));
    }
    let asked = alice.ask(&id, "When does the library open?", &[]).await.is(200);
    assert_eq!(asked.header("X-RateLimit-Remaining"), Some("0"));
    alice.ask(&id, "When does the library open?", &[]).await.is(429);
}

#[rocket::async_test]
async fn classes_have_limits_of_their_own() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let limit = |answer: Answer| answer.header("X-RateLimit-Policy").map(str::to_owned);
    for (answer, policy) in [
        (alice.get("/api/c").await, "600;w=60"),
        (alice.post("/api/chat", json!({})).await, "60;w=60"),
        (alice.post("/api/feedback", json!({})).await, "60;w=60"),
        (alice.post("/user_files", json!({})).await, "20;w=30"),
        (alice.get("/api/nothing").await, "60;w=60"),
        (app.developer().get("/doc/schema").await, "600;w=60"),
    ] {
        assert_eq!(limit(answer).as_deref(), Some(policy));
    }
    for path in ["/healthz", "/readyz", "/static/site/site.css"] {
        assert_eq!(limit(alice.get(path).await), None, "{path}");
    }
    assert_eq!(limit(app.stranger().get("/api/c").await), None, "nobody's requests are not counted");
}
