//! Paths, methods, slashes, errors, security headers.

use rocket::http::Method;
use serde_json::json;

use crate::support::TestApp;

#[rocket::async_test]
async fn every_path_is_served_with_and_without_its_slash() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    for path in [
        "/user",
        "/user/health",
        "/api/c",
        "/user/upload",
        "/user/user_files",
        "/user_files",
        "/dev/qwen/user",
        "/healthz",
        "/readyz",
    ] {
        for slash in ["", "/"] {
            alice.get(&format!("{path}{slash}")).await.is(200);
        }
    }
    for path in [format!("/api/c/{id}"), format!("/api/c/{id}/messages")] {
        for slash in ["", "/"] {
            alice.get(&format!("{path}{slash}")).await.is(200);
        }
    }
    alice.patch(&format!("/api/c/{id}/rename/"), json!({ "title": "a" })).await.is(200);
    alice.patch(&format!("/api/c/{id}"), json!({ "title": "b" })).await.is(200);
    alice.delete(&format!("/api/c/{id}/")).await.is(204);
}

#[rocket::async_test]
async fn wrong_methods_name_the_right_ones() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    for (method, path, allow) in [
        (Method::Put, "/api/c/".to_owned(), "GET"),
        (Method::Post, "/api/c/".to_owned(), "GET"),
        (Method::Put, format!("/api/c/{id}/"), "DELETE, GET, PATCH"),
        (Method::Get, "/api/chat".to_owned(), "POST"),
        (Method::Delete, "/user_files".to_owned(), "GET, POST"),
        (Method::Patch, "/api/c/create_session".to_owned(), "GET, HEAD, POST"),
        (Method::Delete, "/api/c/create_session".to_owned(), "GET, HEAD, POST"),
    ] {
        let answer = alice.send(method, &path, None, Vec::new()).await.is(405);
        assert_eq!(answer.header("Allow"), Some(allow), "{method} {path}");
        assert_eq!(answer.json()["detail"], format!("Method \"{method}\" not allowed."));
    }
}

/// TRACE would hand back what a proxy has added to the request.
#[rocket::async_test]
async fn nothing_is_traced() {
    let app = TestApp::start().await;
    let alice = app.user("alice1").header("X-Proxy-Auth", "canary");
    for path in ["/api/c", "/user", "/", "/en/admin/", "/healthz", "/static/site/site.css", "/nothing"] {
        let answer = alice.send(Method::Trace, path, None, Vec::new()).await;
        assert!((300..500).contains(&answer.status.code), "{path}: {answer:?}");
        assert!(!answer.text().contains("canary"), "{path}");
    }
}

#[rocket::async_test]
async fn what_is_encoded_twice_is_decoded_once() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let mut ids = Vec::new();
    for title in ["100%41", "100A"] {
        let id = alice.conversation().await;
        alice.patch(&format!("/api/c/{id}"), json!({ "title": title })).await.is(200);
        ids.push(id);
    }
    let found = async |query: &str| {
        let list = alice.get(&format!("/api/c?q={query}")).await.is(200).json();
        list.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("100%2541").await, ids[..1]);
    assert_eq!(found("100%41").await, ids[1..]);
    alice.get(&format!("/api/c/{}", ids[0].replace('-', "%2D"))).await.is(200);
    alice.get(&format!("/api/c/{}", ids[0].replace('-', "%252D"))).await.is(404);
    app.stranger().get("/static/site/site%2Ecss").await.is(200);
    app.stranger().get("/static/site/site%252Ecss").await.is(404);
}

/// Neither a list of files nor what only lies beside them.
#[rocket::async_test]
async fn folders_are_not_listed_and_nothing_else_is_served() {
    let app = TestApp::start().await;
    for path in
        ["/static", "/static/", "/static/site", "/static/site/", "/static/mail/logo.png"].into_iter().chain([
            "/static/.git/config",
            "/.git/config",
            "/.git/HEAD",
            "/.env",
            "/Rocket.toml",
            "/data/secret_key",
            "/media/",
        ])
    {
        app.user("alice1").get(path).await.is(404);
    }
}

#[rocket::async_test]
async fn errors_of_the_api_are_json() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    for path in
        ["/api/nope", "/api/c/nope/nope/nope", "/user/nope", "/user_files/nope", "/user_files/99999999999999"]
    {
        let answer = alice.get(path).await.is(404);
        assert_eq!(answer.header("Content-Type"), Some("application/json"), "{path}");
        assert_eq!(answer.json(), json!({ "detail": "Not found." }));
    }
}

#[rocket::async_test]
async fn every_answer_carries_the_security_headers() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    for answer in [alice.get("/api/c").await, alice.get("/api/nope").await, app.stranger().get("/user").await]
    {
        for (name, value) in [
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
            ("X-Frame-Options", "DENY"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{name}");
        }
        assert_eq!(answer.header("X-Request-Id").map(str::len), Some(12));
        assert_eq!(answer.header("Server"), None);
        assert_eq!(answer.header("Strict-Transport-Security"), None, "not over plain HTTP");
    }
}

/// The map of the API: a difference here is a change of the API.
#[rocket::async_test]
async fn the_map_of_routes() {
    let app = TestApp::start().await;
    let mut routes: Vec<String> =
        app.client.rocket().routes().map(|route| format!("{} {}", route.method, route.uri)).collect();
    routes.sort();
    routes.dedup();
    insta::assert_snapshot!("routes", routes.join("\n"));
}

/// Every route that changes something refuses other sites, whatever it is.
#[rocket::async_test]
async fn no_unsafe_route_takes_a_request_from_another_site() {
    let app = TestApp::start().await;
    let routes: Vec<(Method, String)> = app
        .client
        .rocket()
        .routes()
        .filter(|route| !matches!(route.method, Method::Get | Method::Head | Method::Options))
        .map(|route| (route.method, route.uri.path().to_owned()))
        .collect();
    assert!(routes.len() > 8);
    for (method, path) in routes {
        let nobodys = "00000000-0000-4000-8000-000000000000";
        let path = path.replace("<id>", nobodys).replace("<chat>", nobodys).replace("<mid>", "1");
        let path = path.replace("<_assistant>", "ant");
        let path = path.replace("<app>", "chat").replace("<model>", "feedback").replace("<pk>", "1");
        let path = match path.as_str() {
            file if file.starts_with("/user_files/") => "/user_files/1".to_owned(),
            file if file.starts_with("/files/") => "/files/1/delete".to_owned(),
            _ => path,
        };
        let other = app
            .user("alice1")
            .header("Sec-Fetch-Site", "cross-site")
            .header("Origin", "https://evil.example");
        other.send(method, &path, None, Vec::new()).await.is(403);
    }
}
