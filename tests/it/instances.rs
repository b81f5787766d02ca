//! Several instances on one database: what one accepts another does, and all agree.

use std::time::{Duration, Instant};

use chatdku::{
    accounts::{user, web_session},
    config::{RedisSettings, RedisTls},
    platform::{
        counters::{Counters, Window},
        instances::Instances,
        redis::Redis,
        store::Store,
    },
    queue::{State, job},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::support::{
    Program,
    model::{Model, Script, Step},
    noon, pdf,
    process::{asked_for, http},
    redis::Server,
    scratch,
};

const SOON: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(40);

#[rocket::async_test]
async fn a_process_without_http_reads_what_another_has_accepted() {
    let mut front = Program::on_a_database().set("WORKERS", "0");
    let mut back = front.sibling().set("WORKERS", "2");
    front.start().await;
    back.spawn(&["worker"]);
    let http = http();
    for number in 0..4 {
        let bytes = pdf::pages(&[&[&format!("Handbook number {number}")]]);
        let part = multipart(&format!("{number}.pdf"), &bytes);
        let sent = http.post(front.url("/user_files")).header("UID", "alice1").headers(form()).body(part);
        assert_eq!(sent.send().await.unwrap().status(), 201);
    }
    let store = front.store().await;
    let began = Instant::now();
    let unfinished = asked_for().filter(job::COLUMN.state.ne(State::Done));
    while unfinished.clone().count(store.read()).await.unwrap() > 0 {
        assert!(began.elapsed() < PATIENCE, "{}", back.said());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let jobs = asked_for().order_by_asc(job::Column::Seq).all(store.read()).await.unwrap();
    assert_eq!(jobs.len(), 4);
    assert!(jobs.windows(2).all(|pair| pair[0].finished_at <= pair[1].started_at), "one after the other");
    let (sound, said) = front.run(&["check"]);
    assert!(sound, "{said}");
    store.close_for_good().await.unwrap();
    assert_eq!(back.stop().await, Some(0));
}

#[rocket::async_test]
async fn the_end_of_a_session_and_of_an_account_reach_all_within_a_second() {
    let mut one = Program::on_a_database();
    let mut two = one.sibling();
    one.start().await;
    two.start().await;
    let http = http();
    let store = one.store().await;
    for ending in ["session", "account"] {
        let opened = http.get(one.url("/user")).header("UID", format!("{ending}1")).send().await.unwrap();
        let cookie = opened.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        // Recognised by the cookie alone, over and over: what could be kept is kept.
        let status = async || {
            let asked =
                http.get(two.url("/api/c")).header("Cookie", &cookie).header("X-Forwarded-For", "10.1.1.1");
            asked.send().await.unwrap().status().as_u16()
        };
        for _ in 0..3 {
            assert_eq!(status().await, 200, "{ending}");
        }
        // Behind the back of both instances: nobody can have told them.
        store
            .write(async |tx| {
                if ending == "session" {
                    web_session::Entity::delete_many().exec(&tx).await?;
                } else {
                    let all = user::Entity::find().all(&tx).await?;
                    let ids: Vec<_> = all.into_iter().map(|account| account.id).collect();
                    user::set_active(&tx, &ids, false).await?;
                }
                Ok::<_, sea_orm::DbErr>(())
            })
            .await
            .unwrap();
        let began = Instant::now();
        while status().await == 200 {
            assert!(began.elapsed() < SOON, "the {ending} has ended and is still believed");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(began.elapsed() < SOON + Duration::from_millis(200));
    }
    store.close_for_good().await.unwrap();
}

#[rocket::async_test]
async fn counters_in_the_database_and_in_redis_let_exactly_the_limit_through() {
    let server = Server::start().await;
    let settings = server.settings();
    let folder = tempfile::tempdir().unwrap();
    let database = scratch(folder.path());
    let store = Store::open(&database.settings).await.unwrap();
    let limit = 20.try_into().unwrap();
    let window = Window::at(noon(), 60.try_into().unwrap());
    let redis = || Redis::new(&settings).unwrap();
    let of_database: Vec<Counters> = (0..3).map(|_| Counters::Database(store.clone())).collect();
    let in_redis = || Counters::new(&store, Some(&redis()), &Instances::default());
    let of_redis: Vec<Counters> = (0..3).map(|_| in_redis()).collect();
    for instances in [of_database, of_redis] {
        let calls = (0..60).map(|call| instances[call % 3].count("read:account:1", window, limit));
        let counted = futures::future::join_all(calls).await;
        let mut through: Vec<u32> = counted.into_iter().filter_map(Result::unwrap).collect();
        through.sort_unstable();
        assert_eq!(through, (1..=20).collect::<Vec<_>>());
    }
}

#[rocket::async_test]
async fn without_redis_an_instance_grants_its_share() {
    let mut server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let database = scratch(folder.path());
    let store = Store::open(&database.settings).await.unwrap();
    let redis = Redis::new(&server.settings()).unwrap();
    let all: Vec<Instances> = (0..3).map(|_| Instances::default()).collect();
    for instance in all.iter().chain(&all) {
        instance.announce(&redis, noon()).await;
    }
    assert_eq!(all[0].count(), 3);
    let counters = Counters::new(&store, Some(&redis), &all[0]);
    server.stop();
    let window = Window::at(noon(), 60.try_into().unwrap());
    let mut through = 0;
    for _ in 0..60 {
        through += usize::from(counters.count("a", window, 30.try_into().unwrap()).await.unwrap().is_some());
    }
    assert_eq!(through, 10);
    assert!(redis.is_away());
}

#[rocket::async_test]
async fn redis_is_spoken_to_over_tls_where_that_is_asked_for() {
    // The program does this when it starts.
    let _already = rustls::crypto::ring::default_provider().install_default();
    let (_server, settings) = Server::start_encrypted().await;
    let trusted = Redis::new(&settings).unwrap();
    assert_eq!(trusted.run::<String>(&redis::cmd("PING")).await.unwrap(), "PONG");
    // Neither in the clear, nor with a server that nobody vouches for.
    for other in [
        RedisSettings { tls: None, ..settings.clone() },
        RedisSettings { tls: Some(RedisTls::default()), ..settings.clone() },
    ] {
        assert!(Redis::new(&other).unwrap().run::<String>(&redis::cmd("PING")).await.is_err(), "{other:?}");
    }
}

#[rocket::async_test]
async fn redis_can_forget_everything_and_go_away_and_come_back() {
    let mut server = Server::start().await;
    let port = server.port;
    let mut one = Program::on_a_database().without_redis().on_redis("127.0.0.1", port).set("WORKERS", "0");
    let mut two = one.sibling().set("WORKERS", "2");
    one.start().await;
    two.start().await;
    let http = http();
    let upload = async |name: &str| {
        let body = multipart(name, &pdf::pages(&[&["Notes"]]));
        let sent = http.post(one.url("/user_files")).header("UID", "alice1").headers(form()).body(body);
        assert_eq!(sent.send().await.unwrap().status(), 201, "{name}");
    };
    let health = async || {
        let ready: Value = http.get(one.url("/readyz")).send().await.unwrap().json().await.unwrap();
        ready["status"].as_str().unwrap().to_owned()
    };
    upload("a.pdf").await;
    server.flush().await;
    upload("b.pdf").await;
    server.stop();
    for _ in 0..12 {
        let answer = http.get(one.url("/api/c")).header("UID", "alice1").send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    assert_eq!(health().await, "degraded");
    upload("c.pdf").await;
    server.restart().await;
    upload("d.pdf").await;
    let store = one.store().await;
    let done = asked_for().filter(job::COLUMN.state.eq(State::Done));
    let began = Instant::now();
    while done.clone().count(store.read()).await.unwrap() < 4 {
        assert!(began.elapsed() < PATIENCE, "{}", two.said());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    while health().await != "ready" {
        let asked = http.get(one.url("/api/c")).header("UID", "alice1").send().await.unwrap();
        assert_eq!(asked.status(), 200);
        assert!(began.elapsed() < PATIENCE, "Redis is back and nobody noticed");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    store.close_for_good().await.unwrap();
}

#[rocket::async_test]
async fn an_instance_that_is_told_to_end_says_so_first_and_finishes_its_answers() {
    let steps = std::iter::repeat_n([Step::Say("day "), Step::Wait(Duration::from_millis(100))], 60);
    let mut steps: Vec<Step> = steps.flatten().collect();
    steps.push(Step::Done);
    let model = Model::start(vec![Script::Stream(steps)]).await;
    let mut program = Program::on_a_database().released().set("LLM_BASE_URL", &model.url());
    program.start().await;
    let http = http();
    let get = |path: &str| http.get(program.url(path)).header("UID", "alice1").send();
    let opened: Value = get("/api/get_session").await.unwrap().json().await.unwrap();
    let conversation = opened["session_id"].as_str().unwrap().to_owned();
    let question = json!({
        "messages": [{ "role": "user", "content": "How many days?" }], "chatHistoryId": conversation, "thinking": false,
    });
    let asked = http.post(program.url("/api/chat")).header("UID", "alice1").json(&question);
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    program.terminate();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(get("/readyz").await.unwrap().status(), 503);
    assert_eq!(get("/api/c").await.unwrap().status(), 200, "those who are sent here all the same are served");
    let text = answer.text().await.unwrap();
    assert_eq!(text.matches("day").count(), 60);
    assert_eq!(program.ended().await, Some(0));
    let store = program.store().await;
    let saved = chatdku::chat::tables::Message::find().all(store.read()).await.unwrap();
    assert!(saved.iter().any(|message| message.message.matches("day ").count() >= 59), "{saved:?}");
    store.close_for_good().await.unwrap();
}

pub fn form() -> reqwest::header::HeaderMap {
    let kind = format!("multipart/form-data; boundary={BOUNDARY}").parse().expect("a header");
    reqwest::header::HeaderMap::from_iter([(reqwest::header::CONTENT_TYPE, kind)])
}

const BOUNDARY: &str = "d74496d66958873e";

pub fn multipart(name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file_\"; filename=\"{name}\"\r\n\
         Content-Type: application/pdf\r\n\r\n"
    );
    [head.as_bytes(), bytes, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat()
}
