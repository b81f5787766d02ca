//! Who is calling: headers, peers, sessions, other sites' pages.

use chatdku::{
    accounts::{user, web_session},
    platform::audit,
};
use chrono::Duration;
use sea_orm::{ActiveModelTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};

use crate::support::TestApp;

fn hash(netid: &str) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(netid))
}

#[rocket::async_test]
async fn a_hundred_first_requests_make_one_account() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let requests = (0..100).map(|_| alice.get("/user"));
    for answer in futures::future::join_all(requests).await {
        answer.is(200);
    }
    let accounts = user::Entity::find().all(app.app().store.read()).await.unwrap();
    let made: Vec<_> = accounts.iter().filter(|account| account.username == hash("alice1")).collect();
    assert_eq!(made.len(), 1);
    assert!(uuid::Uuid::parse_str(&made[0].folder).is_ok());
    assert!(made[0].password.starts_with('!') && !made[0].is_staff && !made[0].is_superuser);
}

#[rocket::async_test]
async fn the_client_learns_who_it_is_under_every_name() {
    let app = TestApp::start().await;
    let me = app.user("ab123").get("/user").await.is(200).json();
    assert_eq!(me["netid"], "ab123");
    assert_eq!(me["username"], "", "null would greet with `Welcome, !`");
    let named = app.user("ab123").header("X-DisplayName", "李 Ana").get("/user/health").await.is(200).json();
    for name in ["username", "name", "displayName"] {
        assert_eq!(named[name], "李 Ana");
    }
}

