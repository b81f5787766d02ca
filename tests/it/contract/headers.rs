//! CORS: who may read what from another origin. And TLS, which browsers are told to insist on.

use rocket::http::Method;

use crate::support::{Actor, Program, TestApp, process::http};

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

/// The release profile is the one that serves people, behind the TLS of a proxy.
#[rocket::async_test]
async fn the_release_profile_has_browsers_insist_on_tls() {
    let mut program = Program::on_a_database().released();
    program.start().await;
    let _provider = http();
    // An answer itself, and not where it leads.
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let get = async |path: &str| {
        let asked = http.get(program.url(path)).header("UID", "alice1").header("X-Forwarded-Proto", "https");
        asked.header("Accept", "text/html").send().await.unwrap()
    };
    for path in ["/healthz", "/", "/api/c", "/api/nothing", "/static/site/site.css", "/en/admin/login/"] {
        let answer = get(path).await;
        let insisted = answer.headers().get("strict-transport-security").map(|value| value.to_str().unwrap());
        assert_eq!(insisted, Some("max-age=31536000; includeSubDomains"), "{path}");
        let said =
            |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert_eq!(
            (said("x-content-type-options"), said("referrer-policy")),
            ("nosniff", "same-origin"),
            "{path}"
        );
        assert_eq!(said("cache-control") == "no-store", !path.starts_with("/static/"), "{path}");
        let policy = said("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"),
            "{path}"
        );
    }
    let language = http.post(program.url("/i18n/setlang")).header("UID", "alice1");
    let language = language.header("Sec-Fetch-Site", "same-origin");
    let language = language.header("Content-Type", "application/x-www-form-urlencoded");
    let language = language.body("language=zh-hans&next=/").send();
    let mut set: Vec<String> = Vec::new();
    for answer in [get("/").await, get("/en/admin/login/").await, language.await.unwrap()] {
        let cookies = answer.headers().get_all("set-cookie").iter();
        set.extend(cookies.map(|cookie| cookie.to_str().unwrap().to_owned()));
    }
    let of = |name: &str| set.iter().find(|cookie| cookie.starts_with(&format!("{name}=")));
    assert_eq!(set.len(), 3, "{set:?}");
    for name in ["sessionid", "csrftoken"] {
        let cookie = of(name).unwrap_or_else(|| panic!("{name}: {set:?}"));
        for wanted in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(wanted), "{cookie}");
        }
    }
    assert!(set.iter().all(|cookie| cookie.contains("Secure") && cookie.contains("SameSite=")), "{set:?}");
}
