//! What ends an answer before its model does.

use std::time::{Duration, Instant};

use chatdku::{
    accounts::{UserId, user},
    erasure::{self, Rows},
};
use sea_orm::{DbErr, EntityTrait};
use serde_json::json;

use super::{PATIENCE, QUESTION, model, question, stopped_within};
use crate::support::{
    TestApp,
    model::{Model, Script, Step},
};

async fn accounts(app: &TestApp) -> Vec<UserId> {
    let all = user::Entity::find().all(app.app().store.read()).await.unwrap();
    all.into_iter().map(|account| account.id).collect()
}

#[rocket::async_test]
async fn an_answer_ends_with_its_account() {
    for ending in ["closed", "removed"] {
        let model = model(600, Duration::from_millis(50)).await;
        let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
        let alice = app.user("alice1");
        let id = alice.conversation().await;
        alice.post(&format!("/api/c/{id}/ask"), question(QUESTION)).await.is(202);
        let began = Instant::now();
        while model.requests().is_empty() {
            assert!(began.elapsed() < PATIENCE, "the model was not asked");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let (ids, now) = (accounts(&app).await, app.clock.now());
        let ended = app.app().store.write(async |tx| {
            match ending {
                "closed" => user::set_active(&tx, &ids, false).await.map(drop)?,
                _ => erasure::erase(&tx, now, &ids, Rows::Removed).await?,
            }
            Ok::<_, DbErr>(())
        });
        ended.await.unwrap();
        let began = Instant::now();
        while model.left().is_empty() {
            assert!(began.elapsed() < PATIENCE, "{ending}: the model goes on");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(model.left()[0] - began < stopped_within(), "{ending}");
        let began = Instant::now();
        while app.app().runs.under_way() > 0 {
            assert!(began.elapsed() < PATIENCE, "{ending}: it goes on");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[rocket::async_test]
async fn what_a_stopped_answer_cites_is_there() {
    let mut steps = vec![Step::Say("At eight [1], they say [7]. ")];
    steps.extend(
        std::iter::repeat_n([Step::Say("day "), Step::Wait(Duration::from_millis(50))], 600).flatten(),
    );
    let model = Model::start(vec![Script::Stream(steps)]).await;
    let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
    app.campus(&[("library.md", "# Library\n\nThe library opens at eight.")]).await;
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    let asked =
        alice.post(&format!("/api/c/{id}/ask"), question("When does the library open?")).await.is(202);
    let chat = asked.json()["chatId"].as_str().unwrap().to_owned();
    let said = async || alice.messages(&id).await[1].clone();
    let began = Instant::now();
    while !said().await["message"].as_str().unwrap().contains("day") {
        assert!(began.elapsed() < PATIENCE, "nothing was said");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    alice.post(&format!("/api/chat/{chat}/stop"), json!({})).await.is(202);
    while said().await["status"] != "stopped" {
        assert!(began.elapsed() < PATIENCE, "it was not stopped");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let path = format!("/api/c/{id}/messages/{}/citations", said().await["id"]);
    let cited = alice.get(&path).await.is(200).json();
    assert_eq!(cited.as_array().unwrap().len(), 1, "{cited}");
    assert_eq!((cited[0]["n"].as_i64(), cited[0]["title"].as_str()), (Some(1), Some("Library")));
}