#[rocket::async_test]
async fn a_header_from_an_untrusted_peer_is_nobody_and_is_noted() {
    let app = TestApp::start().await;
    let answer = app.stranger().header("UID", "alice1").get("/user").await.is(401);
    assert_eq!(answer.text(), r#"{"message":"Unauthorized"}"#);
    app.stranger().header("UID", "alice1").get("/api/c").await.is(401);
    let noted = audit::Entity::find().all(app.app().store.read()).await.unwrap();
    assert_eq!(noted.len(), 1, "once a minute is enough");
    assert_eq!((noted[0].event.as_str(), noted[0].ip_prefix.as_str()), ("identity.spoof", "203.0.113.0/24"));
    assert!(!noted[0].detail.contains("alice1"));
}

#[rocket::async_test]
async fn without_an_identity_every_path_of_the_api_says_so_first() {
    let app = TestApp::start().await;
    for path in ["/user", "/api/c", "/api/nope", "/user/nope", "/user_files", "/api/c/1/2/3", "/dev/nope"] {
        let answer = app.stranger().get(path).await.is(401);
        assert_eq!(answer.text(), r#"{"message":"Unauthorized"}"#, "{path}");
    }
    app.stranger().get("/healthz").await.is(200);
}

#[rocket::async_test]
async fn a_header_that_is_no_netid_is_refused() {
    let app = TestApp::start().await;
    for bad in ["a,b", "a b", "x\u{e9}", &"x".repeat(65)] {
        app.user(bad).get("/user").await.is(400);
    }
    app.user("alice1").header("UID", "bob22").get("/user").await.is(400);
    app.developer().header("U_ID", "alice1").get("/user").await.is(400);
    app.developer().header("X_DisplayName", "Alice").get("/user").await.is(400);
    app.user("").get("/user").await.is(200);
}

#[rocket::async_test]
async fn a_netid_that_names_an_administrator_is_an_ordinary_campus_account() {
    let app = TestApp::start().await;
    let me = app.user("chatdku_admin").get("/user/upload").await.is(200).json();
    assert_eq!(me["netid"], hash("chatdku_admin"));
    let account = user::named(app.app().store.read(), &hash("chatdku_admin")).await.unwrap().unwrap();
    assert!(!account.is_staff && !account.is_superuser);
}

#[rocket::async_test]
async fn the_header_never_reaches_an_account_with_a_password() {
    let app = TestApp::start().await;
    let store = &app.app().store;
    store
        .write(async |tx| user::create_superuser(&tx, &hash("root1"), None, "argon2$x").await)
        .await
        .unwrap();
    app.user("root1").get("/user").await.is(403);
}

#[rocket::async_test]
async fn an_inactive_account_is_refused_everywhere() {
    let app = TestApp::start().await;
    app.user("alice1").get("/user").await.is(200);
    let account = user::named(app.app().store.read(), &hash("alice1")).await.unwrap().unwrap();
    let closed = user::ActiveModel { id: Set(account.id), is_active: Set(false), ..Default::default() };
    app.app().store.write(async |tx| closed.update(&tx).await).await.unwrap();
    for path in ["/user", "/api/c", "/user_files", "/api/get_session", "/"] {
        app.user("alice1").get(path).await.is(403);
    }
}

#[rocket::async_test]
async fn a_session_stands_for_its_account_until_it_is_idle() {
    let app = TestApp::start().await;
    let token =
        app.user("alice1").header("X-DisplayName", "Alice").get("/user").await.cookie("sessionid").unwrap();
    let by_cookie = app.stranger().cookie("sessionid", &token);
    let me = by_cookie.get("/user").await.is(200).json();
    assert_eq!(me["netid"], hash("alice1"), "the raw NetID belongs to the request that carried it");
    assert_eq!(me["username"], "Alice");
    app.clock.advance(Duration::minutes(29));
    let kept = by_cookie.get("/user").await.is(200);
    assert_eq!(kept.cookie("sessionid").as_deref(), Some(token.as_str()), "use keeps it alive");
    app.clock.advance(Duration::minutes(29));
    by_cookie.get("/user").await.is(200);
    app.clock.advance(Duration::minutes(31));
    by_cookie.get("/user").await.is(401);
}

#[rocket::async_test]
async fn a_session_ends_after_twelve_hours_in_any_case() {
    let app = TestApp::start().await;
    let token = app.user("alice1").get("/user").await.cookie("sessionid").unwrap();
    let by_cookie = app.stranger().cookie("sessionid", &token);
    for _ in 0..35 {
        by_cookie.get("/user").await.is(200);
        app.clock.advance(Duration::minutes(20));
    }
    app.clock.advance(Duration::minutes(21));
    by_cookie.get("/user").await.is(401);
}

#[rocket::async_test]
async fn a_stolen_table_holds_no_usable_token_and_no_netid() {
    let app = TestApp::start().await;
    let answer = app.user("alice1").header("X-DisplayName", "Alice").get("/user").await;
    let token = answer.cookie("sessionid").unwrap();
    let row = web_session::Entity::find().one(app.app().store.read()).await.unwrap().unwrap();
    assert_ne!(row.token_hash, token);
    assert!(!format!("{row:?}").contains("alice1"));
    app.stranger().cookie("sessionid", &row.token_hash).get("/user").await.is(401);
    let attributes = answer.header("set-cookie").unwrap();
    for wanted in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=1800"] {
        assert!(attributes.contains(wanted), "{attributes}");
    }
}

#[rocket::async_test]
async fn only_opening_the_site_makes_a_session() {
    let app = TestApp::start().await;
    for path in ["/api/c", "/user_files", "/user/upload"] {
        assert_eq!(app.user("alice1").get(path).await.is(200).cookie("sessionid"), None);
    }
    for path in ["/", "/user", "/user/health"] {
        assert!(app.user("alice1").get(path).await.is(200).cookie("sessionid").is_some(), "{path}");
    }
}

/// The proxy adds identity to whatever a browser asks for, also to a picture in somebody else's page.
#[rocket::async_test]
async fn a_page_of_another_site_begins_no_session() {
    let app = TestApp::start().await;
    let visit = async |mode: &str, destination: &str, path: &str| {
        let visitor =
            app.user("alice1").header("Sec-Fetch-Site", "cross-site").header("Sec-Fetch-Mode", mode);
        let visitor = visitor.header("Sec-Fetch-Dest", destination);
        visitor.get(path).await.is(200).cookie("sessionid")
    };
    for path in ["/", "/user", "/user/health"] {
        assert_eq!(visit("no-cors", "image", path).await, None, "{path}");
        assert_eq!(visit("navigate", "iframe", path).await, None, "{path}");
        assert!(visit("navigate", "document", path).await.is_some(), "{path}: a link has been followed");
        let own = app.user("alice1").header("Sec-Fetch-Site", "same-origin").get(path).await;
        assert!(own.cookie("sessionid").is_some(), "{path}");
    }
}

#[rocket::async_test]
async fn another_header_on_an_old_cookie_begins_a_fresh_session() {
    let app = TestApp::start().await;
    let alices = app.user("alice1").get("/user").await.cookie("sessionid").unwrap();
    let bobs = app.user("bob22").cookie("sessionid", &alices).get("/user").await;
    let fresh = bobs.cookie("sessionid").unwrap();
    assert_eq!(bobs.json()["netid"], "bob22");
    assert_ne!(fresh, alices);
    app.stranger().cookie("sessionid", &alices).get("/user").await.is(401);
    let me = app.stranger().cookie("sessionid", &fresh).get("/user").await.is(200).json();
    assert_eq!(me["netid"], hash("bob22"));
}

#[rocket::async_test]
async fn a_cookie_that_we_did_not_issue_is_not_adopted() {
    let app = TestApp::start().await;
    let planted = "AAAAAAAAAAAAAAAAAAAAAA";
    let answer = app.user("alice1").cookie("sessionid", planted).get("/user").await.is(200);
    assert_ne!(answer.cookie("sessionid").unwrap(), planted);
    app.stranger().cookie("sessionid", planted).get("/user").await.is(401);
}

#[rocket::async_test]
async fn a_change_of_the_account_ends_its_sessions() {
    let app = TestApp::start().await;
    let token = app.user("alice1").get("/user").await.cookie("sessionid").unwrap();
    let account = user::named(app.app().store.read(), &hash("alice1")).await.unwrap().unwrap();
    let promoted = user::ActiveModel { id: Set(account.id), is_staff: Set(true), ..Default::default() };
    app.app().store.write(async |tx| promoted.update(&tx).await).await.unwrap();
    app.stranger().cookie("sessionid", &token).get("/user").await.is(401);
}

#[rocket::async_test]
async fn other_sites_cannot_act_in_a_persons_name() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let url = format!("/api/c/{id}");
    alice.clone().header("Sec-Fetch-Site", "cross-site").delete(&url).await.is(403);
    alice.clone().header("Sec-Fetch-Site", "same-site").delete(&url).await.is(403);
    alice.clone().header("Origin", "https://evil.example").delete(&url).await.is(403);
    alice.clone().header("Origin", "null").delete(&url).await.is(403);
    alice.clone().header("Origin", "http://localhost:9999").delete(&url).await.is(403);
    alice.clone().header("Sec-Fetch-Site", "cross-site").get("/api/get_session").await.is(403);
    alice.clone().header("Sec-Fetch-Site", "cross-site").get("/api/c").await.is(200);
    let refused = audit::Entity::find().count(app.app().store.read()).await.unwrap();
    assert_eq!(refused, 1);
    // Our own pages, and programs that are no browser, may.
    alice.clone().header("Origin", "http://localhost:8000").get("/api/get_session").await.is(200);
    alice.clone().header("Sec-Fetch-Site", "same-origin").delete(&url).await.is(204);
    let id = alice.conversation().await;
    alice.delete(&format!("/api/c/{id}")).await.is(204);
}

