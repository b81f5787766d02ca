//! What every answer of every class says to a browser, and what is refused whatever is asked for.

use std::time::{Duration, Instant};

use chatdku::{
    accounts::{
        password_policy::{Problem, problems},
        permission, user,
    },
    chat::tables,
};
use futures::future::{Either, select};
use rocket::http::{ContentType, Method};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::json;

use crate::{
    dashboard::staff::{owner, with},
    support::{
        Answer, TestApp, pdf,
        staff::{PASSWORD, superuser},
    },
};

/// Answers of every class: what kind it is, and one of it.
async fn classes(app: &TestApp) -> Vec<(&'static str, Answer)> {
    let alice = app.user("alice1");
    let page = alice.clone().header("Accept", "text/html");
    let id = alice.conversation().await;
    let file = alice.upload("notes.pdf", &pdf::pages(&[&["The aardvark sleeps."]])).await.is(201).json();
    let file = format!("/user_files/{}/content", file["id"].as_str().unwrap());
    app.work().await;
    let owner = owner(app).await;
    let none = Vec::new;
    vec![
        ("json", alice.get("/api/c").await.is(200)),
        ("json", alice.get("/api/nothing").await.is(404)),
        ("json", alice.send(Method::Put, "/api/c", None, none()).await.is(405)),
        ("json", alice.send(Method::Post, "/api/chat", Some(ContentType::Plain), none()).await.is(415)),
        ("json", app.stranger().get("/user").await.is(401)),
        ("stream", alice.ask(&id, "Hello", &[]).await.is(200)),
        ("file", alice.get(&file).await.is(200)),
        ("archive", alice.get("/user/export").await.is(200)),
        ("page", page.get("/").await.is(200)),
        ("page", page.get("/nothing").await.is(404)),
        ("redirect", page.form(&format!("/c/{id}/delete"), &[]).await.is(303)),
        ("page", owner.get("/en/admin/").await.is(200)),
        ("page", owner.get("/en/admin/nothing/").await.is(404)),
        ("page", app.stranger().get("/en/admin/login/").await.is(200)),
        ("redirect", app.stranger().get("/en/admin/").await.is(302)),
        ("redirect", app.stranger().get("/admin/").await.is(302)),
        ("export", owner.get("/en/admin/?period=7d&csv=overview-questions").await.is(200)),
        ("docs", app.developer().get("/doc/schema/view").await.is(200)),
        ("text", app.developer().get("/doc/schema").await.is(200)),
        ("text", app.developer().get("/metrics").await.is(200)),
        ("static", alice.get("/static/site/site.css").await.is(200)),
        ("text", alice.get("/healthz").await.is(200)),
        ("text", alice.send(Method::Options, "/api/c", None, none()).await.is(200)),
    ]
}

#[rocket::async_test]
async fn every_class_of_answer_carries_its_headers() {
    let app = TestApp::start().await;
    for (class, answer) in Box::pin(classes(&app)).await {
        let has = |name: &str| answer.header(name).unwrap_or_default();
        for (name, value) in [
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("X-Frame-Options", "DENY"),
            ("Server", ""),
        ] {
            assert_eq!(has(name), value, "{class}: {name}");
        }
        assert_eq!(has("X-Request-Id").len(), 12, "{class}");
        let kept = match class {
            "static" => "public, max-age=300",
            // As the client's contract has it.
            "stream" => "no-cache, no-transform",
            _ => "no-store",
        };
        assert_eq!(has("Cache-Control"), kept, "{class}");
        let policy = has("Content-Security-Policy");
        let scripts = policy.contains("script-src 'self'");
        assert_eq!(scripts, ["page", "docs"].contains(&class), "{class}: {policy}");
        assert!(!policy.contains("unsafe-eval") && !policy.is_empty(), "{class}: {policy}");
        let varies = ["page", "redirect", "docs"].contains(&class);
        assert_eq!(
            has("Vary").contains("Cookie") && has("Vary").contains("Accept-Language"),
            varies,
            "{class}: {}",
            has("Vary")
        );
        let permissions = has("Permissions-Policy");
        assert!(permissions.split(", ").all(|feature| feature.ends_with("=()")), "{class}: {permissions}");
        for feature in
            ["camera", "microphone", "geolocation", "payment", "usb", "display-capture", "midi", "serial"]
        {
            assert!(permissions.contains(&format!("{feature}=()")), "{class}: {feature}");
        }
        if class == "stream" {
            assert_eq!(has("X-Accel-Buffering"), "no");
        }
    }
}

