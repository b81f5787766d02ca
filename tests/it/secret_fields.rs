//! What is stored sealed: no copy of the database, or of Redis, tells it.

use std::time::{Duration, Instant};

use chatdku::accounts::web_session;
use sea_orm::{EntityTrait, sea_query::Expr};
use serde_json::Value;

use crate::support::{Program, process::http, redis::Server};

const NAME: &str = "Canary Quillfeather";

/// What the program says to a browser about its owner, and its cookie when it has begun a session.
async fn me(program: &Program, headers: &[(&str, &str)]) -> (Value, Option<String>) {
    let mut request = http().get(program.url("/user")).header("X-Forwarded-For", "10.1.1.1");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let cookie = answer.headers().get("set-cookie").map(|cookie| cookie.to_str().unwrap().to_owned());
    let cookie = cookie.map(|cookie| cookie.split(';').next().unwrap().to_owned());
    (answer.json().await.unwrap(), cookie)
}

/// What the only session there is has stored.
async fn stored(program: &Program) -> String {
    let store = program.store().await;
    let rows = web_session::Entity::find().all(store.read()).await.unwrap();
    store.close_for_good().await.unwrap();
    assert_eq!(rows.len(), 1);
    rows.into_iter().next().unwrap().data
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

#[rocket::async_test]
async fn a_session_greets_by_a_name_that_neither_database_nor_redis_tells() {
    let redis = Server::start().await;
    let mut program = Program::on_a_database().without_redis().on_redis("127.0.0.1", redis.port);
    let monitor = redis.monitor();
    program.start().await;
    let (_, cookie) = me(&program, &[("UID", "ab123"), ("X-DisplayName", NAME)]).await;
    let cookie = cookie.expect("a session");
    for _ in 0..3 {
        assert_eq!(me(&program, &[("Cookie", &cookie)]).await.0["username"], NAME, "by the cookie alone");
    }
    let data = stored(&program).await;
    assert!(data.contains(r#""name":"v1."#) && !data.contains("Quill"), "{data}");
    let sealed = serde_json::from_str::<Value>(&data).unwrap()["name"].as_str().unwrap().to_owned();
    let asked = monitor.heard(&redis);
    assert!(holds(&asked, &sealed), "a copy was made");
    assert!(!holds(&asked, "Quill"), "of what is sealed");
    // The next process has the key, too.
    program.kill();
    program.start_again().await;
    assert_eq!(me(&program, &[("Cookie", &cookie)]).await.0["username"], NAME);
}

#[rocket::async_test]
async fn sessions_of_the_version_before_go_on_and_their_names_are_copied_nowhere() {
    let redis = Server::start().await;
    let mut program = Program::on_a_database().without_redis().on_redis("127.0.0.1", redis.port);
    program.start().await;
    let (_, cookie) = me(&program, &[("UID", "ab123")]).await;
    let cookie = cookie.expect("a session");
    let store = program.store().await;
    let before = format!(r#"{{"display_name":"{NAME}","proven_at":null}}"#);
    store
        .write(async |tx| {
            let all = web_session::Entity::update_many();
            all.col_expr(web_session::Column::Data, Expr::value(before)).exec(&tx).await
        })
        .await
        .unwrap();
    store.close_for_good().await.unwrap();
    let monitor = redis.monitor();
    let began = Instant::now();
    // What was copied before is believed for less than a second.
    while me(&program, &[("Cookie", &cookie)]).await.0["username"] != NAME {
        assert!(began.elapsed() < Duration::from_secs(20), "{}", program.said());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for _ in 0..3 {
        assert_eq!(me(&program, &[("Cookie", &cookie)]).await.0["username"], NAME);
    }
    let asked = monitor.heard(&redis);
    assert!(holds(&asked, "session:") && !holds(&asked, "Quill"));
}

#[rocket::async_test]
async fn without_a_key_no_name_is_stored() {
    let mut program = Program::on_a_database().released();
    program.start().await;
    let (said, cookie) = me(&program, &[("UID", "ab123"), ("X-DisplayName", NAME)]).await;
    assert_eq!(said["username"], NAME, "the header says it");
    let cookie = cookie.expect("a session");
    let data = stored(&program).await;
    assert!(!data.contains("name"), "{data}");
    assert_eq!(me(&program, &[("Cookie", &cookie)]).await.0["username"], "");
    assert!(program.said().contains("FIELD_ENCRYPTION_KEY is not set"), "{}", program.said());
}