#[rocket::async_test]
async fn a_listed_origin_may_call_with_credentials() {
    let app = TestApp::with("CORS_ALLOWED_ORIGINS", "https://chat.example.edu").start().await;
    let listed = app
        .user("alice1")
        .header("Origin", "https://chat.example.edu")
        .header("Sec-Fetch-Site", "cross-site");
    let answer = listed.post("/api/feedback", serde_json::json!({})).await.is(400);
    assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("https://chat.example.edu"));
    assert_eq!(answer.header("Access-Control-Allow-Credentials"), Some("true"));
    let other = app.user("alice1").header("Origin", "https://evil.example").get("/api/c").await.is(200);
    assert_eq!(other.header("Access-Control-Allow-Origin"), None);
}

#[rocket::async_test]
async fn a_form_cannot_name_another_method() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    alice.form(&format!("/api/c/{id}"), &[("_method", "delete")]).await.is(400);
    alice.get(&format!("/api/c/{id}")).await.is(200);
}

#[rocket::async_test]
async fn a_host_that_is_not_ours_is_not_served() {
    let app = TestApp::start().await;
    let rebound = app.developer().without("Host").header("Host", "evil.example:8000");
    rebound.get("/api/c").await.is(400);
    app.user("alice1").without("Host").header("Host", "evil.example").get("/api/c").await.is(400);
    app.user("alice1").header("X-Forwarded-Host", "localhost").get("/api/c").await.is(200);
}