#[rocket::async_test]
async fn browsers_are_told_to_insist_on_tls_when_the_proxy_says_that_they_use_it() {
    let app = TestApp::with("TRUSTED_PROXIES", "127.0.0.1").over_tls().start().await;
    let alice = app.user("alice1");
    let strict = |answer: Answer| answer.header("Strict-Transport-Security").map(str::to_owned);
    let year = Some("max-age=31536000; includeSubDomains");
    for path in ["/", "/api/c", "/nothing", "/static/site/site.css"] {
        let over_tls = alice.clone().header("X-Forwarded-Proto", "https").get(path).await;
        assert_eq!(strict(over_tls).as_deref(), year, "{path}");
        assert_eq!(strict(alice.clone().header("X-Forwarded-Proto", "http").get(path).await), None, "{path}");
        assert_eq!(strict(alice.get(path).await), None, "{path}");
        let said_by_nobody = app.stranger().header("X-Forwarded-Proto", "https").get(path).await;
        assert_eq!(strict(said_by_nobody), None, "{path}");
    }
}

#[rocket::async_test]
async fn another_host_is_served_nothing_whatever_it_asks_for() {
    let app = TestApp::start().await;
    let rebound = app.developer().without("Host").header("Host", "evil.example");
    let nameless = app.developer().without("Host");
    for path in [
        "/",
        "/static/site/site.css",
        "/nothing",
        "/api/nothing",
        "/en/admin/login/",
        "/admin/",
        "/doc/assets/swagger-ui.css",
        "/metrics",
    ] {
        for actor in [&rebound, &nameless] {
            let answer = actor.get(path).await.is(400);
            assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"), "{path}");
            assert_eq!(answer.header("Location"), None, "{path}");
        }
    }
    rebound.send(Method::Options, "/api/c", None, Vec::new()).await.is(400);
    // Whoever looks whether the program is there asks by address.
    for path in ["/healthz", "/readyz"] {
        rebound.get(path).await.is(200);
    }
}

/// A form of the pages comes from a browser, and browsers say where from; programs use the API.
#[rocket::async_test]
async fn a_form_that_does_not_say_where_it_comes_from_changes_nothing() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let silent = async |path: &str| {
        alice.send(Method::Post, path, Some(ContentType::Form), b"title=Gone&language=zh".to_vec()).await
    };
    for path in
        [format!("/c/{id}/delete"), format!("/c/{id}/rename"), "/ask".to_owned(), "/i18n/setlang".to_owned()]
    {
        silent(&path).await.is(403);
    }
    alice.patch(&format!("/api/c/{id}"), json!({ "title": "Visa" })).await.is(200);
    let listed = alice.get("/api/c").await.json();
    assert_eq!(listed[0]["title"], "Visa");
    for (name, value) in [("Sec-Fetch-Site", "same-origin"), ("Origin", "http://localhost:8000")] {
        let browser = alice.clone().header(name, value);
        browser
            .send(Method::Post, "/i18n/setlang", Some(ContentType::Form), b"language=zh".to_vec())
            .await
            .is(302);
    }
}

#[rocket::async_test]
async fn an_opinion_is_never_pinned_to_a_strangers_conversation() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.user("alice1"), app.user("bob22"));
    let id = alice.conversation().await;
    alice.ask(&id, "Hello", &[]).await.is(200);
    let gone = uuid::Uuid::new_v4().to_string();
    for (actor, named) in [(&alice, id.as_str()), (&bob, id.as_str()), (&bob, gone.as_str()), (&bob, "None")]
    {
        let opinion = json!({ "userInput": "Hello", "botAnswer": "x", "feedbackReason": "late", "chatHistoryId": named });
        actor.post("/api/feedback", opinion).await.is(201);
    }
    let kept = tables::Feedback::find().order_by_asc(tables::FeedbackColumn::Id);
    let kept = kept.all(app.app().store.read()).await.unwrap();
    let named: Vec<&str> = kept.iter().map(|row| row.question_id.as_str()).collect();
    assert_eq!(named, [id.as_str(), "", gone.as_str(), "None"]);
}

/// Hashing takes a processor: who would have to wait behind too many is told to come again.
#[rocket::async_test]
async fn a_long_queue_of_passwords_is_refused_and_costs_no_attempt() {
    let app = TestApp::start().await;
    superuser(&app, "owner").await;
    let form = app.stranger().get("/en/admin/login/").await;
    let (secret, token) = (form.cookie("csrftoken").unwrap(), crate::dashboard::staff::token(&form.text()));
    let visitor = app.stranger().cookie("csrftoken", &secret);
    let fields = [("csrfmiddlewaretoken", token.as_str()), ("username", "owner"), ("password", PASSWORD)];
    let hasher = &app.app().hasher;
    let crowd = futures::future::join_all((0..60).map(|_| async {
        for _ in 0..u32::MAX {
            let _refused_or_made = hasher.hash("violet anchor".to_owned()).await;
            tokio::task::yield_now().await;
        }
    }));
    let trying = async {
        let began = Instant::now();
        loop {
            let answer = visitor.form("/en/admin/login/", &fields).await;
            if answer.status.code == 503 {
                return answer;
            }
            answer.is(302);
            assert!(began.elapsed() < Duration::from_mins(1), "nobody was ever refused");
        }
    };
    let refused = match select(std::pin::pin!(trying), std::pin::pin!(crowd)).await {
        Either::Left((refused, _)) => refused,
        Either::Right(_) => unreachable!("the crowd never ends"),
    };
    assert!(refused.header("Retry-After").is_some());
    for _ in 0..3 {
        visitor.form("/en/admin/login/", &fields).await.is(302);
    }
}

