//! CORS: who may read what from another origin.

use rocket::http::Method;

use crate::support::{Actor, TestApp};

const LISTED: &str = "https://chat.example.edu";

fn from(actor: Actor, origin: &str) -> Actor {
    actor.header("Origin", origin).header("Sec-Fetch-Site", "cross-site")
}

#[rocket::async_test]
async fn a_preflight_is_answered_for_listed_origins() {
    let app = TestApp::with("CORS_ALLOWED_ORIGINS", LISTED).start().await;
    for path in ["/api/chat", "/api/nothing", "/user_files", "/user/upload", "/dev/ant/chat", "/chat"] {
        let answer = from(app.stranger(), LISTED).send(Method::Options, path, None, Vec::new()).await.is(200);
        for (name, value) in [
            ("Access-Control-Allow-Origin", LISTED),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Allow-Methods", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
            (
                "Access-Control-Allow-Headers",
                "accept, authorization, content-type, user-agent, x-csrftoken, x-requested-with",
            ),
            ("Access-Control-Max-Age", "86400"),
            ("Vary", "Origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}: {name}");
        }
        assert_eq!(answer.text(), "");
        let other = from(app.stranger(), "https://evil.example");
        let answer = other.send(Method::Options, path, None, Vec::new()).await.is(200);
        assert_eq!(answer.header("Access-Control-Allow-Origin"), None, "{path}");
    }
}

#[rocket::async_test]
async fn a_listed_origin_uses_the_whole_api() {
    let app = TestApp::with("CORS_ALLOWED_ORIGINS", LISTED).start().await;
    let alice = from(app.user("alice1"), LISTED);
    let opened = alice.get("/api/get_session").await.is(200);
    assert_eq!(opened.header("Access-Control-Allow-Origin"), Some(LISTED));
    assert!(opened.header("Access-Control-Expose-Headers").unwrap().contains("Retry-After"));
    let id = opened.json()["session_id"].as_str().unwrap().to_owned();
    alice.patch(&format!("/api/c/{id}"), serde_json::json!({ "title": "Visa" })).await.is(200);
    let evil = from(app.user("alice1"), "https://evil.example");
    evil.get("/api/get_session").await.is(403);
}

#[rocket::async_test]
async fn pages_are_for_no_other_origin() {
    let app = TestApp::with("CORS_ALLOWED_ORIGINS", LISTED).start().await;
    for path in ["/", "/en/admin/", "/doc/schema/view/", "/metrics"] {
        let answer = from(app.developer(), LISTED).get(path).await;
        assert_eq!(answer.header("Access-Control-Allow-Origin"), None, "{path}");
    }
}