#[rocket::async_test]
async fn this_machine_is_the_developer_unless_something_stands_between() {
    let app = TestApp::start().await;
    assert_eq!(app.developer().get("/user").await.is(200).json()["netid"], "developer");
    app.developer().header("X-Forwarded-For", "10.1.2.3").get("/user").await.is(401);
    app.developer().header("Forwarded", "for=10.1.2.3").get("/user").await.is(401);
    app.stranger().get("/user").await.is(401);
    let none = TestApp::with("TRUSTED_PROXIES", "10.0.0.1").start().await;
    none.developer().get("/user").await.is(401);
}

/// What stands before the last address that is no proxy of ours is hearsay, and all of it is from anybody else.
#[rocket::async_test]
async fn the_client_is_the_last_address_that_is_no_proxy() {
    let app = TestApp::start().await;
    let chain = "192.0.2.9, 198.51.100.7, 127.0.0.1";
    app.user("alice1").header("X-Forwarded-For", chain).get("/user").await.is(200);
    let session = web_session::Entity::find().one(app.app().store.read()).await.unwrap().unwrap();
    assert_eq!(session.ip_prefix, "198.51.100.0/24");
    let liar = app.stranger().header("UID", "alice1").header("X-Forwarded-For", chain);
    liar.header("X-Real-IP", "192.0.2.9").get("/user").await.is(401);
    let noted = audit::Entity::find().filter(audit::COLUMN.event.eq("identity.spoof"));
    let noted = noted.one(app.app().store.read()).await.unwrap().unwrap();
    assert_eq!(noted.ip_prefix, "203.0.113.0/24");
}

#[rocket::async_test]
async fn a_shared_secret_is_asked_of_the_proxy_when_set() {
    let app = TestApp::with("PROXY_SHARED_SECRET", "a long enough secret").start().await;
    app.user("alice1").get("/user").await.is(401);
    app.user("alice1").header("X-Proxy-Auth", "a wrong secret").get("/user").await.is(401);
    app.user("alice1").header("X-Proxy-Auth", "a long enough secret").get("/user").await.is(200);
    app.developer().get("/user").await.is(401);
}

#[rocket::async_test]
async fn with_a_pepper_an_old_row_gets_its_keyed_name() {
    let app = TestApp::with("NETID_PEPPER", "a pepper of the campus").start().await;
    let store = &app.app().store;
    let old = store.write(async |tx| user::create_campus(&tx, &hash("alice1")).await).await.unwrap().unwrap();
    let name =
        app.user("alice1").get("/user/upload").await.is(200).json()["netid"].as_str().unwrap().to_owned();
    assert_ne!(name, hash("alice1"));
    assert_eq!(user::by_id(store.read(), old.id).await.unwrap().unwrap().username, name);
    assert_eq!(
        user::Entity::find().all(store.read()).await.unwrap().iter().filter(|a| a.username == name).count(),
        1
    );
}

#[rocket::async_test]
async fn a_first_start_makes_one_administrator() {
    let app = TestApp::start().await;
    let embedded = app.app().store.is_embedded();
    let admin = user::named(app.app().store.read(), "chatdku_admin").await.unwrap();
    assert_eq!(admin.is_some(), embedded, "only the embedded default does this");
    if let Some(admin) = admin {
        assert!(admin.is_superuser && admin.is_staff && admin.password.starts_with("argon2$argon2id$"));
        assert!(admin.password.len() <= 128);
    }
}

#[rocket::async_test]
async fn a_session_that_is_used_lives_on_whatever_it_is_used_for() {
    let app = TestApp::start().await;
    let first = app.user("alice1").get("/user").await.is(200);
    let session = first.cookie("sessionid").expect("a session");
    let cookie_only = app.stranger().cookie("sessionid", &session);
    for _ in 0..4 {
        app.clock.advance(chrono::Duration::minutes(20));
        cookie_only.get("/api/c").await.is(200);
    }
    app.clock.advance(chrono::Duration::minutes(31));
    cookie_only.get("/api/c").await.is(401);
}

#[rocket::async_test]
async fn the_flags_of_a_campus_account_do_not_open_the_dashboard() {
    let app = TestApp::start().await;
    let alice = app.user("alice1").header("Accept", "text/html");
    alice.get("/").await.is(200);
    let store = &app.app().store;
    let row = user::Entity::find().one(store.read()).await.unwrap().expect("alice");
    let promoted = user::ActiveModel { id: Set(row.id), is_staff: Set(true), ..Default::default() };
    store.write(async |tx| promoted.update(&tx).await).await.unwrap();
    assert!(!alice.get("/").await.is(200).text().contains("href=\"/admin/\""));
}