#[test]
fn a_new_password_has_twelve_characters_and_is_nobodys_first_thought() {
    for (password, broken) in [
        ("short", vec![Problem::Short]),
        ("violet anchor", vec![]),
        ("duke-kunshan-2026", vec![Problem::Common]),
        ("ChatDKU ChatDKU", vec![Problem::Common]),
        ("password12345", vec![Problem::Common]),
        ("紫色的锚在第七座山上等待着", vec![]),
    ] {
        let found = problems(password, "operator", None);
        assert!(broken.iter().all(|problem| found.contains(problem)), "{password}: {found:?}");
        assert!(!broken.is_empty() || found.is_empty(), "{password}: {found:?}");
    }
    assert_eq!(problems(&"ä violet anchor ".repeat(8), "operator", None), [], "128 characters");
    assert_eq!(problems(&"ä violet anchor ".repeat(9), "operator", None), [Problem::Long]);
}

/// Whatever is sent besides, a row keeps its id, owner, times, name and password.
#[rocket::async_test]
async fn nothing_but_what_a_form_is_for_can_be_set_by_it() {
    let app = TestApp::start().await;
    let (alice, owner) = (app.user("alice1"), owner(&app).await);
    let id = alice.conversation().await;
    let body = json!({
        "title": "Visa", "id": uuid::Uuid::nil(), "user_id": 1, "user": 1, "created_at": "2001-01-01T00:00:00Z",
        "active_run": uuid::Uuid::nil(),
    });
    let before = tables::Conversation::find().one(app.app().store.read()).await.unwrap().unwrap();
    alice.patch(&format!("/api/c/{id}"), body).await.is(200);
    let after = tables::Conversation::find().one(app.app().store.read()).await.unwrap().unwrap();
    assert_eq!(after, chatdku::chat::conversations::Model { title: "Visa".to_owned(), ..before });

    let clerk = with(&app, "clerk", &["core.view_usermodel"]).await;
    let page = format!("/en/admin/core/usermodel/{}/change/", clerk.account.id.0);
    let form = owner.get(&page).await.is(200).text();
    let html = scraper::Html::parse_document(&form);
    let inputs = scraper::Selector::parse("form input[name^=_], form input[type=hidden]").unwrap();
    let hidden: Vec<(String, String)> = html
        .select(&inputs)
        .filter_map(|input| {
            Some((input.attr("name")?.to_owned(), input.attr("value").unwrap_or_default().to_owned()))
        })
        .filter(|(name, _)| {
            name != "csrfmiddlewaretoken" && !name.starts_with("_save") && !name.starts_with("_add")
        })
        .collect();
    let mut fields: Vec<(&str, &str)> =
        hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([
        ("email", "clerk@example.edu"),
        ("is_active", "on"),
        ("is_staff", "on"),
        ("_save", "1"),
        ("id", "999"),
        ("username", "emperor"),
        ("password", "argon2$stolen"),
        ("folder", ".."),
        ("last_login", "2001-01-01"),
        ("is_admin", "on"),
    ]);
    owner.post(&page, &fields).await.is(302);
    let row = user::by_id(app.app().store.read(), clerk.account.id).await.unwrap().unwrap();
    assert_eq!(row.email.as_deref(), Some("clerk@example.edu"), "the form was taken");
    let same =
        |row: &user::Model| (row.username.clone(), row.password.clone(), row.folder.clone(), row.is_admin);
    assert_eq!(same(&row), same(&clerk.account));
}

#[rocket::async_test]
async fn a_right_that_is_taken_is_gone_at_the_next_request() {
    let app = TestApp::start().await;
    let clerk = with(&app, "clerk", &["chat.view_feedback"]).await;
    clerk.get("/en/admin/chat/feedback/").await.is(200);
    let store = &app.app().store;
    let taken = async |tx| permission::granted::Entity::delete_many().exec(&tx).await;
    store.write(taken).await.unwrap();
    clerk.get("/en/admin/chat/feedback/").await.is(403);
    crate::dashboard::staff::grant(&app, &clerk.account, &["chat.view_feedback"]).await;
    clerk.get("/en/admin/chat/feedback/").await.is(200);
}
